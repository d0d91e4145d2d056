/* stun_monitor.c - looks at datagrams in libnice's sockets, before libnice reads them. */
#define _GNU_SOURCE
#include "stun_monitor.h"

#include <sys/socket.h>

/* The longest datagram of STUN, with the framing of a TURN server; and what a stream may
 * hold. */
enum { DATAGRAM_SIZE = 2048, STREAM_SIZE = 65536, DATAGRAMS = 64, HEADER = 20 };

/* The sockets that one pair may use: libnice's, and ours beside it. The table grows for
 * more, by as many. */
enum { MONITOR_SOCKETS = 4 };

#ifndef SO_PEEK_OFF
#  define SO_PEEK_OFF 42
#endif

struct monitored_socket {
    int fd;
    gpointer tag;  /* of the source */
    bool advances; /* it looks past what it has seen (SO_PEEK_OFF) */
    bool stream;
};

struct stun_monitor {
    GSource *source;
    GMainContext *loop;
    stun_monitor_callback on_message;
    void *user;
    struct monitored_socket *sockets;
    unsigned num, capacity;
    uint8_t *bytes;
    size_t size;
};

struct monitor_source {
    GSource source;
    struct stun_monitor *monitor;
};

/* --- messages in what was seen -------------------------------------------------------- */

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

static bool may_begin(const uint8_t *at)
{
    return at[0] <= 0x01 && (at[1] == 0x01 || at[1] == 0x11);
}

/* The message may be inside of the framing of a TURN server (RFC 8656 11.6, 12.4), and in a
 * stream behind other bytes: the magic cookie is looked for anywhere. */
static void find_messages(struct stun_monitor *monitor, size_t len)
{
    const uint8_t *bytes = monitor->bytes, *found = bytes;

    while ((found = memmem(found, (size_t)(bytes + len - found), cookie, sizeof cookie))) {
        const uint8_t *begin = found - 4;
        size_t rest_len = (size_t)(bytes + len - begin), size;
        found++;
        if (begin < bytes || rest_len < HEADER || !may_begin(begin))
            continue;
        size = HEADER + (size_t)(begin[2] << 8 | begin[3]);
        if (size <= rest_len)
            monitor->on_message(monitor->user, (skiff_bytes){ begin, size });
    }
}

/* --- looking -------------------------------------------------------------------------- */

static void read_socket(struct stun_monitor *monitor, const struct monitored_socket *socket)
{
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        ssize_t len =
            recv(socket->fd, monitor->bytes, monitor->size, MSG_PEEK | MSG_DONTWAIT);
        if (len <= 0)
            return;
        find_messages(monitor, (size_t)len);
        if (!socket->advances)
            return;
    }
}

void skf_stun_monitor_read(struct stun_monitor *monitor)
{
    for (unsigned i = 0; i < monitor->num; i++)
        read_socket(monitor, &monitor->sockets[i]);
}

/* libnice has closed the socket, or will. A watch on its descriptor would wake the loop
 * forever. */
static void drop(struct stun_monitor *monitor, unsigned i)
{
    g_source_remove_unix_fd(monitor->source, monitor->sockets[i].tag);
    monitor->sockets[i] = monitor->sockets[--monitor->num];
}

/* Nothing is ever dispatched: GLib calls check on all sources in each iteration. */
static gboolean check(GSource *source)
{
    struct stun_monitor *monitor = ((struct monitor_source *)source)->monitor;

    for (unsigned i = monitor->num; i-- > 0;) {
        GIOCondition is = g_source_query_unix_fd(source, monitor->sockets[i].tag);
        if ((is & G_IO_IN) != 0)
            read_socket(monitor, &monitor->sockets[i]);
        else if (is != 0)
            drop(monitor, i);
    }
    return FALSE;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source, (void)callback, (void)data;
    return G_SOURCE_CONTINUE;
}

struct stun_monitor *skf_stun_monitor_new(GMainContext *loop,
                                          stun_monitor_callback callback, void *user)
{
    static const GSourceFuncs funcs = { .check = check, .dispatch = dispatch };
    struct stun_monitor *monitor = g_try_new0(struct stun_monitor, 1);

    if (monitor == NULL)
        return NULL;
    monitor->source = g_source_new((GSourceFuncs *)&funcs, sizeof(struct monitor_source));
    ((struct monitor_source *)monitor->source)->monitor = monitor;
    monitor->loop = loop;
    monitor->on_message = callback;
    monitor->user = user;
    g_source_attach(monitor->source, loop);
    return monitor;
}

void skf_stun_monitor_pause(struct stun_monitor *monitor)
{
    static const int off = -1;

    while (monitor->num > 0) {
        const struct monitored_socket *last = &monitor->sockets[monitor->num - 1];
        if (last->advances)
            (void)setsockopt(last->fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off);
        drop(monitor, monitor->num - 1);
    }
    g_clear_pointer(&monitor->bytes, g_free);
}

void skf_stun_monitor_free(struct stun_monitor *monitor)
{
    if (monitor == NULL)
        return;
    skf_stun_monitor_pause(monitor);
    g_source_destroy(monitor->source);
    g_source_unref(monitor->source);
    g_free(monitor->sockets);
    g_free(monitor);
}

/* --- where to look -------------------------------------------------------------------- */

static bool has_space(struct stun_monitor *monitor)
{
    unsigned num = monitor->capacity + MONITOR_SOCKETS;
    struct monitored_socket *grown;

    if (monitor->num < monitor->capacity)
        return true;
    grown = g_try_renew(struct monitored_socket, monitor->sockets, num);
    if (grown == NULL)
        return false;
    monitor->sockets = grown;
    monitor->capacity = num;
    return true;
}

static void add(struct stun_monitor *monitor, int fd, bool stream)
{
    static const int from_the_first = 0;
    struct monitored_socket *made;

    if (!has_space(monitor))
        return;
    made = &monitor->sockets[monitor->num++];
    made->fd = fd;
    made->stream = stream;
    made->tag = g_source_add_unix_fd(monitor->source, fd, G_IO_IN);
    made->advances =
        !stream
        && setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &from_the_first, sizeof from_the_first)
               == 0;
}

static bool is_stream(int fd, bool *stream)
{
    int type = 0;
    socklen_t size = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        return false;
    *stream = type == SOCK_STREAM;
    return *stream || type == SOCK_DGRAM;
}

/* Only one of them has the zone of a link-local address. */
static bool is_same(const union address *sockname, const NiceAddress *address)
{
    NiceAddress other;

    nice_address_init(&other);
    nice_address_set_from_sockaddr(&other, &sockname->any);
    return sockname->any.sa_family == address->s.addr.sa_family
        && nice_address_equal(&other, address);
}

/* The local end of the socket on which the pair receives, and its remote end if it has
 * one. */
struct pair_addresses {
    NiceAddress ours, theirs;
};

static bool is_of_pair(int fd, const struct pair_addresses *pair, bool *stream)
{
    union address sockname;
    socklen_t size = sizeof sockname;

    memset(&sockname, 0, sizeof sockname);
    if (!is_stream(fd, stream))
        return false;
    if (*stream)
        return getpeername(fd, &sockname.any, &size) == 0
            && is_same(&sockname, &pair->theirs);
    return getsockname(fd, &sockname.any, &size) == 0 && is_same(&sockname, &pair->ours);
}

/* libnice does not report the socket of a pair through a TURN server or over TCP. But it is
 * one of those that its main context waits for. Over TCP the system has chosen its port,
 * and libnice does not report that either: all connections to the same server are watched,
 * those of other agents, too. Their messages do not match a check of ours. */
static void add_from_loop(struct stun_monitor *monitor, const struct pair_addresses *pair)
{
    gint timeout, num = g_main_context_query(monitor->loop, G_MAXINT, &timeout, NULL, 0);
    GPollFD *all = g_try_new0(GPollFD, (gsize)num + 1);
    bool stream;

    if (all == NULL)
        return;
    num = MIN(num, g_main_context_query(monitor->loop, G_MAXINT, &timeout, all, num));
    for (gint i = 0; i < num; i++)
        if (is_of_pair(all[i].fd, pair, &stream))
            add(monitor, all[i].fd, stream);
    g_free(all);
}

static bool add_selected(struct stun_monitor *monitor, NiceAgent *agent, guint stream)
{
    GSocket *theirs =
        nice_agent_get_selected_socket(agent, stream, NICE_COMPONENT_TYPE_RTP);

    if (theirs == NULL)
        return false;
    add(monitor, g_socket_get_fd(theirs), false);
    g_object_unref(theirs);
    return true;
}

bool skf_stun_monitor_watch(struct stun_monitor *monitor, NiceAgent *agent, guint stream)
{
    NiceCandidate *local, *remote;
    struct pair_addresses pair;

    skf_stun_monitor_pause(monitor);
    if (!nice_agent_get_selected_pair(agent, stream, NICE_COMPONENT_TYPE_RTP, &local,
                                      &remote))
        return false;
    if (!add_selected(monitor, agent, stream)) {
        pair = (struct pair_addresses){ local->base_addr, remote->addr };
        if (local->type == NICE_CANDIDATE_TYPE_RELAYED)
            nice_candidate_relay_address(local, &pair.theirs);
        add_from_loop(monitor, &pair);
    }
    monitor->size = DATAGRAM_SIZE;
    for (unsigned i = 0; i < monitor->num; i++)
        monitor->size = monitor->sockets[i].stream ? STREAM_SIZE : monitor->size;
    monitor->bytes = g_try_malloc(monitor->size);
    return monitor->num > 0 && monitor->bytes != NULL;
}
