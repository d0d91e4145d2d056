/* unknown_group_test.c - one unknown ufrag at two threads at once: whichever asks first, it
 * has one peer. */
#define _DEFAULT_SOURCE
#include "suite.h"

#include "lobby.h"
#include "loopback.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 2, SOCKETS = 24, TRIES = 500, TURN_MS = 10 };

struct branch {
    struct office office;
    atomic_bool  *stop;
    atomic_uint   asked, made;
};

struct street {
    struct branch     branches[THREADS];
    skiff_port_group *group;
    atomic_bool       stop;
    struct caller     caller;
    int               sockets[SOCKETS];
    bool              answered[SOCKETS];
};

static bool knows_carol(void *context, const skiff_unknown_ufrag *unknown,
                        skiff_admission *admission)
{
    struct branch *branch = context;

    atomic_fetch_add(&branch->asked, 1);
    strcpy(admission->password, carol.password);
    return unknown->ours.len == strlen(carol.ufrag)
           && memcmp(unknown->ours.ptr, carol.ufrag, unknown->ours.len) == 0;
}

static void count_new(void *context, skiff_peer *peer, skiff_peer_event event,
                      skiff_bytes bytes)
{
    struct branch *branch = context;

    (void)peer, (void)bytes;
    if (event == SKIFF_PEER_NEW)
        atomic_fetch_add(&branch->made, 1);
}

static void open_branch(struct street *street, struct branch *branch, const char *address)
{
    struct office *office = &branch->office;

    office_new(office);
    branch->stop = &street->stop;
    office->config.group = street->group;
    office->config.on_unknown_ufrag = knows_carol;
    office->config.unknown_rate_each = 1000;
    office->config.on_event = count_new;
    office->config.context = branch;
    if (address != NULL)
        office->config.address = address;
    office_open(office);
}

static skiff_time clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return SKIFF_MSEC(1000) * (skiff_time)now.tv_sec + (skiff_time)now.tv_nsec / 1000;
}

static void *run_branch(void *user)
{
    struct branch *branch = user;
    skiff_port *port = branch->office.port;
    struct pollfd ready = { skiff_port_fd(port), POLLIN, 0 };

    while (!atomic_load(branch->stop)) {
        (void)poll(&ready, 1, TURN_MS);
        skiff_port_run(port, clock_now(), 64);
    }
    return NULL;
}

static void street_open(struct street *street)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(THREADS, NULL, &street->group), SKIFF_OK);
    open_branch(street, &street->branches[0], NULL);
    open_branch(street, &street->branches[1],
                skiff_port_address(street->branches[0].office.port));
    caller_new_unknown(&street->caller, &street->branches[0].office, &carol);
    for (int i = 0; i < SOCKETS; i++)
        street->sockets[i] = stranger_open(&street->caller);
}

static void street_close(struct street *street)
{
    for (int i = 0; i < SOCKETS; i++)
        close(street->sockets[i]);
    caller_free(&street->caller);
    for (int i = 0; i < THREADS; i++)
        office_free(&street->branches[i].office);
    skiff_port_group_free(street->group);
}

/* From each socket that has no answer yet, as an agent would; how many still have none. */
static int check_from_all(struct street *street)
{
    uint8_t bytes[CALLER_DATAGRAM];
    int left = 0;

    for (int i = 0; i < SOCKETS; i++) {
        size_t len = caller_check(&street->caller, true, bytes);
        if (!street->answered[i])
            CU_ASSERT_EQUAL(send(street->sockets[i], bytes, len, 0), (ssize_t)len);
    }
    for (int i = 0; i < SOCKETS; i++) {
        struct pollfd ready = { street->sockets[i], POLLIN, 0 };
        if (!street->answered[i])
            street->answered[i] = poll(&ready, 1, TURN_MS) == 1;
        left += !street->answered[i];
    }
    return left;
}

static void two_threads_that_are_asked_at_once_make_one_peer(void)
{
    static struct street street;
    pthread_t threads[THREADS];
    int left = SOCKETS;

    memset(&street, 0, sizeof street);
    loopback_roam();
    street_open(&street);
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, run_branch,
                                             &street.branches[i]), 0);
    for (int i = 0; i < TRIES && left > 0; i++)
        left = check_from_all(&street);
    atomic_store(&street.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_EQUAL(atomic_load(&street.branches[0].made)
                        + atomic_load(&street.branches[1].made), 1);
    CU_ASSERT_TRUE(atomic_load(&street.branches[0].asked)
                       + atomic_load(&street.branches[1].asked) >= 1);
    street_close(&street);
    loopback_stay();
}

CU_TestInfo unknown_group_tests[] = {
    TEST(two_threads_that_are_asked_at_once_make_one_peer),
    CU_TEST_INFO_NULL,
};
