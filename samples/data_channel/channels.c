/* channels.c - data channels (RFC 8831, RFC 8832) over an association of usrsctp. */
#include "channels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* PPIDs of RFC 8831 section 8, messages and channel types of RFC 8832 section 5. */
enum { PPID_CONTROL = 50 };
enum { CHANNEL_ACK = 2, CHANNEL_OPEN = 3, OPEN_HEADER = 12 };
enum { UNORDERED = 0x80, FEW_TRIES = 1, SHORT_LIFE = 2 };

void channels_end(struct channels *channels, const char *why)
{
    if (!channels->over)
        fprintf(stderr, "%s\n", why);
    channels->over = true;
}

/* Both ends of a channel send as its DATA_CHANNEL_OPEN says (RFC 8832 section 5.1). */
static struct sctp_sendv_spa manner_of(const struct channel *channel, uint16_t stream,
                                       uint32_t ppid)
{
    struct sctp_sendv_spa manner = { .sendv_flags = SCTP_SEND_SNDINFO_VALID };

    manner.sendv_sndinfo.snd_sid = stream;
    manner.sendv_sndinfo.snd_flags = SCTP_EOR;
    manner.sendv_sndinfo.snd_ppid = htonl(ppid);
    if (ppid == PPID_CONTROL)
        return manner; /* in order, and until it arrives */
    if (channel->type & UNORDERED)
        manner.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
    if ((channel->type & ~UNORDERED) != 0) {
        manner.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        manner.sendv_prinfo.pr_policy =
            (channel->type & ~UNORDERED) == FEW_TRIES ? SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
        manner.sendv_prinfo.pr_value = channel->reliability;
    }
    return manner;
}

static void send_data(struct channels *channels, uint16_t stream, uint32_t ppid,
                      skiff_bytes message)
{
    struct sctp_sendv_spa manner = manner_of(&channels->of[stream], stream, ppid);

    if (usrsctp_sendv(channels->sctp, message.ptr, message.len, NULL, 0, &manner,
                      sizeof manner, SCTP_SENDV_SPA, 0)
        < 0)
        channels_end(channels, errno == EWOULDBLOCK
                                   ? "the browser takes its echoes too slowly"
                                   : "SCTP: a message could not be sent");
}

/* RFC 8832 section 5.1: type, channel type, priority, reliability, lengths of the two texts
 * that follow. */
void channels_open(struct channels *channels, uint16_t stream, const char *label)
{
    uint8_t open[OPEN_HEADER + 255] = { CHANNEL_OPEN };
    size_t len = strlen(label);

    open[9] = (uint8_t)len;
    memcpy(open + OPEN_HEADER, label, len);
    channels->of[stream] = (struct channel){ .open = true };
    send_data(channels, stream, PPID_CONTROL, (skiff_bytes){ open, OPEN_HEADER + len });
}

static void accept_channel(struct channels *channels, uint16_t stream, skiff_bytes body)
{
    static const uint8_t ack[] = { CHANNEL_ACK };
    struct channel *channel = &channels->of[stream];
    const uint8_t *at = body.ptr;

    if (body.len < OPEN_HEADER
        || body.len - OPEN_HEADER
               != (size_t)(at[8] << 8 | at[9]) + (size_t)(at[10] << 8 | at[11])
        || (at[1] & ~UNORDERED) > SHORT_LIFE) {
        channels_end(channels, "a DATA_CHANNEL_OPEN that does not parse (RFC 8832 5.1)");
        return;
    }
    *channel = (struct channel){ true, at[1],
                                 (uint32_t)at[4] << 24 | (uint32_t)at[5] << 16
                                     | (uint32_t)at[6] << 8 | at[7] };
    fprintf(stderr, "channel %u: opened by the browser\n", stream);
    send_data(channels, stream, PPID_CONTROL, (skiff_bytes){ ack, sizeof ack });
}

void channels_read(struct channels *channels, uint16_t stream, uint32_t ppid,
                   skiff_bytes body)
{
    if (ppid != PPID_CONTROL && channels->of[stream].open)
        send_data(channels, stream, ppid, body); /* the echo */
    else if (ppid == PPID_CONTROL && body.len > 0 && body.ptr[0] == CHANNEL_OPEN)
        accept_channel(channels, stream, body);
    else if (ppid == PPID_CONTROL && body.len == 1 && body.ptr[0] == CHANNEL_ACK)
        fprintf(stderr, "channel %u: taken by the browser\n", stream);
    else
        channels_end(channels, "a message on a channel that is not open (RFC 8832 6)");
}

/* A channel is closed by resetting its stream, both ways (RFC 8831 section 6.7). */
void channels_close(struct channels *channels, uint16_t stream)
{
    struct sctp_reset_streams *own;

    if (stream >= MOST_STREAMS || !channels->of[stream].open)
        return;
    fprintf(stderr, "channel %u: closed\n", stream);
    channels->of[stream].open = false;
    own = calloc(1, sizeof *own + sizeof stream);
    if (own == NULL) {
        channels_end(channels, "no memory");
        return;
    }
    own->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    own->srs_number_streams = 1;
    own->srs_stream_list[0] = stream;
    if (usrsctp_setsockopt(channels->sctp, IPPROTO_SCTP, SCTP_RESET_STREAMS, own,
                           (socklen_t)(sizeof *own + sizeof stream))
        != 0)
        channels_end(channels, "SCTP: a stream could not be reset");
    free(own);
}
