/* backlog_test.c - timers of a port that has not read all that has come: a peer is silent,
 * and a handshake unanswered, only once what waits in the socket was read. */
#include "suite.h"

#include "caller.h"

#include <unistd.h>

enum { PEERS = 20, MOST = 8, PAUSE = 31 /* seconds: longer than consent */ };

struct callers_of {
    struct office office;
    struct caller callers[PEERS];
};

static void all_connect(struct callers_of *all)
{
    office_new(&all->office);
    office_open(&all->office);
    for (int i = 0; i < PEERS; i++) {
        caller_new(&all->callers[i], &all->office);
        caller_connect(&all->callers[i]);
    }
}

static void all_leave(struct callers_of *all)
{
    for (int i = 0; i < PEERS; i++)
        caller_free(&all->callers[i]);
    office_free(&all->office);
}

static void check_of(struct caller *caller)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(caller, bytes, caller_check(caller, false, bytes));
}

static void a_pause_longer_than_consent_loses_no_peer_whose_check_waits_to_be_read(void)
{
    struct callers_of all;

    all_connect(&all);
    for (int i = 0; i < PEERS; i++) {
        caller_speak(&all.callers[i]);
        caller_speak(&all.callers[i]);
        check_of(&all.callers[i]);
    }
    all.office.now += SKIFF_MSEC(PAUSE * 1000);
    for (int run = 0; run < 3 * PEERS; run++)
        skiff_port_run(all.office.port, all.office.now, MOST);
    CU_ASSERT_EQUAL(all.office.told.rtp, 2 * PEERS);
    CU_ASSERT_EQUAL(all.office.told.events[SKIFF_PEER_SILENT], 0);
    CU_ASSERT_EQUAL(office_counters(&all.office).peers_silent, 0);

    all.office.now += SKIFF_MSEC(PAUSE * 1000);             /* and now nobody checked */
    skiff_port_run(all.office.port, all.office.now, MOST);
    CU_ASSERT_EQUAL(all.office.told.events[SKIFF_PEER_SILENT], PEERS);
    all_leave(&all);
}

/* The peer has answered in time; a timer that fired first would repeat the flight. */
static void a_flight_is_not_sent_again_while_its_answer_waits_to_be_read(void)
{
    struct office office;
    struct caller noisy, caller;
    skiff_dtls_info info;

    office_new(&office);
    office_open(&office);
    caller_new(&noisy, &office);
    caller_connect(&noisy);
    caller_new(&caller, &office);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    caller_say_hello(&caller);
    skiff_port_run(office.port, office.now, 64);
    for (int i = 0; i < 2 * MOST; i++)
        caller_speak(&noisy);
    caller_run(&caller);                                     /* answers the flight */
    office.now += SKIFF_MSEC(5000);
    for (int run = 0; run < 8; run++)
        skiff_port_run(office.port, office.now, MOST);
    CU_ASSERT_EQUAL(office.told.events[SKIFF_PEER_CONNECTED], 2);
    skiff_dtls_get_info(skiff_transport_dtls(skiff_peer_transport(caller.peer)), &info,
                        sizeof info);
    CU_ASSERT_EQUAL(info.flights_resent, 0);
    caller_free(&caller);
    caller_free(&noisy);
    office_free(&office);
}

/* Where more comes without an end, timers wait for no more than a full receive buffer. */
static void a_flood_does_not_put_timers_off_for_ever(void)
{
    struct desk desk;
    unsigned runs = 0;

    office_new(&desk.office);
    desk.office.config.receive_buffer = 4096;
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    caller_connect(&desk.caller);
    int stranger = stranger_open(&desk.caller);
    desk.office.now += SKIFF_MSEC(PAUSE * 1000);
    for (; runs < 1000 && desk.office.told.events[SKIFF_PEER_SILENT] == 0; runs++) {
        stranger_send(stranger, "\x80noise", 6);
        stranger_send(stranger, "\x80noise", 6);
        skiff_port_run(desk.office.port, desk.office.now, 1);
        CU_ASSERT_EQUAL(skiff_port_deadline(desk.office.port), desk.office.now);
    }
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 1);
    CU_ASSERT_TRUE(runs > 1 && runs < 100);
    close(stranger);
    desk_free(&desk);
}

CU_TestInfo backlog_tests[] = {
    TEST(a_pause_longer_than_consent_loses_no_peer_whose_check_waits_to_be_read),
    TEST(a_flight_is_not_sent_again_while_its_answer_waits_to_be_read),
    TEST(a_flood_does_not_put_timers_off_for_ever),
    CU_TEST_INFO_NULL,
};
