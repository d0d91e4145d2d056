/* peer_world.h - a peer as both ends of a world, which skiff's ends would be otherwise. */
#ifndef TESTS_INTEROP_PEER_WORLD_H
#define TESTS_INTEROP_PEER_WORLD_H

#include "peer.h"
#include "world/world.h"

struct peer_world {
    struct world_peer world; /* for the config of a world */
    struct end *ends[2];
    struct wire wires[2];
};

/* False when the peer refuses a configuration. */
bool peer_world_open(struct peer_world *peer_world, const struct end_config config[2]);
void peer_world_close(struct peer_world *peer_world);

/* Whether both export the same keying material for SRTP. */
bool peer_world_keys_agree(const struct peer_world *peer_world);

#endif
