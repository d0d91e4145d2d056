/*
 * data_channel.c - data channels with a browser: opens one, answers those that the browser
 * opens, and sends back what comes on each. An offer comes on stdin, up to an empty line or
 * its end; the answer goes to stdout.
 *
 *     browser   data channels (RFC 8831, RFC 8832)   channels.c
 *               SCTP (RFC 8261)                      ../sctp, by usrsctp
 *               DTLS, ICE                            skiff: a peer of a port, or an agent
 *               offer and answer (RFC 8841)          offer.c and this file
 *
 * It shows what an SCTP library needs of skiff: DATA, send_data, the longest message, a
 * loop. It leaves out media, renewals, and candidates that come after the offer.
 */
#include "../common/basics.h"
#include "../common/interrupt.h"
#include "../common/wait.h"
#include "channels.h"
#include "offer.h"

#include <skiff/ice.h>
#include <skiff/port.h>

enum { DATAGRAMS = 256, PACKETS = 2048 }; /* in one run of the port; in the pool */

struct app {
    struct basics basics;
    skiff_port *port; /* one of these two carries DTLS */
    skiff_peer *peer;
    skiff_ice *ice;
    struct offer offer;
    struct channels channels;
    skiff_time ticked; /* when SCTP was given the time last */
    GString *candidates;
    bool gathered, interrupted;
};

static void end(struct app *app, const char *why)
{
    channels_end(&app->channels, why);
}

static bool is_over(const struct app *app)
{
    return app->channels.over || app->interrupted;
}

/* What is lost here, SCTP sends again. */
static void send_packet(void *user, const uint8_t *bytes, size_t len)
{
    struct app *app = user;
    skiff_packet *packet = skiff_pool_take(app->basics.pool);
    skiff_status status;

    if (packet == NULL || len > packet->limit) {
        skiff_packet_release(&packet);
        return;
    }
    memcpy(packet->data, bytes, len);
    packet->len = (uint32_t)len;
    status = app->ice != NULL ? skiff_ice_send_data(app->ice, packet)
                              : skiff_peer_send_data(app->peer, &packet);
    (void)status;
    skiff_packet_release(&packet); /* a port has taken its packets */
}

/* At least every SCTP_TICK. */
static void tick(struct app *app)
{
    skiff_time elapsed = clock_now() - app->ticked;

    app->ticked += elapsed - elapsed % SKIFF_MSEC(1);
    sctp_tick((uint32_t)(elapsed / SKIFF_MSEC(1)));
}

/* --- what carries it ------------------------------------------------------------------ */

static void start_sctp(struct app *app, skiff_transport *transport)
{
    const struct channels_link link = {
        .user = app,
        .send = send_packet,
        .max_packet = skiff_dtls_max_data(skiff_transport_dtls(transport)),
        .port = app->offer.sctp_port,
    };

    channels_start(&app->channels, &link);
}

static void read_event(struct app *app, skiff_dtls_event event, skiff_transport *transport,
                       skiff_bytes bytes)
{
    skiff_failure failure;

    if (event == SKIFF_DTLS_CONNECTED)
        start_sctp(app, transport);
    if (event == SKIFF_DTLS_DATA)
        sctp_receive(&app->channels.sctp, bytes.ptr, bytes.len);
    if (event == SKIFF_DTLS_CLOSED)
        end(app, "the browser has closed");
    if (event == SKIFF_DTLS_FAILED) {
        skiff_transport_failure(transport, &failure, sizeof failure);
        end(app, failure.what != NULL ? failure.what : "there is no path any more");
    }
}

static void on_peer_event(void *user, skiff_peer *peer, skiff_peer_event event,
                          skiff_bytes bytes)
{
    static const struct {
        skiff_peer_event peer;
        skiff_dtls_event dtls;
    } same[] = {
        { SKIFF_PEER_CONNECTED, SKIFF_DTLS_CONNECTED },
        { SKIFF_PEER_DATA, SKIFF_DTLS_DATA },
        { SKIFF_PEER_CLOSED, SKIFF_DTLS_CLOSED },
        { SKIFF_PEER_FAILED, SKIFF_DTLS_FAILED },
    };

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (same[i].peer == event)
            read_event(user, same[i].dtls, skiff_peer_transport(peer), bytes);
    if (event == SKIFF_PEER_CONSENT_LOST)
        end(user, "the browser is silent");
}

static void on_ice_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct app *app = user;

    read_event(app, event, skiff_ice_transport(app->ice), bytes);
}

static void on_candidate(void *user, const char *sdp)
{
    struct app *app = user;

    if (sdp != NULL)
        g_string_append_printf(app->candidates, "a=candidate:%s\r\n", sdp);
    app->gathered |= sdp == NULL;
}

static bool make_port(struct app *app)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = "0.0.0.0:0";
    config.context = app->basics.context;
    config.user = app;
    config.on_event = on_peer_event;
    if (!worked(skiff_port_new(&config, &app->port), "the port")
        || !worked(skiff_peer_new(app->port, SKIFF_ROLE_PASSIVE, clock_now(), &app->peer),
                   "the peer"))
        return false;
    for (size_t i = 0; skiff_port_candidate_at(app->port, i) != NULL; i++)
        on_candidate(app, skiff_port_candidate_at(app->port, i));
    return worked(
        skiff_peer_set_remote(app->peer, app->offer.ufrag, &app->offer.fingerprint, 1),
        "the offer");
}

static bool make_agent(struct app *app)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.context = app->basics.context;
    config.role = SKIFF_ROLE_PASSIVE;
    config.lite = true;
    config.user = app;
    config.on_candidate = on_candidate;
    config.on_event = on_ice_event;
    if (!worked(skiff_ice_new(&config, &app->ice), "the agent"))
        return false;
    while (!app->gathered)
        g_main_context_iteration(NULL, TRUE);
    return worked(skiff_ice_set_peer(app->ice, app->offer.ufrag, app->offer.pwd,
                                     &app->offer.fingerprint, 1),
                  "the offer");
}

static void run_port(struct app *app)
{
    struct pollfd readable = { .fd = skiff_port_fd(app->port), .events = POLLIN };
    skiff_time due, next;

    hold_interrupts();
    while (!is_over(app)) {
        due = skiff_port_deadline(app->port);
        next = clock_now() + SKIFF_MSEC(SCTP_TICK);
        if (app->channels.sctp.socket != NULL && next < due)
            due = next;
        app->interrupted = !wait_until(&readable, 1, due);
        tick(app);
        skiff_port_run(app->port, clock_now(), DATAGRAMS); /* sends SCTP's packets, too */
    }
}

static gboolean on_tick(gpointer user)
{
    tick(user);
    return G_SOURCE_CONTINUE;
}

static void run_agent(struct app *app)
{
    guint timer = g_timeout_add(SCTP_TICK, on_tick, app);

    end_at_interrupt(&app->interrupted);
    while (!is_over(app))
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
}

static void write_answer(const struct app *app)
{
    char fingerprint[SKIFF_FINGERPRINT_TEXT];
    const char *ufrag, *password;

    if (app->ice != NULL)
        skiff_ice_credentials(app->ice, &ufrag, &password);
    else
        skiff_peer_credentials(app->peer, &ufrag, &password);
    own_fingerprint(&app->basics, fingerprint);
    printf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
           "a=ice-lite\r\na=group:BUNDLE %s\r\n"
           "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
           "a=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\n"
           "a=setup:passive\r\na=sctp-port:%d\r\na=max-message-size:%d\r\n%s"
           "a=end-of-candidates\r\n\r\n",
           app->offer.mid, app->offer.mid, ufrag, password, fingerprint, CHANNELS_PORT,
           CHANNELS_MAX_MESSAGE, app->candidates->str);
    fflush(stdout);
}

/* --- all of it ------------------------------------------------------------------------ */

static bool make(struct app *app, bool with_agent)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config sizes = skiff_pool_defaults();
    struct basics *basics = &app->basics;

    sizes.packets = PACKETS;
    if (!worked(skiff_identity_generate((int64_t)time(NULL), 30, &basics->identity),
                "the certificate")
        || !worked(skiff_pool_new(&sizes, &basics->pool), "the pool of packets"))
        return false;
    config.identity = basics->identity;
    config.pool = basics->pool;
    config.media_optional = true; /* channels alone need no SRTP profile */
    return worked(skiff_context_new(&config, &basics->context), "the context")
        && (with_agent ? make_agent(app) : make_port(app));
}

static void unmake(struct app *app)
{
    sctp_stop(&app->channels.sctp);
    sctp_end();
    if (app->ice != NULL)
        skiff_ice_close(app->ice);
    skiff_ice_free(app->ice);
    skiff_port_free(app->port);
    basics_close(&app->basics);
    g_string_free(app->candidates, TRUE);
    g_free(app);
}

int main(int argc, char **argv)
{
    bool with_agent = argc == 2 && strcmp(argv[1], "--agent") == 0, good = false;
    struct app *app;

    if (argc > 1 && !with_agent) {
        fprintf(stderr, "usage: skiff-data-channel [--agent] < offer\n");
        return 2;
    }
    app = g_new0(struct app, 1);
    app->candidates = g_string_new(NULL);
    app->ticked = clock_now();
    sctp_begin();
    if (!offer_read(&app->offer))
        fprintf(stderr, "stdin has no whole offer of data channels\n");
    else
        good = make(app, with_agent);
    if (good) {
        write_answer(app);
        (with_agent ? run_agent : run_port)(app);
    }
    unmake(app);
    return good ? 0 : 1;
}
