/* candidate_test.c - lines of a=candidate, good and bad. */
#include "suite.h"

#include "ice/agent/candidate.h"

#include <string.h>

static enum skf_verdict verdict_on(const char *sdp)
{
    NiceCandidate *candidate = NULL;
    enum skf_verdict verdict = skf_candidate_read(sdp, &candidate);

    CU_ASSERT_EQUAL(candidate != NULL, verdict == SKF_CANDIDATE_ACCEPTED);
    if (candidate != NULL)
        nice_candidate_free(candidate);
    return verdict;
}

static void is_at(const NiceAddress *address, const char *ip, guint port)
{
    gchar text[NICE_ADDRESS_STRING_LEN];

    nice_address_to_string(address, text);
    CU_ASSERT_STRING_EQUAL(text, ip);
    CU_ASSERT_EQUAL(nice_address_get_port(address), port);
}

static void every_field_of_a_candidate_is_accepted(void)
{
    NiceCandidate *candidate = NULL;

    CU_ASSERT_EQUAL_FATAL(
        skf_candidate_read("candidate:4234997325 1 udp 1677729535 198.51.100.7 5000 typ "
                           "srflx raddr 192.0.2.1 rport 6000 generation 0 ufrag EsAw "
                           "network-id 1",
                           &candidate),
        SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_STRING_EQUAL(candidate->foundation, "4234997325");
    CU_ASSERT_EQUAL(candidate->component_id, 1);
    CU_ASSERT_EQUAL(candidate->transport, NICE_CANDIDATE_TRANSPORT_UDP);
    CU_ASSERT_EQUAL(candidate->priority, 1677729535);
    CU_ASSERT_EQUAL(candidate->type, NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE);
    is_at(&candidate->addr, "198.51.100.7", 5000);
    is_at(&candidate->base_addr, "192.0.2.1", 6000);
    nice_candidate_free(candidate);
}

static void the_value_alone_and_the_whole_line_are_accepted(void)
{
    CU_ASSERT_EQUAL(verdict_on("1 1 UDP 1 127.0.0.1 9 typ host"), SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(verdict_on("candidate:1 1 UDP 1 127.0.0.1 9 typ host"),
                    SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(verdict_on("a=candidate:1 1 UDP 1 ::1 9 typ host"),
                    SKF_CANDIDATE_ACCEPTED);
}

static void a_tcp_candidate_needs_its_kind(void)
{
    NiceCandidate *candidate = NULL;

    CU_ASSERT_EQUAL_FATAL(
        skf_candidate_read("1 1 TCP 1 192.0.2.1 9 typ host tcptype active", &candidate),
        SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(candidate->transport, NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE);
    nice_candidate_free(candidate);
    CU_ASSERT_EQUAL(verdict_on("1 1 TCP 1 192.0.2.1 9 typ host"), SKF_CANDIDATE_KIND);
    CU_ASSERT_EQUAL(verdict_on("1 1 TCP 1 192.0.2.1 9 typ host tcptype odd"),
                    SKF_CANDIDATE_KIND);
}

static void a_name_in_the_place_of_an_address_is_distinguished(void)
{
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 2113937151 "
                               "0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e.local 51472 typ host"),
                    SKF_CANDIDATE_NAME);
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 relay.example.org 5000 typ relay"),
                    SKF_CANDIDATE_NAME);
}

/* Chromium hides the base of a reflexive candidate as 0.0.0.0 and 0, others with a name. */
static void a_hidden_base_leaves_the_candidate_good(void)
{
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 198.51.100.7 1 typ srflx raddr 0.0.0.0 rport 0"),
                    SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 198.51.100.7 1 typ srflx raddr x.local rport 5"),
                    SKF_CANDIDATE_ACCEPTED);
}

static void what_was_specified_after_us_is_distinguished(void)
{
    CU_ASSERT_EQUAL(verdict_on("1 2 udp 1 127.0.0.1 9 typ host"), SKF_CANDIDATE_COMPONENT);
    CU_ASSERT_EQUAL(verdict_on("1 1 sctp 1 127.0.0.1 9 typ host"), SKF_CANDIDATE_KIND);
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 127.0.0.1 9 typ warp"), SKF_CANDIDATE_KIND);
}

static void a_malformed_line_is_refused(void)
{
    static const char *const lines[] = {
        "",
        "candidate:",
        "1 1 udp 1 127.0.0.1 9 typ",
        "1 1 udp 1 127.0.0.1 9 host typ",
        "1 1 udp 1 127.0.0.1 9 typ host odd",
        "1 1 udp 1 127.0.0.1 65536 typ host",
        "1 1 udp 4294967296 127.0.0.1 9 typ host",
        "1 1 udp -1 127.0.0.1 9 typ host",
        "1 1 udp 1 127.0.0.256 9 typ host",
        "1 1 udp 1 1 9 typ host",
        "1 1 udp 1 2001:db8::1%lo 9 typ host",
        "1 1 udp 1 fe80::1% 9 typ host",
        "1 1 udp 1 192.0.2.1%lo 9 typ host",
        "1 1 udp 1 ::g 9 typ host",
        "1 257 udp 1 127.0.0.1 9 typ host",
        "1 one udp 1 127.0.0.1 9 typ host",
        "a.b 1 udp 1 127.0.0.1 9 typ host",
        "123456789012345678901234567890123 1 udp 1 127.0.0.1 9 typ host",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        CU_ASSERT_EQUAL(verdict_on(lines[i]), SKF_CANDIDATE_MALFORMED);
}

static void blanks_and_the_end_of_the_line_may_surround_the_words(void)
{
    /* clang-format off */
    static const char *const lines[] = {
        "1 1 udp 1 127.0.0.1 9 typ host\r\n",   "1 1 udp 1 127.0.0.1 9 typ host\r",
        "1 1 udp 1 127.0.0.1 9 typ host\n",     "1 1 udp 1 127.0.0.1 9 typ host ",
        " candidate:1 1 udp 1 127.0.0.1 9 typ host", "1 1 udp  1 127.0.0.1 9  typ host \t",
        "1\t1\tudp\t1\t127.0.0.1\t9\ttyp\thost", "a=candidate: 1 1 udp 1 ::1 9 typ host",
        "\t1 1 udp 1 127.0.0.1 9 typ host generation  0 \r\n",
    };
    /* clang-format on */

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        CU_ASSERT_EQUAL(verdict_on(lines[i]), SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 127.0.0.1 9 typ host\r\na=candidate:2 1"),
                    SKF_CANDIDATE_MALFORMED);
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 127.0.0.1 9 typ host\nufrag x"),
                    SKF_CANDIDATE_MALFORMED);
}

static void the_peers_zone_is_omitted_from_a_link_local_address(void)
{
    NiceCandidate *candidate = NULL;

    CU_ASSERT_EQUAL_FATAL(
        skf_candidate_read("1 1 udp 1 fe80::1%en0.7 9 typ host", &candidate),
        SKF_CANDIDATE_ACCEPTED);
    is_at(&candidate->addr, "fe80::1", 9);
    CU_ASSERT_EQUAL(candidate->addr.s.ip6.sin6_scope_id, 0);
    nice_candidate_free(candidate);
}

static void a_mapped_address_is_the_ipv4_address_inside(void)
{
    NiceCandidate *candidate = NULL;

    CU_ASSERT_EQUAL_FATAL(
        skf_candidate_read("1 1 udp 1 ::ffff:192.0.2.1 9 typ host", &candidate),
        SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(nice_address_ip_version(&candidate->addr), 4);
    is_at(&candidate->addr, "192.0.2.1", 9);
    nice_candidate_free(candidate);
}

static void an_address_where_nobody_can_be_is_distinguished(void)
{
    /* clang-format off */
    static const char *const useless[] = {
        "0.0.0.0 9",        "0.1.2.3 9",   "224.0.0.251 9",     "239.255.255.255 9",
        "255.255.255.255 9", ":: 9",       "ff02::fb 9",        "ff0e::1 9",
        "::ffff:0.0.0.0 9", "fec0::1 9",   "::ffff:224.0.0.1 9", "::192.0.2.1 9",
        "192.0.2.1 0",      "2001:db8::1 0", "::ffff:255.255.255.255 9",
    };
    /* clang-format on */
    char line[128];

    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++) {
        g_snprintf(line, sizeof line, "1 1 udp 1 %s typ host", useless[i]);
        CU_ASSERT_EQUAL(verdict_on(line), SKF_CANDIDATE_ADDRESS);
    }
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 ::1 9 typ host"), SKF_CANDIDATE_ACCEPTED);
    CU_ASSERT_EQUAL(verdict_on("1 1 udp 1 223.255.255.254 9 typ host"),
                    SKF_CANDIDATE_ACCEPTED);
}

static void a_line_without_end_is_refused(void)
{
    char line[5000];

    memset(line, ' ', sizeof line);
    line[sizeof line - 1] = '\0';
    CU_ASSERT_EQUAL(verdict_on(line), SKF_CANDIDATE_MALFORMED);
}

CU_TestInfo candidate_tests[] = {
    TEST(every_field_of_a_candidate_is_accepted),
    TEST(the_value_alone_and_the_whole_line_are_accepted),
    TEST(a_tcp_candidate_needs_its_kind),
    TEST(a_name_in_the_place_of_an_address_is_distinguished),
    TEST(a_hidden_base_leaves_the_candidate_good),
    TEST(what_was_specified_after_us_is_distinguished),
    TEST(a_malformed_line_is_refused),
    TEST(blanks_and_the_end_of_the_line_may_surround_the_words),
    TEST(the_peers_zone_is_omitted_from_a_link_local_address),
    TEST(a_mapped_address_is_the_ipv4_address_inside),
    TEST(an_address_where_nobody_can_be_is_distinguished),
    TEST(a_line_without_end_is_refused),
    CU_TEST_INFO_NULL,
};
