/* unknown_rate_test.c - how often the owner of a port is asked about unknown ufrags. */
#include "suite.h"

#include "lobby.h"
#include "ice/port/unknown.h"

#include <stdio.h>
#include <string.h>

static void a_full_port_asks_nobody(void)
{
    struct lobby lobby;
    skiff_peer *peer;

    lobby_new(&lobby);
    lobby.office.config.peers = 1;
    lobby_open(&lobby);
    CU_ASSERT_EQUAL(skiff_peer_new(lobby.office.port, SKIFF_ROLE_PASSIVE, lobby.office.now,
                                   &peer), SKIFF_OK);
    lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 0);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unasked, 1);
    skiff_peer_free(peer);
    CU_ASSERT_TRUE(caller_checks(&lobby.caller, true));
    lobby_close(&lobby);
}

static void one_address_is_asked_about_ten_times_a_second(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 0; i < 50; i++)
        lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 10);
    lobby.office.now += SKIFF_MSEC(250);
    for (int i = 0; i < 50; i++)
        lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 12);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unasked, 88);
    lobby.office.now += SKIFF_MSEC(60000);
    for (int i = 0; i < 50; i++)
        lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 22);
    lobby_close(&lobby);
}

/* But for one time in 4,096 it has a bucket of its own. */
static void another_address_is_asked_about_all_the_same(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 0; i < 50; i++)
        lobby_check(&lobby);
    lobby.knows = true;
    unsigned admitted = 0;
    for (int i = 2; i < 6; i++) {
        char host[32];
        snprintf(host, sizeof host, "127.0.0.%d", i);
        lobby_move(&lobby, host);
        lobby.opened = NULL;
        admitted += caller_checks(&lobby.caller, true);
    }
    CU_ASSERT_TRUE(admitted >= 3);
    lobby_close(&lobby);
}

static void a_port_is_asked_about_as_often_as_its_config_says(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.office.config.unknown_rate = 30;
    lobby.office.config.unknown_rate_each = 20;
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 2; i < 12; i++) {
        char host[32];
        snprintf(host, sizeof host, "127.0.1.%d", i);
        lobby_move(&lobby, host);
        for (int j = 0; j < 10; j++)
            lobby_check(&lobby);
    }
    CU_ASSERT_EQUAL(lobby.asked, 30);
    lobby_close(&lobby);

    lobby_new(&lobby);
    lobby.office.config.unknown_rate = 1000001;
    CU_ASSERT_EQUAL(skiff_port_new(&lobby.office.config, &lobby.office.port),
                    SKIFF_ERR_ARGUMENT);
    office_free(&lobby.office);
}

/* As if a check had come from an address; whether the hook was asked. */
static bool is_asked_about(struct lobby *lobby, const char *from)
{
    uint8_t bytes[CALLER_DATAGRAM];
    skiff_packet packet;
    struct path path = { 0 };
    struct stun_claim claim;
    unsigned asked = lobby->asked;

    memset(bytes, 0, sizeof bytes);
    size_t len = caller_check(&lobby->caller, true, bytes);
    CU_ASSERT_EQUAL_FATAL(skiff_packet_wrap(bytes, (uint32_t)len, sizeof bytes, &packet),
                          SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_address_read(from, &path.remote));
    const struct udp_arrival arrival = { .packet = &packet, .path = &path };
    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ bytes, len }, &claim));
    (void)skf_unknown_admit(lobby->office.port, &arrival, &claim);
    return lobby->asked > asked;
}

/* A site has 2^64 addresses of IPv6, and is one source. */
static void addresses_of_one_ipv6_prefix_share_their_rate(void)
{
    struct lobby lobby;
    unsigned asked = 0, others = 0;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof text, "[2001:db8:0:1:%x::%x]:%d", i, i, 1000 + i);
        asked += is_asked_about(&lobby, text);
        snprintf(text, sizeof text, "[2001:db8:0:1%02x::1]:1000", i);
        others += is_asked_about(&lobby, text);
    }
    CU_ASSERT_TRUE(asked >= 9 && asked <= 10);
    CU_ASSERT_TRUE(others >= 38);
    lobby_close(&lobby);
}

CU_TestInfo unknown_rate_tests[] = {
    TEST(a_full_port_asks_nobody),
    TEST(one_address_is_asked_about_ten_times_a_second),
    TEST(another_address_is_asked_about_all_the_same),
    TEST(a_port_is_asked_about_as_often_as_its_config_says),
    TEST(addresses_of_one_ipv6_prefix_share_their_rate),
    CU_TEST_INFO_NULL,
};
