/* call.h - our end of the one call that the server takes, and what it counts. */
#ifndef BROWSER_CALL_H
#define BROWSER_CALL_H

#include "sdp.h"

struct call;

/* Zeros are skiff's own defaults, PASSIVE, and no obstacles. */
struct call_options {
    uint16_t min_version, max_version;
    uint16_t group; /* the only one */
    skiff_role role;
    const char *protocol; /* the only one of ALPN */
    const char *losses;   /* as relay.h has them */
    unsigned percent;     /* as well */
    bool ask_back;        /* hellos are asked back first */
    bool tcp;             /* as a peer of a port, by UDP or TCP */
    const char *sample;   /* a program that takes the call instead: sample.h */
    bool agent;           /* it is asked to use one */
};

/* Makes our end and gathers its candidates; NULL when that cannot be. */
struct call *call_new(const struct call_options *wishes);
void call_free(struct call *call);

/* Takes the offer and writes the answer; false, with nothing written, when it cannot. */
bool call_set_offer(struct call *call, const char *offer, GString *answer);

/* The browser has sent close_notify, or the call has failed. */
bool call_has_ended(const struct call *call);

/* What was agreed and counted, as the members of a JSON object. */
void call_report(struct call *call, GString *json);

#endif
