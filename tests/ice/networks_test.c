/* networks_test.c - addresses that are worth candidates, on hosts that have many. */
#include "suite.h"

#include "netns.h"
#include "pair.h"

#include "ice/agent/networks.h"

#include <string.h>

static void is(const NiceAddress *address, const char *ip)
{
    gchar text[NICE_ADDRESS_STRING_LEN];

    nice_address_to_string(address, text);
    CU_ASSERT_STRING_EQUAL(text, ip);
}

/* An interface with a cable in it, whose other end is e1. */
static void plug_in(const char *name)
{
    CU_ASSERT_TRUE(netns_ip("link add %s type veth peer name e1", name));
    CU_ASSERT_TRUE(netns_ip("addr add 10.200.0.1/24 dev %s", name));
    CU_ASSERT_TRUE(netns_ip("link set %s up", name));
    CU_ASSERT_TRUE(netns_ip("link set e1 up"));
    CU_ASSERT_TRUE(netns_runs("e1"));
}

static void the_address_of_the_default_route_comes_first(void)
{
    struct netns netns;
    struct networks networks;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE(netns_bridges(10));
    plug_in("e0");
    CU_ASSERT_TRUE(netns_ip("route add default via 10.200.0.2"));
    skf_networks_choose(&networks, 100);
    CU_ASSERT_EQUAL(networks.num, 3);
    is(&networks.addresses[0], "10.200.0.1");
    netns_end(&netns);
}

static void a_real_interface_comes_before_bridges(void)
{
    struct netns netns;
    struct networks networks;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE(netns_bridges(4));
    plug_in("wifi");
    skf_networks_choose(&networks, 100);
    CU_ASSERT_EQUAL(networks.num, 3);
    is(&networks.addresses[0], "10.200.0.1");
    netns_end(&netns);
}

static void bridges_are_used_where_there_is_nothing_better(void)
{
    struct netns netns;
    struct networks networks;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE(netns_bridges(12));
    skf_networks_choose(&networks, 100);
    CU_ASSERT_EQUAL(networks.num, 10);
    skf_networks_choose(&networks, 16);
    CU_ASSERT_EQUAL(networks.num, 4);
    netns_end(&netns);
}

static bool a_has_failed_and_b_has_ended(const struct pair *pair)
{
    return pair->a.failed > 0 && pair->b.last_candidates > 0;
}

/* libnice asserts that the place of an address in its list is below 64. */
static void an_agent_lives_on_a_host_of_a_hundred_addresses(void)
{
    static const char *const last[] = { "10.9.0.100" };
    struct netns netns;
    struct networks networks;
    NiceAddress address;
    struct pair pair;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE(netns_ip("link add e0 type veth peer name e1"));
    for (unsigned i = 1; i <= 100; i++)
        CU_ASSERT_TRUE(netns_ip("addr add 10.9.0.%u/24 dev e0", i));
    CU_ASSERT_TRUE(netns_ip("link set e0 up"));
    CU_ASSERT_TRUE(netns_ip("link set e1 up"));
    CU_ASSERT_TRUE(netns_runs("e1"));
    skf_networks_choose(&networks, 100);
    CU_ASSERT_EQUAL(networks.num, 10);
    nice_address_init(&address);
    CU_ASSERT_TRUE(nice_address_set_from_string(&address, last[0]));
    CU_ASSERT_FALSE(skf_networks_can_rank(&address));

    pair_new(&pair, last);
    pair.config_b.num_addresses = 0;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_failed_and_b_has_ended));
    CU_ASSERT_STRING_EQUAL(pair.a.last_what,
                           "ICE: no local address or port could be opened");
    CU_ASSERT_EQUAL(pair.a.candidates, 0);
    CU_ASSERT_EQUAL(pair.b.candidates, 10);
    pair_free(&pair);
    netns_end(&netns);
}

/* --- two hosts ------------------------------------------------------------------------ */

struct host {
    char lines[64][256];
    unsigned num;
    bool ended;
};

static void on_candidate(void *user, const char *sdp)
{
    struct end *end = user;
    struct host *host = (struct host *)end->pair->user + (end == &end->pair->b ? 1 : 0);

    if (sdp == NULL)
        host->ended = true;
    else if (host->num < 64)
        g_strlcpy(host->lines[host->num++], sdp, sizeof host->lines[0]);
}

static bool a_has_ended(const struct pair *pair)
{
    return ((const struct host *)pair->user)[0].ended;
}

static bool b_has_ended(const struct pair *pair)
{
    return ((const struct host *)pair->user)[1].ended;
}

static void gathers(struct pair *pair, struct end *end, skiff_ice_config *config,
                    bool (*ended)(const struct pair *))
{
    config->on_candidate = on_candidate;
    config->no_bypass = true; /* a socket made later would be of another namespace */
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(config, &end->ice), SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(pair, ended));
}

static void add_all_candidates(struct end *end, const struct host *host)
{
    for (unsigned i = 0; i < host->num; i++)
        CU_ASSERT_EQUAL(skiff_ice_add_candidate(end->ice, host->lines[i]), SKIFF_OK);
}

static bool namespaces_with_bridges(struct netns *netns, unsigned num)
{
    bool done = netns_join(netns) && netns_bridges(num)
             && netns_ip("route add default via 10.200.0.2");

    netns_go(netns, true);
    done = done && netns_runs("e0") && netns_bridges(num)
        && netns_ip("route add default via 10.200.0.1");
    netns_go(netns, false);
    return done;
}

/* What each host says of its bridges is the other's own. */
static void meet_in_spite_of_bridges(const char *const *here, const char *const *there,
                                     size_t num)
{
    struct host hosts[2];
    struct netns netns;
    struct pair pair;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE_FATAL(namespaces_with_bridges(&netns, 10));
    memset(hosts, 0, sizeof hosts);
    pair_new(&pair, here);
    pair.user = hosts;
    pair.config_a.num_addresses = pair.config_b.num_addresses = num;
    pair.config_b.addresses = there;
    gathers(&pair, &pair.a, &pair.config_a, a_has_ended);
    netns_go(&netns, true);
    gathers(&pair, &pair.b, &pair.config_b, b_has_ended);
    pair_introduce(&pair);
    add_all_candidates(&pair.a, &hosts[1]);
    add_all_candidates(&pair.b, &hosts[0]);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    pair_free(&pair);
    netns_end(&netns);
}

static void ten_bridges_on_both_hosts_do_not_hide_the_good_pair(void)
{
    meet_in_spite_of_bridges(NULL, NULL, 0);
}

/* 121 pairs, of which the good one has the lowest priority. */
static void more_pairs_than_the_limit_come_in_batches(void)
{
    static const char *const here[] = {
        "10.200.0.1", "172.17.0.1", "172.18.0.1", "172.19.0.1", "172.20.0.1", "172.21.0.1",
        "172.22.0.1", "172.23.0.1", "172.24.0.1", "172.25.0.1", "172.26.0.1",
    };
    static const char *const there[] = {
        "10.200.0.2", "172.17.0.1", "172.18.0.1", "172.19.0.1", "172.20.0.1", "172.21.0.1",
        "172.22.0.1", "172.23.0.1", "172.24.0.1", "172.25.0.1", "172.26.0.1",
    };

    meet_in_spite_of_bridges(here, there, G_N_ELEMENTS(here));
}

/* --- networks that come and go -------------------------------------------------------- */

static bool one_is_reported(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_NETWORKS] == 1;
}

static bool two_are_reported(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_NETWORKS] == 2;
}

static void addresses_that_come_and_go_are_reported(void)
{
    struct netns netns;
    struct pair pair;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE_FATAL(namespaces_with_bridges(&netns, 1));
    pair_new(&pair, NULL);
    pair.config_a.num_addresses = 0;
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_OK);
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(pair.a.events[SKIFF_ICE_NETWORKS], 0);
    CU_ASSERT_TRUE(netns_ip("addr add 10.201.0.1/24 dev e0"));
    CU_ASSERT_TRUE(pair_until(&pair, one_is_reported));
    CU_ASSERT_STRING_EQUAL(pair.a.last_what, "ICE: a local address was added");
    CU_ASSERT_TRUE(netns_ip("link set e0 down"));
    CU_ASSERT_TRUE(pair_until(&pair, two_are_reported));
    CU_ASSERT_STRING_EQUAL(pair.a.last_what, "ICE: a local address was removed");
    pair_free(&pair);
    netns_end(&netns);
}

static bool both_have_two_paths(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_PATH] > 1 && pair->b.events[SKIFF_ICE_PATH] > 1;
}

static bool media_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 20 && pair->b.rtp >= 20;
}

static void starts_over(struct end *end, struct host *host,
                        bool (*ended)(const struct pair *))
{
    memset(host, 0, sizeof *host);
    CU_ASSERT_EQUAL(skiff_ice_restart(end->ice), SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(end->pair, ended));
}

/* As when Wi-Fi goes and there is another network. */
static void a_network_that_arrived_is_used_after_a_restart(void)
{
    struct host hosts[2];
    struct netns netns;
    struct pair pair;
    skiff_ice_info info;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE_FATAL(namespaces_with_bridges(&netns, 0));
    memset(hosts, 0, sizeof hosts);
    pair_new(&pair, NULL);
    pair.user = hosts;
    pair.config_a.num_addresses = pair.config_b.num_addresses = 0;
    gathers(&pair, &pair.a, &pair.config_a, a_has_ended);
    netns_go(&netns, true);
    gathers(&pair, &pair.b, &pair.config_b, b_has_ended);
    pair_introduce(&pair);
    add_all_candidates(&pair.a, &hosts[1]);
    add_all_candidates(&pair.b, &hosts[0]);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));

    netns_go(&netns, false);
    CU_ASSERT_TRUE(netns_second_link(&netns));
    CU_ASSERT_TRUE(netns_ip("link set e0 down"));
    CU_ASSERT_TRUE(pair_until(&pair, one_is_reported));
    CU_ASSERT_STRING_EQUAL(pair.a.last_what, "ICE: the local addresses have changed");
    starts_over(&pair.a, &hosts[0], a_has_ended);
    netns_go(&netns, true);
    starts_over(&pair.b, &hosts[1], b_has_ended);
    pair.a.first_candidate[0] = pair.b.first_candidate[0] = '\0';
    pair_introduce(&pair);
    add_all_candidates(&pair.a, &hosts[1]);
    add_all_candidates(&pair.b, &hosts[0]);
    CU_ASSERT_TRUE(pair_until(&pair, both_have_two_paths));
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_EQUAL(strncmp(info.local, "10.201.0.1:", 11), 0);
    CU_ASSERT_EQUAL(end_send(&pair.a, 20), 20);
    CU_ASSERT_EQUAL(end_send(&pair.b, 20), 20);
    CU_ASSERT_TRUE(pair_until(&pair, media_is_there));
    CU_ASSERT_EQUAL(pair.a.failed + pair.b.failed, 0);
    pair_free(&pair);
    netns_end(&netns);
}

static void addresses_that_nobody_wants_are_not_reported(void)
{
    static const char *const addresses[] = { "10.200.0.1" };
    struct netns netns;
    struct pair pair;

    if (!netns_begin(&netns))
        return;
    CU_ASSERT_TRUE_FATAL(namespaces_with_bridges(&netns, 1));
    pair_new(&pair, addresses);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_OK);
    CU_ASSERT_TRUE(netns_ip("addr add 10.201.0.1/24 dev e0"));
    CU_ASSERT_TRUE(netns_ip("addr del 10.200.0.1/24 dev e0"));
    CU_ASSERT_TRUE(pair_until(&pair, one_is_reported));
    CU_ASSERT_STRING_EQUAL(pair.a.last_what, "ICE: a local address was removed");
    pair_free(&pair);
    netns_end(&netns);
}

CU_TestInfo networks_tests[] = {
    TEST(the_address_of_the_default_route_comes_first),
    TEST(a_real_interface_comes_before_bridges),
    TEST(bridges_are_used_where_there_is_nothing_better),
    TEST(an_agent_lives_on_a_host_of_a_hundred_addresses),
    TEST(ten_bridges_on_both_hosts_do_not_hide_the_good_pair),
    TEST(more_pairs_than_the_limit_come_in_batches),
    TEST(addresses_that_come_and_go_are_reported),
    TEST(addresses_that_nobody_wants_are_not_reported),
    TEST(a_network_that_arrived_is_used_after_a_restart),
    CU_TEST_INFO_NULL,
};
