/* sctp.c - an SCTP association over DTLS (RFC 8261), which is usrsctp's. */
#include "sctp.h"

#include "../common/clock.h"

#include <errno.h>
#include <stdlib.h>

enum {
    SCTP_HEADER = 12,      /* RFC 9260 section 3.1: usrsctp does not count it */
    MOST_WAITING = 1 << 20 /* bytes that the browser has not taken yet */
};

static void read_message(struct sctp *sctp, const union sctp_notification *news, size_t len)
{
    const struct sctp_stream_reset_event *reset = &news->sn_strreset_event;

    if (news->sn_header.sn_length != len)
        return;
    if (news->sn_header.sn_type == SCTP_ASSOC_CHANGE
        && news->sn_assoc_change.sac_state == SCTP_COMM_UP)
        channels_open(&sctp->channels, 1,
                      "from skiff"); /* odd: of the DTLS server (RFC 8832 6) */
    else if (news->sn_header.sn_type == SCTP_ASSOC_CHANGE)
        channels_end(&sctp->channels, "SCTP: the association is over");
    else if (news->sn_header.sn_type == SCTP_STREAM_RESET_EVENT
             && (reset->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0)
        for (size_t i = 0; i < (len - sizeof *reset) / sizeof(uint16_t); i++)
            channels_close(&sctp->channels, reset->strreset_stream_list[i]);
}

/* Long messages come in parts, the last of them with MSG_EOR. */
static void receive_part(struct sctp *sctp, const struct sctp_rcvinfo *info,
                         skiff_bytes part, bool last)
{
    if (part.len > SCTP_MOST_MESSAGE - sctp->len || info->rcv_sid >= MOST_STREAMS) {
        channels_end(&sctp->channels,
                     "a message longer than a=max-message-size, or a stream too many");
        return;
    }
    memcpy(sctp->message + sctp->len, part.ptr, part.len);
    sctp->len += part.len;
    if (!last)
        return;
    part = (skiff_bytes){ sctp->message, sctp->len };
    sctp->len = 0;
    channels_read(&sctp->channels, info->rcv_sid, ntohl(info->rcv_ppid), part);
}

/* NOLINTNEXTLINE(readability-function-size): the type is usrsctp's */
static int on_received(struct socket *socket, union sctp_sockstore from, void *bytes,
                       size_t len, struct sctp_rcvinfo info, int flags, void *user)
{
    struct sctp *sctp = user;

    (void)socket, (void)from;
    if (bytes == NULL)
        channels_end(&sctp->channels, "SCTP: the association is over");
    else if ((flags & MSG_NOTIFICATION) != 0)
        read_message(sctp, bytes, len);
    else
        receive_part(sctp, &info, (skiff_bytes){ bytes, len }, (flags & MSG_EOR) != 0);
    free(bytes);
    return 1;
}

static bool set(struct socket *socket, int name, const void *value, size_t size)
{
    return usrsctp_setsockopt(socket, IPPROTO_SCTP, name, value, (socklen_t)size) == 0;
}

static bool prepare(struct sctp *sctp)
{
    const uint32_t on = 1;
    const int waiting = MOST_WAITING;
    const struct linger at_once = { 1, 0 }; /* to close is to abort */
    const struct sctp_initmsg init = { MOST_STREAMS, MOST_STREAMS, 0, 0 };
    const struct sctp_assoc_value reset = { SCTP_ALL_ASSOC, SCTP_ENABLE_RESET_STREAM_REQ };
    const struct sctp_event events[] = { { SCTP_ALL_ASSOC, SCTP_ASSOC_CHANGE, 1 },
                                         { SCTP_ALL_ASSOC, SCTP_STREAM_RESET_EVENT, 1 } };
    struct sctp_paddrparams path = { .spp_flags = SPP_PMTUD_DISABLE };

    path.spp_address.ss_family = AF_CONN;
    path.spp_pathmtu = (uint32_t)((sctp->max_packet - SCTP_HEADER) & ~(size_t)3);
    return usrsctp_set_non_blocking(sctp->channels.sctp, 1) == 0
        && usrsctp_setsockopt(sctp->channels.sctp, SOL_SOCKET, SO_SNDBUF, &waiting,
                              sizeof waiting)
               == 0
        && usrsctp_setsockopt(sctp->channels.sctp, SOL_SOCKET, SO_LINGER, &at_once,
                              sizeof at_once)
               == 0
        && set(sctp->channels.sctp, SCTP_NODELAY, &on, sizeof on)
        && set(sctp->channels.sctp, SCTP_INITMSG, &init, sizeof init)
        && set(sctp->channels.sctp, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset)
        && set(sctp->channels.sctp, SCTP_EVENT, &events[0], sizeof events[0])
        && set(sctp->channels.sctp, SCTP_EVENT, &events[1], sizeof events[1])
        && set(sctp->channels.sctp, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

/* Both ends connect (RFC 8841 section 9.3): whose INIT comes first is no matter. */
void sctp_start(struct sctp *sctp, uint16_t port)
{
    struct sockaddr_conn here = { .sconn_family = AF_CONN,
                                  .sconn_port = htons(SCTP_PORT),
                                  .sconn_addr = sctp->address };
    struct sockaddr_conn there = here;

    there.sconn_port = htons(port);
    sctp->ticked = clock_now();
    usrsctp_register_address(sctp->address);
    sctp->channels.sctp =
        usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_received, NULL, 0, sctp);
    if (sctp->channels.sctp == NULL || !prepare(sctp)
        || usrsctp_bind(sctp->channels.sctp, (struct sockaddr *)&here, sizeof here) != 0
        || (usrsctp_connect(sctp->channels.sctp, (struct sockaddr *)&there, sizeof there)
                != 0
            && errno != EINPROGRESS))
        channels_end(&sctp->channels, "SCTP: it could not be set up");
}

void sctp_tick(struct sctp *sctp)
{
    skiff_time passed = clock_now() - sctp->ticked;

    if (sctp->channels.sctp == NULL || passed < SKIFF_MSEC(1))
        return;
    sctp->ticked += passed - passed % SKIFF_MSEC(1);
    usrsctp_handle_timers((uint32_t)(passed / SKIFF_MSEC(1)));
}

void sctp_stop(struct sctp *sctp)
{
    if (sctp->channels.sctp == NULL)
        return;
    usrsctp_close(sctp->channels.sctp);
    usrsctp_deregister_address(sctp->address);
    for (int i = 0; i < 100 && usrsctp_finish() != 0; i++)
        usrsctp_handle_timers(SCTP_TICK);
}
