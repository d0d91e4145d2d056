/* agent_test.c - agents that meet over loopback, in real time. */
#include "suite.h"

#include "count.h"
#include "pair.h"

#include "ice/agent/agent_state.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const four[] = { "127.0.0.1" };
static const char *const six[] = { "::1" };

static bool all_rtp_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 40 && pair->b.rtp >= 40;
}

static bool has_a_path(const skiff_ice *ice)
{
    return ice->next == NULL && ice->current != NULL && ice->current->remote_ufrag != NULL
        && ice->current->path_deadline == SKIFF_NEVER;
}

static bool paths_are_chosen(const struct pair *pair)
{
    return has_a_path(pair->a.ice) && has_a_path(pair->b.ice);
}

static bool a_has_failed(const struct pair *pair)
{
    return pair->a.failed > 0;
}

static bool b_is_closed(const struct pair *pair)
{
    return pair->b.closed > 0;
}

static void media_goes_both_ways(struct pair *pair)
{
    pair->a.rtp = 0;
    pair->b.rtp = 0;
    CU_ASSERT_EQUAL(end_send(&pair->a, 40), 40);
    CU_ASSERT_EQUAL(end_send(&pair->b, 40), 40);
    CU_ASSERT_TRUE(pair_until(pair, all_rtp_is_there));
}

static void meet_and_talk(struct pair *pair)
{
    pair_start(pair);
    CU_ASSERT_TRUE_FATAL(pair_until(pair, both_connected));
    media_goes_both_ways(pair);
    CU_ASSERT_EQUAL(pair->a.connected, 1);
    CU_ASSERT_EQUAL(pair->b.connected, 1);
    CU_ASSERT_EQUAL(pair->a.failed + pair->b.failed, 0);
    CU_ASSERT_EQUAL(pair->a.events[SKIFF_ICE_PATH], 1);
    CU_ASSERT_EQUAL(pair->b.events[SKIFF_ICE_FAILED], 0);
}

static void two_agents_meet_over_ipv4(void)
{
    struct pair pair;
    skiff_ice_info info;

    pair_new(&pair, four);
    meet_and_talk(&pair);
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_NSTRING_EQUAL(info.local, "127.0.0.1:", 10);
    CU_ASSERT_NSTRING_EQUAL(info.remote, "127.0.0.1:", 10);
    CU_ASSERT_FALSE(info.relayed);
    CU_ASSERT_TRUE(info.path_time > 0);
    CU_ASSERT_EQUAL(pair.a.candidates, 1);
    CU_ASSERT_EQUAL(pair.a.last_candidates, 1);
    pair_free(&pair);
}

static bool six_is_here(void)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6,
                                    .sin6_addr = in6addr_loopback };
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    bool here = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return here;
}

static void two_agents_meet_over_ipv6(void)
{
    struct pair pair;
    skiff_ice_info info;

    if (!six_is_here()) {
        CU_PASS("no IPv6 on this machine");
        return;
    }
    pair_new(&pair, six);
    meet_and_talk(&pair);
    skiff_ice_get_info(pair.b.ice, &info, sizeof info);
    CU_ASSERT_NSTRING_EQUAL(info.local, "[::1]:", 6);
    pair_free(&pair);
}

static void an_agent_connects_to_an_ice_lite_agent(void)
{
    struct pair pair;

    pair_new(&pair, four);
    pair.config_b.lite = true;
    meet_and_talk(&pair);
    pair_free(&pair);
}

static void agents_meet_over_tcp_where_it_is_wanted(void)
{
    struct pair pair;

    pair_new(&pair, four);
    pair.config_a.tcp = pair.config_b.tcp = true;
    meet_and_talk(&pair);
    CU_ASSERT_TRUE(pair.a.candidates > 1);
    pair_free(&pair);
}

static void the_server_may_be_the_controlling_end(void)
{
    struct pair pair;

    pair_new(&pair, four);
    pair.config_a.role = SKIFF_ROLE_PASSIVE;
    pair.config_b.role = SKIFF_ROLE_ACTIVE;
    meet_and_talk(&pair);
    pair_free(&pair);
}

static bool echo_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 40;
}

/* The packet lies in libnice's buffer all the time: opened, changed and protected there. */
static void media_may_be_sent_back_from_where_it_was_received(void)
{
    struct pair pair;

    pair_new(&pair, four);
    pair.config_a.no_bypass = pair.config_b.no_bypass = true;
    pair.b.echoes = true;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    CU_ASSERT_TRUE(pair_until(&pair, echo_is_there));
    CU_ASSERT_EQUAL(pair.b.rtp, 40);
    pair_free(&pair);
}

static void sending_uses_no_memory_from_anybody(void)
{
    struct pair pair;

    if (!count_works()) {
        CU_PASS("a sanitizer counts instead");
        return;
    }
    pair_new(&pair, four);
    pair.config_a.no_bypass = pair.config_b.no_bypass = true;
    meet_and_talk(&pair); /* the first packets make SSRCs known */
    struct count before = count_now();
    CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    CU_ASSERT_EQUAL(end_send(&pair.b, 1), 1);
    struct count after = count_now();
    CU_ASSERT_EQUAL(after.allocs, before.allocs);
    pair_free(&pair);
}

static void a_restart_keeps_dtls_and_states_the_candidates_again(void)
{
    struct pair pair;
    const char *ufrag, *password;
    char before[64];

    pair_new(&pair, four);
    meet_and_talk(&pair);
    skiff_ice_credentials(pair.a.ice, &ufrag, &password);
    g_strlcpy(before, ufrag, sizeof before);

    pair_restart(&pair);
    skiff_ice_credentials(pair.a.ice, &ufrag, &password);
    CU_ASSERT_STRING_NOT_EQUAL(ufrag, before);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(pair.a.ice, pair.b.first_candidate),
                    SKIFF_ERR_STATE);
    media_goes_both_ways(&pair); /* on the path there was */

    pair_introduce(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, paths_are_chosen));
    CU_ASSERT_EQUAL(pair.a.candidates, 2);
    CU_ASSERT_EQUAL(pair.a.last_candidates, 2);
    media_goes_both_ways(&pair);
    CU_ASSERT_EQUAL(pair.a.connected, 1);
    CU_ASSERT_EQUAL(pair.a.failed + pair.b.failed, 0);
    pair_free(&pair);
}

static void a_restart_accepts_no_other_fingerprint(void)
{
    struct pair pair;
    const char *ufrag, *password;
    skiff_fingerprint other;

    pair_new(&pair, four);
    meet_and_talk(&pair);
    other = pair.b.fingerprint;
    other.bytes[0] ^= 1;
    CU_ASSERT_EQUAL(skiff_ice_restart(pair.a.ice), SKIFF_OK);
    skiff_ice_credentials(pair.b.ice, &ufrag, &password);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, ufrag, password, &other, 1),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, ufrag, password, NULL, 0), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, ufrag, password, NULL, 0),
                    SKIFF_ERR_STATE);
    pair_free(&pair);
}

static void another_certificate_than_expected_fails_the_agent(void)
{
    struct pair pair;
    skiff_failure failure;

    pair_new(&pair, four);
    pair.b.fingerprint.bytes[31] ^= 1;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_failed));
    skiff_ice_failure(pair.a.ice, &failure, sizeof failure);
    CU_ASSERT_EQUAL(failure.alert, 42);
    CU_ASSERT_EQUAL(pair.a.failed, 1);
    CU_ASSERT_EQUAL(pair.a.connected, 0);
    pair_free(&pair);
}

static void a_fingerprint_that_arrives_late_connects_after_wake(void)
{
    struct pair pair;
    const char *ufrag, *password;

    pair_new(&pair, four);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_b, &pair.b.ice), SKIFF_OK);
    skiff_ice_credentials(pair.b.ice, &ufrag, &password);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, ufrag, password, NULL, 0), SKIFF_OK);
    skiff_ice_credentials(pair.a.ice, &ufrag, &password);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.b.ice, ufrag, password, &pair.a.fingerprint, 1),
                    SKIFF_OK);
    pair.a.introduced = pair.b.introduced = true;
    CU_ASSERT_TRUE(pair_until(&pair, paths_are_chosen));

    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(skiff_ice_transport(pair.a.ice)),
                                      &pair.b.fingerprint, 1),
                    SKIFF_OK);
    skiff_ice_wake(pair.a.ice);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    pair_free(&pair);
}

static void closing_notifies_the_peer(void)
{
    struct pair pair;

    pair_new(&pair, four);
    meet_and_talk(&pair);
    skiff_ice_close(pair.a.ice);
    CU_ASSERT_TRUE(pair_until(&pair, b_is_closed));
    CU_ASSERT_EQUAL(pair.b.closed, 1);
    CU_ASSERT_EQUAL(pair.a.closed, 0);
    CU_ASSERT_EQUAL(skiff_ice_restart(pair.b.ice), SKIFF_ERR_CLOSED);
    pair_free(&pair);
}

static void without_a_path_an_agent_fails_when_its_timeout_ends(void)
{
    struct pair pair;
    skiff_failure failure;

    pair_new(&pair, four);
    pair.config_a.path_timeout = SKIFF_MSEC(100);
    pair.a.ignores_candidates = pair.b.ignores_candidates = true;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_failed));
    skiff_ice_failure(pair.a.ice, &failure, sizeof failure);
    CU_ASSERT_STRING_EQUAL(failure.spec, "RFC 8863 4");
    CU_ASSERT_EQUAL(pair.a.failed, 1);
    pair_free(&pair);
}

static bool b_has_a_path(const struct pair *pair)
{
    return pair->b.ice->open;
}

static void a_path_that_arrives_too_late_changes_nothing(void)
{
    struct pair pair;

    pair_new(&pair, four);
    pair.config_a.path_timeout = 1;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_failed));
    CU_ASSERT_TRUE(pair_until(&pair, b_has_a_path));
    pair_choose_paths(&pair);
    CU_ASSERT_FALSE(pair.a.ice->open);
    CU_ASSERT_EQUAL(pair.a.connected, 0);
    CU_ASSERT_EQUAL(pair.a.failed, 1);
    pair_free(&pair);
}

static void an_mdns_name_is_ignored_and_counted(void)
{
    struct pair pair;
    skiff_ice_counters counters;

    pair_new(&pair, four);
    pair_start(&pair);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(pair.a.ice,
                                            "candidate:1 1 udp 2113937151 "
                                            "0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e.local "
                                            "51472 typ host"),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(pair.a.ice, "1 2 udp 1 127.0.0.1 9 typ host"),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(pair.a.ice, "1 1 tcp 1 127.0.0.1 9 typ host "
                                                        "tcptype passive"),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(pair.a.ice, "nonsense"), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    skiff_ice_get_counters(pair.a.ice, &counters, sizeof counters);
    CU_ASSERT_EQUAL(counters.ignored_name, 1);
    CU_ASSERT_EQUAL(counters.ignored_component, 1);
    CU_ASSERT_EQUAL(counters.ignored_kind, 1);
    CU_ASSERT_EQUAL(counters.candidates_added, 1);
    pair_free(&pair);
}

static void a_config_that_makes_no_sense_is_refused(void)
{
    static const char *const tls[] = { "turns:127.0.0.1" };
    static const char *const turn[] = { "turn:127.0.0.1" };
    static const char *const name[] = { "localhost" };
    struct pair pair;
    skiff_ice *ice = NULL;

    pair_new(&pair, four);
    skiff_ice_config good = pair.config_a, bad[7];
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        bad[i] = good;
    bad[0].servers = tls, bad[0].num_servers = 1;
    bad[0].turn_user = bad[0].turn_password = "x";
    bad[1].servers = turn, bad[1].num_servers = 1;
    bad[2].addresses = name;
    bad[3].lite = true;
    bad[4].first_port = 9, bad[4].last_port = 8;
    bad[5].context = NULL;
    bad[6].size = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        CU_ASSERT_EQUAL(skiff_ice_new(&bad[i], &ice), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_ice_new(NULL, &ice), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(ice);
    pair_free(&pair);
}

static void bad_credentials_are_refused(void)
{
    struct pair pair;
    const char *password = "0123456789012345678901";

    pair_new(&pair, four);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, "abc", password, NULL, 0),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, "ab d", password, NULL, 0),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, "abcd", password + 1, NULL, 0),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, NULL, password, NULL, 0),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, "abcd", password, NULL, 0), SKIFF_OK);
    pair_free(&pair);
}

static void a_port_in_use_fails_the_agent_with_a_sentence(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct pair pair;
    skiff_failure failure;

    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, len), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    pair_new(&pair, four);
    pair.config_a.first_port = ntohs(address.sin_port);
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_failed));
    skiff_ice_failure(pair.a.ice, &failure, sizeof failure);
    CU_ASSERT_STRING_EQUAL(failure.what, "ICE: no local address or port could be opened");
    pair_free(&pair);
    close(fd);
}

CU_TestInfo agent_tests[] = {
    TEST(two_agents_meet_over_ipv4),
    TEST(two_agents_meet_over_ipv6),
    TEST(an_agent_connects_to_an_ice_lite_agent),
    TEST(agents_meet_over_tcp_where_it_is_wanted),
    TEST(the_server_may_be_the_controlling_end),
    TEST(media_may_be_sent_back_from_where_it_was_received),
    TEST(sending_uses_no_memory_from_anybody),
    TEST(a_restart_keeps_dtls_and_states_the_candidates_again),
    TEST(a_restart_accepts_no_other_fingerprint),
    TEST(another_certificate_than_expected_fails_the_agent),
    TEST(a_fingerprint_that_arrives_late_connects_after_wake),
    TEST(closing_notifies_the_peer),
    TEST(without_a_path_an_agent_fails_when_its_timeout_ends),
    TEST(a_path_that_arrives_too_late_changes_nothing),
    TEST(an_mdns_name_is_ignored_and_counted),
    TEST(a_config_that_makes_no_sense_is_refused),
    TEST(bad_credentials_are_refused),
    TEST(a_port_in_use_fails_the_agent_with_a_sentence),
    CU_TEST_INFO_NULL,
};
