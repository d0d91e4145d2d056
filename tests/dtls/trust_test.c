/* trust_test.c - fingerprints that come early, late, or wrong (RFC 8827 6.5). */
#include "../suite.h"

#include "crypto/crypto.h"
#include "story.h"

static void among_strangers(struct story *s)
{
    story_prepare(s);
    s->strangers = true;
    story_begin(s);
}

static skiff_status expect(struct story *s, int end, skiff_fingerprint whom)
{
    return skiff_dtls_expect(s->world.ends[end].dtls, &whom, 1);
}

static skiff_fingerprint right(const struct story *s, int end)
{
    return story_fingerprint(s, 1 - end);
}

static skiff_fingerprint wrong(const struct story *s, int end)
{
    return story_fingerprint(s, end);
}

/* Times at which nothing, some and all of the handshake has happened. */
static const skiff_time moments[] = {
    0, SKIFF_MSEC(15), SKIFF_MSEC(25), SKIFF_MSEC(35), SKIFF_MSEC(100), SKIFF_MSEC(3600000)
};
enum { MOMENTS = sizeof moments / sizeof *moments };

static void a_fingerprint_may_come_at_any_moment(void)
{
    struct story s;

    for (int m = 0; m < MOMENTS * MOMENTS; m++) {
        skiff_time client = moments[m / MOMENTS], server = moments[m % MOMENTS];
        among_strangers(&s);
        world_pass(&s.world, client < server ? client : server);
        int first = client < server ? CLIENT_END : SERVER_END;
        CU_ASSERT_EQUAL(expect(&s, first, right(&s, first)), SKIFF_OK);
        world_pass(&s.world, client < server ? server - client : client - server);
        CU_ASSERT_EQUAL(expect(&s, 1 - first, right(&s, 1 - first)), SKIFF_OK);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

static void until_it_arrives_nothing_is_sent_and_no_key_leaves(void)
{
    struct story s;
    skiff_srtp_keys keys;
    uint8_t out[16];

    among_strangers(&s);
    CU_ASSERT_EQUAL(expect(&s, SERVER_END, right(&s, SERVER_END)), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(600000));
    const struct world_end *client = &s.world.ends[CLIENT_END];
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].connected);
    CU_ASSERT_FALSE(client->connected || client->failed);
    CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(client->dtls, &keys), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_export(client->dtls, "x", (skiff_bytes){ NULL, 0 }, out, 16),
                    SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "early", 5), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(client->dtls), SKIFF_NEVER);
    story_end(&s);
}

static void until_the_fingerprint_arrives_no_data_is_delivered(void)
{
    struct story s;

    among_strangers(&s);
    CU_ASSERT_EQUAL(expect(&s, SERVER_END, right(&s, SERVER_END)), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(world_send(&s.world, SERVER_END, "early", 5), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].data_count, 0);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_data, 1);
    CU_ASSERT_EQUAL(expect(&s, CLIENT_END, right(&s, CLIENT_END)), SKIFF_OK);
    CU_ASSERT_EQUAL(world_send(&s.world, SERVER_END, "now", 3), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].data_count, 1);
    story_end(&s);
}

static void a_wrong_one_is_bad_certificate_at_any_moment(void)
{
    struct story s;

    for (int end = 0; end < 2; end++)
        for (size_t m = 0; m < MOMENTS; m++) {
            among_strangers(&s);
            CU_ASSERT_EQUAL(expect(&s, 1 - end, right(&s, 1 - end)), SKIFF_OK);
            world_pass(&s.world, moments[m]);
            CU_ASSERT_EQUAL(expect(&s, end, wrong(&s, end)), SKIFF_OK);
            world_pass(&s.world, SKIFF_MSEC(2000));
            CU_ASSERT_TRUE(s.world.ends[end].failed && s.world.ends[1 - end].failed);
            CU_ASSERT_FALSE(s.world.ends[end].connected);
            CU_ASSERT_EQUAL(story_failure(&s, end).alert, 42);
            CU_ASSERT_FALSE(story_failure(&s, end).from_peer);
            CU_ASSERT_STRING_EQUAL(story_failure(&s, end).what,
                                   "Certificate: it matches no expected fingerprint");
            CU_ASSERT_EQUAL(story_failure(&s, 1 - end).alert, 42);
            CU_ASSERT_TRUE(story_failure(&s, 1 - end).from_peer);
            story_end(&s);
        }
}

static void accepting_is_as_good_as_expecting(void)
{
    struct story s;

    for (size_t m = 0; m < MOMENTS; m++) {
        among_strangers(&s);
        world_pass(&s.world, moments[m]);
        for (int i = 0; i < 2; i++)
            CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[i].dtls, true), SKIFF_OK);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

static void not_accepting_is_bad_certificate(void)
{
    struct story s;

    for (size_t m = 1; m < MOMENTS; m++) {
        among_strangers(&s);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[CLIENT_END].dtls, true),
                        SKIFF_OK);
        world_pass(&s.world, moments[m]);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[SERVER_END].dtls, false),
                        SKIFF_OK);
        world_pass(&s.world, SKIFF_MSEC(2000));
        CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, 42);
        CU_ASSERT_STRING_EQUAL(story_failure(&s, SERVER_END).what,
                               "Certificate: the application does not trust it");
        CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
        story_end(&s);
    }
}

static void it_is_sent_once(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_EQUAL(expect(&s, CLIENT_END, right(&s, CLIENT_END)), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(expect(&s, CLIENT_END, wrong(&s, CLIENT_END)), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[CLIENT_END].dtls, false),
                    SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[CLIENT_END].dtls, false),
                    SKIFF_ERR_STATE);
    story_end(&s);
}

static void any_hash_of_several_proves_the_peer(void)
{
    static const uint16_t hashes[] = { 256, 384, 512 };
    struct story s;

    for (int round = 0; round < 6; round++) {
        uint16_t hash = hashes[round % 3];
        among_strangers(&s);
        world_pass(&s.world, round < 3 ? 0 : SKIFF_MSEC(100));
        for (int i = 0; i < 2; i++) {
            skiff_bytes der = skf_identity_certificate(world_identity(1 - i), 0);
            skiff_fingerprint any_of[2] = { wrong(&s, i), { .hash = hash } };
            any_of[1].len = (uint16_t)(hash / 8);
            CU_ASSERT_TRUE(skf_digest((enum skf_hash_alg)hash, &der, 1, any_of[1].bytes));
            CU_ASSERT_EQUAL(skiff_dtls_expect(s.world.ends[i].dtls, any_of, 2), SKIFF_OK);
        }
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

/* Each section of a description may repeat it. */
static void a_fingerprint_that_is_repeated_counts_once(void)
{
    skiff_fingerprint any_of[12];
    struct story s;

    among_strangers(&s);
    for (int i = 0; i < 2; i++) {
        for (uint8_t f = 0; f < 12; f++) {
            any_of[f] = right(&s, i);
            any_of[f].bytes[0] ^= f % 4;
        }
        CU_ASSERT_EQUAL(skiff_dtls_expect(s.world.ends[i].dtls, any_of, 12), SKIFF_OK);
    }
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

static void the_info_shows_the_peer(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).peer.len, 0);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < 2; i++) {
        skiff_fingerprint expected = right(&s, i), shown = story_info(&s, i).peer;
        CU_ASSERT_EQUAL(shown.hash, 256);
        CU_ASSERT_EQUAL(shown.len, 32);
        CU_ASSERT_EQUAL(memcmp(shown.bytes, expected.bytes, 32), 0);
    }
    story_end(&s);
}

CU_TestInfo trust_tests[] = {
    TEST(a_fingerprint_may_come_at_any_moment),
    TEST(until_it_arrives_nothing_is_sent_and_no_key_leaves),
    TEST(until_the_fingerprint_arrives_no_data_is_delivered),
    TEST(a_wrong_one_is_bad_certificate_at_any_moment),
    TEST(accepting_is_as_good_as_expecting),
    TEST(not_accepting_is_bad_certificate),
    TEST(it_is_sent_once),
    TEST(any_hash_of_several_proves_the_peer),
    TEST(a_fingerprint_that_is_repeated_counts_once),
    TEST(the_info_shows_the_peer),
    CU_TEST_INFO_NULL,
};
