/*
 * connection_id.h - DTLS connection ids that contain the thread and the slot of their peer,
 * which only the port can read. Knows no peers.
 *
 *     random 4 bytes | thread 1, slot 3 bytes, masked by a hash of the random ones
 *
 * An id proves nothing: a record under it is opened or dropped by its association.
 */
#ifndef SKF_CONNECTION_ID_H
#define SKF_CONNECTION_ID_H

#include "ice/net/seeded_hash.h"

#include <skiff/port.h>

void skf_connection_id_make(const struct hash_key *key, unsigned thread, uint32_t slot,
                            uint8_t id[SKIFF_PORT_CONNECTION_ID]);

/* Finds an id in a datagram of DTLS; false if there is none. The numbers may be any. */
bool skf_connection_id_find(const struct hash_key *key, skiff_bytes datagram,
                            unsigned *thread, uint32_t *slot);

#endif
