/* server_uri_test.c - addresses of STUN and TURN servers, good and bad. */
#include "suite.h"

#include "ice/agent/server_uri.h"

#include <skiff/ice.h>

static void is_read_as(const char *text, bool turn, const char *host, guint port)
{
    struct server server;

    CU_ASSERT_PTR_NULL_FATAL(skf_server_read(text, &server));
    CU_ASSERT_EQUAL(server.turn, turn);
    CU_ASSERT_STRING_EQUAL(server.host, host);
    CU_ASSERT_EQUAL(server.port, port);
}

static void the_port_of_a_server_is_3478_unless_it_is_given(void)
{
    is_read_as("stun:stun.example.org", false, "stun.example.org", 3478);
    is_read_as("stun:192.0.2.1:19302", false, "192.0.2.1", 19302);
    is_read_as("turn:turn.example.org:443", true, "turn.example.org", 443);
}

static void an_ipv6_address_stands_in_brackets(void)
{
    is_read_as("stun:[2001:db8::1]", false, "2001:db8::1", 3478);
    is_read_as("turn:[::1]:5000?transport=udp", true, "::1", 5000);
    CU_ASSERT_PTR_NOT_NULL(skiff_ice_server_fault("stun:[2001:db8::1"));
    CU_ASSERT_PTR_NOT_NULL(skiff_ice_server_fault("stun:[example.org]"));
    CU_ASSERT_PTR_NOT_NULL(skiff_ice_server_fault("stun:2001:db8::1"));
}

static void a_turn_server_is_asked_over_udp_unless_tcp_is_given(void)
{
    struct server server;

    CU_ASSERT_PTR_NULL(skf_server_read("turn:h", &server));
    CU_ASSERT_EQUAL(server.transport, NICE_RELAY_TYPE_TURN_UDP);
    CU_ASSERT_PTR_NULL(skf_server_read("TURN:h?transport=tcp", &server));
    CU_ASSERT_EQUAL(server.transport, NICE_RELAY_TYPE_TURN_TCP);
    CU_ASSERT_PTR_NOT_NULL(skf_server_read("turn:h?transport=sctp", &server));
    CU_ASSERT_PTR_NOT_NULL(skf_server_read("stun:h?transport=udp", &server));
}

static void a_server_over_tls_is_refused_with_a_sentence(void)
{
    CU_ASSERT_STRING_EQUAL(
        skiff_ice_server_fault("turns:turn.example.org?transport=tcp"),
        "servers over TLS are refused: libnice would speak to them in the clear");
    CU_ASSERT_PTR_NOT_NULL(skiff_ice_server_fault("stuns:stun.example.org"));
}

static void a_server_that_makes_no_sense_is_refused(void)
{
    /* clang-format off */
    static const char *const servers[] = {
        "",      "stun:",      "stun.example.org",  "http:h",     "stun:h:",
        "stun:h:0", "stun:h:65536", "stun:h:-1",    "stun:a b",   "turn:h:1x",
        "stun:user@h", "turn:h?transport=tcpx",
    };
    /* clang-format on */

    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++)
        CU_ASSERT_PTR_NOT_NULL(skiff_ice_server_fault(servers[i]));
    CU_ASSERT_PTR_NOT_NULL(skiff_ice_server_fault(NULL));
}

CU_TestInfo server_uri_tests[] = {
    TEST(the_port_of_a_server_is_3478_unless_it_is_given),
    TEST(an_ipv6_address_stands_in_brackets),
    TEST(a_turn_server_is_asked_over_udp_unless_tcp_is_given),
    TEST(a_server_over_tls_is_refused_with_a_sentence),
    TEST(a_server_that_makes_no_sense_is_refused),
    CU_TEST_INFO_NULL,
};
