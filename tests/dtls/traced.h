/* traced.h - a story whose contexts are traced, and what is found in its record. Each file
 * that includes this has a record of its own. */
#ifndef TESTS_DTLS_TRACED_H
#define TESTS_DTLS_TRACED_H

#include "../suite.h"

#include "association/context.h"
#include "story.h"
#include "trace_log.h"

static struct trace_log record;

static inline void prepare(struct story *s)
{
    memset(&record, 0, sizeof record);
    story_prepare(s);
    for (int i = 0; i < 2; i++) {
        s->settings[i].trace = trace_log_add;
        s->settings[i].user = &record;
    }
}

/* From now on. */
static inline void trace_context(skiff_context *context)
{
    context->settings.trace = trace_log_add;
    context->settings.user = &record;
}

static inline struct skiff_dtls *end_of(const struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

static inline const skiff_trace *first(const struct story *s, int end,
                                       skiff_trace_event event)
{
    return trace_log_first(&record, event, end_of(s, end));
}

static inline const skiff_trace *last(const struct story *s, int end,
                                      skiff_trace_event event)
{
    const skiff_trace *found = NULL, *at = NULL;

    while ((at = trace_log_next(&record, at, event, end_of(s, end))) != NULL)
        found = at;
    return found;
}

static inline size_t number_of(const struct story *s, int end, skiff_trace_event event)
{
    return trace_log_count(&record, event, end_of(s, end), NULL);
}

static inline void begin_connected(struct story *s)
{
    prepare(s);
    story_begin(s);
    CU_ASSERT_TRUE(story_connects(s));
    world_pass(&s->world, SKIFF_MSEC(500));
    CU_ASSERT_EQUAL(record.lost, 0);
}

#endif
