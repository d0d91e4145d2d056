/* trace_file.c - a trace as a file: one JSON object a line. Knows no handle. */
#define _POSIX_C_SOURCE 200809L /* flockfile */
#include "trace_file.h"

#include <inttypes.h>

/* Longer than any line, so that each of them is one write. */
enum { BUFFER = 8192 };

FILE *trace_file_open(const char *name)
{
    FILE *file = fopen(name, "w");

    if (file == NULL)
        return NULL;
    file = freopen(name, "a", file); /* what two processes write stays whole */
    if (file != NULL)
        setvbuf(file, NULL, _IOLBF, BUFFER);
    return file;
}

static void write_text(FILE *file, const char *key, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    fprintf(file, ",\"%s\":\"", key);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', file);
        putc(*text, file);
    }
    putc('"', file);
}

static void write_number(FILE *file, const char *key, uint64_t number)
{
    if (number != 0)
        fprintf(file, ",\"%s\":%" PRIu64, key, number);
}

static void write_handle(FILE *file, const char *key, const void *handle)
{
    if (handle != NULL)
        fprintf(file, ",\"%s\":\"%" PRIxPTR "\"", key, (uintptr_t)handle);
}

void trace_file_write(void *user, const skiff_trace *event)
{
    const struct trace_file *trace = user;
    FILE *file = trace->file;

    if (file == NULL)
        return;
    flockfile(file); /* a line of another thread comes before this one, or behind it */
    fprintf(file, "{\"time\":%" PRIu64, event->when);
    write_text(file, "end", trace->end);
    write_text(file, "event", skiff_trace_name(event->event));
    write_text(file, "kind", skiff_trace_kind_name(event->kind));
    write_handle(file, "who", event->who);
    write_handle(file, "owner", event->owner);
    write_text(file, "what", event->what);
    write_number(file, "epoch", event->epoch);
    write_number(file, "number", event->number);
    write_number(file, "type", event->type);
    write_number(file, "seq", event->seq);
    write_number(file, "offset", event->offset);
    write_number(file, "length", event->length);
    write_number(file, "count", event->count);
    write_number(file, "path", event->path);
    write_number(file, "due", event->due != SKIFF_NEVER ? event->due : 0);
    fputs("}\n", file);
    funlockfile(file);
}
