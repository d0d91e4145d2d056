/* network_test.c - cookies, small datagrams and lost ones. */
#include "../suite.h"

#include <stdio.h>

#include "agree.h"
#include "story.h"

static void a_client_of_ours_shows_the_cookie_of_the_peer(void)
{
    struct talk talk;
    struct setup setup = { .skiff_calls = true, .cookie = true };

    CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
    talk_handshake(&talk);
    CU_ASSERT_TRUE(agree(&talk));
    /* Hello, hello with the cookie, and the last flight. */
    CU_ASSERT_TRUE(talk.wire.to_peer.sent >= 3);
    talk_close(&talk);
}

static void a_client_of_theirs_shows_the_cookie_of_skiff(void)
{
    struct talk talk;
    struct setup setup = { .cookie = true };

    CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
    talk_handshake(&talk);
    CU_ASSERT_TRUE(agree(&talk));
    CU_ASSERT_EQUAL(talk.verified, 1);
    talk_close(&talk);
}

/* The longest flights, in datagrams of `mtu` bytes. */
static struct setup narrow(bool skiff_calls, uint16_t our_mtu, uint16_t their_mtu)
{
    return (struct setup){ .skiff_calls = skiff_calls,
                           .our_mtu = our_mtu,
                           .their_mtu = their_mtu,
                           .ours = RSA_CHAIN,
                           .theirs = RSA_CHAIN };
}

/* Some servers want a hello, with their cookie of 32 bytes in it, in one datagram. */
static void our_flights_fit_small_datagrams(void)
{
    static const uint16_t mtus[] = { 228, 512, 1200 }, hello_mtus[] = { 256, 512, 1200 };

    for (size_t i = 0; i < sizeof mtus / sizeof *mtus; i++) {
        struct setup server = narrow(false, mtus[i], 0);
        struct setup client = narrow(true, hello_mtus[i], 0);
        CU_ASSERT_TRUE(agree_on(&server));
        CU_ASSERT_TRUE(agree_on(&client));
    }
}

static void their_flights_in_small_datagrams_are_joined(void)
{
    static const uint16_t mtus[] = { 400, 512, 1200 };

    for (size_t i = 0; i < sizeof mtus / sizeof *mtus; i++) {
        struct setup server = narrow(false, 0, mtus[i]), client = narrow(true, 0, mtus[i]);
        CU_ASSERT_TRUE(agree_on(&server));
        CU_ASSERT_TRUE(agree_on(&client));
    }
}

/* With a share of P-256 a datagram of OpenSSL's is longer than that. */
static void their_hello_in_several_datagrams_is_joined(void)
{
    CU_ASSERT_TRUE(agree_on(&(struct setup){
        .their_mtu = 228, .long_hello = true, .theirs = RSA_CHAIN, .group = 29 }));
}

static void their_hello_in_several_datagrams_shows_the_cookie(void)
{
    struct talk talk;
    struct setup setup = { .cookie = true, .their_mtu = 228, .long_hello = true };

    CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
    talk_handshake(&talk);
    CU_ASSERT_TRUE(agree(&talk));
    CU_ASSERT_EQUAL(talk.verified, 1);
    CU_ASSERT_TRUE(talk.hellos > 2);
    talk_close(&talk);
}

static bool survives(const struct setup *setup, bool *lost)
{
    struct talk talk;

    *lost = false;
    if (!talk_open(&talk, setup))
        return false;
    talk_handshake(&talk);
    talk_pass(&talk, SKIFF_MSEC(5000)); /* who was ready first may have to repeat */
    *lost = talk.wire.to_peer.lose == WIRE_LOSE_NONE
         && talk.wire.to_skiff.lose == WIRE_LOSE_NONE;

    bool good = agree(&talk);
    talk_close(&talk);
    return good;
}

/* Loses one datagram after the other, until a handshake was over before it came to that. */
static bool each_may_be_lost(struct setup setup)
{
    int *which = setup.lose_ours > 0 ? &setup.lose_ours : &setup.lose_theirs;
    bool lost = true, good = true;

    for (*which = 1; good && lost; ++*which)
        good = survives(&setup, &lost);
    if (!good)
        printf(" (datagram %d was lost)\n", *which - 1);
    return good && *which > 3;
}

static void each_datagram_of_our_server_may_be_lost_once(void)
{
    CU_ASSERT_TRUE(each_may_be_lost((struct setup){ .lose_ours = 1 }));
    CU_ASSERT_TRUE(each_may_be_lost((struct setup){ .lose_ours = 1, .cookie = true }));
    CU_ASSERT_TRUE(each_may_be_lost(
        (struct setup){ .lose_ours = 1, .our_mtu = 600, .ours = RSA_CHAIN }));
}

static void each_datagram_of_our_client_may_be_lost_once(void)
{
    CU_ASSERT_TRUE(each_may_be_lost((struct setup){ .lose_ours = 1, .skiff_calls = true }));
}

static void each_datagram_of_a_long_flight_of_our_client_may_be_lost_once(void)
{
    CU_ASSERT_TRUE(each_may_be_lost((struct setup){
        .lose_ours = 1, .skiff_calls = true, .our_mtu = 600, .ours = RSA_CHAIN }));
}

static void each_datagram_of_their_client_may_be_lost_once(void)
{
    CU_ASSERT_TRUE(each_may_be_lost((struct setup){ .lose_theirs = 1 }));
    CU_ASSERT_TRUE(each_may_be_lost((struct setup){ .lose_theirs = 1, .cookie = true }));
    CU_ASSERT_TRUE(
        each_may_be_lost((struct setup){ .lose_theirs = 1, .theirs = RSA_CHAIN }));
}

static void each_datagram_of_their_server_may_be_lost_once(void)
{
    struct setup setup = { .lose_theirs = 1, .skiff_calls = true };

    CU_ASSERT_TRUE(each_may_be_lost(setup));
    setup.theirs = RSA_CHAIN;
    CU_ASSERT_TRUE(each_may_be_lost(setup));
    setup.cookie = true;
    CU_ASSERT_TRUE(each_may_be_lost(setup));
}

const struct story network_stories[] = {
    STORY(a_client_of_ours_shows_the_cookie_of_the_peer, CAN_COOKIE),
    STORY(a_client_of_theirs_shows_the_cookie_of_skiff, 0),
    STORY(our_flights_fit_small_datagrams, 0),
    STORY(their_flights_in_small_datagrams_are_joined, CAN_MTU),
    STORY(their_hello_in_several_datagrams_is_joined, CAN_CUT_HELLO),
    STORY(their_hello_in_several_datagrams_shows_the_cookie, CAN_CUT_HELLO),
    STORY(each_datagram_of_our_server_may_be_lost_once, 0),
    STORY(each_datagram_of_our_client_may_be_lost_once, 0),
    STORY(each_datagram_of_a_long_flight_of_our_client_may_be_lost_once, CAN_LOSE_ANY),
    STORY(each_datagram_of_their_client_may_be_lost_once, 0),
    STORY(each_datagram_of_their_server_may_be_lost_once, CAN_LOSE_ANY),
    STORIES_END,
};
