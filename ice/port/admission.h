/*
 * admission.h - checks for ufrags that no peer has: how often the port's owner is asked
 * about them, and how a peer comes of one.
 *
 * Nothing is kept of a check before its MESSAGE-INTEGRITY has held: there are only buckets
 * of tokens, in a table of fixed size. Addresses that fall into the same bucket share it.
 * Neither that nor a source that is forged lets anybody ask more often than the port may.
 */
#ifndef SKF_ADMISSION_H
#define SKF_ADMISSION_H

#include "ice/net/token_bucket.h"
#include "port.h"

enum { ADMISSION_BUCKETS = 4096 };

struct admission {
    struct rate port_rate, source_rate;
    struct bucket port_bucket;
    struct bucket sources[ADMISSION_BUCKETS]; /* by a seeded hash */
    skiff_peer *admitted;                     /* until it is told of */
    skiff_bytes theirs;                       /* ufrag of the check, while it is judged */
};

/* Takes its memory where the config of the port has a hook. */
SKIFF_MUST_USE skiff_status skf_admission_open(skiff_port *port);
void skf_admission_close(skiff_port *port);

/*
 * Asks who is behind a check and makes its peer, which has not been told of; or NULL: what
 * became of the check is counted. The check must be judged again, as one of that peer.
 */
skiff_peer *skf_admission_admit(skiff_port *port, const struct udp_arrival *arrival,
                                const struct stun_check *request);

/* Whether a peer was admitted and is to be told of now, once; and by which ufrag. */
bool skf_admission_report_due(skiff_port *port, const skiff_peer *peer,
                              skiff_bytes *theirs);

/* Whether a peer was admitted, and nobody has been told of it. */
bool skf_admission_is_unreported(const skiff_port *port, const skiff_peer *peer);

/* After the check was judged: a peer that it did not open a path for goes untold. */
void skf_admission_end(skiff_port *port);

#endif
