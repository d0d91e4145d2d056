/* unknown_rate_test.c - how often the owner of a port is asked about unknown ufrags. */
#include "suite.h"

#include "unknown_hook.h"
#include "ice/port/admission.h"

#include <stdio.h>
#include <string.h>

static void a_full_port_asks_nobody(void)
{
    struct unknown_hook hook;
    skiff_peer *peer;

    unknown_hook_new(&hook);
    hook.server.config.peers = 1;
    unknown_hook_open(&hook);
    CU_ASSERT_EQUAL(
        skiff_peer_new(hook.server.port, SKIFF_ROLE_PASSIVE, hook.server.now, &peer),
        SKIFF_OK);
    unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.asked, 0);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_unknown_limit, 1);
    skiff_peer_free(peer);
    CU_ASSERT_TRUE(caller_checks(&hook.caller, true));
    unknown_hook_close(&hook);
}

static void one_address_is_asked_about_ten_times_a_second(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.knows = false;
    unknown_hook_open(&hook);
    for (int i = 0; i < 50; i++)
        unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.asked, 10);
    hook.server.now += SKIFF_MSEC(250);
    for (int i = 0; i < 50; i++)
        unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.asked, 12);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_unknown_limit, 88);
    hook.server.now += SKIFF_MSEC(60000);
    for (int i = 0; i < 50; i++)
        unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.asked, 22);
    unknown_hook_close(&hook);
}

/* But for one time in 4,096 it has a bucket of its own. */
static void another_address_is_asked_about_all_the_same(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.knows = false;
    unknown_hook_open(&hook);
    for (int i = 0; i < 50; i++)
        unknown_hook_check(&hook);
    hook.knows = true;
    unsigned admitted = 0;
    for (int i = 2; i < 6; i++) {
        char host[32];
        snprintf(host, sizeof host, "127.0.0.%d", i);
        unknown_hook_move(&hook, host);
        hook.path_opened = NULL;
        admitted += caller_checks(&hook.caller, true);
    }
    CU_ASSERT_TRUE(admitted >= 3);
    unknown_hook_close(&hook);
}

static void a_port_is_asked_about_as_often_as_its_config_states(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.server.config.unknown_rate = 30;
    hook.server.config.unknown_rate_each = 20;
    hook.knows = false;
    unknown_hook_open(&hook);
    for (int i = 2; i < 12; i++) {
        char host[32];
        snprintf(host, sizeof host, "127.0.1.%d", i);
        unknown_hook_move(&hook, host);
        for (int j = 0; j < 10; j++)
            unknown_hook_check(&hook);
    }
    CU_ASSERT_EQUAL(hook.asked, 30);
    unknown_hook_close(&hook);

    unknown_hook_new(&hook);
    hook.server.config.unknown_rate = 1000001;
    CU_ASSERT_EQUAL(skiff_port_new(&hook.server.config, &hook.server.port),
                    SKIFF_ERR_ARGUMENT);
    server_free(&hook.server);
}

/* As if a check had come from an address; whether the hook was asked. */
static bool is_asked_about(struct unknown_hook *hook, const char *from)
{
    uint8_t bytes[CALLER_DATAGRAM];
    skiff_packet packet;
    struct path path = { 0 };
    struct stun_check parsed;
    unsigned asked = hook->asked;

    memset(bytes, 0, sizeof bytes);
    size_t len = caller_check(&hook->caller, true, bytes);
    CU_ASSERT_EQUAL_FATAL(skiff_packet_wrap(bytes, (uint32_t)len, sizeof bytes, &packet),
                          SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_address_read(from, &path.remote));
    const struct udp_arrival arrival = { .packet = &packet, .path = &path };
    CU_ASSERT_TRUE_FATAL(skf_stun_read((skiff_bytes){ bytes, len }, &parsed));
    (void)skf_admission_admit(hook->server.port, &arrival, &parsed);
    return hook->asked > asked;
}

/* A site has 2^64 addresses of IPv6, and is one source. */
static void addresses_of_one_ipv6_prefix_have_one_rate(void)
{
    struct unknown_hook hook;
    unsigned asked = 0, others = 0;

    unknown_hook_new(&hook);
    hook.knows = false;
    unknown_hook_open(&hook);
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof text, "[2001:db8:0:1:%x::%x]:%d", i, i, 1000 + i);
        asked += is_asked_about(&hook, text);
        snprintf(text, sizeof text, "[2001:db8:0:1%02x::1]:1000", i);
        others += is_asked_about(&hook, text);
    }
    CU_ASSERT_TRUE(asked >= 9 && asked <= 10);
    CU_ASSERT_TRUE(others >= 38);
    unknown_hook_close(&hook);
}

CU_TestInfo unknown_rate_tests[] = {
    TEST(a_full_port_asks_nobody),
    TEST(one_address_is_asked_about_ten_times_a_second),
    TEST(another_address_is_asked_about_all_the_same),
    TEST(a_port_is_asked_about_as_often_as_its_config_states),
    TEST(addresses_of_one_ipv6_prefix_have_one_rate),
    CU_TEST_INFO_NULL,
};
