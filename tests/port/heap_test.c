/* heap_test.c - what a port and its peers take of the heap, and that calls take nothing. */
#include "suite.h"

#include "caller.h"
#include "count.h"

enum { CROWD = 2000 };

/* What the first peer of a process sets up for good is no peer's. */
static void warm_up(void)
{
    struct desk desk;

    desk_new(&desk);
    desk_free(&desk);
}

/* Beside its DTLS end and its SRTP session a peer has its routes, names and marks here, and
 * the transport's own part: 1,200 bytes, with what the port takes for each at once. */
static void a_peer_takes_2000_bytes_beside_dtls(void)
{
    static skiff_peer *peers[CROWD];
    struct office office;
    skiff_dtls *dtls;

    if (!count_works())
        return;
    warm_up();
    office_new(&office);
    office.config.peers = CROWD;
    office.config.no_offload = true;
    int64_t before = count_now().live;
    CU_ASSERT_EQUAL(skiff_dtls_new(office.context, SKIFF_ROLE_PASSIVE, 0, &dtls), SKIFF_OK);
    int64_t of_dtls = count_now().live - before;
    skiff_dtls_free(dtls);
    office_open(&office);
    for (int i = 0; i < CROWD; i++)
        CU_ASSERT_EQUAL_FATAL(skiff_peer_new(office.port, SKIFF_ROLE_PASSIVE, office.now,
                                             &peers[i]), SKIFF_OK);
    int64_t each = (count_now().live - before) / CROWD - of_dtls;
    if (each > 2000)
        printf("%d bytes\n", (int)each);
    CU_ASSERT_TRUE(each <= 2000);
    for (int i = 0; i < CROWD; i++)
        skiff_peer_free(peers[i]);
    skiff_port_free(office.port);
    office.port = NULL;
    CU_ASSERT_TRUE(count_now().live - before < 1000);
    office_free(&office);
}

static void media_and_checks_take_no_memory(void)
{
    struct desk desk;

    if (!count_works())
        return;
    desk_new(&desk);
    caller_connect(&desk.caller);
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk_send(&desk, 1), 1);
    caller_run(&desk.caller);
    uint64_t allocs = count_now().allocs;
    for (int i = 0; i < 50; i++)
        caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 51);
    desk_free(&desk);
}

/* Each allocation of a port, its group and a peer fails once; nothing is lost by that. */
static void what_finds_no_memory_says_so_and_leaves_nothing_behind(void)
{
    struct office office;
    bool done = false;

    if (!count_works())
        return;
    warm_up();
    office_new(&office);
    int64_t before = count_now().live;
    for (uint64_t nth = 1; !done && nth < 100; nth++) {
        skiff_port_group *group = NULL;
        skiff_port *port = NULL;
        skiff_peer *peer = NULL;

        count_refuse(nth);
        skiff_status status = skiff_port_group_new(2, NULL, &group);
        office.config.group = group;
        if (status == SKIFF_OK)
            status = skiff_port_new(&office.config, &port);
        if (status == SKIFF_OK)
            status = skiff_peer_new(port, SKIFF_ROLE_PASSIVE, office.now, &peer);
        count_refuse(0);
        CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_MEMORY);
        done = status == SKIFF_OK;
        skiff_port_free(port);
        skiff_port_group_free(group);
        CU_ASSERT_EQUAL(count_now().live, before);
    }
    CU_ASSERT_TRUE(done);
    office_free(&office);
}

CU_TestInfo heap_tests[] = {
    TEST(a_peer_takes_2000_bytes_beside_dtls),
    TEST(media_and_checks_take_no_memory),
    TEST(what_finds_no_memory_says_so_and_leaves_nothing_behind),
    CU_TEST_INFO_NULL,
};
