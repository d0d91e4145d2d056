/* relay.c - two UDP sockets and what is between them. The losses that are listed are of the
 * handshake; those by chance are of STUN, DTLS and media alike.
 *
 *     browser <--> front | losses, hello check | back <--> agent
 */
#include "relay.h"

#include <skiff/demux.h>

enum { DATAGRAM = 2048, SEED = 8445 };

struct relay {
    GSocket *front, *back;
    GSource *front_source, *back_source;
    GSocketAddress *browser; /* who spoke last at the front */
    const char *losses;      /* those to come */
    unsigned percent;
    GRand *chance;              /* the same in each run */
    skiff_context *hello_check; /* until it has accepted a hello */
    unsigned lost, asked;
};

static bool is_dtls(const char *datagram)
{
    return skiff_protocol_of((uint8_t)datagram[0]) == SKIFF_PROTOCOL_DTLS;
}

static bool is_lost(struct relay *relay, const char *datagram)
{
    bool listed = is_dtls(datagram) && *relay->losses != '\0' && *relay->losses++ == '1';
    bool by_chance = (unsigned)g_rand_int_range(relay->chance, 0, 100) < relay->percent;

    relay->lost += listed || by_chance ? 1 : 0;
    return listed || by_chance;
}

static void ask_back(struct relay *relay, const skiff_packet *reply)
{
    relay->asked++;
    g_socket_send_to(relay->front, relay->browser, (const char *)reply->data, reply->len,
                     NULL, NULL);
}

/* What ICE has proven already, the check of hellos proves once more by a cookie. */
static bool is_let_in(struct relay *relay, const char *datagram, gsize len)
{
    static const skiff_bytes peer = { (const uint8_t *)"the browser", 11 };
    uint8_t memory[DATAGRAM];
    skiff_packet reply;

    if (relay->hello_check == NULL || !is_dtls(datagram))
        return true;
    if (skiff_packet_wrap(memory, 0, sizeof memory, &reply) != SKIFF_OK)
        return false;
    switch (skiff_context_check_hello(
        relay->hello_check, (skiff_time)g_get_monotonic_time(), peer,
        (skiff_bytes){ (const uint8_t *)datagram, len }, &reply)) {
    case SKIFF_HELLO_IGNORE:
        return false;
    case SKIFF_HELLO_REPLY:
        ask_back(relay, &reply);
        return false;
    case SKIFF_HELLO_ACCEPT:
        relay->hello_check = NULL;
        return true;
    }
    return false;
}

static gboolean on_front(GSocket *front, GIOCondition condition, gpointer user)
{
    struct relay *relay = user;
    char datagram[DATAGRAM];
    gssize got;

    (void)condition;
    g_clear_object(&relay->browser);
    got = g_socket_receive_from(front, &relay->browser, datagram, sizeof datagram, NULL,
                                NULL);
    if (got > 0 && !is_lost(relay, datagram) && is_let_in(relay, datagram, (gsize)got))
        g_socket_send(relay->back, datagram, (gsize)got, NULL, NULL);
    return G_SOURCE_CONTINUE;
}

static gboolean on_back(GSocket *back, GIOCondition condition, gpointer user)
{
    struct relay *relay = user;
    char datagram[DATAGRAM];
    gssize got;

    (void)condition;
    got = g_socket_receive(back, datagram, sizeof datagram, NULL, NULL);
    if (got > 0 && relay->browser != NULL && !is_lost(relay, datagram))
        g_socket_send_to(relay->front, relay->browser, datagram, (gsize)got, NULL, NULL);
    return G_SOURCE_CONTINUE;
}

static GSocket *open_socket(const char *address)
{
    GSocketAddress *here = g_inet_socket_address_new_from_string(address, 0);
    GSocket *made = g_socket_new(g_socket_address_get_family(here), G_SOCKET_TYPE_DATAGRAM,
                                 G_SOCKET_PROTOCOL_UDP, NULL);

    if (made != NULL && !g_socket_bind(made, here, FALSE, NULL))
        g_clear_object(&made);
    g_object_unref(here);
    return made;
}

static GSource *watch(GSocket *socket, GSocketSourceFunc on_readable, struct relay *relay)
{
    GSource *source = g_socket_create_source(socket, G_IO_IN, NULL);

    g_source_set_callback(source, G_SOURCE_FUNC(on_readable), relay, NULL);
    g_source_attach(source, NULL);
    return source;
}

struct relay *relay_new(const char *address, guint16 port,
                        const struct impairments *obstacles)
{
    GSocketAddress *agent = g_inet_socket_address_new_from_string(address, port);
    struct relay *relay = g_new0(struct relay, 1);

    relay->losses = obstacles->losses;
    relay->percent = obstacles->percent;
    relay->chance = g_rand_new_with_seed(SEED);
    relay->hello_check = obstacles->hello_check;
    relay->front = open_socket(address);
    relay->back = open_socket(address);
    if (relay->front == NULL || relay->back == NULL
        || !g_socket_connect(relay->back, agent, NULL, NULL)) {
        relay_free(relay);
        relay = NULL;
    } else {
        relay->front_source = watch(relay->front, on_front, relay);
        relay->back_source = watch(relay->back, on_back, relay);
    }
    g_object_unref(agent);
    return relay;
}

static void drop_source(GSource *source)
{
    if (source == NULL)
        return;
    g_source_destroy(source);
    g_source_unref(source);
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    drop_source(relay->front_source);
    drop_source(relay->back_source);
    g_clear_object(&relay->front);
    g_clear_object(&relay->back);
    g_clear_object(&relay->browser);
    g_rand_free(relay->chance);
    g_free(relay);
}

guint16 relay_port(const struct relay *relay)
{
    GSocketAddress *here = g_socket_get_local_address(relay->front, NULL);
    guint16 port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(here));

    g_object_unref(here);
    return port;
}

unsigned relay_lost(const struct relay *relay)
{
    return relay->lost;
}

unsigned relay_asked(const struct relay *relay)
{
    return relay->asked;
}
