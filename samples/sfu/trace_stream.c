/* trace_stream.c - the events of one session as a response that goes on. */
#include "trace_stream.h"

#include "../common/trace_file.h"

#include <stdlib.h>

enum { HANDLES = 16 };

struct trace_stream {
    struct media *media;
    struct sessions *sessions;
    char id[SESSION_ID + 1];
    uint64_t from;
    /* Handles by their number, for where they are in memory is no stranger's business. */
    const void *handles[HANDLES];
    char *lines;
    size_t len, sent;
};

struct line_writing {
    struct trace_stream *trace;
    struct trace_file file;
};

static const void *number_of(struct trace_stream *trace, const void *handle)
{
    uintptr_t i = 0;

    if (handle == NULL)
        return NULL;
    while (i < HANDLES - 1 && trace->handles[i] != NULL && trace->handles[i] != handle)
        i++;
    trace->handles[i] = handle;
    return (const void *)(i + 1);
}

static void write_line(void *user, const skiff_trace *event)
{
    struct line_writing *writing = user;
    skiff_trace copy = *event;

    copy.who = number_of(writing->trace, event->who);
    copy.owner = number_of(writing->trace, event->owner);
    trace_file_write(&writing->file, &copy);
}

/* Fetches what is new. False: there is no memory. */
static bool fetch(struct trace_stream *trace)
{
    struct line_writing writing = { trace, { NULL, "sfu" } };

    free(trace->lines);
    trace->lines = NULL;
    trace->len = trace->sent = 0;
    writing.file.file = open_memstream(&trace->lines, &trace->len);
    if (writing.file.file == NULL)
        return false;
    trace->from = media_trace(trace->media, trace->id, trace->from, write_line, &writing);
    return fclose(writing.file.file) == 0;
}

static bool read_trace(void *user, char *bytes, size_t max, size_t *len)
{
    struct trace_stream *trace = user;
    bool over = sessions_find(trace->sessions, trace->id) == NULL;

    if (trace->sent == trace->len && (over || !fetch(trace)))
        return false;
    *len = trace->len - trace->sent < max ? trace->len - trace->sent : max;
    memcpy(bytes, trace->lines + trace->sent, *len);
    trace->sent += *len;
    return true;
}

static void close_trace(void *user)
{
    struct trace_stream *trace = user;

    free(trace->lines);
    free(trace);
}

bool trace_stream_open(struct media *media, struct sessions *sessions, const char *id,
                       struct http_response *response)
{
    struct trace_stream *trace = calloc(1, sizeof *trace);

    if (trace == NULL)
        return false;
    trace->media = media;
    trace->sessions = sessions;
    snprintf(trace->id, sizeof trace->id, "%s", id);
    response->status = 200;
    response->type = "text/x-ndjson";
    response->stream = (struct http_stream){ read_trace, close_trace, trace };
    http_header_add(response, "Cache-Control", "no-store");
    return true;
}
