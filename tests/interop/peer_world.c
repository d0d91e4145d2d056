/* peer_world.c - a peer as both ends of a world: its wires lead to the world's network. */
#include "peer_world.h"

#include "clock.h"

/* Who is through may have to say its last flight again: reading tells the library so. */
static void read_on(struct end *end)
{
    uint8_t bytes[WIRE_DATAGRAM];

    while (peer.read(end, bytes, sizeof bytes) >= 0)
        continue;
}

static void go_on(struct world *world, int i)
{
    struct peer_world *peer_world = world->config.peer->user;
    struct world_end *end = &world->ends[i];
    const struct datagram *datagram;

    clock_set(world->now);
    enum end_state state = peer.go_on(peer_world->ends[i]);
    if (state == END_READY)
        read_on(peer_world->ends[i]);
    if (state == END_READY && !end->connected)
        end->connected_at = world->now;
    end->connected |= state == END_READY;
    end->failed |= state == END_FAILED;
    peer_world->world.due[i] = peer.deadline(peer_world->ends[i]);
    while ((datagram = queue_remove(&peer_world->wires[i].to_skiff)) != NULL)
        world_carry(world, i, datagram->bytes, datagram->len);
}

static void receive(struct world *world, int i, const void *bytes, size_t len)
{
    struct peer_world *peer_world = world->config.peer->user;

    queue_put(&peer_world->wires[i].to_peer, bytes, len);
    go_on(world, i);
}

bool peer_world_open(struct peer_world *peer_world, const struct end_config config[2])
{
    memset(peer_world, 0, sizeof *peer_world);
    peer_world->world =
        (struct world_peer){ .poll = go_on, .receive = receive, .user = peer_world };
    for (int i = 0; i < 2; i++) {
        wire_clear(&peer_world->wires[i]);
        peer_world->ends[i] = peer.open(&config[i], &peer_world->wires[i]);
    }
    if (peer_world->ends[0] != NULL && peer_world->ends[1] != NULL)
        return true;
    peer_world_close(peer_world);
    return false;
}

void peer_world_close(struct peer_world *peer_world)
{
    for (int i = 0; i < 2; i++)
        if (peer_world->ends[i] != NULL)
            peer.close(peer_world->ends[i]);
}

bool peer_world_keys_agree(const struct peer_world *peer_world)
{
    uint8_t keys[2][60];

    for (int i = 0; i < 2; i++)
        if (!peer.export(peer_world->ends[i], "EXTRACTOR-dtls_srtp", keys[i],
                         sizeof keys[i]))
            return false;
    return memcmp(keys[0], keys[1], sizeof keys[0]) == 0;
}
