/* agent_renewal_test.c - a second association beside the media of an agent. */
#include "suite.h"

#include "call.h"

static bool both_are_renewed(const struct pair *pair)
{
    return pair->a.renewed == 1 && pair->b.renewed == 1;
}

static bool a_is_not_renewed(const struct pair *pair)
{
    return pair->a.not_renewed == 1;
}

static skiff_status renew(struct end *end, skiff_role role, const struct end *whom)
{
    return skiff_ice_renew(end->ice, role, &whom->fingerprint, 1);
}

static void expect_untouched(const struct pair *pair)
{
    CU_ASSERT_EQUAL(call_failed(pair), 0);
    CU_ASSERT_EQUAL(pair->a.closed + pair->b.closed, 0);
    CU_ASSERT_EQUAL(pair->a.connected + pair->b.connected, 2);
    CU_ASSERT_EQUAL(pair->a.wrong + pair->b.wrong, 0);
}

/* Whoever was the server is the client now, and the other way round. */
static void an_agent_that_reports_a_hello_renews(void)
{
    for (int i = 0; i < 2; i++) {
        struct call call;
        struct pair *pair = &call.pair;
        struct end *client = i == 0 ? &pair->a : &pair->b;

        call_new(&call, 31);
        call_start(&call);
        client->peer->renewal_role = SKIFF_ROLE_PASSIVE;
        CU_ASSERT_EQUAL(renew(client, SKIFF_ROLE_ACTIVE, client->peer), SKIFF_OK);
        call_talk(pair);
        CU_ASSERT_TRUE(pair_until(pair, both_are_renewed));
        CU_ASSERT_EQUAL(client->peer->hellos, 1);
        call_talk(pair);
        expect_untouched(pair);
        call_free(&call);
    }
}

static void an_agent_is_renewed_behind_a_restart(void)
{
    struct call call;
    struct pair *pair = &call.pair;

    call_new(&call, 32);
    call_start(&call);
    pair_restart(pair);
    call_pass_time(pair, CALL_CONSENT / 6);
    CU_ASSERT_EQUAL(renew(&pair->b, SKIFF_ROLE_PASSIVE, &pair->a), SKIFF_OK);
    CU_ASSERT_EQUAL(renew(&pair->a, SKIFF_ROLE_ACTIVE, &pair->b), SKIFF_OK);
    pair_introduce(pair);
    CU_ASSERT_TRUE(pair_until(pair, both_are_renewed));
    call_talk(pair);
    expect_untouched(pair);
    call_free(&call);
}

/* It expects itself. */
static void a_renewal_that_fails_leaves_the_agent_as_it_was(void)
{
    struct call call;
    struct pair *pair = &call.pair;
    skiff_failure failure;

    call_new(&call, 33);
    call_start(&call);
    CU_ASSERT_EQUAL(renew(&pair->b, SKIFF_ROLE_PASSIVE, &pair->a), SKIFF_OK);
    CU_ASSERT_EQUAL(renew(&pair->a, SKIFF_ROLE_ACTIVE, &pair->a), SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(pair, a_is_not_renewed));
    skiff_transport_renewal_failure(skiff_ice_transport(pair->a.ice), &failure,
                                    sizeof failure);
    CU_ASSERT_EQUAL(failure.alert, 42);
    call_talk(pair);
    CU_ASSERT_EQUAL(pair->a.renewed + pair->b.renewed, 0);
    expect_untouched(pair);
    CU_ASSERT_EQUAL(skiff_ice_restart(pair->a.ice), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair->a.ice, "them", "0123456789012345678901",
                                       &pair->a.fingerprint, 1),
                    SKIFF_ERR_ARGUMENT);
    call_free(&call);
}

static void an_agent_that_is_not_connected_is_not_renewed(void)
{
    struct pair pair;
    static const char *const here[] = { "127.0.0.1" };

    pair_new(&pair, here);
    pair_start(&pair);
    CU_ASSERT_EQUAL(renew(&pair.a, SKIFF_ROLE_ACTIVE, &pair.b), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(renew(&pair.a, SKIFF_ROLE_ACTPASS, &pair.b), SKIFF_ERR_ARGUMENT);
    pair_free(&pair);
}

CU_TestInfo agent_renewal_tests[] = {
    TEST(an_agent_that_reports_a_hello_renews),
    TEST(an_agent_is_renewed_behind_a_restart),
    TEST(a_renewal_that_fails_leaves_the_agent_as_it_was),
    TEST(an_agent_that_is_not_connected_is_not_renewed),
    CU_TEST_INFO_NULL,
};
