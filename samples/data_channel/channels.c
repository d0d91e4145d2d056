/* channels.c - data channels (RFC 8831, RFC 8832) over an association. */
#include "channels.h"

#include "../sctp/dcep.h"

#include <stdio.h>

void channels_end(struct channels *channels, const char *why)
{
    if (!channels->over)
        fprintf(stderr, "%s\n", why);
    channels->over = true;
}

static void send_data(struct channels *channels, const struct sctp_manner *manner,
                      const void *bytes, size_t len)
{
    switch (sctp_send(&channels->sctp, manner, bytes, len)) {
    case SCTP_SENT:
        break;
    case SCTP_BACKLOG_FULL:
        channels_end(channels, "the browser reads its echoes too slowly");
        break;
    case SCTP_FAILED:
        channels_end(channels, "SCTP: a message could not be sent");
        break;
    }
}

/* In order, and until it arrives. */
static void send_control(struct channels *channels, uint16_t stream, const void *bytes,
                         size_t len)
{
    const struct sctp_manner manner = { .stream = stream, .ppid = DCEP_PPID };

    send_data(channels, &manner, bytes, len);
}

/* Odd: of the DTLS server (RFC 8832 section 6). */
static void open_channel(struct channels *channels)
{
    enum { STREAM = 1 };
    uint8_t open[DCEP_OPEN_HEADER + DCEP_MAX_LABEL];

    channels->of[STREAM] = (struct channel){ .open = true, .manner.stream = STREAM };
    send_control(channels, STREAM, open, dcep_write_open(open, "from skiff"));
}

static void accept_channel(struct channels *channels, uint16_t stream,
                           const struct dcep_open *open)
{
    static const uint8_t ack[] = { DCEP_ACK };
    struct channel *channel = &channels->of[stream];

    channel->open = true;
    channel->manner = dcep_manner(open, stream);
    fprintf(stderr, "channel %u: opened by the browser\n", stream);
    send_control(channels, stream, ack, sizeof ack);
}

static void echo(struct channels *channels, const struct sctp_event_data *message)
{
    struct sctp_manner manner = channels->of[message->stream].manner;

    manner.ppid = message->ppid;
    send_data(channels, &manner, message->bytes, message->len);
}

static void read_message(struct channels *channels, const struct sctp_event_data *message)
{
    struct dcep_open open;
    bool is_control = message->ppid == DCEP_PPID;

    if (!is_control && channels->of[message->stream].open)
        echo(channels, message);
    else if (is_control && dcep_read_open(message->bytes, message->len, &open))
        accept_channel(channels, message->stream, &open);
    else if (is_control && dcep_is_ack(message->bytes, message->len))
        fprintf(stderr, "channel %u: acknowledged by the browser\n", message->stream);
    else
        channels_end(channels, "a message that does not parse, or on a channel that is not "
                               "open (RFC 8832 5.1, 6)");
}

/* A channel is closed by resetting its stream, both ways (RFC 8831 section 6.7). */
static void close_channel(struct channels *channels, uint16_t stream)
{
    if (!channels->of[stream].open)
        return;
    fprintf(stderr, "channel %u: closed\n", stream);
    channels->of[stream].open = false;
    if (!sctp_reset(&channels->sctp, stream))
        channels_end(channels, "SCTP: a stream could not be reset");
}

static void on_event(void *user, const struct sctp_event_data *event)
{
    struct channels *channels = user;

    switch (event->kind) {
    case SCTP_EVENT_UP:
        open_channel(channels);
        break;
    case SCTP_EVENT_MESSAGE:
        read_message(channels, event);
        break;
    case SCTP_EVENT_RESET:
        close_channel(channels, event->stream);
        break;
    case SCTP_EVENT_OVER:
        channels_end(channels, event->why);
        break;
    }
}

static void send_packet(void *user, const uint8_t *packet, size_t len)
{
    const struct channels_link *link = &((struct channels *)user)->link;

    link->send(link->user, packet, len);
}

void channels_start(struct channels *channels, const struct channels_link *link)
{
    const struct sctp_config config = {
        .user = channels,
        .send = send_packet,
        .on_event = on_event,
        .port = CHANNELS_PORT,
        .peer_port = link->port,
        .streams = CHANNELS_MAX,
        .max_packet = link->max_packet,
        .max_message = CHANNELS_MAX_MESSAGE,
        .max_backlog = CHANNELS_BACKLOG,
    };

    channels->link = *link;
    if (!sctp_start(&channels->sctp, &config))
        channels_end(channels, "SCTP: it could not be set up");
}
