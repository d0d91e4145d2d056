/* data_lines.c - text lines by data channels: from a publisher to each watcher. */
#include "data_lines.h"

#include "../sctp/dcep.h"
#include "../sctp/sctp_association.h"

#include <stdlib.h>
#include <string.h>

enum { STREAMS = 64 }; /* channels of a session; browsers begin with the lowest */

struct channel {
    bool open;
    struct sctp_manner manner;
};

struct data_stream {
    struct data_stream *next;
    struct data_line *lines;
    char name[];
};

/* Kept when its session has ended, for usrsctp may still know its address. */
struct data_line {
    struct sctp_association association;
    struct data_lines *lines;
    struct data_line *all;             /* the next one of all, in use or not */
    struct data_line *previous, *next; /* of the stream; of the free ones */
    struct data_stream *stream;
    void *session;
    size_t max_message;
    bool publisher;
    struct channel channels[STREAMS];
};

struct data_lines {
    struct data_lines_config config;
    struct data_stream *streams;
    struct data_line *all, *free;
    size_t open;
    struct data_lines_counts counts;
};

struct data_lines *data_lines_new(const struct data_lines_config *config)
{
    struct data_lines *lines = calloc(1, sizeof *lines);

    if (lines == NULL)
        return NULL;
    lines->config = *config;
    sctp_begin();
    return lines;
}

struct data_lines_counts data_lines_counts(const struct data_lines *lines)
{
    return lines->counts;
}

void data_lines_tick(struct data_lines *lines, uint32_t elapsed)
{
    (void)lines;
    sctp_tick(elapsed);
}

/* --- streams -------------------------------------------------------------------------- */

static struct data_stream *find_stream(struct data_lines *lines, const char *name)
{
    struct data_stream *stream = lines->streams;
    size_t len = strlen(name);

    while (stream != NULL && strcmp(stream->name, name) != 0)
        stream = stream->next;
    if (stream != NULL)
        return stream;
    stream = calloc(1, sizeof *stream + len + 1);
    if (stream == NULL)
        return NULL;
    memcpy(stream->name, name, len);
    stream->next = lines->streams;
    lines->streams = stream;
    return stream;
}

static void free_stream_if_empty(struct data_lines *lines, struct data_stream *stream)
{
    struct data_stream **at = &lines->streams;

    if (stream->lines != NULL)
        return;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    free(stream);
}

static void join(struct data_line *line, struct data_stream *stream)
{
    line->stream = stream;
    line->previous = NULL;
    line->next = stream->lines;
    if (line->next != NULL)
        line->next->previous = line;
    stream->lines = line;
}

static void leave(struct data_line *line)
{
    if (line->previous != NULL)
        line->previous->next = line->next;
    else
        line->stream->lines = line->next;
    if (line->next != NULL)
        line->next->previous = line->previous;
    free_stream_if_empty(line->lines, line->stream);
    line->stream = NULL;
}

/* --- lines ---------------------------------------------------------------------------- */

/* The first channel that the watcher has opened. */
static const struct channel *channel_of(const struct data_line *watcher)
{
    for (size_t i = 0; i < STREAMS; i++)
        if (watcher->channels[i].open)
            return &watcher->channels[i];
    return NULL;
}

static void pass(struct data_line *watcher, const struct sctp_event_data *message)
{
    struct data_lines_counts *counts = &watcher->lines->counts;
    const struct channel *channel = channel_of(watcher);
    struct sctp_manner manner;

    if (channel == NULL)
        return;
    manner = channel->manner;
    manner.ppid = message->ppid;
    if ((watcher->max_message != 0 && message->len > watcher->max_message)
        || sctp_send(&watcher->association, &manner, message->bytes, message->len)
               != SCTP_SENT)
        counts->dropped++;
    else
        counts->sent++;
}

static void read_line(struct data_line *line, const struct sctp_event_data *message)
{
    bool is_text = message->ppid == DCEP_PPID_TEXT || message->ppid == DCEP_PPID_TEXT_EMPTY;

    if (!line->publisher || !is_text || !line->channels[message->stream].open)
        return;
    line->lines->counts.lines++;
    for (struct data_line *other = line->stream->lines; other != NULL; other = other->next)
        if (!other->publisher)
            pass(other, message);
}

static void accept_channel(struct data_line *line, uint16_t stream,
                           const struct dcep_open *open)
{
    static const uint8_t ack[] = { DCEP_ACK };
    const struct sctp_manner in_order = { .stream = stream, .ppid = DCEP_PPID };
    struct channel *channel = &line->channels[stream];

    channel->manner = dcep_manner(open, stream);
    channel->open = sctp_send(&line->association, &in_order, ack, sizeof ack) == SCTP_SENT;
}

static void read_message(struct data_line *line, const struct sctp_event_data *message)
{
    struct dcep_open open;

    if (message->ppid != DCEP_PPID)
        read_line(line, message);
    else if (dcep_read_open(message->bytes, message->len, &open))
        accept_channel(line, message->stream, &open);
}

static void close_channel(struct data_line *line, uint16_t stream)
{
    if (!line->channels[stream].open)
        return;
    line->channels[stream].open = false;
    sctp_reset(&line->association, stream);
}

static void on_event(void *user, const struct sctp_event_data *event)
{
    struct data_line *line = user;

    switch (event->kind) {
    case SCTP_EVENT_UP:
        break;
    case SCTP_EVENT_MESSAGE:
        read_message(line, event);
        break;
    case SCTP_EVENT_RESET:
        close_channel(line, event->stream);
        break;
    case SCTP_EVENT_OVER:
        line->lines->counts.refused += event->rule_broken;
        memset(line->channels, 0, sizeof line->channels);
        break;
    }
}

/* --- sessions ------------------------------------------------------------------------- */

static void send_packet(void *user, const uint8_t *packet, size_t len)
{
    const struct data_line *line = user;
    const struct data_lines_config *config = &line->lines->config;

    config->send(config->user, line->session, packet, len);
}

static struct data_line *make_line(struct data_lines *lines)
{
    struct data_line *line = lines->free;

    if (line != NULL) {
        lines->free = line->next;
        return line;
    }
    line = calloc(1, sizeof *line);
    if (line == NULL)
        return NULL;
    line->lines = lines;
    line->all = lines->all;
    lines->all = line;
    return line;
}

static void release(struct data_line *line)
{
    line->next = line->lines->free;
    line->lines->free = line;
}

static bool start(struct data_line *line, const struct data_lines_session *session)
{
    const struct sctp_config config = {
        .user = line,
        .send = send_packet,
        .on_event = on_event,
        .port = DATA_LINES_PORT,
        .peer_port = session->port,
        .streams = STREAMS,
        .max_packet = session->max_packet,
        .max_message = DATA_LINES_MESSAGE,
        .max_backlog = DATA_LINES_BACKLOG,
    };

    line->session = session->session;
    line->publisher = session->publisher;
    line->max_message = session->max_message;
    memset(line->channels, 0, sizeof line->channels);
    return sctp_start(&line->association, &config);
}

struct data_line *data_lines_open(struct data_lines *lines,
                                  const struct data_lines_session *session)
{
    struct data_stream *stream;
    struct data_line *line;

    if (lines->open == DATA_LINES_SESSIONS)
        return NULL;
    line = make_line(lines);
    if (line == NULL)
        return NULL;
    stream = find_stream(lines, session->stream);
    if (stream == NULL) {
        release(line);
        return NULL;
    }
    join(line, stream);
    lines->open++;
    if (start(line, session))
        return line;
    data_lines_close(line);
    return NULL;
}

void data_lines_receive(struct data_line *line, const uint8_t *packet, size_t len)
{
    sctp_receive(&line->association, packet, len);
}

void data_lines_close(struct data_line *line)
{
    if (line == NULL)
        return;
    sctp_stop(&line->association);
    leave(line);
    line->lines->open--;
    release(line);
}

void data_lines_free(struct data_lines *lines)
{
    if (lines == NULL)
        return;
    for (struct data_line *line = lines->all; line != NULL; line = line->all)
        if (line->stream != NULL)
            data_lines_close(line);
    sctp_end();
    while (lines->all != NULL) {
        struct data_line *line = lines->all;

        lines->all = line->all;
        free(line);
    }
    free(lines);
}
