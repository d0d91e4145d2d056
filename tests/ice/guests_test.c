/* guests_test.c - whole agents of libnice, controlling and full, call one port. */
#include "suite.h"

#include "../port/caller.h"

#include <skiff/ice.h>

#include <glib-unix.h>

enum { GUESTS = 2 };

struct guest {
    skiff_ice  *ice;
    skiff_peer *peer;
    unsigned    connected, rtp;
};

/* Agents and a port on one main context, in real time. */
struct house {
    struct office office;
    GMainContext *loop;
    GSource      *readable, *ticking;
    bool          tcp;                /* no candidate of UDP is told */
    struct guest  guests[GUESTS];
};

static gboolean run_port(struct house *house)
{
    house->office.now = (skiff_time)g_get_monotonic_time();
    skiff_port_run(house->office.port, house->office.now, 64);
    return G_SOURCE_CONTINUE;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer house)
{
    (void)fd, (void)condition;
    return run_port(house);
}

static gboolean on_tick(gpointer house)
{
    return run_port(house);
}

static void on_guest_event(void *context, skiff_dtls_event event, skiff_bytes bytes)
{
    struct guest *guest = context;

    (void)bytes;
    guest->connected += event == SKIFF_DTLS_CONNECTED ? 1 : 0;
}

static void on_guest_media(void *context, skiff_packet *packet, skiff_kind kind)
{
    struct guest *guest = context;

    (void)packet;
    guest->rtp += kind == SKIFF_RTP ? 1 : 0;
}

/* What a guest says comes back to it. */
static void echo(struct office *office, skiff_peer *peer, skiff_packet *packet)
{
    const skiff_packet *const one[] = { packet };

    (void)office;
    CU_ASSERT_EQUAL(skiff_peer_send_copies(peer, one, 1, NULL, NULL), SKIFF_OK);
}

static const char *candidate_of(const struct house *house)
{
    const char *candidate = NULL;

    for (size_t i = 0; (candidate = skiff_port_candidate_at(house->office.port, i)) != NULL;
         i++)
        if ((strstr(candidate, " TCP ") != NULL) == house->tcp)
            break;
    return candidate;
}

static void invite(struct house *house, struct guest *guest)
{
    static const char *const address = "127.0.0.1";
    skiff_ice_config config = skiff_ice_defaults();
    const char *ufrag, *pwd;

    config.shared = house->office.callers_context;
    config.main_context = house->loop;
    config.controlling = true;
    config.role = SKIFF_ROLE_ACTIVE;
    config.context = guest;
    config.on_event = on_guest_event;
    config.on_media = on_guest_media;
    config.addresses = &address;
    config.num_addresses = 1;
    config.tcp = house->tcp;
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&config, &guest->ice), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_peer_new(house->office.port, SKIFF_ROLE_PASSIVE,
                                         house->office.now, &guest->peer), SKIFF_OK);
    skiff_ice_credentials(guest->ice, &ufrag, &pwd);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(guest->peer, ufrag, &house->office.fingerprint,
                                          1), SKIFF_OK);
    skiff_peer_credentials(guest->peer, &ufrag, &pwd);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(guest->ice, ufrag, pwd, &house->office.fingerprint,
                                       1), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(guest->ice, candidate_of(house)), SKIFF_OK);
}

static void house_open(struct house *house, bool tcp)
{
    memset(house, 0, sizeof *house);
    house->tcp = tcp;
    house->loop = g_main_context_new();
    office_new(&house->office);
    house->office.on_media = echo;
    house->office.config.tcp_connections = tcp ? GUESTS : 0;
    office_open(&house->office);
    house->office.now = (skiff_time)g_get_monotonic_time();
    house->readable = g_unix_fd_source_new(skiff_port_fd(house->office.port), G_IO_IN);
    g_source_set_callback(house->readable, G_SOURCE_FUNC(on_readable), house, NULL);
    g_source_attach(house->readable, house->loop);
    house->ticking = g_timeout_source_new(5);
    g_source_set_callback(house->ticking, on_tick, house, NULL);
    g_source_attach(house->ticking, house->loop);
    for (int i = 0; i < GUESTS; i++)
        invite(house, &house->guests[i]);
}

static void house_close(struct house *house)
{
    for (int i = 0; i < GUESTS; i++)
        skiff_ice_free(house->guests[i].ice);
    g_source_destroy(house->readable);
    g_source_unref(house->readable);
    g_source_destroy(house->ticking);
    g_source_unref(house->ticking);
    while (g_main_context_iteration(house->loop, FALSE))
        continue;
    g_main_context_unref(house->loop);
    office_free(&house->office);
}

static bool all_connected(const struct house *house)
{
    bool all = house->office.told.events[SKIFF_PEER_CONNECTED] == GUESTS;

    for (int i = 0; i < GUESTS; i++)
        all &= house->guests[i].connected == 1;
    return all;
}

static bool all_answered(const struct house *house)
{
    bool all = true;

    for (int i = 0; i < GUESTS; i++)
        all &= house->guests[i].rtp == 1;
    return all;
}

/* Until it holds, or ten seconds have gone by. */
static bool until(struct house *house, bool (*holds)(const struct house *))
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    while (!holds(house) && g_get_monotonic_time() < end)
        g_main_context_iteration(house->loop, TRUE);
    return holds(house);
}

static void agents_talk(bool tcp)
{
    struct house house;
    size_t sent;

    house_open(&house, tcp);
    CU_ASSERT_TRUE_FATAL(until(&house, all_connected));
    for (int i = 0; i < GUESTS; i++) {
        skiff_packet *packet = skiff_pool_take(house.office.pool);
        write_rtp_packet(packet, 1);
        CU_ASSERT_EQUAL(skiff_ice_send(house.guests[i].ice, &packet, 1, &sent), SKIFF_OK);
        skiff_packet_give(&packet);
    }
    CU_ASSERT_TRUE(until(&house, all_answered));
    skiff_port_counters counters = office_counters(&house.office);
    CU_ASSERT_TRUE(counters.checks_answered >= GUESTS);
    CU_ASSERT_EQUAL(counters.drop_integrity + counters.drop_name + counters.drop_again
                        + counters.drop_unsent, 0);
    CU_ASSERT_TRUE(counters.drop_stun <= GUESTS);   /* libnice's keepalives, one each */
    CU_ASSERT_EQUAL(counters.frames_read > 0, tcp);
    CU_ASSERT_EQUAL(counters.datagrams_read > 0, !tcp);
    house_close(&house);
}

static void agents_find_the_port_and_talk(void)
{
    agents_talk(false);
}

static void agents_find_the_port_by_tcp_and_talk(void)
{
    agents_talk(true);
}

CU_TestInfo guests_tests[] = {
    TEST(agents_find_the_port_and_talk),
    TEST(agents_find_the_port_by_tcp_and_talk),
    CU_TEST_INFO_NULL,
};
