/* candidates_test.c - what a port says that it is reached at. */
#define _DEFAULT_SOURCE
#include "suite.h"

#include "../port/caller.h"
#include "ice/agent/candidate.h"
#include "ice/port/candidates.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

enum { INTERFACES = 16 };

/* A host that a test has made up. */
struct host {
    struct ifaddrs all[INTERFACES];
    union address addresses[INTERFACES];
    int num;
};

static void has(struct host *host, const char *text, unsigned flags)
{
    struct ifaddrs *one = &host->all[host->num];
    char full[80];

    CU_ASSERT_FATAL(host->num < INTERFACES);
    snprintf(full, sizeof full, "%s:0", text);
    CU_ASSERT_TRUE_FATAL(skf_address_read(full, &host->addresses[host->num]));
    *one =
        (struct ifaddrs){ .ifa_flags = flags, .ifa_addr = &host->addresses[host->num].any };
    if (host->num > 0)
        host->all[host->num - 1].ifa_next = one;
    host->num++;
}

static void is_expected(const struct host *host, const char *bound,
                        const char *const *expected, bool tcp)
{
    const skiff_port_config config = { .tcp_connections = tcp ? 10 : 0 };
    struct candidates candidates = { 0 };
    union address address;
    size_t num = 0;

    CU_ASSERT_TRUE_FATAL(skf_address_read(bound, &address));
    CU_ASSERT_EQUAL(
        skf_candidates_of(&candidates, &config, &address, host->num > 0 ? host->all : NULL),
        SKIFF_OK);
    while (expected[num] != NULL && num < candidates.num) {
        CU_ASSERT_STRING_EQUAL(candidates.texts[num], expected[num]);
        num++;
    }
    CU_ASSERT_PTR_NULL(expected[num]);
    CU_ASSERT_EQUAL(candidates.num, num);
    skf_candidates_clear(&candidates);
}

/* --- wildcards ------------------------------------------------------------------------ */

static void fill(struct host *host)
{
    memset(host, 0, sizeof *host);
    has(host, "127.0.0.1", IFF_UP | IFF_LOOPBACK);
    has(host, "192.0.2.1", IFF_UP);
    has(host, "192.0.2.2", IFF_UP);
    has(host, "198.51.100.1", 0); /* down */
    has(host, "169.254.7.7", IFF_UP);
    has(host, "[::1]", IFF_UP | IFF_LOOPBACK);
    has(host, "[fe80::1]", IFF_UP);
    has(host, "[fec0::1]", IFF_UP);
    has(host, "[2001:db8::1]", IFF_UP);
    has(host, "192.0.2.1", IFF_UP); /* on another interface, too */
}

static void a_wildcard_of_ipv4_has_the_addresses_of_the_host(void)
{
    static const char *const expected[] = {
        "1 1 UDP 2130706431 192.0.2.1 5000 typ host",
        "3 1 UDP 2130706175 192.0.2.2 5000 typ host",
        NULL,
    };
    struct host host;

    fill(&host);
    is_expected(&host, "0.0.0.0:5000", expected, false);
}

static void a_wildcard_of_ipv6_has_both_families_by_turns(void)
{
    static const char *const expected[] = {
        "1 1 UDP 2130706431 2001:db8::1 5000 typ host",
        "3 1 UDP 2130706175 192.0.2.1 5000 typ host",
        "5 1 UDP 2130705919 192.0.2.2 5000 typ host",
        NULL,
    };
    struct host host;

    fill(&host);
    is_expected(&host, "[::]:5000", expected, false);
}

static void a_host_with_nothing_else_has_its_loopback(void)
{
    static const char *const expected[] = {
        "1 1 UDP 2130706431 ::1 5000 typ host",
        "3 1 UDP 2130706175 127.0.0.1 5000 typ host",
        NULL,
    };
    static const char *const none[] = { NULL };
    struct host host = { .num = 0 };

    is_expected(&host, "[::]:5000", none, false);
    has(&host, "[::1]", IFF_UP | IFF_LOOPBACK);
    has(&host, "127.0.0.1", IFF_UP | IFF_LOOPBACK);
    has(&host, "[fe80::1]", IFF_UP);
    is_expected(&host, "[::]:5000", expected, false);
}

/* An interface without an address, as getifaddrs gives them, and one of no IP. */
static void what_is_no_address_is_passed_over(void)
{
    static const char *const expected[] = {
        "1 1 UDP 2130706431 192.0.2.1 5000 typ host",
        NULL,
    };
    struct host host = { .num = 0 };

    has(&host, "192.0.2.1", IFF_UP);
    has(&host, "192.0.2.9", IFF_UP);
    has(&host, "192.0.2.9", IFF_UP);
    host.all[1].ifa_addr = NULL;
    host.addresses[2].any.sa_family = AF_PACKET;
    is_expected(&host, "0.0.0.0:5000", expected, false);
}

/* RFC 6544 4.2 and 4.5 */
static void with_tcp_each_address_is_listed_twice(void)
{
    static const char *const expected[] = {
        "1 1 UDP 2130706431 192.0.2.1 5000 typ host",
        "3 1 UDP 2130706175 192.0.2.2 5000 typ host",
        "2 1 TCP 1520435199 192.0.2.1 5000 typ host tcptype passive",
        "4 1 TCP 1520434943 192.0.2.2 5000 typ host tcptype passive",
        NULL,
    };
    struct host host;

    fill(&host);
    is_expected(&host, "0.0.0.0:5000", expected, true);
}

static void a_real_wildcard_lists_no_wildcard(void)
{
    struct server server;
    const char *candidate;

    server_new(&server);
    server.config.address = "[::]:0";
    server_open(&server);
    for (size_t i = 0; (candidate = skiff_port_candidate_at(server.port, i)) != NULL; i++) {
        CU_ASSERT_PTR_NULL(strstr(candidate, " 0.0.0.0 "));
        CU_ASSERT_PTR_NULL(strstr(candidate, " :: "));
        CU_ASSERT_PTR_NULL(strstr(candidate, " fe80:"));
    }
    server_free(&server);
}

/* --- announced ------------------------------------------------------------------------ */

static void what_is_announced_is_stated_instead(void)
{
    static const char *const announced[] = {
        "203.0.113.5",         "203.0.113.5:40000",      "[2001:db8::1]",
        "[2001:db8::1]:40000", "[::ffff:203.0.113.6]:1", "203.0.113.5",
    };
    struct server server;
    char expected[5][128];

    server_new(&server);
    server.config.announced = announced;
    server.config.num_announced = sizeof announced / sizeof *announced;
    server_open(&server);
    const char *port = strchr(skiff_port_address(server.port), ':') + 1;
    snprintf(expected[0], 128, "1 1 UDP 2130706431 203.0.113.5 %s typ host", port);
    snprintf(expected[1], 128, "1 1 UDP 2130706175 203.0.113.5 40000 typ host");
    snprintf(expected[2], 128, "5 1 UDP 2130705919 2001:db8::1 %s typ host", port);
    snprintf(expected[3], 128, "5 1 UDP 2130705663 2001:db8::1 40000 typ host");
    snprintf(expected[4], 128, "9 1 UDP 2130705407 203.0.113.6 1 typ host");
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_STRING_EQUAL(skiff_port_candidate_at(server.port, i), expected[i]);
    CU_ASSERT_PTR_NULL(skiff_port_candidate_at(server.port, 5));
    CU_ASSERT_STRING_EQUAL(skiff_port_candidate(server.port), expected[0]);
    server_free(&server);
}

static void texts_that_nobody_can_send_to_are_refused(void)
{
    static const char *const bad[] = {
        NULL,
        "",
        "sfu.example",
        "203.0.113.5:",
        "203.0.113.5:0",
        "203.0.113.5:65536",
        "203.0.113.256",
        "2001:db8::1",
        "[2001:db8::1",
        "[fe80::1%lo]",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "[fec0::1]",
        " 203.0.113.5",
        "203.0.113.5\r",
        "[2001:db8::1]x",
        "203.0.113.50000000000000000000000000000000000000000000000000000000000000000",
    };
    struct server server;

    server_new(&server);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        server.config.announced = &bad[i];
        server.config.num_announced = 1;
        CU_ASSERT_EQUAL(skiff_port_new(&server.config, &server.port), SKIFF_ERR_ARGUMENT);
    }
    server.config.announced = NULL;
    CU_ASSERT_EQUAL(skiff_port_new(&server.config, &server.port), SKIFF_ERR_ARGUMENT);
    server.config.announced = bad;
    server.config.num_announced = MAX_CANDIDATE_ADDRESSES + 1;
    CU_ASSERT_EQUAL(skiff_port_new(&server.config, &server.port), SKIFF_ERR_ARGUMENT);
    server.port = NULL;
    server_free(&server);
}

/* A browser that reads them must take each (RFC 8839 5.1). */
static void each_candidate_can_be_read_by_an_agent(void)
{
    static const char *const announced[] = { "203.0.113.5", "[2001:db8::1]:40000" };
    struct server server;

    server_new(&server);
    server.config.announced = announced;
    server.config.num_announced = 2;
    server.config.tcp_connections = 4;
    server_open(&server);
    for (size_t i = 0; i < 4; i++) {
        NiceCandidate *candidate = NULL;
        CU_ASSERT_EQUAL(
            skf_candidate_read(skiff_port_candidate_at(server.port, i), &candidate),
            SKF_CANDIDATE_ACCEPTED);
        CU_ASSERT_EQUAL(candidate->transport, i < 2 ? NICE_CANDIDATE_TRANSPORT_UDP
                                                    : NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE);
        nice_candidate_free(candidate);
    }
    server_free(&server);
}

CU_TestInfo candidates_tests[] = {
    TEST(a_wildcard_of_ipv4_has_the_addresses_of_the_host),
    TEST(a_wildcard_of_ipv6_has_both_families_by_turns),
    TEST(a_host_with_nothing_else_has_its_loopback),
    TEST(what_is_no_address_is_passed_over),
    TEST(with_tcp_each_address_is_listed_twice),
    TEST(a_real_wildcard_lists_no_wildcard),
    TEST(what_is_announced_is_stated_instead),
    TEST(texts_that_nobody_can_send_to_are_refused),
    TEST(each_candidate_can_be_read_by_an_agent),
    CU_TEST_INFO_NULL,
};
