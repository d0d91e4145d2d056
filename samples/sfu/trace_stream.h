/* trace_stream.h - the events of one session as a response that goes on: one JSON object a
 * line, as docs/trace.md has them, until the session ends. */
#ifndef SAMPLES_SFU_TRACE_STREAM_H
#define SAMPLES_SFU_TRACE_STREAM_H

#include "http.h"
#include "sessions.h"

/* False: no memory. */
bool trace_stream_open(struct media *media, struct sessions *sessions, const char *id,
                       struct http_response *response);

#endif
