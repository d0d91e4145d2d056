/* agent_event_name.c - the names of an agent's events, for logs. Knows no agent. */
#include <skiff/ice.h>

#define NAME(event)                                                                        \
  case SKIFF_ICE_##event:                                                                  \
    return "SKIFF_ICE_" #event;

const char *skiff_ice_event_name(skiff_ice_event_kind kind)
{
    switch (kind) {
        NAME(PATH)
        NAME(DISCONNECTED)
        NAME(RECONNECTED)
        NAME(FAILED)
        NAME(SERVER)
        NAME(NETWORKS)
        NAME(RESTART_FAILED)
    }
    return "SKIFF_ICE_?";
}
