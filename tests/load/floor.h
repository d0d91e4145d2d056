/* floor.h - the public-key operations of one handshake, and nothing else of it. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdbool.h>

enum key_share { SHARE_X25519, SHARE_P256, SHARE_HYBRID };

struct floor;

enum floor_op { FLOOR_SIGN, FLOOR_VERIFY, FLOOR_KEYGEN, FLOOR_DERIVE, FLOOR_OPS };

/* Keys and contexts, prepared once. NULL when libcrypto cannot. There is no floor of
 * SHARE_HYBRID. */
struct floor *floor_new(enum key_share share);
void floor_free(struct floor *floor);

/* One operation of one side. */
bool floor_run(struct floor *floor, enum floor_op op);

#endif
