/* handshake_test.c - stories of whole handshakes on a network with mishaps. */
#include "../suite.h"

#include "crypto/crypto.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLDS = 10000 };

static struct world_config plain(void)
{
    static skiff_context *made[3][2];
    int way = world_is_best() ? 2 : world_version() == SKIFF_DTLS_1_3;
    skiff_context **contexts = made[way];

    for (int i = 0; i < 2; i++)
        if (contexts[i] == NULL) {
            skiff_context_config config = skiff_context_defaults();
            config.handshake_timeout = SKIFF_MSEC(300000);
            contexts[i] = world_context(i, &config);
        }
    return (struct world_config){ .seed = 1,
                                  .context = { contexts[0], contexts[1] },
                                  .delay = SKIFF_MSEC(10) };
}

static void a_quiet_network_needs_two_datagrams_each_way(void)
{
    struct world_config config = plain();
    struct world w;

    world_begin(&w, &config);
    world_run(&w, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(world_both_connected(&w));
    CU_ASSERT_TRUE(world_keys_agree(&w));
    /* The shares of X25519MLKEM768 do not go into one datagram with the rest. */
    bool large = world_is_best() && skf_group_is_available(GROUP_X25519MLKEM768);
    CU_ASSERT_EQUAL(w.ends[0].sent, large ? 3 : 2);
    CU_ASSERT_EQUAL(w.ends[1].sent, large ? 3 : 2);
    CU_ASSERT_EQUAL(w.ends[0].certificates, 1);
    CU_ASSERT_EQUAL(w.ends[1].certificates, 1);
    /* In 1.2 a client hears Finished last; in 1.3 it is connected once it has said its own.
     */
    skiff_time client = world_version() == SKIFF_DTLS_1_2 ? SKIFF_MSEC(40) : SKIFF_MSEC(20);
    CU_ASSERT_EQUAL(w.ends[0].connected_at - w.began, client);
    CU_ASSERT_EQUAL(w.ends[1].connected_at - w.began, SKIFF_MSEC(30));
    world_end(&w);
}

static void application_data_goes_both_ways(void)
{
    struct world_config config = plain();
    struct world w;

    world_begin(&w, &config);
    world_run(&w, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(world_send(&w, WORLD_CLIENT, "ping", 4), SKIFF_OK);
    world_pass(&w, SKIFF_MSEC(20));
    CU_ASSERT_EQUAL(w.ends[1].data_len, 4);
    CU_ASSERT_EQUAL(memcmp(w.ends[1].data, "ping", 4), 0);
    CU_ASSERT_EQUAL(world_send(&w, WORLD_SERVER, "pong!", 5), SKIFF_OK);
    world_pass(&w, SKIFF_MSEC(20));
    CU_ASSERT_EQUAL(w.ends[0].data_len, 5);
    world_end(&w);
}

/* --- one mishap ----------------------------------------------------------------------- */

struct mishap {
    int from;
    unsigned number;
    unsigned copies;
    skiff_time late;
};

static void meddle_once(struct world *world, struct world_datagram *d)
{
    const struct mishap *m = world->config.user;

    if (d->from != m->from || d->number != m->number)
        return;
    d->copies = m->copies;
    d->delay += m->late;
}

static void run_with(struct mishap m)
{
    struct world_config config = plain();
    struct world w;

    config.meddler = meddle_once;
    config.user = &m;
    world_begin(&w, &config);
    world_run(&w, SKIFF_MSEC(300000));
    CU_ASSERT_TRUE(world_both_connected(&w) && world_keys_agree(&w));
    if (!world_both_connected(&w))
        world_picture(&w);
    world_end(&w);
}

static void every_datagram_suffers(unsigned copies, skiff_time late)
{
    for (int from = 0; from < 2; from++)
        for (unsigned number = 0; number < 2; number++)
            run_with((struct mishap){ from, number, copies, late });
}

static void every_single_datagram_may_be_lost(void)
{
    every_datagram_suffers(0, 0);
}

static void every_single_datagram_may_come_twice(void)
{
    every_datagram_suffers(2, 0);
}

static void every_single_datagram_may_come_late(void)
{
    every_datagram_suffers(1, SKIFF_MSEC(70));
    every_datagram_suffers(1, SKIFF_MSEC(400));
}

/* --- by chance ------------------------------------------------------------------------ */

static void a_handshake_completes_in_ten_thousand_worlds(void)
{
    unsigned slow = 0, failed = 0, worlds = suite_rounds(WORLDS);
    struct world w;

    for (uint64_t seed = 1; seed <= worlds && failed < 3; seed++) {
        struct world_config config = plain();
        config.seed = seed;
        config.loss = (unsigned)(seed % 401);
        config.duplicate = (unsigned)(seed * 7 % 301);
        config.reorder = (unsigned)(seed * 13 % 401);
        config.delay = SKIFF_MSEC(1 + seed % 100);
        world_begin(&w, &config);
        world_run(&w, SKIFF_MSEC(300000));
        if (!world_both_connected(&w) || !world_keys_agree(&w)) {
            world_picture(&w);
            failed++;
        }
        slow += w.now - w.began > SKIFF_MSEC(30000);
        world_end(&w);
    }
    CU_ASSERT_EQUAL(failed, 0);
    printf("(%u of %u would have missed 30 s) ", slow, worlds);
}

static void either_end_may_be_of_1_2(void)
{
    for (int older = 0; older < 2; older++) {
        struct world_config config = plain();
        struct world w;

        uint16_t spoken = world_version();
        bool best = world_is_best();

        world_use_12();
        config.context[older] = plain().context[older];
        if (best)
            world_use_best();
        else if (spoken == SKIFF_DTLS_1_3)
            world_use_13();
        world_begin(&w, &config);
        world_run(&w, SKIFF_MSEC(1000));
        CU_ASSERT_TRUE(world_both_connected(&w) && world_keys_agree(&w));
        for (int i = 0; i < 2; i++) {
            skiff_dtls_info info;
            skiff_dtls_get_info(w.ends[i].dtls, &info, sizeof info);
            CU_ASSERT_EQUAL(info.version, SKIFF_DTLS_1_2);
        }
        world_end(&w);
    }
}

CU_TestInfo handshake_tests[] = {
    TEST(a_quiet_network_needs_two_datagrams_each_way),
    TEST(application_data_goes_both_ways),
    TEST(either_end_may_be_of_1_2),
    TEST(every_single_datagram_may_be_lost),
    TEST(every_single_datagram_may_come_twice),
    TEST(every_single_datagram_may_come_late),
    TEST(a_handshake_completes_in_ten_thousand_worlds),
    CU_TEST_INFO_NULL,
};
