/* port_test.c - many peers behind one port. */
#include "suite.h"

#include "caller.h"

static void a_check_is_answered_and_opens_the_path(void)
{
    struct office office;
    struct caller caller;
    skiff_peer_info info;

    office_new(&office);
    office_open(&office);
    caller_new(&caller, &office);
    CU_ASSERT_TRUE(caller_checks(&caller, false));
    skiff_peer_get_info(caller.peer, &info, sizeof info);
    CU_ASSERT_TRUE(info.open);
    CU_ASSERT_EQUAL(info.heard, office.now);
    CU_ASSERT_NSTRING_EQUAL(info.remote, "127.0.0.1:", 10);
    CU_ASSERT_EQUAL(office.told.events[SKIFF_PEER_PATH], 1);
    caller_free(&caller);
    office_free(&office);
}

static void media_goes_both_ways_behind_the_handshake(void)
{
    struct office office;
    struct caller caller;

    office_new(&office);
    office_open(&office);
    caller_new(&caller, &office);
    caller_connect(&caller);
    caller_speak(&caller);
    office_run(&office);
    CU_ASSERT_EQUAL(office.told.rtp, 1);

    skiff_packet *packet = skiff_pool_take(office.pool);
    write_rtp_packet(packet, 1);
    CU_ASSERT_EQUAL(skiff_peer_send(caller.peer, &packet, 1), SKIFF_OK);
    CU_ASSERT_PTR_NULL(packet);
    skiff_port_flush(office.port);
    caller_run(&caller);
    CU_ASSERT_EQUAL(caller.rtp, 1);
    caller_free(&caller);
    office_free(&office);
}

CU_TestInfo port_tests[] = {
    TEST(a_check_is_answered_and_opens_the_path),
    TEST(media_goes_both_ways_behind_the_handshake),
    CU_TEST_INFO_NULL,
};
