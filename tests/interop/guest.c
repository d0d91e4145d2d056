/* guest.c - a peer as both ends of a world: its wires lead to the world's network. */
#include "guest.h"

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
    struct guest *guest = world->config.guest->own;
    struct world_end *end = &world->ends[i];
    const struct datagram *datagram;

    clock_tell(world->now);
    enum end_state state = peer.go_on(guest->ends[i]);
    if (state == END_READY)
        read_on(guest->ends[i]);
    if (state == END_READY && !end->connected)
        end->connected_at = world->now;
    end->connected |= state == END_READY;
    end->failed |= state == END_FAILED;
    guest->world.due[i] = peer.deadline(guest->ends[i]);
    while ((datagram = queue_take(&guest->wires[i].to_skiff)) != NULL)
        world_carry(world, i, datagram->bytes, datagram->len);
}

static void hear(struct world *world, int i, const void *bytes, size_t len)
{
    struct guest *guest = world->config.guest->own;

    queue_put(&guest->wires[i].to_peer, bytes, len);
    go_on(world, i);
}

bool guest_open(struct guest *guest, const struct end_config config[2])
{
    memset(guest, 0, sizeof *guest);
    guest->world = (struct world_guest){ .poll = go_on, .hear = hear, .own = guest };
    for (int i = 0; i < 2; i++) {
        wire_clear(&guest->wires[i]);
        guest->ends[i] = peer.open(&config[i], &guest->wires[i]);
    }
    if (guest->ends[0] != NULL && guest->ends[1] != NULL)
        return true;
    guest_close(guest);
    return false;
}

void guest_close(struct guest *guest)
{
    for (int i = 0; i < 2; i++)
        if (guest->ends[i] != NULL)
            peer.close(guest->ends[i]);
}

bool guest_keys_agree(const struct guest *guest)
{
    uint8_t keys[2][60];

    for (int i = 0; i < 2; i++)
        if (!peer.export(guest->ends[i], "EXTRACTOR-dtls_srtp", keys[i], sizeof keys[i]))
            return false;
    return memcmp(keys[0], keys[1], sizeof keys[0]) == 0;
}
