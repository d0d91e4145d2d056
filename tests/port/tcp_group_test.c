/* tcp_group_test.c - connections to threads that share an address: the kernel gives them to
 * any, their first check says to whom they go. */
#include "suite.h"

#include "tcp_call.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CALLERS = 24 };

/* Two ports of one address, and callers of the second one: the kernel gives their
 * connections to either. */
struct two_ports {
    skiff_port_group *group;
    struct server first, second;
    struct caller callers[CALLERS];
    struct stream *streams;
};

static void join_server(struct two_ports *ports, struct server *server, const char *address,
                        uint32_t connections)
{
    server_new(server);
    server->config.group = ports->group;
    server->config.address = address;
    server->config.tcp_connections = connections;
    server_open(server);
}

static void two_ports_new(struct two_ports *ports, uint32_t of_second)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &ports->group), SKIFF_OK);
    join_server(ports, &ports->first, "127.0.0.1:0", CALLERS);
    join_server(ports, &ports->second, skiff_port_address(ports->first.port), of_second);
    ports->second.other = &ports->first;
    ports->streams = calloc(CALLERS, sizeof *ports->streams);
    for (int i = 0; i < CALLERS; i++) {
        caller_new(&ports->callers[i], &ports->second);
        tcp_call_connect(&ports->streams[i], &ports->callers[i], 0x100 + (uint32_t)i);
        ports->callers[i].stream = &ports->streams[i];
    }
}

static void two_ports_free(struct two_ports *ports)
{
    for (int i = 0; i < CALLERS; i++) {
        caller_free(&ports->callers[i]);
        stream_close(&ports->streams[i]);
    }
    free(ports->streams);
    server_free(&ports->first);
    server_free(&ports->second);
    skiff_port_group_free(ports->group);
}

static void a_connection_goes_to_the_thread_of_the_ufrag_in_its_check(void)
{
    struct two_ports ports;

    two_ports_new(&ports, CALLERS);
    for (int i = 0; i < CALLERS; i++)
        caller_connect(&ports.callers[i]);
    uint64_t by_first = server_counters(&ports.first).tcp_accepted;
    CU_ASSERT_TRUE(by_first > 0 && by_first < CALLERS);
    CU_ASSERT_EQUAL(server_counters(&ports.first).forwarded, by_first);
    CU_ASSERT_EQUAL(server_counters(&ports.first).tcp_closed_half_open, 0);
    CU_ASSERT_EQUAL(server_counters(&ports.second).tcp_accepted, CALLERS - by_first);
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_TRUE(caller_info(&ports.callers[i]).tcp);
    two_ports_free(&ports);
}

/* Also where it never looks after what it was given. */
static void a_connection_for_a_thread_without_tcp_ends(void)
{
    struct two_ports ports;
    uint8_t bytes[CALLER_DATAGRAM];

    two_ports_new(&ports, 0);
    for (int i = 0; i < CALLERS; i++)
        caller_send(&ports.callers[i], bytes, caller_check(&ports.callers[i], true, bytes));
    ports.second.other = NULL;
    server_run(&ports.first);
    CU_ASSERT_EQUAL(server_counters(&ports.first).forwarded, CALLERS);
    server_run(&ports.second);
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_TRUE(stream_has_ended(&ports.streams[i]));
    CU_ASSERT_EQUAL(server_counters(&ports.second).checks_succeeded, 0);
    two_ports_free(&ports);
}

static void what_nobody_accepted_ends_with_the_group(void)
{
    struct two_ports ports;
    uint8_t bytes[CALLER_DATAGRAM];

    two_ports_new(&ports, 0);
    caller_send(&ports.callers[0], bytes, caller_check(&ports.callers[0], true, bytes));
    ports.second.other = NULL;
    server_run(&ports.first);
    struct stream stream = ports.streams[0];
    ports.streams[0].fd = -1;
    two_ports_free(&ports);
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
    struct two_ports ports;
    atomic_bool stop = false;
    struct worker workers[] = { { .server = &ports.first, .stop = &stop },
                                { .server = &ports.second, .stop = &stop } };
    uint8_t bytes[CALLER_DATAGRAM];

    two_ports_new(&ports, CALLERS);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < CALLERS; i++) {
        struct caller *caller = &ports.callers[i];
        caller_send(caller, bytes, caller_check(caller, true, bytes));
        CU_ASSERT_TRUE(gets_a_response(&ports.streams[i]));
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(workers[i].thread, NULL);
    two_ports_free(&ports);
}

CU_TestInfo tcp_group_tests[] = {
    TEST(a_connection_goes_to_the_thread_of_the_ufrag_in_its_check),
    TEST(a_connection_for_a_thread_without_tcp_ends),
    TEST(what_nobody_accepted_ends_with_the_group),
    TEST(threads_hand_connections_over_while_all_run),
    CU_TEST_INFO_NULL,
};
