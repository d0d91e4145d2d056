/* roaming.c - an end that moves, and the network between its addresses and the other end.
 */
#include "roaming.h"

#include "../suite.h"

enum { ID = 8 };

static struct roaming *roaming_of(const struct world *world)
{
    return world->config.user;
}

static int stayer(const struct story *s)
{
    return 1 - roaming_of(&s->world)->mover;
}

static void keep_mover(struct roaming *roaming, struct world_datagram *d)
{
    if (roaming->also_at_home && d->to != 0)
        d->path = d->to;
    if (roaming->num_captured < ROAMING_LOG)
        roaming->captured[roaming->num_captured++] = *d;
    if (roaming->muted)
        d->copies = 0;
}

static bool arrives(const struct roaming *roaming, uint64_t to)
{
    return to == 0 || to == roaming->reached || (roaming->also_at_home && to == HOME);
}

static void carry(struct world *world, struct world_datagram *d)
{
    struct roaming *roaming = roaming_of(world);

    d->delay = roaming->delay;
    if (d->from == roaming->mover) {
        keep_mover(roaming, d);
        return;
    }
    if (roaming->num < ROAMING_LOG)
        roaming->sent[roaming->num++] =
            (struct roaming_sent){ .to = d->to, .len = d->len, .at = world->now };
    if (roaming->also_at_home && d->to != 0)
        d->path = d->to;
    if (!arrives(roaming, d->to) || roaming->lose > 0) {
        d->copies = 0;
        roaming->lose -= roaming->lose > 0;
    } else if (roaming->duplicate > 0) {
        d->copies = 2;
        roaming->duplicate--;
    }
}

void roaming_begin(struct story *s, struct roaming *roaming, int mover, skiff_rrc rrc)
{
    *roaming = (struct roaming){ .mover = mover, .reached = HOME, .delay = SKIFF_MSEC(10) };
    story_prepare(s);
    for (int i = 0; i < 2; i++) {
        s->settings[i].connection_ids = true;
        s->settings[i].connection_id_len = ID;
        s->settings[i].rrc = rrc;
    }
    s->network.meddler = carry;
    s->network.user = roaming;
    story_begin(s);
    s->world.ends[0].path = s->world.ends[1].path = HOME;
    CU_ASSERT_TRUE(story_connects(s));
    world_pass(&s->world, SKIFF_MSEC(500));
    CU_ASSERT_EQUAL(roaming_moves(s), 0);
    roaming->num = roaming->num_captured = 0;
}

void roaming_move(struct story *s, uint64_t path)
{
    struct roaming *roaming = roaming_of(&s->world);

    roaming->reached = path;
    s->world.ends[roaming->mover].path = path;
}

void roaming_send(struct story *s)
{
    CU_ASSERT_EQUAL(
        world_send(&s->world, roaming_of(&s->world)->mover, "I am here now", 13), SKIFF_OK);
}

void roaming_begin_away(struct story *s, struct roaming *roaming, int mover, skiff_rrc rrc)
{
    roaming_begin(s, roaming, mover, rrc);
    roaming_move(s, AWAY);
    roaming_send(s);
}

struct world_datagram roaming_catch(struct story *s)
{
    struct roaming *roaming = roaming_of(&s->world);
    size_t at = roaming->num_captured;
    bool was = roaming->muted;

    CU_ASSERT_TRUE_FATAL(at < ROAMING_LOG);
    roaming->muted = true;
    roaming_send(s);
    roaming->muted = was;
    CU_ASSERT_EQUAL(roaming->num_captured, at + 1);
    return roaming->captured[at];
}

skiff_status roaming_deliver(struct story *s, uint64_t path, const struct world_datagram *d)
{
    return world_deliver_from(&s->world, path, 1 - d->from,
                              (skiff_bytes){ d->bytes, d->len });
}

unsigned roaming_count(const struct roaming *roaming, uint64_t to)
{
    unsigned count = 0;

    for (size_t i = 0; i < roaming->num; i++)
        count += roaming->sent[i].to == to;
    return count;
}

size_t roaming_bytes(const struct roaming *roaming, uint64_t to)
{
    size_t bytes = 0;

    for (size_t i = 0; i < roaming->num; i++)
        bytes += roaming->sent[i].to == to ? roaming->sent[i].len : 0;
    return bytes;
}

uint64_t roaming_data_goes(struct story *s)
{
    struct roaming *roaming = roaming_of(&s->world);

    CU_ASSERT_TRUE_FATAL(roaming->num < ROAMING_LOG);
    CU_ASSERT_EQUAL(world_send(&s->world, stayer(s), "data", 4), SKIFF_OK);
    return roaming->sent[--roaming->num].to;
}

unsigned roaming_moves(const struct story *s)
{
    return s->world.ends[stayer(s)].moved;
}

skiff_dtls_counters roaming_counters(const struct story *s)
{
    return story_counters(s, stayer(s));
}

skiff_dtls_info roaming_info(const struct story *s)
{
    return story_info(s, stayer(s));
}
