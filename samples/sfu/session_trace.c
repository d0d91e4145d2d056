/* session_trace.c - the stages and the last events of one session. */
#include "session_trace.h"

void session_trace_begin(struct session_trace *trace, skiff_time posted)
{
    *trace = (struct session_trace){
        .posted = posted,
        .stages = { SKIFF_NEVER, SKIFF_NEVER, SKIFF_NEVER, SKIFF_NEVER },
    };
}

static void reach(const struct session_trace *trace, skiff_time *stage, skiff_time now)
{
    if (*stage == SKIFF_NEVER)
        *stage = now > trace->posted ? now - trace->posted : 0;
}

static bool is_good_check(const skiff_trace *event)
{
    return event->event == SKIFF_TRACE_STUN_CHECK && event->what != NULL
        && (strcmp(event->what, "good") == 0 || strcmp(event->what, "nominating") == 0);
}

void session_trace_add(struct session_trace *trace, skiff_time now,
                       const skiff_trace *event)
{
    struct session_stages *stages = &trace->stages;

    trace->events[trace->num_events++ % TRACE_EVENTS] = *event;
    if (is_good_check(event))
        reach(trace, &stages->check, now);
    else if (event->event == SKIFF_TRACE_CLIENT_RANDOM)
        reach(trace, &stages->client_hello, now);
    else if (event->event == SKIFF_TRACE_CONNECTED)
        reach(trace, &stages->keys, now);
    else if (event->event == SKIFF_TRACE_PATH_MOVED)
        trace->moves++;
    if (event->event == SKIFF_TRACE_STUN_CHECK || event->event == SKIFF_TRACE_DATAGRAM_IN)
        trace->received |= stages->first_media == SKIFF_NEVER;
}

void session_trace_media(struct session_trace *trace, skiff_time now)
{
    const skiff_time keys = trace->stages.keys;

    /* The time of a run is that of its begin, and keys may come in the same run. */
    if (keys != SKIFF_NEVER && now < trace->posted + keys)
        now = trace->posted + keys;
    reach(trace, &trace->stages.first_media, now);
}

void session_trace_end_run(struct session_trace *trace, skiff_time elapsed)
{
    if (trace->received)
        trace->share += elapsed;
    trace->received = false;
}

size_t session_trace_copy(const struct session_trace *trace, uint64_t *from,
                          skiff_trace *events, size_t max)
{
    const uint64_t end = trace->num_events;
    size_t num = 0;

    if (end > TRACE_EVENTS && *from < end - TRACE_EVENTS)
        *from = end - TRACE_EVENTS;
    while (*from < end && num < max)
        events[num++] = trace->events[(*from)++ % TRACE_EVENTS];
    return num;
}
