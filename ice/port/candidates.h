/*
 * candidates.h - the addresses at which a port is reached, as values of a=candidate lines
 * (RFC 8839 5.1). Knows no peers.
 *
 * They are the addresses that the caller announces; else the one that the port is bound to;
 * else, for a wildcard, those of the host. All are found when the port is opened.
 */
#ifndef SKF_CANDIDATES_H
#define SKF_CANDIDATES_H

#include "ice/net/address.h"

#include <skiff/port.h>

enum { CANDIDATE_TEXT = 128, MAX_CANDIDATE_ADDRESSES = 32 };

/* Both kinds have the same addresses, and the same port number. */
enum candidate_kind { CANDIDATE_UDP, CANDIDATE_TCP_PASSIVE, CANDIDATE_KINDS };

/* Zeros hold none; the memory may be NULL. */
struct candidates {
    const skiff_allocator *memory;
    size_t num;
    char (*texts)[CANDIDATE_TEXT]; /* those for UDP come first */
};

/* Finds the addresses of a socket that is bound to `bound`, and writes a candidate of each
 * for UDP, and for TCP if the config has it. Errors: ARGUMENT an announced text is no
 * address that others can send to, or there are too many; MEMORY; STATE the system does not
 * list its addresses. */
SKIFF_MUST_USE skiff_status skf_candidates_find(struct candidates *candidates,
                                                const skiff_port_config *config,
                                                const union address *bound);

/* The same, on a host with these interfaces; NULL: none. */
struct ifaddrs;
SKIFF_MUST_USE skiff_status skf_candidates_of(struct candidates *candidates,
                                              const skiff_port_config *config,
                                              const union address *bound,
                                              const struct ifaddrs *host);
void skf_candidates_clear(struct candidates *candidates);

#endif
