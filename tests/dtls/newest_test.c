/* newest_test.c - which records count as newer than all before them. */
#include "../suite.h"

#include <string.h>

#include "story.h"

enum { NUM = 3 };

struct sealed {
    size_t len;
    uint8_t bytes[WORLD_DATAGRAM];
};

static struct sealed seal(struct story *s)
{
    enum { SPACE = 200 };
    uint8_t bytes[SKIFF_HEAD + SPACE + SKIFF_TAIL] = { 0 };
    struct sealed sealed;
    skiff_packet packet = {
        .data = bytes + SKIFF_HEAD, .head = SKIFF_HEAD, .len = 2, .limit = SPACE
    };

    CU_ASSERT_EQUAL(skiff_dtls_send(s->world.ends[CLIENT_END].dtls, s->world.now, &packet),
                    SKIFF_OK);
    sealed.len = packet.len;
    memcpy(sealed.bytes, packet.data, packet.len);
    return sealed;
}

/* Whether one more counts at the server's after this. */
static bool counts(struct story *s, struct sealed sealed)
{
    skiff_dtls *server = s->world.ends[SERVER_END].dtls;
    uint32_t before = skiff_dtls_newest(server);
    skiff_packet packet;

    CU_ASSERT_EQUAL(
        skiff_packet_wrap(sealed.bytes, sealed.len, sizeof sealed.bytes, &packet),
        SKIFF_OK);
    if (skiff_dtls_receive(server, s->world.now, &packet) != SKIFF_OK)
        return false;
    uint32_t after = skiff_dtls_newest(server);
    world_poll(&s->world, SERVER_END);
    return after == before + 1;
}

static void a_record_counts_when_it_is_newer_than_all_before(void)
{
    struct story s = story_live();
    struct sealed sealed[NUM];

    CU_ASSERT_TRUE(skiff_dtls_newest(s.world.ends[SERVER_END].dtls) > 0);
    for (int i = 0; i < NUM; i++)
        sealed[i] = seal(&s);
    CU_ASSERT_TRUE(counts(&s, sealed[0]));
    CU_ASSERT_FALSE(counts(&s, sealed[0]));
    CU_ASSERT_TRUE(counts(&s, sealed[2]));
    CU_ASSERT_FALSE(counts(&s, sealed[1]));
    story_end(&s);
}

static void a_forgery_and_plaintext_do_not_count(void)
{
    struct story s = story_live();
    struct sealed forged = seal(&s);
    struct sealed plain = {
        .len = 15, .bytes = { 21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 1, 0 }
    };

    forged.bytes[forged.len - 1] ^= 1;
    CU_ASSERT_FALSE(counts(&s, forged));
    CU_ASSERT_FALSE(counts(&s, plain));
    story_end(&s);
}

static void the_role_is_reported_once_it_is_chosen(void)
{
    struct story s = story_live();

    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).role, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).role, SKIFF_ROLE_PASSIVE);
    story_end(&s);
}

CU_TestInfo newest_tests[] = { TEST(a_record_counts_when_it_is_newer_than_all_before),
                               TEST(a_forgery_and_plaintext_do_not_count),
                               TEST(the_role_is_reported_once_it_is_chosen),
                               CU_TEST_INFO_NULL };

static skiff_status change_keys(struct story *s)
{
    skiff_status status =
        skiff_dtls_update_keys(s->world.ends[CLIENT_END].dtls, s->world.now, false);

    world_poll(&s->world, CLIENT_END);
    world_pass(&s->world, SKIFF_MSEC(100));
    return status;
}

static void one_of_the_keys_before_does_not_count_after_new_ones(void)
{
    struct story s = story_live();
    struct sealed late = seal(&s);

    CU_ASSERT_EQUAL(change_keys(&s), SKIFF_OK);
    CU_ASSERT_TRUE(counts(&s, seal(&s)));
    CU_ASSERT_FALSE(counts(&s, late));
    CU_ASSERT_TRUE(counts(&s, seal(&s)));
    story_end(&s);
}

CU_TestInfo newest13_tests[] = { TEST(one_of_the_keys_before_does_not_count_after_new_ones),
                                 CU_TEST_INFO_NULL };
