/* peer_event_name.c - the names of a peer's events, for logs. Knows no peer. */
#include <skiff/port.h>

#define NAME(event)                                                                        \
  case SKIFF_PEER_##event:                                                                 \
    return "SKIFF_PEER_" #event;

const char *skiff_peer_event_name(skiff_peer_event event)
{
    switch (event) {
        NAME(CONNECTED)
        NAME(CLOSED)
        NAME(FAILED)
        NAME(PATH)
        NAME(CONSENT_LOST)
        NAME(CERTIFICATE)
        NAME(DATA)
        NAME(TICKET)
        NAME(CONFLICT)
        NAME(DISPLACED)
        NAME(NEW)
        NAME(HELLO)
        NAME(RENEWED)
        NAME(NOT_RENEWED)
    }
    return "SKIFF_PEER_?";
}
