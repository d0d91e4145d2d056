/* guest.h - a peer as both ends of a world, which skiff's ends would be otherwise. */
#ifndef SKF_INTEROP_GUEST_H
#define SKF_INTEROP_GUEST_H

#include "peer.h"
#include "world/world.h"

struct guest {
    struct world_guest world;             /* for the config of a world                    */
    struct end        *ends[2];
    struct wire        wires[2];
};

/* False when the peer refuses a configuration. */
bool guest_open(struct guest *guest, const struct end_config config[2]);
void guest_close(struct guest *guest);

/* Whether both export the same keying material for SRTP. */
bool guest_keys_agree(const struct guest *guest);

#endif
