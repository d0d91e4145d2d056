/* backlog_test.c - timers of a port that has not read all that has come: a peer is silent,
 * and a handshake unanswered, only once what waits in the socket was read. */
#include "suite.h"

#include "caller.h"
#include "loopback.h"

#include <unistd.h>

enum { PEERS = 20, MOST = 8, PAUSE = 31 /* seconds: longer than consent */ };

struct server_and_callers {
    struct server server;
    struct caller callers[PEERS];
};

static void all_connect(struct server_and_callers *all)
{
    server_new(&all->server);
    server_open(&all->server);
    for (int i = 0; i < PEERS; i++) {
        caller_new(&all->callers[i], &all->server);
        caller_connect(&all->callers[i]);
    }
}

static void all_leave(struct server_and_callers *all)
{
    for (int i = 0; i < PEERS; i++)
        caller_free(&all->callers[i]);
    server_free(&all->server);
}

/* A run of a port, once the kernel has delivered what was sent. */
static void run_port(const struct server *server, skiff_time now, uint32_t most)
{
    loopback_wait();
    skiff_port_run(server->port, now, most);
}

static void check_of(struct caller *caller)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(caller, bytes, caller_check(caller, false, bytes));
}

static void a_pause_longer_than_consent_loses_no_peer_whose_check_waits_to_be_read(void)
{
    struct server_and_callers all;

    all_connect(&all);
    for (int i = 0; i < PEERS; i++) {
        caller_send_media(&all.callers[i]);
        caller_send_media(&all.callers[i]);
        check_of(&all.callers[i]);
    }
    all.server.now += SKIFF_MSEC(PAUSE * 1000);
    for (int run = 0; run < 3 * PEERS; run++)
        run_port(&all.server, all.server.now, MOST);
    CU_ASSERT_EQUAL(all.server.events.rtp, 2 * PEERS);
    CU_ASSERT_EQUAL(all.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    CU_ASSERT_EQUAL(server_counters(&all.server).consent_lost, 0);

    all.server.now += SKIFF_MSEC(PAUSE * 1000); /* and now nobody checked */
    run_port(&all.server, all.server.now, MOST);
    CU_ASSERT_EQUAL(all.server.events.events[SKIFF_PEER_CONSENT_LOST], PEERS);
    all_leave(&all);
}

/* The peer has answered in time; a timer that fired first would repeat the flight. */
static void a_flight_is_not_sent_again_while_its_response_waits_to_be_read(void)
{
    struct server server;
    struct caller noisy, caller;
    skiff_dtls_info info;

    server_new(&server);
    server_open(&server);
    caller_new(&noisy, &server);
    caller_connect(&noisy);
    caller_new(&caller, &server);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    caller_poll(&caller);
    run_port(&server, server.now, 64);
    for (int i = 0; i < 2 * MOST; i++)
        caller_send_media(&noisy);
    caller_run(&caller); /* answers the flight */
    server.now += SKIFF_MSEC(5000);
    for (int run = 0; run < 8; run++)
        run_port(&server, server.now, MOST);
    CU_ASSERT_EQUAL(server.events.events[SKIFF_PEER_CONNECTED], 2);
    skiff_dtls_get_info(skiff_transport_dtls(skiff_peer_transport(caller.peer)), &info,
                        sizeof info);
    CU_ASSERT_EQUAL(info.flights_resent, 0);
    caller_free(&caller);
    caller_free(&noisy);
    server_free(&server);
}

/* Where more comes without an end, timers wait for no more than a full receive buffer. */
static void a_flood_does_not_put_timers_off_for_ever(void)
{
    struct fixture fixture;
    unsigned runs = 0;

    server_new(&fixture.server);
    fixture.server.config.receive_buffer = 4096;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    int stranger = stranger_open(&fixture.caller);
    fixture.server.now += SKIFF_MSEC(PAUSE * 1000);
    for (; runs < 1000 && fixture.server.events.events[SKIFF_PEER_CONSENT_LOST] == 0;
         runs++) {
        stranger_send(stranger, "\x80noise", 6);
        stranger_send(stranger, "\x80noise", 6);
        run_port(&fixture.server, fixture.server.now, 1);
        CU_ASSERT_EQUAL(skiff_port_deadline(fixture.server.port), fixture.server.now);
    }
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 1);
    CU_ASSERT_TRUE(runs > 1 && runs < 100);
    close(stranger);
    fixture_free(&fixture);
}

/* --- at the sockets of several threads ------------------------------------------------ */

/* Two ports of a group. The kernel deals those who call the first to both. */
struct two_ports {
    skiff_port_group *group;
    struct server here, there;
    struct caller callers[PEERS];
};

static void run_both(struct two_ports *ports)
{
    for (int i = 0; i < 4; i++) {
        run_port(&ports->there, ports->here.now, 256);
        run_port(&ports->here, ports->here.now, 256);
    }
}

static void two_ports_open(struct two_ports *ports)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &ports->group), SKIFF_OK);
    server_new(&ports->here);
    server_new(&ports->there);
    ports->here.config.group = ports->there.config.group = ports->group;
    ports->here.config.no_steering = ports->there.config.no_steering = true;
    server_open(&ports->here);
    ports->there.config.address = skiff_port_address(ports->here.port);
    server_open(&ports->there);
    ports->here.other = &ports->there;
    for (int i = 0; i < PEERS; i++) {
        caller_new(&ports->callers[i], &ports->here);
        CU_ASSERT_TRUE(caller_checks(&ports->callers[i], true));
    }
    ports->here.now += SKIFF_MSEC(29000);
    run_both(ports);
    for (int i = 0; i < PEERS; i++)
        check_of(&ports->callers[i]);
    ports->here.now += SKIFF_MSEC(PAUSE * 1000); /* the process was stopped */
}

static void two_ports_close(struct two_ports *ports)
{
    for (int i = 0; i < PEERS; i++)
        caller_free(&ports->callers[i]);
    server_free(&ports->here);
    server_free(&ports->there);
    skiff_port_group_free(ports->group);
}

static void after_a_pause_a_thread_waits_for_what_others_have_to_read(void)
{
    struct two_ports ports;

    two_ports_open(&ports);
    for (int i = 0; i < 10; i++) {
        run_port(&ports.here, ports.here.now, 256);
        CU_ASSERT_TRUE(skiff_port_deadline(ports.here.port) > ports.here.now);
    }
    CU_ASSERT_EQUAL(ports.here.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    run_both(&ports);
    CU_ASSERT_EQUAL(ports.here.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    CU_ASSERT_TRUE(server_counters(&ports.there).forwarded > PEERS / 4);
    ports.here.now += SKIFF_MSEC(PAUSE * 1000);
    run_both(&ports);
    CU_ASSERT_EQUAL(ports.here.events.events[SKIFF_PEER_CONSENT_LOST], PEERS);
    two_ports_close(&ports);
}

static void a_thread_that_is_stuck_is_waited_for_no_longer_than_a_second(void)
{
    struct two_ports ports;
    skiff_time woken;

    two_ports_open(&ports);
    woken = ports.here.now;
    while (ports.here.events.events[SKIFF_PEER_CONSENT_LOST] == 0
           && ports.here.now < woken + SKIFF_MSEC(5000)) {
        run_port(&ports.here, ports.here.now, 256);
        ports.here.now += SKIFF_MSEC(100);
    }
    CU_ASSERT_TRUE(ports.here.events.events[SKIFF_PEER_CONSENT_LOST] > 0);
    CU_ASSERT_TRUE(ports.here.now - woken <= SKIFF_MSEC(1200));
    two_ports_close(&ports);
}

CU_TestInfo backlog_tests[] = {
    TEST(a_pause_longer_than_consent_loses_no_peer_whose_check_waits_to_be_read),
    TEST(a_flight_is_not_sent_again_while_its_response_waits_to_be_read),
    TEST(a_flood_does_not_put_timers_off_for_ever),
    TEST(after_a_pause_a_thread_waits_for_what_others_have_to_read),
    TEST(a_thread_that_is_stuck_is_waited_for_no_longer_than_a_second),
    CU_TEST_INFO_NULL,
};
