/*
 * networks.h - the addresses of this host: which there are, and which deserve candidates.
 * Knows no agent.
 *
 * Each local address is paired with each of the peer's, so ten bridges on both hosts make
 * hundreds of pairs, and the good one is lost among them. libnice ranks addresses by their
 * position in a list, the one of the default route often last. So they are chosen here:
 * first the source addresses of the default routes, then those of real interfaces and
 * tunnels, then a few of bridges, as neighbours on this host reach the first ones too.
 */
#ifndef SKF_NETWORKS_H
#define SKF_NETWORKS_H

#include <nice/address.h>

#include <stdbool.h>
#include <stddef.h>

enum { MAX_NETWORKS = 64 }; /* more would make libnice abort: see skf_networks_can_rank */

struct networks {
    NiceAddress addresses[MAX_NETWORKS];
    unsigned num;
};

/* The addresses that deserve candidates, best first: so many that their square is at most
 * `pairs`. */
void skf_networks_choose(struct networks *networks, unsigned pairs);

/* All addresses except link-local ones; of the `num` that are named, if there are any. */
void skf_networks_list(struct networks *networks, const char *const *listed, size_t num);

/* Whether all addresses of one are in the other. */
bool skf_networks_include(const struct networks *all, const struct networks *some);

/* Whether libnice can give a candidate at that address a priority: it asserts that an
 * address is among the first 64 of this host, or that the host has no more. */
bool skf_networks_can_rank(const NiceAddress *address);

#endif
