/* rebinding_test.c - a peer whose NAT gives it another address in the middle of a call: it
 * is followed without a restart, and nobody else is. Real time; consent of 0.6 s. */
#include "suite.h"

#include "call.h"

#include <stdio.h>

/* Sends from both, until b's packets reach a again; how long that took. */
static skiff_time until_received(struct call *call, skiff_time limit)
{
    skiff_time begun = skf_ice_now();

    call->pair.a.rtp = 0;
    while (call->pair.a.rtp == 0 && skf_ice_now() - begun < limit) {
        (void)end_send(&call->pair.a, 1);
        (void)end_send(&call->pair.b, 1);
        call_pass_time(&call->pair, SKIFF_MSEC(5));
    }
    return skf_ice_now() - begun;
}

static void follows_to_host(unsigned host)
{
    struct call call;
    skiff_ice_info before, after;

    call_new(&call, host);
    call_start(&call);
    call_talk(&call.pair);
    skiff_ice_get_info(call.pair.b.ice, &before, sizeof before);
    unsigned paths = call.pair.b.events[SKIFF_ICE_PATH];
    emulated_path_rebind(&call.path, &call.pair.a, host);
    CU_ASSERT_TRUE(until_received(&call, CALL_CONSENT * 3) < CALL_CONSENT * 3);
    skiff_ice_get_info(call.pair.b.ice, &after, sizeof after);
    CU_ASSERT_STRING_NOT_EQUAL(after.remote, before.remote);
    CU_ASSERT_TRUE(call.pair.b.events[SKIFF_ICE_PATH] > paths);

    call_pass_time(&call.pair, CALL_CONSENT * 3 / 2); /* consent is kept from there */
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_talk(&call.pair);
    call_free(&call);
}

static void another_port_is_followed(void)
{
    follows_to_host(1);
}

static void another_address_is_followed_when_the_old_one_is_quiet(void)
{
    follows_to_host(2);
}

static void an_end_that_is_followed_may_go_on(void)
{
    struct call call;

    call_new(&call, 3);
    call_start(&call);
    for (unsigned i = 0; i < 4; i++) {
        emulated_path_rebind(&call.path, &call.pair.a, 1);
        CU_ASSERT_TRUE(until_received(&call, CALL_CONSENT * 3) < CALL_CONSENT * 3);
    }
    emulated_path_rebind(&call.path, &call.pair.b, 1);
    CU_ASSERT_TRUE(until_received(&call, CALL_CONSENT * 3) < CALL_CONSENT * 3);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

static void call_with_stranger(struct call *call, unsigned seed)
{
    char candidate[64];

    call_new(call, seed);
    emulated_path_meet_stranger(&call->path, candidate, sizeof candidate);
    call->path.recorded = &call->pair.a;
    call_start(call);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(call->pair.b.ice, candidate), SKIFF_OK);
}

/* A copy is never newer than all before it: who sends it is not even asked. */
static void an_end_that_sends_copies_is_not_asked(void)
{
    struct call call;

    call_with_stranger(&call, 4);
    CU_ASSERT_EQUAL(end_send(&call.pair.a, 1), 1);
    call_pass_time(&call.pair, SKIFF_MSEC(20));
    call.path.cut = &call.pair.a; /* a is quiet, and somebody is not */
    for (unsigned i = 0; i < 20; i++) {
        emulated_path_replay(&call.path);
        (void)end_send(&call.pair.b, 1);
        call_pass_time(&call.pair, CALL_CONSENT / 40);
        CU_ASSERT_PTR_NOT_NULL_FATAL(call.pair.b.ice->current);
        CU_ASSERT_FALSE(call.pair.b.ice->current->rebinding.active);
    }
    CU_ASSERT_EQUAL(call.pair.b.events[SKIFF_ICE_PATH], 1);
    CU_ASSERT_EQUAL(emulated_path_returned(&call.path), 0);
    call_free(&call);
}

/* What was caught on its way opens, and is newest: so who sent it is asked. */
static void an_end_that_cannot_respond_is_not_followed(void)
{
    struct call call;

    call_with_stranger(&call, 5);
    call.path.catches = true;
    CU_ASSERT_EQUAL(end_send(&call.pair.a, 1), 1);
    call_pass_time(&call.pair, SKIFF_MSEC(20));
    call.path.catches = false;
    emulated_path_replay(&call.path);
    call_pass_time(&call.pair, SKIFF_MSEC(5));
    CU_ASSERT_PTR_NOT_NULL_FATAL(call.pair.b.ice->current);
    CU_ASSERT_TRUE(call.pair.b.ice->current->rebinding.active);
    for (unsigned i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(end_send(&call.pair.b, 1), 1);
        call_pass_time(&call.pair, CALL_CONSENT / 40);
    }
    CU_ASSERT_EQUAL(call.pair.a.rtp, 10);
    CU_ASSERT_EQUAL(call.pair.b.events[SKIFF_ICE_PATH], 1);
    CU_ASSERT_EQUAL(emulated_path_returned(&call.path), 0);
    call_free(&call);
}

CU_TestInfo rebinding_tests[] = {
    TEST(another_port_is_followed),
    TEST(another_address_is_followed_when_the_old_one_is_quiet),
    TEST(an_end_that_is_followed_may_go_on),
    TEST(an_end_that_sends_copies_is_not_asked),
    TEST(an_end_that_cannot_respond_is_not_followed),
    CU_TEST_INFO_NULL,
};
