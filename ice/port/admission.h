/*
 * admission.h - checks for ufrags that no peer has: how often the owner of the port is
 * asked about them, and how a peer is made of one.
 *
 * Before its MESSAGE-INTEGRITY is verified, a check leaves no state: there are only buckets
 * of tokens, in a table of fixed size. Addresses that fall into the same bucket share it.
 * Neither that nor a forged source makes the port ask more often than its rate allows.
 */
#ifndef SKF_ADMISSION_H
#define SKF_ADMISSION_H

#include "ice/net/token_bucket.h"
#include "port_state.h"

enum { ADMISSION_BUCKETS = 4096 };

struct admission {
    struct rate port_rate, source_rate;
    struct bucket port_bucket;
    struct bucket sources[ADMISSION_BUCKETS]; /* by a seeded hash */
    skiff_peer *admitted;                     /* until it is reported */
    skiff_bytes theirs; /* the peer's ufrag in the check that is judged */
};

/* Allocates its memory if the config of the port has the hook. */
SKIFF_MUST_USE skiff_status skf_admission_open(skiff_port *port);
void skf_admission_close(skiff_port *port);

/* Asks about a check and makes its peer, which is not reported yet. NULL: the check was
 * counted. The caller must judge the check again, as one of that peer. */
skiff_peer *skf_admission_admit(skiff_port *port, const struct udp_arrival *arrival,
                                const struct stun_check *request);

/* Whether a peer was admitted and is to be reported now, once; and its ufrag. */
bool skf_admission_report_due(skiff_port *port, const skiff_peer *peer,
                              skiff_bytes *theirs);

/* Whether a peer was admitted and is not reported yet. */
bool skf_admission_is_unreported(const skiff_port *port, const skiff_peer *peer);

/* After the check was judged: a peer without a path is freed, unreported. */
void skf_admission_end(skiff_port *port);

#endif
