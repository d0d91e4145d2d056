/* event_name.c - what an event of an association is called, for logs. Knows no handle. */
#include <skiff/dtls.h>

#define NAME(event)                                                                        \
  case SKIFF_DTLS_##event:                                                                 \
    return "SKIFF_DTLS_" #event;

const char *skiff_dtls_event_name(skiff_dtls_event event)
{
    switch (event) {
        NAME(NOTHING)
        NAME(SEND)
        NAME(PEER_CERTIFICATE)
        NAME(CONNECTED)
        NAME(DATA)
        NAME(MOVED)
        NAME(CLOSED)
        NAME(FAILED)
        NAME(TICKET)
        NAME(HELLO)
        NAME(RENEWED)
        NAME(NOT_RENEWED)
    }
    return "SKIFF_DTLS_?";
}
