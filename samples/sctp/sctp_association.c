/* sctp_association.c - an SCTP association over DTLS (RFC 8261), which is usrsctp's. */
#include "sctp_association.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <usrsctp.h>

enum {
    SCTP_HEADER = 12,        /* RFC 9260 section 3.1: usrsctp does not count it */
    RECEIVE_WINDOW = 131072, /* bytes that may wait for a gap to be filled */
    LAST_TIMERS = 100        /* ticks that usrsctp may need to end */
};

/* The address was given to usrsctp by sctp_start. */
static int send_packet(void *address, void *bytes, size_t len, uint8_t tos, uint8_t df)
{
    struct sctp_association *association = address;

    (void)tos, (void)df;
    if (association->socket == NULL)
        return EHOSTUNREACH;
    association->config.send(association->config.user, bytes, len);
    return 0;
}

void sctp_begin(void)
{
    usrsctp_init_nothreads(0, send_packet, NULL);
    usrsctp_sysctl_set_sctp_blackhole(2); /* no reply to what belongs to no association */
    usrsctp_sysctl_set_sctp_ecn_enable(0);
}

void sctp_end(void)
{
    for (int i = 0; i < LAST_TIMERS && usrsctp_finish() != 0; i++)
        usrsctp_handle_timers(SCTP_TICK);
}

void sctp_tick(uint32_t elapsed)
{
    usrsctp_handle_timers(elapsed);
}

/* --- what arrives --------------------------------------------------------------------- */

static void report(struct sctp_association *association,
                   const struct sctp_event_data *event)
{
    association->config.on_event(association->config.user, event);
}

static void end_with(struct sctp_association *association, const char *why,
                     bool rule_broken)
{
    const struct sctp_event_data event = { .kind = SCTP_EVENT_OVER,
                                           .why = why,
                                           .rule_broken = rule_broken };

    if (association->over)
        return;
    association->over = true;
    report(association, &event);
}

static void fail(struct sctp_association *association, const char *why)
{
    end_with(association, why, false);
}

static void refuse(struct sctp_association *association, const char *why)
{
    end_with(association, why, true);
}

static void read_reset(struct sctp_association *association,
                       const struct sctp_stream_reset_event *reset, size_t len)
{
    struct sctp_event_data event = { .kind = SCTP_EVENT_RESET };

    if ((reset->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) == 0)
        return;
    for (size_t i = 0; i < (len - sizeof *reset) / sizeof(uint16_t); i++) {
        event.stream = reset->strreset_stream_list[i];
        if (event.stream < association->config.streams)
            report(association, &event);
    }
}

static void read_notification(struct sctp_association *association,
                              const union sctp_notification *news, size_t len)
{
    if (len < sizeof news->sn_header || news->sn_header.sn_length != len)
        return;
    if (news->sn_header.sn_type == SCTP_ASSOC_CHANGE
        && news->sn_assoc_change.sac_state == SCTP_COMM_UP)
        report(association, &(struct sctp_event_data){ .kind = SCTP_EVENT_UP });
    else if (news->sn_header.sn_type == SCTP_ASSOC_CHANGE)
        fail(association, "SCTP: the association is over");
    else if (news->sn_header.sn_type == SCTP_STREAM_RESET_EVENT)
        read_reset(association, &news->sn_strreset_event, len);
}

/* Long messages come in parts, the last of them with MSG_EOR. */
static bool add_part(struct sctp_association *association, const void *bytes, size_t len)
{
    if (association->parts == NULL)
        association->parts = malloc(association->config.max_message);
    if (association->parts == NULL) {
        fail(association, "no memory");
        return false;
    }
    memcpy(association->parts + association->len, bytes, len);
    association->len += len;
    return true;
}

static void drop_parts(struct sctp_association *association)
{
    free(association->parts);
    association->parts = NULL;
    association->len = 0;
}

static void read_part(struct sctp_association *association, struct sctp_event_data *event,
                      bool last)
{
    if (event->len > association->config.max_message - association->len
        || event->stream >= association->config.streams) {
        refuse(association,
               "a message longer than a=max-message-size, or a stream too many");
        return;
    }
    if ((!last || association->parts != NULL)
        && !add_part(association, event->bytes, event->len))
        return;
    if (!last)
        return;
    if (association->parts != NULL) {
        event->bytes = association->parts;
        event->len = association->len;
    }
    report(association, event);
    drop_parts(association);
}

/* NOLINTNEXTLINE(readability-function-size): the type is usrsctp's */
static int on_received(struct socket *socket, union sctp_sockstore from, void *bytes,
                       size_t len, struct sctp_rcvinfo info, int flags, void *user)
{
    struct sctp_association *association = user;
    struct sctp_event_data event = { .kind = SCTP_EVENT_MESSAGE,
                                     .stream = info.rcv_sid,
                                     .ppid = ntohl(info.rcv_ppid),
                                     .bytes = bytes,
                                     .len = len };

    (void)from;
    if (socket == association->socket && !association->over) {
        if (bytes == NULL)
            fail(association, "SCTP: the association is over");
        else if ((flags & MSG_NOTIFICATION) != 0)
            read_notification(association, bytes, len);
        else
            read_part(association, &event, (flags & MSG_EOR) != 0);
    }
    free(bytes);
    return 1;
}

void sctp_receive(struct sctp_association *association, const uint8_t *packet, size_t len)
{
    if (association->socket != NULL && !association->over)
        usrsctp_conninput(association, packet, len, 0);
}

/* --- begin and end -------------------------------------------------------------------- */

static bool set(struct socket *socket, int name, const void *value, size_t size)
{
    return usrsctp_setsockopt(socket, IPPROTO_SCTP, name, value, (socklen_t)size) == 0;
}

static bool set_socket(struct socket *socket, int name, const void *value, size_t size)
{
    return usrsctp_setsockopt(socket, SOL_SOCKET, name, value, (socklen_t)size) == 0;
}

static bool set_options(struct socket *socket, const struct sctp_config *config)
{
    const uint32_t on = 1;
    const int backlog = (int)config->max_backlog, window = RECEIVE_WINDOW;
    const struct linger at_once = { 1, 0 }; /* to close is to abort */
    const struct sctp_initmsg init = { config->streams, config->streams, 0, 0 };
    const struct sctp_assoc_value reset = { SCTP_ALL_ASSOC, SCTP_ENABLE_RESET_STREAM_REQ };
    const struct sctp_event events[] = { { SCTP_ALL_ASSOC, SCTP_ASSOC_CHANGE, 1 },
                                         { SCTP_ALL_ASSOC, SCTP_STREAM_RESET_EVENT, 1 } };
    struct sctp_paddrparams path = { .spp_flags = SPP_PMTUD_DISABLE };

    path.spp_address.ss_family = AF_CONN;
    path.spp_pathmtu = (uint32_t)((config->max_packet - SCTP_HEADER) & ~(size_t)3);
    return usrsctp_set_non_blocking(socket, 1) == 0
        && set_socket(socket, SO_SNDBUF, &backlog, sizeof backlog)
        && set_socket(socket, SO_RCVBUF, &window, sizeof window)
        && set_socket(socket, SO_LINGER, &at_once, sizeof at_once)
        && set(socket, SCTP_NODELAY, &on, sizeof on)
        && set(socket, SCTP_INITMSG, &init, sizeof init)
        && set(socket, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset)
        && set(socket, SCTP_EVENT, &events[0], sizeof events[0])
        && set(socket, SCTP_EVENT, &events[1], sizeof events[1])
        && set(socket, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

static bool connect_socket(struct sctp_association *association)
{
    struct sockaddr_conn here = { .sconn_family = AF_CONN,
                                  .sconn_port = htons(association->config.port),
                                  .sconn_addr = association };
    struct sockaddr_conn there = here;

    there.sconn_port = htons(association->config.peer_port);
    return set_options(association->socket, &association->config)
        && usrsctp_bind(association->socket, (struct sockaddr *)&here, sizeof here) == 0
        && (usrsctp_connect(association->socket, (struct sockaddr *)&there, sizeof there)
                == 0
            || errno == EINPROGRESS);
}

static void end(struct sctp_association *association)
{
    association->over = true;
    if (association->socket != NULL)
        usrsctp_close(association->socket); /* which may send */
    usrsctp_deregister_address(association);
    association->socket = NULL;
    drop_parts(association);
}

bool sctp_start(struct sctp_association *association, const struct sctp_config *config)
{
    *association = (struct sctp_association){ .config = *config };
    usrsctp_register_address(association);
    association->socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_received,
                                         NULL, 0, association);
    if (association->socket != NULL && connect_socket(association))
        return true;
    end(association);
    return false;
}

void sctp_stop(struct sctp_association *association)
{
    if (association->socket != NULL)
        end(association);
}

/* --- what is sent --------------------------------------------------------------------- */

static struct sctp_sendv_spa options_of(const struct sctp_manner *manner)
{
    struct sctp_sendv_spa options = { .sendv_flags = SCTP_SEND_SNDINFO_VALID };

    options.sendv_sndinfo.snd_sid = manner->stream;
    options.sendv_sndinfo.snd_flags = SCTP_EOR;
    options.sendv_sndinfo.snd_ppid = htonl(manner->ppid);
    if (manner->unordered)
        options.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
    if (manner->reliability == SCTP_RELIABLE)
        return options;
    options.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    options.sendv_prinfo.pr_policy =
        manner->reliability == SCTP_FEW_TRIES ? SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
    options.sendv_prinfo.pr_value = manner->limit;
    return options;
}

enum sctp_result sctp_send(struct sctp_association *association,
                           const struct sctp_manner *manner, const void *bytes, size_t len)
{
    struct sctp_sendv_spa options = options_of(manner);

    if (association->socket == NULL || association->over)
        return SCTP_FAILED;
    if (usrsctp_sendv(association->socket, bytes, len, NULL, 0, &options, sizeof options,
                      SCTP_SENDV_SPA, 0)
        >= 0)
        return SCTP_SENT;
    return errno == EWOULDBLOCK || errno == EMSGSIZE ? SCTP_BACKLOG_FULL : SCTP_FAILED;
}

bool sctp_reset(struct sctp_association *association, uint16_t stream)
{
    struct sctp_reset_streams *request = calloc(1, sizeof *request + sizeof stream);
    bool done;

    if (request == NULL)
        return false;
    request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    request->srs_number_streams = 1;
    request->srs_stream_list[0] = stream;
    done = association->socket != NULL
        && set(association->socket, SCTP_RESET_STREAMS, request,
               sizeof *request + sizeof stream);
    free(request);
    return done;
}
