/* candidate.h - one a=candidate line of the peer (RFC 8839 5.1). Knows no agent. */
#ifndef SKF_CANDIDATE_H
#define SKF_CANDIDATE_H

#include <nice/agent.h>

#include <stdbool.h>

enum { CANDIDATE_MDNS_NAME = 36 + 6 + 1 }; /* a UUID, ".local", and the end */

enum skf_verdict {
    SKF_CANDIDATE_ACCEPTED,
    SKF_CANDIDATE_MALFORMED,
    SKF_CANDIDATE_NAME,      /* well formed, with a name instead of an address */
    SKF_CANDIDATE_COMPONENT, /* of RTCP without multiplexing */
    SKF_CANDIDATE_KIND,      /* a transport or type that is unknown here */
    SKF_CANDIDATE_ADDRESS    /* an address or port that reaches no host */
};

/* Parses the line. If the result is ACCEPTED, *candidate is the caller's
 * (nice_candidate_free). */
enum skf_verdict skf_candidate_read(const char *sdp, NiceCandidate **candidate);

/* The same with another address in place of the line's; none if NULL. */
enum skf_verdict skf_candidate_read_at(const char *sdp, const char *address,
                                       NiceCandidate **candidate);

/* Whether the address is a name that hides one host, as browsers make them
 * (draft-ietf-mmusic-mdns-ice-candidates): one label, a UUID, and ".local". No other name
 * may be looked up for a peer. */
bool skf_candidate_is_mdns(const char *sdp, char name[CANDIDATE_MDNS_NAME]);

#endif
