/* network.c - a bad network between two ends on one machine: a relay over UDP.
 *
 *     near <--> sockets[0] | delay, loss, order | sockets[1] <--> far
 *
 * Each end takes the socket on its side for the other end. STUN passes untouched: it is the
 * path that is to be found, and DTLS and media that are to suffer. */
#include "network.h"

#include <skiff/demux.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IN_FLIGHT_DATAGRAMS = 1024,
    DATAGRAM = 2048,
    OVERTAKEN_BY = 20000 /* microseconds */
};

struct datagram {
    int64_t due; /* 0: this place is free */
    bool of_near;
    size_t len;
    uint8_t bytes[DATAGRAM];
};

struct emulated_socket {
    struct network *network;
    bool is_near; /* the side that it stands on */
    int fd;
    struct sockaddr_storage end; /* who is on that side */
    socklen_t end_len;
    uint16_t port;
    GSource *source;
};

struct network {
    const struct options *options;
    uint64_t seed;
    network_lost *lost;
    void *user;
    struct emulated_socket sockets[2];
    GSource *timer;
    struct network_counters counters;
    struct datagram in_flight[IN_FLIGHT_DATAGRAMS];
};

/* Marsaglia's xorshift64*, which is good enough for a network. */
double chance(uint64_t *seed)
{
    uint64_t x = *seed;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *seed = x;
    return (double)((x * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
}

static bool happens(struct network *network, double percent)
{
    return percent > 0 && chance(&network->seed) * 100 < percent;
}

static struct emulated_socket *socket_of(struct network *network, bool near)
{
    return &network->sockets[near ? 0 : 1];
}

static void deliver(struct network *network, bool of_near, const uint8_t *data, size_t len)
{
    struct emulated_socket *emulated = socket_of(network, !of_near);

    if (emulated->end_len > 0)
        (void)sendto(emulated->fd, data, len, 0, (struct sockaddr *)&emulated->end,
                     emulated->end_len);
    network->counters.carried++;
}

static void arm(struct network *network)
{
    int64_t first = -1;

    for (size_t i = 0; i < IN_FLIGHT_DATAGRAMS; i++) {
        int64_t due = network->in_flight[i].due;
        if (due != 0 && (first < 0 || due < first))
            first = due;
    }
    g_source_set_ready_time(network->timer, first);
}

static void lose(struct network *network, bool of_near, const uint8_t *data, size_t len)
{
    network->counters.lost++;
    network->lost(network->user, of_near, data, len);
}

static void delay(struct network *network, bool of_near, const uint8_t *data, size_t len,
                  int64_t by)
{
    size_t i = 0;

    while (i < IN_FLIGHT_DATAGRAMS && network->in_flight[i].due != 0)
        i++;
    if (i == IN_FLIGHT_DATAGRAMS) {
        lose(network, of_near, data, len);
        return;
    }
    struct datagram *datagram = &network->in_flight[i];
    datagram->due = g_get_monotonic_time() + by;
    datagram->of_near = of_near;
    datagram->len = len;
    memcpy(datagram->bytes, data, len);
    arm(network);
}

static bool is_stun(const uint8_t *data, size_t len)
{
    return len > 0 && skiff_protocol_of(data[0]) == SKIFF_PROTOCOL_STUN;
}

static void carry(struct network *network, bool of_near, const uint8_t *data, size_t len)
{
    const struct options *options = network->options;
    int64_t by = (int64_t)(options->delay * 1000);

    if (happens(network, options->reorder)) {
        network->counters.reordered++;
        by += OVERTAKEN_BY;
    }
    if (by > 0)
        delay(network, of_near, data, len, by);
    else
        deliver(network, of_near, data, len);
}

static void read_datagram(struct network *network, bool of_near, const uint8_t *data,
                          size_t len)
{
    if (is_stun(data, len)) {
        deliver(network, of_near, data, len);
        return;
    }
    if (happens(network, network->options->loss)) {
        lose(network, of_near, data, len);
        return;
    }
    carry(network, of_near, data, len);
    if (happens(network, network->options->duplicate)) {
        network->counters.duplicated++;
        carry(network, of_near, data, len);
    }
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    struct emulated_socket *emulated = user;
    uint8_t bytes[DATAGRAM];
    ssize_t got;

    (void)condition;
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        read_datagram(emulated->network, emulated->is_near, bytes, (size_t)got);
    return G_SOURCE_CONTINUE;
}

/* The one that has been due longest, so that nobody overtakes by chance. */
static struct datagram *next_due(struct network *network, int64_t now)
{
    struct datagram *next = NULL;

    for (size_t i = 0; i < IN_FLIGHT_DATAGRAMS; i++) {
        struct datagram *datagram = &network->in_flight[i];
        if (datagram->due != 0 && datagram->due <= now
            && (next == NULL || datagram->due < next->due))
            next = datagram;
    }
    return next;
}

static gboolean on_due(gpointer user)
{
    struct network *network = user;
    int64_t now = g_get_monotonic_time();
    struct datagram *datagram;

    while ((datagram = next_due(network, now)) != NULL) {
        deliver(network, datagram->of_near, datagram->bytes, datagram->len);
        datagram->due = 0;
    }
    arm(network);
    return G_SOURCE_CONTINUE;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
    (void)source;
    return callback(user);
}

static bool open_socket(struct emulated_socket *emulated, bool six)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
    struct sockaddr_in v4 = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct sockaddr *address = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t len = six ? sizeof v6 : sizeof v4;

    emulated->fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    if (emulated->fd < 0 || fcntl(emulated->fd, F_SETFL, O_NONBLOCK) < 0
        || bind(emulated->fd, address, len) < 0
        || getsockname(emulated->fd, address, &len) < 0)
        return false;
    emulated->port = ntohs(six ? v6.sin6_port : v4.sin_port);
    return true;
}

static void watch_socket(struct emulated_socket *emulated, GMainContext *loop)
{
    emulated->source = g_unix_fd_source_new(emulated->fd, G_IO_IN);
    g_source_set_callback(emulated->source, G_SOURCE_FUNC(on_readable), emulated, NULL);
    g_source_attach(emulated->source, loop);
}

struct network *network_new(GMainContext *loop, const struct options *options,
                            network_lost *lost, void *user)
{
    static const GSourceFuncs funcs = { .dispatch = dispatch };
    struct network *network = calloc(1, sizeof *network);

    if (network == NULL)
        return NULL;
    network->options = options;
    network->seed = options->seed * 2 + 1; /* never 0, which has no successor */
    network->lost = lost;
    network->user = user;
    network->sockets[0] =
        (struct emulated_socket){ .network = network, .is_near = true, .fd = -1 };
    network->sockets[1] = (struct emulated_socket){ .network = network, .fd = -1 };
    for (size_t i = 0; i < 2; i++) {
        if (!open_socket(&network->sockets[i], options->six)) {
            network_free(network);
            return NULL;
        }
        watch_socket(&network->sockets[i], loop);
    }
    network->timer = g_source_new((GSourceFuncs *)&funcs, sizeof(GSource));
    g_source_set_callback(network->timer, on_due, network, NULL);
    g_source_attach(network->timer, loop);
    return network;
}

static void drop_source(GSource *source)
{
    if (source == NULL)
        return;
    g_source_destroy(source);
    g_source_unref(source);
}

void network_free(struct network *network)
{
    if (network == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        drop_source(network->sockets[i].source);
        if (network->sockets[i].fd >= 0)
            close(network->sockets[i].fd);
    }
    drop_source(network->timer);
    free(network);
}

static void remember(struct emulated_socket *emulated, const char *address, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&emulated->end;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&emulated->end;

    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        emulated->end_len = sizeof *v4;
    } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        emulated->end_len = sizeof *v6;
    }
}

bool network_redirect(struct network *network, bool of_near, const char *line,
                      char out[CANDIDATE_MOST])
{
    char before[64], address[64], after[256];
    unsigned port;

    if (sscanf(line, "%63[^ ] 1 UDP %*u %63s %u %255[^\n]", before, address, &port, after)
        != 4)
        return false;
    remember(socket_of(network, of_near), address, (uint16_t)port);
    snprintf(out, CANDIDATE_MOST, "%s 1 UDP 2130706431 %s %u %s", before, address,
             socket_of(network, !of_near)->port, after);
    return true;
}

struct network_counters network_counters(const struct network *network)
{
    return network->counters;
}
