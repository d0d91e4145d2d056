/* trace_log.h - keeps the events of a trace, for tests that look at them afterwards. */
#ifndef TESTS_TRACE_LOG_H
#define TESTS_TRACE_LOG_H

#include <skiff/trace.h>

enum { TRACE_LOG = 8192 };

struct trace_log {
    size_t num, lost; /* events kept, and those that came when it was full */
    skiff_trace events[TRACE_LOG];
};

/* A skiff_trace_fn, whose user pointer is the log. */
static inline void trace_log_add(void *user, const skiff_trace *event)
{
    struct trace_log *log = user;

    if (log->num < TRACE_LOG)
        log->events[log->num++] = *event;
    else
        log->lost++;
}

/* The first such event of a handle behind `after`, which is another of the log; NULL: from
 * the beginning. A `who` of NULL is any handle. */
static inline const skiff_trace *trace_log_next(const struct trace_log *log,
                                                const skiff_trace *after,
                                                skiff_trace_event event, const void *who)
{
    size_t i = after == NULL ? 0 : (size_t)(after - log->events) + 1;

    for (; i < log->num; i++)
        if (log->events[i].event == event && (who == NULL || log->events[i].who == who))
            return &log->events[i];
    return NULL;
}

static inline const skiff_trace *trace_log_first(const struct trace_log *log,
                                                 skiff_trace_event event, const void *who)
{
    return trace_log_next(log, NULL, event, who);
}

/* How many such events a handle has; `what` of NULL is any. */
static inline size_t trace_log_count(const struct trace_log *log, skiff_trace_event event,
                                     const void *who, const char *what)
{
    const skiff_trace *at = NULL;
    size_t num = 0;

    while ((at = trace_log_next(log, at, event, who)) != NULL)
        num += what == NULL || (at->what != NULL && strcmp(at->what, what) == 0);
    return num;
}

#endif
