/*
 * connection_id.h - DTLS connection ids that say whose they are, to nobody but us. Knows no
 * peers.
 *
 *     random 4 bytes | thread 1, place 3 bytes, hidden by a hash of the random ones
 *
 * Nothing is proven by an id: a record under it is opened or dropped by its association.
 */
#ifndef SKF_CONNECTION_ID_H
#define SKF_CONNECTION_ID_H

#include "ice/net/seeded_hash.h"

#include <skiff/port.h>

void skf_connection_id_make(const struct hash_key *key, unsigned thread, uint32_t slot,
                            uint8_t id[SKIFF_PORT_CONNECTION_ID]);

/* Looks for one in a datagram of DTLS; false: there is none. Any number may come out. */
bool skf_connection_id_find(const struct hash_key *key, skiff_bytes datagram,
                            unsigned *thread, uint32_t *slot);

#endif
