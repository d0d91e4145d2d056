/* unknown_group_test.c - one unknown ufrag at two threads at once: whichever asks first, it
 * has one peer. */
#define _DEFAULT_SOURCE
#include "suite.h"

#include "unknown_hook.h"
#include "loopback.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 2, SOCKETS = 24, TRIES = 500, TURN_MS = 10 };

struct group_member {
    struct server server;
    atomic_bool *stop;
    atomic_uint asked, made;
};

struct unknown_group {
    struct group_member members[THREADS];
    skiff_port_group *group;
    atomic_bool stop;
    struct caller caller;
    int sockets[SOCKETS];
    bool responded[SOCKETS];
};

static bool knows_carol(void *user, const skiff_unknown_ufrag *unknown,
                        skiff_admission *admission)
{
    struct group_member *member = user;

    atomic_fetch_add(&member->asked, 1);
    strcpy(admission->password, carol.password);
    return unknown->ours.len == strlen(carol.ufrag)
        && memcmp(unknown->ours.ptr, carol.ufrag, unknown->ours.len) == 0;
}

static void count_new(void *user, skiff_peer *peer, skiff_peer_event event,
                      skiff_bytes bytes)
{
    struct group_member *member = user;

    (void)peer, (void)bytes;
    if (event == SKIFF_PEER_NEW)
        atomic_fetch_add(&member->made, 1);
}

static void open_member(struct unknown_group *group_test, struct group_member *member,
                        const char *address)
{
    struct server *server = &member->server;

    server_new(server);
    member->stop = &group_test->stop;
    server->config.group = group_test->group;
    server->config.on_unknown_ufrag = knows_carol;
    server->config.unknown_rate_each = 1000;
    server->config.on_event = count_new;
    server->config.user = member;
    if (address != NULL)
        server->config.address = address;
    server_open(server);
}

static skiff_time clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return SKIFF_MSEC(1000) * (skiff_time)now.tv_sec + (skiff_time)now.tv_nsec / 1000;
}

static void *run_member(void *user)
{
    struct group_member *member = user;
    skiff_port *port = member->server.port;
    struct pollfd ready = { skiff_port_fd(port), POLLIN, 0 };

    while (!atomic_load(member->stop)) {
        (void)poll(&ready, 1, TURN_MS);
        skiff_port_run(port, clock_now(), 64);
    }
    return NULL;
}

static void unknown_group_open(struct unknown_group *group_test)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(THREADS, NULL, &group_test->group),
                          SKIFF_OK);
    open_member(group_test, &group_test->members[0], NULL);
    open_member(group_test, &group_test->members[1],
                skiff_port_address(group_test->members[0].server.port));
    caller_new_unknown(&group_test->caller, &group_test->members[0].server, &carol);
    for (int i = 0; i < SOCKETS; i++)
        group_test->sockets[i] = stranger_open(&group_test->caller);
}

static void unknown_group_close(struct unknown_group *group_test)
{
    for (int i = 0; i < SOCKETS; i++)
        close(group_test->sockets[i]);
    caller_free(&group_test->caller);
    for (int i = 0; i < THREADS; i++)
        server_free(&group_test->members[i].server);
    skiff_port_group_free(group_test->group);
}

/* From each socket that has no answer yet, as an agent would; how many still have none. */
static int check_from_all(struct unknown_group *group_test)
{
    uint8_t bytes[CALLER_DATAGRAM];
    int left = 0;

    for (int i = 0; i < SOCKETS; i++) {
        size_t len = caller_check(&group_test->caller, true, bytes);
        if (!group_test->responded[i])
            CU_ASSERT_EQUAL(send(group_test->sockets[i], bytes, len, 0), (ssize_t)len);
    }
    for (int i = 0; i < SOCKETS; i++) {
        struct pollfd ready = { group_test->sockets[i], POLLIN, 0 };
        if (!group_test->responded[i])
            group_test->responded[i] = poll(&ready, 1, TURN_MS) == 1;
        left += !group_test->responded[i];
    }
    return left;
}

static void two_threads_that_are_asked_at_once_make_one_peer(void)
{
    static struct unknown_group group_test;
    pthread_t threads[THREADS];
    int left = SOCKETS;

    memset(&group_test, 0, sizeof group_test);
    loopback_roam();
    unknown_group_open(&group_test);
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(
            pthread_create(&threads[i], NULL, run_member, &group_test.members[i]), 0);
    for (int i = 0; i < TRIES && left > 0; i++)
        left = check_from_all(&group_test);
    atomic_store(&group_test.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_EQUAL(atomic_load(&group_test.members[0].made)
                        + atomic_load(&group_test.members[1].made),
                    1);
    CU_ASSERT_TRUE(atomic_load(&group_test.members[0].asked)
                       + atomic_load(&group_test.members[1].asked)
                   >= 1);
    unknown_group_close(&group_test);
    loopback_stay();
}

CU_TestInfo unknown_group_tests[] = {
    TEST(two_threads_that_are_asked_at_once_make_one_peer),
    CU_TEST_INFO_NULL,
};
