/* agent_trace.h - the one home for what happens to an agent: counts what it drops, and
 * reports events where it has a trace callback. Knows no cause. */
#ifndef SKF_AGENT_TRACE_H
#define SKF_AGENT_TRACE_H

#include "agent_state.h"

/* Reports an event to the callback, which is there. */
void skf_agent_trace(const skiff_ice *ice, skiff_trace *event);

/* Without a callback this is one branch, and nothing is evaluated. */
#define AGENT_TRACE(ice, ...)                                                              \
  do {                                                                                     \
    if ((ice)->config.trace != NULL)                                                       \
      skf_agent_trace((ice), &(skiff_trace){ __VA_ARGS__ });                               \
  } while (0)

/* Counts what is dropped or ignored, and reports it by the name of its counter. */
#define AGENT_DROP(ice, name, num)                                                         \
  skf_agent_drop((ice), &(ice)->counters.name, #name, (num))

static inline void skf_agent_drop(skiff_ice *ice, uint32_t *counter, const char *name,
                                  uint32_t num)
{
    *counter += num;
    if (num > 0)
        AGENT_TRACE(ice, .event = SKIFF_TRACE_DROP, .what = name, .count = num);
}

#endif
