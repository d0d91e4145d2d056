/* id_test.c - datagrams that say by a connection id whose they are. */
#include "suite.h"

#include "caller.h"

#include <unistd.h>

static void named_by_its_id_a_peer_is_heard_from_elsewhere_before_its_check(void)
{
    struct desk desk;

    office_new(&desk.office);
    office_use_ids(&desk.office);
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    caller_connect(&desk.caller);
    skiff_peer_info before = caller_info(&desk.caller);
    caller_move(&desk.caller);
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 0);
    caller_write(&desk.caller, "here");
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_STRING_EQUAL(desk.office.told.data, "here");
    CU_ASSERT_EQUAL(desk.office.told.rtp, 1);
    CU_ASSERT_STRING_EQUAL(caller_info(&desk.caller).remote, before.remote);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    CU_ASSERT_EQUAL(desk_send(&desk, 1), 1);
    desk_free(&desk);
}

static void an_id_alone_proves_nothing(void)
{
    struct desk desk;
    uint8_t sealed[CALLER_DATAGRAM];

    office_new(&desk.office);
    office_use_ids(&desk.office);
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    caller_connect(&desk.caller);
    size_t len = caller_seal(&desk.caller, "mine", sealed);
    sealed[len - 1] ^= 1;
    int thief = stranger_open(&desk.caller);
    stranger_send(thief, sealed, len);
    stranger_send(thief, "\x80 media of a thief", 19);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_stranger, 1);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_DATA], 0);
    CU_ASSERT_EQUAL(desk_send(&desk, 1), 1);
    close(thief);
    desk_free(&desk);
}

CU_TestInfo id_tests[] = {
    TEST(named_by_its_id_a_peer_is_heard_from_elsewhere_before_its_check),
    TEST(an_id_alone_proves_nothing),
    CU_TEST_INFO_NULL,
};
