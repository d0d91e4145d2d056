/* trace_file.h - a trace as a file: one JSON object a line. docs/trace.md has the fields.
 */
#ifndef SAMPLES_COMMON_TRACE_FILE_H
#define SAMPLES_COMMON_TRACE_FILE_H

#include <skiff/trace.h>

#include <stdio.h>

/* One of those that write into a file, by what the lines say of it: "client". */
struct trace_file {
    FILE *file; /* NULL: nothing is written */
    const char *end;
};

/* Makes the file anew, for lines of several processes; NULL: errno says why. */
FILE *trace_file_open(const char *name);

/* Writes one event; `user` is a struct trace_file. Several threads may write into one file.
 * A field that is 0, NULL or SKIFF_NEVER is left out. */
void trace_file_write(void *user, const skiff_trace *event);

#endif
