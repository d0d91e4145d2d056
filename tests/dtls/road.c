/* road.c - an end that moves, and the network between its addresses and the other end. */
#include "road.h"

#include "../suite.h"

enum { ID = 8 };

static struct road *road_of(const struct world *world)
{
    return world->config.user;
}

static int stayer(const struct story *s)
{
    return 1 - road_of(&s->world)->mover;
}

static void keep_mover(struct road *road, struct world_datagram *d)
{
    if (road->both && d->to != 0)
        d->path = d->to;
    if (road->num_kept < ROAD_LOG)
        road->kept[road->num_kept++] = *d;
    if (road->muted)
        d->copies = 0;
}

static bool arrives(const struct road *road, uint64_t to)
{
    return to == 0 || to == road->reached || (road->both && to == HOME);
}

static void carry(struct world *world, struct world_datagram *d)
{
    struct road *road = road_of(world);

    d->delay = road->delay;
    if (d->from == road->mover) {
        keep_mover(road, d);
        return;
    }
    if (road->num < ROAD_LOG)
        road->sent[road->num++] =
            (struct road_sent){ .to = d->to, .len = d->len, .at = world->now };
    if (road->both && d->to != 0)
        d->path = d->to;
    if (!arrives(road, d->to) || road->lose > 0) {
        d->copies = 0;
        road->lose -= road->lose > 0;
    } else if (road->twice > 0) {
        d->copies = 2;
        road->twice--;
    }
}

void road_begin(struct story *s, struct road *road, int mover, skiff_rrc rrc)
{
    *road = (struct road){ .mover = mover, .reached = HOME, .delay = SKIFF_MSEC(10) };
    story_prepare(s);
    for (int i = 0; i < 2; i++) {
        s->settings[i].connection_ids = true;
        s->settings[i].connection_id_len = ID;
        s->settings[i].rrc = rrc;
    }
    s->network.meddler = carry;
    s->network.user = road;
    story_begin(s);
    s->world.ends[0].path = s->world.ends[1].path = HOME;
    CU_ASSERT_TRUE(story_connects(s));
    world_pass(&s->world, SKIFF_MSEC(500));
    CU_ASSERT_EQUAL(road_moves(s), 0);
    road->num = road->num_kept = 0;
}

void road_move(struct story *s, uint64_t path)
{
    struct road *road = road_of(&s->world);

    road->reached = path;
    s->world.ends[road->mover].path = path;
}

void road_say(struct story *s)
{
    CU_ASSERT_EQUAL(world_send(&s->world, road_of(&s->world)->mover, "I am here now", 13),
                    SKIFF_OK);
}

struct world_datagram road_catch(struct story *s)
{
    struct road *road = road_of(&s->world);
    size_t at = road->num_kept;
    bool was = road->muted;

    CU_ASSERT_TRUE_FATAL(at < ROAD_LOG);
    road->muted = true;
    road_say(s);
    road->muted = was;
    CU_ASSERT_EQUAL(road->num_kept, at + 1);
    return road->kept[at];
}

skiff_status road_deliver(struct story *s, uint64_t path, const struct world_datagram *d)
{
    return world_deliver_from(&s->world, path, 1 - d->from,
                              (skiff_bytes){ d->bytes, d->len });
}

unsigned road_count(const struct road *road, uint64_t to)
{
    unsigned count = 0;

    for (size_t i = 0; i < road->num; i++)
        count += road->sent[i].to == to;
    return count;
}

size_t road_bytes(const struct road *road, uint64_t to)
{
    size_t bytes = 0;

    for (size_t i = 0; i < road->num; i++)
        bytes += road->sent[i].to == to ? road->sent[i].len : 0;
    return bytes;
}

uint64_t road_data_goes(struct story *s)
{
    struct road *road = road_of(&s->world);

    CU_ASSERT_TRUE_FATAL(road->num < ROAD_LOG);
    CU_ASSERT_EQUAL(world_send(&s->world, stayer(s), "data", 4), SKIFF_OK);
    return road->sent[--road->num].to;
}

unsigned road_moves(const struct story *s)
{
    return s->world.ends[stayer(s)].moved;
}

skiff_dtls_counters road_counters(const struct story *s)
{
    return story_counters(s, stayer(s));
}

skiff_dtls_info road_info(const struct story *s)
{
    return story_info(s, stayer(s));
}
