/* role_test.c - who is the client (RFC 8842 section 5.2, RFC 5763 section 5). */
#include "../suite.h"

#include "story.h"

static void actpass_becomes_the_server_at_the_first_hello(void)
{
    struct story s;

    story_prepare(&s);
    s.network.role[SERVER_END] = SKIFF_ROLE_ACTPASS;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[SERVER_END].dtls, SKIFF_ROLE_ACTIVE),
                    SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[SERVER_END].dtls, SKIFF_ROLE_PASSIVE),
                    SKIFF_OK);
    story_end(&s);
}

static void of_two_actpass_ends_one_is_set(void)
{
    struct story s;

    for (int reported = 0; reported < 2; reported++) {
        story_prepare(&s);
        s.network.role[0] = s.network.role[1] = SKIFF_ROLE_ACTPASS;
        story_begin(&s);
        world_pass(&s.world, SKIFF_MSEC(1000));
        CU_ASSERT_EQUAL(s.world.ends[0].sent + s.world.ends[1].sent, 0);
        CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[reported].dtls, SKIFF_ROLE_ACTIVE),
                        SKIFF_OK);
        CU_ASSERT_TRUE(skiff_dtls_deadline(s.world.ends[reported].dtls) <= s.world.now);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

static void an_actpass_end_that_is_set_passive_waits(void)
{
    struct story s;

    story_prepare(&s);
    s.network.role[SERVER_END] = SKIFF_ROLE_ACTPASS;
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[SERVER_END].dtls, SKIFF_ROLE_PASSIVE),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[SERVER_END].dtls, SKIFF_ROLE_ACTIVE),
                    SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

static void a_role_that_is_none_is_refused(void)
{
    struct story s;
    skiff_dtls *const before = (skiff_dtls *)(uintptr_t)0x77;
    skiff_dtls *made = before;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_new(s.context[0], (skiff_role)0, 0, &made),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_new(s.context[0], (skiff_role)4, 0, &made),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_new(NULL, SKIFF_ROLE_ACTIVE, 0, &made), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_EQUAL(made, before);
    CU_ASSERT_EQUAL(skiff_dtls_set_role(s.world.ends[0].dtls, SKIFF_ROLE_ACTPASS),
                    SKIFF_ERR_ARGUMENT);
    story_end(&s);
}

/* Two servers wait for ever, two clients until they give up: neither is a crash. */
static void two_ends_of_the_same_role_do_not_connect(void)
{
    static const skiff_role roles[] = { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE };
    struct story s;

    for (size_t i = 0; i < 2; i++) {
        story_prepare(&s);
        s.network.role[0] = s.network.role[1] = roles[i];
        story_begin(&s);
        world_pass(&s.world, SKIFF_MSEC(40000));
        CU_ASSERT_FALSE(s.world.ends[0].connected || s.world.ends[1].connected);
        CU_ASSERT_EQUAL(s.world.ends[0].failed, roles[i] == SKIFF_ROLE_ACTIVE);
        story_end(&s);
    }
}

CU_TestInfo role_tests[] = {
    TEST(actpass_becomes_the_server_at_the_first_hello),
    TEST(of_two_actpass_ends_one_is_set),
    TEST(an_actpass_end_that_is_set_passive_waits),
    TEST(a_role_that_is_none_is_refused),
    TEST(two_ends_of_the_same_role_do_not_connect),
    CU_TEST_INFO_NULL,
};
