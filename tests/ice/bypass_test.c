/* bypass_test.c - media and DTLS beside libnice, on the port of its own socket. */
#define _GNU_SOURCE
#include "suite.h"

#include "count.h"
#include "../port/ends.h"
#include "../port/loopback.h"
#include "pair.h"

#include "ice/agent/agent_state.h"
#include "ice/agent/agent_send.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const here[] = { "127.0.0.1" };
static const char *const both[] = { "127.0.0.1", "127.0.0.2" };

static bool are_bypassed(const struct pair *pair)
{
    return skf_ice_is_bypassed(pair->a.ice) && skf_ice_is_bypassed(pair->b.ice);
}

static bool media_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 40 && pair->b.rtp >= 40;
}

static bool is_ready(const struct pair *pair)
{
    return both_connected(pair) && pair->a.ice->current->state == NICE_COMPONENT_STATE_READY
        && pair->b.ice->current->state == NICE_COMPONENT_STATE_READY;
}

/* Datagrams that came and went on our own sockets. */
static uint64_t passed(const struct end *end)
{
    const struct bypass *bypass = &end->ice->current->bypass;
    uint64_t num = 0;

    for (unsigned i = 0; i < bypass->num_sockets; i++)
        if (bypass->sockets[i].udp != NULL)
            num += skf_udp_counters(bypass->sockets[i].udp).received
                 + skf_udp_counters(bypass->sockets[i].udp).sent;
    return num;
}

static void send_both_ways(struct pair *pair)
{
    pair->a.rtp = pair->b.rtp = 0;
    CU_ASSERT_EQUAL(end_send(&pair->a, 40), 40);
    CU_ASSERT_EQUAL(end_send(&pair->b, 40), 40);
    CU_ASSERT_TRUE(pair_until(pair, media_is_there));
}

static void meet(struct pair *pair)
{
    pair_start(pair);
    CU_ASSERT_TRUE_FATAL(pair_until(pair, is_ready));
    CU_ASSERT_TRUE_FATAL(pair_until(pair, are_bypassed));
}

static uint32_t strangers(const struct end *end)
{
    skiff_ice_counters counters;

    skiff_ice_get_counters(end->ice, &counters, sizeof counters);
    return counters.drop_unverified_source;
}

static void media_passes_libnice_by(void)
{
    struct pair pair;
    skiff_ice_info info;

    pair_new(&pair, here);
    meet(&pair);
    uint64_t before = passed(&pair.a) + passed(&pair.b);
    send_both_ways(&pair);
    /* On a slow machine a flight of DTLS that is repeated passes there, too. */
    CU_ASSERT_TRUE(passed(&pair.a) + passed(&pair.b) - before >= 4 * 40);
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_TRUE(info.bypass);
    pair_free(&pair);
}

static void where_it_is_not_wanted_media_goes_through_libnice(void)
{
    struct pair pair;
    skiff_ice_info info;

    pair_new(&pair, here);
    pair.config_a.no_bypass = true;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, is_ready));
    send_both_ways(&pair);
    CU_ASSERT_EQUAL(passed(&pair.a), 0);
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_FALSE(info.bypass);
    pair_free(&pair);
}

static int option_of(int fd, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    CU_ASSERT_EQUAL(getsockopt(fd, SOL_SOCKET, name, &value, &size), 0);
    return value;
}

/* Their port is theirs alone again, and nobody tries a second time. */
static void where_the_kernel_cannot_distinguish_them_libnice_has_all(void)
{
    static const int options[] = { SO_REUSEPORT, SO_ATTACH_REUSEPORT_CBPF };
    struct pair pair;

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        ends_refuse_option(options[i]);
        pair_new(&pair, here);
        pair_start(&pair);
        CU_ASSERT_TRUE_FATAL(pair_until(&pair, is_ready));
        pair_choose_paths(&pair);
        CU_ASSERT_FALSE(skf_ice_is_bypassed(pair.a.ice) || skf_ice_is_bypassed(pair.b.ice));
        send_both_ways(&pair);
        const struct bypass *bypass = &pair.a.ice->current->bypass;
        CU_ASSERT_EQUAL(bypass->num_sockets, 1);
        CU_ASSERT_PTR_NULL(bypass->sockets[0].udp);
        CU_ASSERT_EQUAL(option_of(g_socket_get_fd(bypass->sockets[0].theirs), SO_REUSEPORT),
                        0);
        pair_free(&pair);
        ends_refuse_option(0);
    }
}

static void the_kernels_buffers_are_as_large_as_asked_for(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair.config_a.receive_buffer = 70000;
    pair.config_a.send_buffer = 50000;
    meet(&pair);
    int fd = skf_udp_fd(pair.a.ice->current->bypass.sockets[0].udp);
    CU_ASSERT_EQUAL(option_of(fd, SO_RCVBUF), 2 * 70000); /* the kernel doubles */
    CU_ASSERT_EQUAL(option_of(fd, SO_SNDBUF), 2 * 50000);
    pair_free(&pair);
}

/* The first IPv6 address of this scope, or false. */
static bool six_of_scope(bool link_local, char text[NI_MAXHOST])
{
    struct ifaddrs *all = NULL;
    bool found = false;

    if (getifaddrs(&all) != 0)
        return false;
    for (struct ifaddrs *at = all; at != NULL && !found; at = at->ifa_next) {
        const struct sockaddr_in6 *six = (const void *)at->ifa_addr;
        found = six != NULL && six->sin6_family == AF_INET6
             && (link_local ? IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)
                            : IN6_IS_ADDR_LOOPBACK(&six->sin6_addr))
             && getnameinfo(at->ifa_addr, sizeof *six, text, NI_MAXHOST, NULL, 0,
                            NI_NUMERICHOST)
                    == 0;
    }
    freeifaddrs(all);
    return found;
}

static void run_over_ipv6(bool link_local)
{
    struct pair pair;
    char text[NI_MAXHOST];
    const char *address[] = { text };

    if (!six_of_scope(link_local, text)) {
        CU_PASS("no such IPv6 address on this machine");
        return;
    }
    pair_new(&pair, address);
    meet(&pair);
    send_both_ways(&pair);
    CU_ASSERT_EQUAL(strangers(&pair.a) + strangers(&pair.b), 0);
    pair_free(&pair);
}

static void media_passes_libnice_by_over_ipv6(void)
{
    run_over_ipv6(false);
}

/* SDP does not say the zone of an address, and the kernel does. */
static void media_passes_libnice_by_over_addresses_of_one_link(void)
{
    run_over_ipv6(true);
}

static void a_pair_over_tcp_stays_with_libnice(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair.config_a.tcp = pair.config_b.tcp = true;
    pair.only_tcp = true;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, is_ready));
    pair_choose_paths(&pair);
    CU_ASSERT_FALSE(skf_ice_is_bypassed(pair.a.ice) || skf_ice_is_bypassed(pair.b.ice));
    CU_ASSERT_EQUAL(pair.a.ice->current->bypass.num_sockets, 0);
    CU_ASSERT_EQUAL(pair.b.ice->current->bypass.num_sockets, 0);
    send_both_ways(&pair);
    pair_free(&pair);
}

static int stranger(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
                               .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&any, sizeof any), 0);
    return fd;
}

static void send_datagram(const struct end *end, int fd, uint8_t first)
{
    const uint8_t datagram[64] = { first, 1, 2, 3 };
    skiff_ice_info info;
    union address address;

    skiff_ice_get_info(end->ice, &info, sizeof info);
    CU_ASSERT_TRUE(skf_address_read(info.local, &address));
    CU_ASSERT_EQUAL(
        sendto(fd, datagram, sizeof datagram, 0, &address.any, sizeof address.four),
        sizeof datagram);
}

/* RFC 7983: DTLS 20..63, RTP and RTCP 128..191; libnice drops the others itself. */
static void the_first_octet_states_the_protocol_of_a_datagram(void)
{
    struct pair pair;
    int fd = stranger();

    pair_new(&pair, here);
    meet(&pair);
    pair_choose_paths(&pair);
    for (unsigned first = 0; first < 256; first++) {
        uint32_t before = strangers(&pair.a);
        bool ours = (first >= 20 && first < 64) || (first >= 128 && first < 192);
        send_datagram(&pair.a, fd, (uint8_t)first);
        pair_choose_paths(&pair);
        CU_ASSERT_EQUAL(strangers(&pair.a) - before, ours ? 1 : 0);
    }
    send_both_ways(&pair);
    pair_free(&pair);
    close(fd);
}

static void a_stranger_reaches_neither_dtls_nor_srtp(void)
{
    struct pair pair;
    skiff_counters counters;
    int fd = stranger();

    pair_new(&pair, here);
    meet(&pair);
    for (unsigned i = 0; i < 100; i++)
        send_datagram(&pair.a, fd, i % 2 == 0 ? 22 : 128);
    pair_choose_paths(&pair);
    skiff_transport_get_counters(skiff_ice_transport(pair.a.ice), &counters,
                                 sizeof counters);
    CU_ASSERT_EQUAL(strangers(&pair.a), 100);
    CU_ASSERT_EQUAL(counters.drop_forged, 0);
    send_both_ways(&pair);
    pair_free(&pair);
    close(fd);
}

/* The loop of others than the agent goes on between. */
static void a_flood_of_strangers_keeps_the_loop_for_no_longer_than_a_burst(void)
{
    enum { FLOOD = 270, MAX_DATAGRAMS = 256 };
    struct pair pair;
    int fd = stranger();

    pair_new(&pair, here);
    pair.config_a.receive_buffer = 1000000;
    meet(&pair);
    for (unsigned i = 0; i < FLOOD; i++)
        send_datagram(&pair.a, fd, 128);
    while (strangers(&pair.a) == 0)
        g_main_context_iteration(pair.loop, FALSE);
    CU_ASSERT_TRUE(strangers(&pair.a) <= MAX_DATAGRAMS);
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(strangers(&pair.a), FLOOD);
    send_both_ways(&pair);
    pair_free(&pair);
    close(fd);
}

static bool paths_are_chosen(const struct pair *pair)
{
    return pair->a.ice->next == NULL && pair->b.ice->next == NULL && is_ready(pair)
        && are_bypassed(pair);
}

static void a_restart_gets_a_socket_too(void)
{
    struct pair pair;

    pair_new(&pair, here);
    meet(&pair);
    pair_restart(&pair);
    send_both_ways(&pair); /* on the path there was */
    pair_introduce(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, paths_are_chosen));
    uint64_t before = passed(&pair.a) + passed(&pair.b);
    send_both_ways(&pair);
    CU_ASSERT_TRUE(passed(&pair.a) + passed(&pair.b) - before >= 4 * 40);
    CU_ASSERT_EQUAL(pair.a.ice->current->bypass.num_sockets, 1);
    pair_free(&pair);
}

static bool both_have_failed(const struct pair *pair)
{
    return pair->a.failed > 0 && pair->b.failed > 0;
}

static void without_consent_nothing_leaves(void)
{
    struct pair pair;
    skiff_ice_info info;

    pair_new(&pair, here);
    meet(&pair);
    skiff_ice *ice = pair.a.ice;
    skiff_packet *packet = skiff_pool_take(pair.pool);
    packet->len = 20;
    memset(packet->data, 0x80, packet->len);
    skf_consent_revoke(&pair.a.ice->current->consent_checks.consent);
    skf_consent_revoke(&pair.b.ice->current->consent_checks.consent);
    skiff_ice_wake(pair.a.ice);
    skiff_ice_wake(pair.b.ice);
    CU_ASSERT_TRUE(pair_until(&pair, both_have_failed));
    CU_ASSERT_FALSE(skf_ice_is_bypassed(ice));
    skiff_ice_get_info(ice, &info, sizeof info);
    uint64_t before = info.bytes_sent;
    CU_ASSERT_EQUAL(skf_agent_send(ice, &packet, 1), 0);
    skiff_ice_get_info(ice, &info, sizeof info);
    CU_ASSERT_EQUAL(info.bytes_sent, before);
    skiff_packet_release(&packet);
    pair_free(&pair);
}

static const NiceCandidate *candidate_at(GSList *all, const char *ip)
{
    for (; all != NULL; all = all->next) {
        const NiceCandidate *candidate = all->data;
        gchar text[NICE_ADDRESS_STRING_LEN];
        nice_address_to_string(&candidate->addr, text);
        if (strcmp(text, ip) == 0)
            return candidate;
    }
    return NULL;
}

/* Selects the pair between these two addresses, as a nomination would. */
static void move(struct end *end, const char *local, const char *remote)
{
    NiceAgent *agent = end->ice->current->agent;
    guint stream = end->ice->current->stream;
    GSList *ours = nice_agent_get_local_candidates(agent, stream, 1);
    GSList *theirs = nice_agent_get_remote_candidates(agent, stream, 1);
    const NiceCandidate *from = candidate_at(ours, local);
    const NiceCandidate *to = candidate_at(theirs, remote);

    CU_ASSERT_TRUE_FATAL(from != NULL && to != NULL);
    CU_ASSERT_TRUE(
        nice_agent_set_selected_pair(agent, stream, 1, from->foundation, to->foundation));
    g_slist_free_full(ours, (GDestroyNotify)nice_candidate_free);
    g_slist_free_full(theirs, (GDestroyNotify)nice_candidate_free);
}

static bool a_has_moved(const struct pair *pair)
{
    return !pair->a.ice->current->changed;
}

static void a_selected_pair_that_changes_is_followed(void)
{
    struct pair pair;
    char text[ADDRESS_TEXT];

    pair_new(&pair, both);
    pair.config_a.num_addresses = pair.config_b.num_addresses = 2;
    meet(&pair);
    send_both_ways(&pair);
    for (unsigned i = 0; i < 2; i++) {
        move(&pair.a, both[i], both[1 - i]);
        move(&pair.b, both[1 - i], both[i]);
        CU_ASSERT_TRUE(pair_until(&pair, a_has_moved));
        pair_choose_paths(&pair);
        CU_ASSERT_TRUE(are_bypassed(&pair));
        skf_address_write(&pair.a.ice->current->bypass.path.local, text);
        CU_ASSERT_NSTRING_EQUAL(text, both[i], strlen(both[i]));
        send_both_ways(&pair);
    }
    CU_ASSERT_EQUAL(pair.a.ice->current->bypass.num_sockets, 2);
    pair_free(&pair);
}

static bool b_received(const struct pair *pair)
{
    return pair->b.rtp >= 40;
}

/* b has another pair selected: it does not answer there, but hears what its peer says. */
static void a_peer_may_leave_a_path_before_we_do(void)
{
    struct pair pair;

    pair_new(&pair, both);
    pair.config_a.num_addresses = pair.config_b.num_addresses = 2;
    meet(&pair);
    move(&pair.a, both[0], both[0]);
    move(&pair.b, both[0], both[0]);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_moved));
    pair_choose_paths(&pair);
    move(&pair.a, both[1], both[0]);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_moved));
    pair_choose_paths(&pair);
    pair.b.rtp = 0;
    CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    CU_ASSERT_TRUE(pair_until(&pair, b_received));
    CU_ASSERT_EQUAL(strangers(&pair.b), 0);
    pair_free(&pair);
}

static bool echo_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 40;
}

/* Equal packets leave as one and come as one: each lies right before the next one. */
static void what_arrived_as_one_may_be_sent_back_from_where_it_lies(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair.a.even = pair.b.echoes = true;
    meet(&pair);
    CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    CU_ASSERT_TRUE(pair_until(&pair, echo_is_there));
    CU_ASSERT_EQUAL(pair.b.rtp, 40);
    pair_free(&pair);
}

static void neither_sending_nor_receiving_uses_memory_from_anybody(void)
{
    struct pair pair;
    uint64_t turns = 1;

    if (!count_works()) {
        CU_PASS("a sanitizer counts instead");
        return;
    }
    pair_new(&pair, here);
    meet(&pair);
    send_both_ways(&pair); /* the first packets make SSRCs known */
    pair_choose_paths(&pair);
    struct count before = count_now();
    pair.a.rtp = pair.b.rtp = 0;
    CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    CU_ASSERT_EQUAL(end_send(&pair.b, 40), 40);
    loopback_wait();
    while (!media_is_there(&pair) && g_main_context_iteration(pair.loop, FALSE))
        turns++;
    CU_ASSERT_TRUE(media_is_there(&pair));
    CU_ASSERT_EQUAL(count_now().allocs, before.allocs);
    CU_ASSERT_TRUE(turns < 20); /* for 80 packets */
    pair_free(&pair);
}

static void the_port_is_free_again_when_the_agent_is_gone(void)
{
    struct pair pair;
    skiff_ice_info info;
    union address address;

    pair_new(&pair, here);
    meet(&pair);
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_TRUE(skf_address_read(info.local, &address));
    pair_free(&pair);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CU_ASSERT_EQUAL(bind(fd, &address.any, sizeof address.four), 0);
    close(fd);
}

CU_TestInfo bypass_tests[] = {
    TEST(media_passes_libnice_by),
    TEST(where_it_is_not_wanted_media_goes_through_libnice),
    TEST(where_the_kernel_cannot_distinguish_them_libnice_has_all),
    TEST(the_kernels_buffers_are_as_large_as_asked_for),
    TEST(media_passes_libnice_by_over_ipv6),
    TEST(media_passes_libnice_by_over_addresses_of_one_link),
    TEST(a_pair_over_tcp_stays_with_libnice),
    TEST(the_first_octet_states_the_protocol_of_a_datagram),
    TEST(a_stranger_reaches_neither_dtls_nor_srtp),
    TEST(a_flood_of_strangers_keeps_the_loop_for_no_longer_than_a_burst),
    TEST(a_restart_gets_a_socket_too),
    TEST(without_consent_nothing_leaves),
    TEST(a_selected_pair_that_changes_is_followed),
    TEST(a_peer_may_leave_a_path_before_we_do),
    TEST(what_arrived_as_one_may_be_sent_back_from_where_it_lies),
    TEST(neither_sending_nor_receiving_uses_memory_from_anybody),
    TEST(the_port_is_free_again_when_the_agent_is_gone),
    CU_TEST_INFO_NULL,
};
