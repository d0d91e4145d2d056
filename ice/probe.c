/* probe.c - asks one STUN or TURN server once. */
#include "probe.h"

#include "port/memory.h"
#include "request.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FIRST_WAIT = 500,           /* milliseconds; doubled for each repeat (RFC 8489 6.2.1) */
    MOST_SENT = 3,              /* so that silence is told after 3.5 s                    */
    MOST_STALE = 3,             /* nonces, after which the server is not believed         */
    MOST_PORTS = 3,             /* RFC 8656 7.4: tried before giving up                   */
    UNAUTHORIZED = 401, MISMATCH = 437, STALE_NONCE = 438
};

struct probe {
    struct probe_question    question;
    int                      fd;
    GSource                 *readable, *timer;
    uint8_t                  request[REQUEST_ROOM];
    size_t                   len;
    struct request_challenge challenge;
    uint8_t                  stream[REQUEST_ROOM];       /* of TCP, not whole yet         */
    size_t                   stream_len;
    unsigned                 sent, stale, ports;
    bool                     named;                      /* the request has the names     */
    bool                     unreachable;                /* the network has said so       */
};

static void begin(struct probe *probe);

/* --- its socket and its timer --------------------------------------------------------- */

static void drop(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

static void close_socket(struct probe *probe)
{
    drop(&probe->readable);
    drop(&probe->timer);
    if (probe->fd >= 0)
        close(probe->fd);
    probe->fd = -1;
    probe->stream_len = 0;
}

/* The last thing that is done with a probe: it may be freed by this. */
static void finish(struct probe *probe, enum probe_result result, uint16_t code)
{
    close_socket(probe);
    probe->question.done(probe->question.context, result, code);
}

static void send_request(struct probe *probe)
{
    ssize_t sent = send(probe->fd, probe->request, probe->len, MSG_NOSIGNAL);

    probe->unreachable = probe->unreachable || (sent < 0 && errno != EAGAIN);
}

/* --- answers -------------------------------------------------------------------------- */

static struct request_names names_of(const struct probe *probe)
{
    return (struct request_names){ probe->question.user, probe->question.password };
}

static bool write_request(struct probe *probe, enum request_kind kind)
{
    struct request_names names = names_of(probe);

    probe->len = skf_request_write(kind, &names, &probe->challenge, probe->request);
    probe->named = probe->challenge.realm.len > 0;
    return probe->len > 0;
}

static void wait_again(struct probe *probe, guint wait);

static void ask_again(struct probe *probe)
{
    if (!write_request(probe, REQUEST_ALLOCATE)) {
        finish(probe, PROBE_REFUSED, 0);
        return;
    }
    probe->sent = 1;
    send_request(probe);
    wait_again(probe, FIRST_WAIT);
}

/* Twice, as nobody waits for the answer. */
static void release(struct probe *probe)
{
    if (!probe->question.turn || !write_request(probe, REQUEST_RELEASE))
        return;
    send_request(probe);
    if (!probe->question.tcp)
        send_request(probe);
}

static bool wants_names(const struct probe *probe, const struct answer *answer)
{
    return probe->question.turn && answer->challenges
           && ((answer->code == UNAUTHORIZED && !probe->named)
               || (answer->code == STALE_NONCE && probe->stale < MOST_STALE));
}

static void take_answer(struct probe *probe, const struct answer *answer)
{
    if (answer->good) {
        release(probe);
        finish(probe, PROBE_GOOD, 0);
    } else if (wants_names(probe, answer)) {
        probe->stale += answer->code == STALE_NONCE ? 1 : 0;
        ask_again(probe);
    } else if (answer->code == MISMATCH && probe->ports < MOST_PORTS) {
        close_socket(probe);
        begin(probe);
    } else {
        finish(probe, PROBE_REFUSED, answer->code);
    }
}

static bool take(struct probe *probe, const uint8_t *bytes, size_t len)
{
    struct answer answer;

    if (!skf_request_answered(probe->request, (skiff_bytes){ bytes, len }, &answer,
                              &probe->challenge))
        return false;
    take_answer(probe, &answer);
    return true;
}

/* --- what is readable ----------------------------------------------------------------- */

static void read_datagrams(struct probe *probe)
{
    uint8_t bytes[REQUEST_ROOM];
    ssize_t got;

    while ((got = recv(probe->fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0)
        if (take(probe, bytes, (size_t)got))
            return;
    probe->unreachable = probe->unreachable || errno != EAGAIN;
}

/* RFC 8656 section 2.1: over TCP a message says itself where it ends. */
static void read_stream(struct probe *probe)
{
    ssize_t got = recv(probe->fd, probe->stream + probe->stream_len,
                       sizeof probe->stream - probe->stream_len, MSG_DONTWAIT);
    skiff_bytes begun = { probe->stream, probe->stream_len + (got > 0 ? (size_t)got : 0) };
    size_t whole = skf_request_length(begun);

    if (got < 0 && errno == EAGAIN)
        return;
    probe->stream_len = begun.len;
    if (got <= 0 || whole > sizeof probe->stream) {
        finish(probe, PROBE_UNREACHABLE, 0);
        return;
    }
    if (whole == 0 || begun.len < whole)
        return;
    probe->stream_len = 0;
    if (!take(probe, probe->stream, whole))
        finish(probe, PROBE_UNREACHABLE, 0);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct probe *probe = data;

    (void)fd, (void)condition;
    if (probe->question.tcp)
        read_stream(probe);
    else
        read_datagrams(probe);
    return G_SOURCE_CONTINUE;
}

static void watch(struct probe *probe, GIOCondition condition, GUnixFDSourceFunc callback)
{
    drop(&probe->readable);
    probe->readable = g_unix_fd_source_new(probe->fd, condition);
    g_source_set_callback(probe->readable, G_SOURCE_FUNC(callback), probe, NULL);
    g_source_attach(probe->readable, probe->question.loop);
}

static gboolean on_connected(gint fd, GIOCondition condition, gpointer data)
{
    struct probe *probe = data;
    int fault = 0;
    socklen_t len = sizeof fault;

    (void)fd, (void)condition;
    if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0 || fault != 0) {
        finish(probe, PROBE_UNREACHABLE, 0);
        return G_SOURCE_REMOVE;
    }
    watch(probe, G_IO_IN, on_readable);
    send_request(probe);
    return G_SOURCE_REMOVE;
}

/* --- time ----------------------------------------------------------------------------- */

static gboolean on_time(gpointer data)
{
    struct probe *probe = data;

    if (probe->sent >= MOST_SENT) {
        finish(probe, probe->unreachable ? PROBE_UNREACHABLE : PROBE_SILENT, 0);
        return G_SOURCE_REMOVE;
    }
    if (!probe->question.tcp)                   /* TCP repeats by itself */
        send_request(probe);
    probe->sent++;
    wait_again(probe, (guint)FIRST_WAIT << (probe->sent - 1));
    return G_SOURCE_REMOVE;
}

static void wait_again(struct probe *probe, guint wait)
{
    drop(&probe->timer);
    probe->timer = g_timeout_source_new(wait);
    g_source_set_callback(probe->timer, on_time, probe, NULL);
    g_source_attach(probe->timer, probe->question.loop);
}

/* --- the beginning -------------------------------------------------------------------- */

static socklen_t to_sockaddr(const NiceAddress *address, struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof *storage);
    nice_address_copy_to_sockaddr(address, (struct sockaddr *)storage);
    return storage->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6);
}

static bool open_socket(struct probe *probe)
{
    const struct probe_question *question = &probe->question;
    struct sockaddr_storage from, to;
    socklen_t from_len, to_len = to_sockaddr(&question->server, &to);
    int type = question->tcp ? SOCK_STREAM : SOCK_DGRAM;

    probe->fd = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe->fd < 0)
        return false;
    if (question->from.s.addr.sa_family == to.ss_family) {
        from_len = to_sockaddr(&question->from, &from);          /* its port is 0 */
        if (bind(probe->fd, (const struct sockaddr *)&from, from_len) != 0)
            return false;
    }
    return connect(probe->fd, (const struct sockaddr *)&to, to_len) == 0
           || (question->tcp && errno == EINPROGRESS);
}

/* What cannot even be begun is told from the loop, as all the rest. */
static void begin(struct probe *probe)
{
    memset(&probe->challenge, 0, sizeof probe->challenge);
    probe->ports++;
    probe->sent = 1;
    if (!open_socket(probe)
        || !write_request(probe, probe->question.turn ? REQUEST_ALLOCATE
                                                      : REQUEST_BINDING)) {
        probe->unreachable = true;
        probe->sent = MOST_SENT;
        wait_again(probe, 0);
        return;
    }
    if (probe->question.tcp) {
        watch(probe, G_IO_OUT, on_connected);
    } else {
        watch(probe, G_IO_IN, on_readable);
        send_request(probe);
    }
    wait_again(probe, FIRST_WAIT);
}

struct probe *skf_probe_new(const struct probe_question *question)
{
    struct probe *made = skf_ice_acquire(NULL, sizeof *made);

    if (made == NULL)
        return NULL;
    made->question = *question;
    made->fd = -1;
    begin(made);
    return made;
}

void skf_probe_free(struct probe *probe)
{
    if (probe == NULL)
        return;
    close_socket(probe);
    skf_ice_release(NULL, probe, sizeof *probe);
}
