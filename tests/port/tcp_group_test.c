/* tcp_group_test.c - connections to threads that share an address: the kernel gives them to
 * any, their first check says to whom they go. */
#include "suite.h"

#include "tcp_call.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { LINES = 24 };

/* Two ports of one address, and callers of the second one: the kernel gives their
 * connections to either. */
struct exchange {
    skiff_port_group *group;
    struct server first, second;
    struct caller callers[LINES];
    struct stream *streams;
};

static void join_server(struct exchange *exchange, struct server *server,
                        const char *address, uint32_t connections)
{
    server_new(server);
    server->config.group = exchange->group;
    server->config.address = address;
    server->config.tcp_connections = connections;
    server_open(server);
}

static void exchange_new(struct exchange *exchange, uint32_t of_second)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &exchange->group), SKIFF_OK);
    join_server(exchange, &exchange->first, "127.0.0.1:0", LINES);
    join_server(exchange, &exchange->second, skiff_port_address(exchange->first.port),
                of_second);
    exchange->second.other = &exchange->first;
    exchange->streams = calloc(LINES, sizeof *exchange->streams);
    for (int i = 0; i < LINES; i++) {
        caller_new(&exchange->callers[i], &exchange->second);
        tcp_call_connect(&exchange->streams[i], &exchange->callers[i], 0x100 + (uint32_t)i);
        exchange->callers[i].stream = &exchange->streams[i];
    }
}

static void exchange_free(struct exchange *exchange)
{
    for (int i = 0; i < LINES; i++) {
        caller_free(&exchange->callers[i]);
        stream_close(&exchange->streams[i]);
    }
    free(exchange->streams);
    server_free(&exchange->first);
    server_free(&exchange->second);
    skiff_port_group_free(exchange->group);
}

static void a_connection_goes_to_the_thread_of_the_ufrag_in_its_check(void)
{
    struct exchange exchange;

    exchange_new(&exchange, LINES);
    for (int i = 0; i < LINES; i++)
        caller_connect(&exchange.callers[i]);
    uint64_t by_first = server_counters(&exchange.first).tcp_accepted;
    CU_ASSERT_TRUE(by_first > 0 && by_first < LINES);
    CU_ASSERT_EQUAL(server_counters(&exchange.first).forwarded, by_first);
    CU_ASSERT_EQUAL(server_counters(&exchange.first).tcp_closed_half_open, 0);
    CU_ASSERT_EQUAL(server_counters(&exchange.second).tcp_accepted, LINES - by_first);
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
    exchange.second.other = NULL;
    server_run(&exchange.first);
    CU_ASSERT_EQUAL(server_counters(&exchange.first).forwarded, LINES);
    server_run(&exchange.second);
    for (int i = 0; i < LINES; i++)
        CU_ASSERT_TRUE(stream_has_ended(&exchange.streams[i]));
    CU_ASSERT_EQUAL(server_counters(&exchange.second).checks_succeeded, 0);
    exchange_free(&exchange);
}

static void what_nobody_accepted_ends_with_the_group(void)
{
    struct exchange exchange;
    uint8_t bytes[CALLER_DATAGRAM];

    exchange_new(&exchange, 0);
    caller_send(&exchange.callers[0], bytes,
                caller_check(&exchange.callers[0], true, bytes));
    exchange.second.other = NULL;
    server_run(&exchange.first);
    struct stream stream = exchange.streams[0];
    exchange.streams[0].fd = -1;
    exchange_free(&exchange);
    CU_ASSERT_TRUE(stream_has_ended(&stream));
    stream_close(&stream);
}

/* One port, run by a thread of its own until it is told to stop. */
struct worker {
    pthread_t thread;
    struct server *server;
    atomic_bool *stop;
};

static void *work(void *user)
{
    struct worker *worker = user;
    struct pollfd wait = { .fd = skiff_port_fd(worker->server->port), .events = POLLIN };

    while (!atomic_load(worker->stop)) {
        (void)poll(&wait, 1, 10);
        worker->server->now += SKIFF_MSEC(1);
        skiff_port_run(worker->server->port, worker->server->now, 64);
    }
    return NULL;
}

/* Waits for a reply in real time, as the threads run in it. */
static bool gets_a_response(struct stream *stream)
{
    struct pollfd wait = { .fd = stream->fd, .events = POLLIN };
    uint8_t bytes[CALLER_DATAGRAM];

    return poll(&wait, 1, 10000) == 1 && stream_read(stream, bytes, sizeof bytes) > 0
        && bytes[0] == 1 && bytes[1] == 1;
}

static void threads_hand_connections_over_while_all_run(void)
{
    struct exchange exchange;
    atomic_bool stop = false;
    struct worker workers[] = { { .server = &exchange.first, .stop = &stop },
                                { .server = &exchange.second, .stop = &stop } };
    uint8_t bytes[CALLER_DATAGRAM];

    exchange_new(&exchange, LINES);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < LINES; i++) {
        struct caller *caller = &exchange.callers[i];
        caller_send(caller, bytes, caller_check(caller, true, bytes));
        CU_ASSERT_TRUE(gets_a_response(&exchange.streams[i]));
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(workers[i].thread, NULL);
    exchange_free(&exchange);
}

CU_TestInfo tcp_group_tests[] = {
    TEST(a_connection_goes_to_the_thread_of_the_ufrag_in_its_check),
    TEST(a_connection_for_a_thread_without_tcp_ends),
    TEST(what_nobody_accepted_ends_with_the_group),
    TEST(threads_hand_connections_over_while_all_run),
    CU_TEST_INFO_NULL,
};
