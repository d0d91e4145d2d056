/*
 * id.h - DTLS connection ids that say whose they are, to nobody but us. Knows no peers.
 *
 *     random 4 bytes | thread 1, place 3 bytes, hidden by a hash of the random ones
 *
 * Nothing is proven by an id: a record under it is opened or dropped by its association.
 */
#ifndef SKF_ID_H
#define SKF_ID_H

#include "mix.h"

#include <skiff/port.h>

void skf_id_make(const struct mix *mix, unsigned thread, uint32_t place,
                 uint8_t id[SKIFF_PORT_CONNECTION_ID]);

/* Looks for one in a datagram of DTLS; false: there is none. Any number may come out. */
bool skf_id_find(const struct mix *mix, skiff_bytes datagram, unsigned *thread,
                 uint32_t *place);

#endif
