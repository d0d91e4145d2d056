/* id_test.c - datagrams that say by a connection id whose they are. */
#include "suite.h"

#include "caller.h"

#include "ice/port/id.h"
#include "ice/port/port.h"

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

/* RFC 9146 section 3. As when a NAT has given one's old port to another. */
static void an_id_counts_at_the_address_of_another_too(void)
{
    struct desk desk;
    struct caller other;

    office_new(&desk.office);
    office_use_ids(&desk.office);
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    caller_new(&other, &desk.office);
    caller_connect(&desk.caller);
    caller_connect(&other);
    caller_move(&desk.caller);
    caller_move_after(&other, &desk.caller);
    caller_write(&other, "here");
    office_run(&desk.office);
    CU_ASSERT_STRING_EQUAL(desk.office.told.data, "here");
    caller_speak(&other);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 0);     /* it has not proven that it is there */
    caller_free(&other);
    desk_free(&desk);
}

/* As the application's own may look by chance. */
static void name_the_other(void *user, skiff_dtls *dtls, uint8_t *id)
{
    const skiff_peer *peer = skiff_transport_user(skiff_dtls_user(dtls));
    const skiff_port *port = peer->port;

    (void)user;
    skf_id_make(&port->id_mix, port->thread, peer->place ^ 1, id);
}

static void ids_that_the_port_has_not_made_say_nothing_to_it(void)
{
    struct desk desk;
    struct caller other;

    office_new(&desk.office);
    office_use_ids_by(&desk.office, name_the_other);
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    caller_new(&other, &desk.office);
    caller_connect(&desk.caller);
    caller_connect(&other);
    caller_write(&desk.caller, "here");
    office_run(&desk.office);
    CU_ASSERT_STRING_EQUAL(desk.office.told.data, "here");
    caller_free(&other);
    desk_free(&desk);
}

CU_TestInfo id_tests[] = {
    TEST(named_by_its_id_a_peer_is_heard_from_elsewhere_before_its_check),
    TEST(an_id_alone_proves_nothing),
    TEST(an_id_counts_at_the_address_of_another_too),
    TEST(ids_that_the_port_has_not_made_say_nothing_to_it),
    CU_TEST_INFO_NULL,
};
