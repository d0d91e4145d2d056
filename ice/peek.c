/* peek.c - looks at what waits in sockets of libnice's, before libnice reads it. */
#define _GNU_SOURCE
#include "peek.h"

#include <sys/socket.h>

/* A datagram of STUN, with what a TURN server puts around it; what a stream may hold. */
enum { OF_DATAGRAM = 2048, OF_STREAM = 65536, DATAGRAMS = 64, HEADER = 20 };

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif

struct peek_socket {
    int      fd;
    gpointer tag;               /* of the source                                          */
    bool     steps;             /* looks past what it has seen (SO_PEEK_OFF)              */
    bool     stream;
};

struct peek {
    GSource           *source;
    GMainContext      *loop;
    peek_see           see;
    void              *user;
    struct peek_socket sockets[PEEK_SOCKETS];
    unsigned           num;
    uint8_t           *bytes;
    size_t             size;
};

struct looking {
    GSource      source;
    struct peek *peek;
};

/* --- messages in what was seen -------------------------------------------------------- */

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

static bool may_begin(const uint8_t *at)
{
    return at[0] <= 0x01 && (at[1] == 0x01 || at[1] == 0x11);
}

/*
 * A TURN server has put its own bytes around it (RFC 8656 11.6, 12.4), and a stream others
 * before it: the magic cookie is looked for, wherever it is.
 */
static void see_all(struct peek *peek, size_t len)
{
    const uint8_t *bytes = peek->bytes, *found = bytes;

    while ((found = memmem(found, (size_t)(bytes + len - found), cookie, sizeof cookie))) {
        const uint8_t *begin = found - 4;
        size_t left = (size_t)(bytes + len - begin), size;
        found++;
        if (begin < bytes || left < HEADER || !may_begin(begin))
            continue;
        size = HEADER + (size_t)(begin[2] << 8 | begin[3]);
        if (size <= left)
            peek->see(peek->user, (skiff_bytes){ begin, size });
    }
}

/* --- looking -------------------------------------------------------------------------- */

static void look_at(struct peek *peek, const struct peek_socket *socket)
{
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        ssize_t len = recv(socket->fd, peek->bytes, peek->size, MSG_PEEK | MSG_DONTWAIT);
        if (len <= 0)
            return;
        see_all(peek, (size_t)len);
        if (!socket->steps)
            return;
    }
}

void skf_peek_look(struct peek *peek)
{
    for (unsigned i = 0; i < peek->num; i++)
        look_at(peek, &peek->sockets[i]);
}

/* libnice has closed it, or will: without an end its descriptor would wake us for ever. */
static void drop(struct peek *peek, unsigned i)
{
    g_source_remove_unix_fd(peek->source, peek->sockets[i].tag);
    peek->sockets[i] = peek->sockets[--peek->num];
}

/* Nothing is ever dispatched: this is when all who are ready are asked. */
static gboolean check(GSource *source)
{
    struct peek *peek = ((struct looking *)source)->peek;

    for (unsigned i = peek->num; i-- > 0;) {
        GIOCondition is = g_source_query_unix_fd(source, peek->sockets[i].tag);
        if ((is & G_IO_IN) != 0)
            look_at(peek, &peek->sockets[i]);
        else if (is != 0)
            drop(peek, i);
    }
    return FALSE;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source, (void)callback, (void)data;
    return G_SOURCE_CONTINUE;
}

struct peek *skf_peek_new(GMainContext *loop, peek_see see, void *user)
{
    static const GSourceFuncs funcs = { .check = check, .dispatch = dispatch };
    struct peek *made = g_try_new0(struct peek, 1);

    if (made == NULL)
        return NULL;
    made->source = g_source_new((GSourceFuncs *)&funcs, sizeof(struct looking));
    ((struct looking *)made->source)->peek = made;
    made->loop = loop;
    made->see = see;
    made->user = user;
    g_source_attach(made->source, loop);
    return made;
}

void skf_peek_rest(struct peek *peek)
{
    static const int off = -1;

    while (peek->num > 0) {
        const struct peek_socket *last = &peek->sockets[peek->num - 1];
        if (last->steps)
            (void)setsockopt(last->fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off);
        drop(peek, peek->num - 1);
    }
    g_clear_pointer(&peek->bytes, g_free);
}

void skf_peek_free(struct peek *peek)
{
    if (peek == NULL)
        return;
    skf_peek_rest(peek);
    g_source_destroy(peek->source);
    g_source_unref(peek->source);
    g_free(peek);
}

/* --- where to look -------------------------------------------------------------------- */

static void add(struct peek *peek, int fd, bool stream)
{
    static const int from_the_first = 0;
    struct peek_socket *made;

    if (peek->num == PEEK_SOCKETS)
        return;
    made = &peek->sockets[peek->num++];
    made->fd = fd;
    made->stream = stream;
    made->tag = g_source_add_unix_fd(peek->source, fd, G_IO_IN);
    made->steps = !stream
                  && setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &from_the_first,
                                sizeof from_the_first) == 0;
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

/* A link-local address has its zone in one of them only. */
static bool is_same(const union address *name, const NiceAddress *address)
{
    NiceAddress other;

    nice_address_init(&other);
    nice_address_set_from_sockaddr(&other, &name->any);
    return name->any.sa_family == address->s.addr.sa_family
           && nice_address_equal(&other, address);
}

/* Where the pair's bytes come in: our end of it, and the other end where there is one. */
struct sought {
    NiceAddress ours, theirs;
};

static bool is_sought(int fd, const struct sought *sought, bool *stream)
{
    union address name;
    socklen_t size = sizeof name;

    memset(&name, 0, sizeof name);
    if (!is_stream(fd, stream))
        return false;
    if (*stream)
        return getpeername(fd, &name.any, &size) == 0 && is_same(&name, &sought->theirs);
    return getsockname(fd, &name.any, &size) == 0 && is_same(&name, &sought->ours);
}

/*
 * libnice does not say which socket a pair through a TURN server or over TCP is on: but it
 * is one of those that its main context waits for.
 */
static void add_from_loop(struct peek *peek, const struct sought *sought)
{
    gint timeout, num = g_main_context_query(peek->loop, G_MAXINT, &timeout, NULL, 0);
    GPollFD *all = g_try_new0(GPollFD, (gsize)num + 1);
    bool stream;

    if (all == NULL)
        return;
    num = MIN(num, g_main_context_query(peek->loop, G_MAXINT, &timeout, all, num));
    for (gint i = 0; i < num; i++)
        if (is_sought(all[i].fd, sought, &stream))
            add(peek, all[i].fd, stream);
    g_free(all);
}

static bool add_selected(struct peek *peek, NiceAgent *agent, guint stream)
{
    GSocket *theirs = nice_agent_get_selected_socket(agent, stream,
                                                     NICE_COMPONENT_TYPE_RTP);

    if (theirs == NULL)
        return false;
    add(peek, g_socket_get_fd(theirs), false);
    g_object_unref(theirs);
    return true;
}

bool skf_peek_watch(struct peek *peek, NiceAgent *agent, guint stream)
{
    NiceCandidate *local, *remote;
    struct sought sought;

    skf_peek_rest(peek);
    if (!nice_agent_get_selected_pair(agent, stream, NICE_COMPONENT_TYPE_RTP, &local,
                                      &remote))
        return false;
    if (!add_selected(peek, agent, stream)) {
        sought = (struct sought){ local->base_addr, remote->addr };
        if (local->type == NICE_CANDIDATE_TYPE_RELAYED)
            nice_candidate_relay_address(local, &sought.theirs);
        add_from_loop(peek, &sought);
    }
    peek->size = OF_DATAGRAM;
    for (unsigned i = 0; i < peek->num; i++)
        peek->size = peek->sockets[i].stream ? OF_STREAM : peek->size;
    peek->bytes = g_try_malloc(peek->size);
    return peek->num > 0 && peek->bytes != NULL;
}
