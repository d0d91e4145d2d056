/* damage_test.c - a datagram of a handshake comes damaged, at any place in any way: both
 * ends connect with the same keys, or fail with a reason. Neither hangs, no end is alone.
 */
#include "../suite.h"

#include <stdio.h>

#include "story.h"

enum way { ONE_BYTE, CUT_SHORT, ONE_BYTE_TWICE, TAIL_REPEATED, GARBAGE, WAYS };

struct damage {
    enum way way;
    int from;
    unsigned number; /* of that end's datagrams */
    size_t at;
    uint8_t change;
    bool done;
};

static void damage_bytes(struct world *world, struct world_datagram *d,
                         const struct damage *m)
{
    switch (m->way) {
    case ONE_BYTE:
    case ONE_BYTE_TWICE:
        d->bytes[m->at] ^= m->change;
        d->copies = m->way == ONE_BYTE ? 1 : 2;
        return;
    case CUT_SHORT:
        d->len = m->at;
        return;
    case TAIL_REPEATED:
        memmove(d->bytes + d->len, d->bytes + m->at, d->len - m->at);
        d->len += d->len - m->at;
        return;
    case GARBAGE:
        for (size_t i = m->at; i < d->len; i++)
            d->bytes[i] = (uint8_t)world_chance(world, 256);
        return;
    case WAYS:
        return;
    }
}

static void do_damage(struct world *world, struct world_datagram *d)
{
    struct damage *m = world->config.user;

    if (d->from != m->from || d->number != m->number || m->at >= d->len)
        return;
    m->done = true;
    damage_bytes(world, d, m);
}

static bool end_is_clean(const struct story *s, int end)
{
    skiff_failure failure = story_failure(s, end);

    return s->world.ends[end].connected
        || (s->world.ends[end].failed && failure.what != NULL && failure.spec != NULL);
}

static bool ends_well(struct story *s)
{
    world_pass(&s->world, SKIFF_MSEC(40000)); /* past the handshake timeout */
    if (world_both_connected(&s->world))
        return world_keys_agree(&s->world);
    /* A server that heard nothing at all still waits. */
    bool nothing_received =
        !s->world.ends[SERVER_END].failed && s->world.ends[SERVER_END].sent == 0;
    return (end_is_clean(s, SERVER_END) || nothing_received) && end_is_clean(s, CLIENT_END)
        && !s->world.ends[CLIENT_END].connected;
}

/* Each handshake is a world of its own on the same two contexts. */
static unsigned sweep(struct story *s, struct damage *m, size_t step)
{
    unsigned bad = 0;

    for (m->from = 0; m->from < 2; m->from++)
        for (m->number = 0; m->number < 2; m->number++) {
            m->done = true;
            for (size_t at = m->at = (m->number * 5 + (size_t)m->from) % step; m->done;
                 at += step) {
                m->at = at;
                m->done = false;
                story_again(s);
                if (!ends_well(s) && bad++ < 3) {
                    fprintf(stderr, "way %d, from %d, datagram %u, byte %zu, change %d\n",
                            (int)m->way, m->from, m->number, m->at, m->change);
                    world_picture(&s->world);
                }
            }
        }
    return bad;
}

static void sweep_with(enum way way, uint8_t change, size_t step)
{
    struct damage m = { .way = way, .change = change };
    struct story s;

    story_prepare(&s);
    s.network.meddler = do_damage;
    s.network.user = &m;
    story_begin(&s);
    CU_ASSERT_EQUAL(sweep(&s, &m, suite_rounds(100) < 100 ? 97 : step), 0);
    story_end(&s);
}

static void any_byte_of_any_datagram_may_be_another(void)
{
    sweep_with(ONE_BYTE, 0x01, 1);
    sweep_with(ONE_BYTE, 0x80, 2);
    sweep_with(ONE_BYTE, 0xff, 3);
}

static void any_byte_may_be_another_twice(void)
{
    sweep_with(ONE_BYTE_TWICE, 0x10, 3);
}

static void any_datagram_may_be_cut_anywhere(void)
{
    sweep_with(CUT_SHORT, 0, 1);
}

static void the_tail_of_any_datagram_may_be_repeated(void)
{
    sweep_with(TAIL_REPEATED, 0, 4);
}

static void the_tail_of_any_datagram_may_be_garbage(void)
{
    sweep_with(GARBAGE, 0, 4);
}

/* --- many damaged datagrams ----------------------------------------------------------- */

static void damage_by_chance(struct world *world, struct world_datagram *d)
{
    struct damage m = { .way = (enum way)world_chance(world, WAYS) };

    if (world_chance(world, 4) != 0)
        return;
    m.at = (size_t)world_chance(world, d->len);
    m.change = (uint8_t)(1 + world_chance(world, 255));
    if (m.way != TAIL_REPEATED || 2 * d->len <= WORLD_DATAGRAM)
        damage_bytes(world, d, &m);
}

static void worlds_where_every_fourth_datagram_is_damaged_end_well(void)
{
    struct story s;
    unsigned bad = 0, connected = 0, worlds = suite_rounds(1500);

    story_prepare(&s);
    s.network.meddler = damage_by_chance;
    s.network.loss = 50;
    s.network.duplicate = 100;
    s.network.reorder = 100;
    s.settings[CLIENT_END].mtu = s.settings[SERVER_END].mtu = 400;
    story_begin(&s);
    for (s.network.seed = 1; s.network.seed <= worlds; s.network.seed++) {
        story_again(&s);
        if (!ends_well(&s) && bad++ < 3)
            world_picture(&s.world);
        connected += world_both_connected(&s.world);
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_TRUE(connected > 0);
    story_end(&s);
}

static void a_flood_of_garbage_disturbs_nobody(void)
{
    uint8_t bytes[300];
    struct story s;
    unsigned rounds = suite_rounds(2000);

    story_prepare(&s);
    story_begin(&s);
    for (unsigned i = 0; i < rounds; i++) {
        size_t len = (size_t)world_chance(&s.world, sizeof bytes);
        for (size_t at = 0; at < len; at++)
            bytes[at] = (uint8_t)world_chance(&s.world, 256);
        if (len >= 13 && i % 2 == 0) { /* one that looks like a record */
            bytes[0] = (uint8_t)(20 + world_chance(&s.world, 4));
            bytes[1] = 0xfe;
            bytes[3] = bytes[11] = 0;
            bytes[4] = (uint8_t)world_chance(&s.world, 3);
            bytes[12] = (uint8_t)(len - 13);
        }
        (void)!world_deliver(&s.world, (int)(i % 2), bytes, len);
        if (i == rounds / 2)
            CU_ASSERT_TRUE(story_connects(&s));
    }
    CU_ASSERT_EQUAL(world_send(&s.world, 0, "alive", 5), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[1].data_len, 5);
    story_end(&s);
}

CU_TestInfo damage_tests[] = {
    TEST(any_byte_of_any_datagram_may_be_another),
    TEST(any_byte_may_be_another_twice),
    TEST(any_datagram_may_be_cut_anywhere),
    TEST(the_tail_of_any_datagram_may_be_repeated),
    TEST(the_tail_of_any_datagram_may_be_garbage),
    TEST(worlds_where_every_fourth_datagram_is_damaged_end_well),
    TEST(a_flood_of_garbage_disturbs_nobody),
    CU_TEST_INFO_NULL,
};
