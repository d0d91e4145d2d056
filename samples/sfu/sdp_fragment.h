/* sdp_fragment.h - the body of a PATCH: candidates or the credentials of an ICE restart
 * (application/trickle-ice-sdpfrag, RFC 8840 section 9). Knows no session. */
#ifndef SAMPLES_SFU_SDP_FRAGMENT_H
#define SAMPLES_SFU_SDP_FRAGMENT_H

#include "media.h"
#include "problem.h"

struct sdp_fragment {
    char ufrag[MAX_UFRAG], password[MAX_UFRAG]; /* "": not there */
    char mid[MAX_TOKEN];                        /* of the first pseudo m= section; or "" */
    unsigned num_candidates;
    bool end_of_candidates;
};

/* An ICE-lite end has no use for candidates: the checks come from them. They are counted.
 */
bool sdp_fragment_read(skiff_bytes text, struct sdp_fragment *fragment,
                       struct problem *problem);

/* The response to an ICE restart, for the caller to free by g_free. `tagged` is the section
 * whose transport is that of all (RFC 9725 section 4.3.3). */
char *sdp_fragment_write(const struct media_section *tagged,
                         const struct media_answer *transport);

#endif
