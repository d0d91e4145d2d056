/* tcp_group_test.c - connections to threads that share an address: the kernel gives them to
 * any, their first check says to whom they go. */
#include "suite.h"

#include "caller.h"
#include "stream.h"

#include "ice/tcp.h"

#include <stdlib.h>

enum { LINES = 24 };

/* Two ports of one address, and callers of the second one: the kernel gives their
 * connections to either. */
struct exchange {
    skiff_port_group *group;
    struct office     first, second;
    struct caller     callers[LINES];
    struct stream    *streams;
};

static void join_office(struct exchange *exchange, struct office *office,
                        const char *address, uint32_t connections)
{
    office_new(office);
    office->config.group = exchange->group;
    office->config.address = address;
    office->config.tcp_connections = connections;
    office_open(office);
}

static void exchange_new(struct exchange *exchange, uint32_t of_second)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &exchange->group), SKIFF_OK);
    join_office(exchange, &exchange->first, "127.0.0.1:0", LINES);
    join_office(exchange, &exchange->second, skiff_port_address(exchange->first.port),
                of_second);
    exchange->second.also = &exchange->first;
    exchange->streams = calloc(LINES, sizeof *exchange->streams);
    for (int i = 0; i < LINES; i++) {
        caller_new(&exchange->callers[i], &exchange->second);
        caller_use(&exchange->callers[i], &exchange->streams[i]);
    }
}

static void exchange_free(struct exchange *exchange)
{
    for (int i = 0; i < LINES; i++) {
        caller_free(&exchange->callers[i]);
        stream_close(&exchange->streams[i]);
    }
    free(exchange->streams);
    office_free(&exchange->first);
    office_free(&exchange->second);
    skiff_port_group_free(exchange->group);
}

static void a_connection_goes_to_the_thread_that_its_check_names(void)
{
    struct exchange exchange;

    exchange_new(&exchange, LINES);
    for (int i = 0; i < LINES; i++)
        caller_connect(&exchange.callers[i]);
    uint64_t by_first = office_counters(&exchange.first).tcp_accepted;
    CU_ASSERT_TRUE(by_first > 0 && by_first < LINES);
    CU_ASSERT_EQUAL(office_counters(&exchange.first).handed_over, by_first);
    CU_ASSERT_EQUAL(office_counters(&exchange.first).tcp_closed_half_open, 0);
    CU_ASSERT_EQUAL(office_counters(&exchange.second).tcp_accepted, LINES - by_first);
    for (int i = 0; i < LINES; i++)
        CU_ASSERT_TRUE(caller_info(&exchange.callers[i]).tcp);
    exchange_free(&exchange);
}

/* Also where it never looks after what it was given. */
static void a_connection_for_a_thread_without_tcp_ends(void)
{
    struct exchange exchange;
    uint8_t bytes[CALLER_DATAGRAM];

    exchange_new(&exchange, 0);
    for (int i = 0; i < LINES; i++)
        caller_send(&exchange.callers[i], bytes,
                    caller_check(&exchange.callers[i], true, bytes));
    exchange.second.also = NULL;
    office_run(&exchange.first);
    CU_ASSERT_EQUAL(office_counters(&exchange.first).handed_over, TCP_OF_ADDRESS);
    office_run(&exchange.second);
    for (int i = 0; i < LINES; i++)
        CU_ASSERT_TRUE(stream_has_ended(&exchange.streams[i]));
    CU_ASSERT_EQUAL(office_counters(&exchange.second).checks_answered, 0);
    exchange_free(&exchange);
}

static void what_nobody_took_ends_with_the_group(void)
{
    struct exchange exchange;
    uint8_t bytes[CALLER_DATAGRAM];

    exchange_new(&exchange, 0);
    caller_send(&exchange.callers[0], bytes,
                caller_check(&exchange.callers[0], true, bytes));
    exchange.second.also = NULL;
    office_run(&exchange.first);
    struct stream stream = exchange.streams[0];
    exchange.streams[0].fd = -1;
    exchange_free(&exchange);
    CU_ASSERT_TRUE(stream_has_ended(&stream));
    stream_close(&stream);
}

CU_TestInfo tcp_group_tests[] = {
    TEST(a_connection_goes_to_the_thread_that_its_check_names),
    TEST(a_connection_for_a_thread_without_tcp_ends),
    TEST(what_nobody_took_ends_with_the_group),
    CU_TEST_INFO_NULL,
};
