/* crowd_test.c - a crowd of clients at eight threads, compared with a model. In the
 * environment SKIFF_CROWD_ROUNDS says for how long, ten of which are a second of theirs,
 * and SKIFF_CROWD_SEED what they do, but for the order of the threads. */
#include "suite.h"

#include "crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { ROUNDS = 1000 };

static uint32_t number_of(const char *name, uint32_t otherwise)
{
    const char *value = getenv(name);

    return value != NULL ? (uint32_t)strtoul(value, NULL, 10) : otherwise;
}

static void print_one(const char *what, uint64_t number)
{
    printf(", %s %" PRIu64, what, number);
}

static void print(uint32_t seed, const struct crowd_result *result)
{
    printf("\n    seed %" PRIu32 "%s", seed, result->steered ? ", steered" : "");
    print_one("wrong", result->wrong);
    print_one("strange", result->strange);
    print_one("uncounted", result->uncounted);
    print_one("blocked", result->blocked);
    print_one("lost in calm", result->lost_in_calm);
    print_one("unreported in calm", result->unreported_in_calm);
    print_one("lost by anchors", result->lost_by_anchors);
    print_one("left over", result->remaining);
    printf("\n    of %" PRIu64 " sent", result->sent);
    print_one("reached", result->reached);
    print_one("handed over", result->forwarded);
    print_one("met", result->met);
    print_one("moved", result->moved);
    print_one("restarted", result->restarted);
    print_one("left", result->departed);
    print_one("vanished", result->vanished);
    print_one("reused", result->reused);
    print_one("from anchors", result->from_anchors);
    print_one("refused", result->refused);
    print_one("joined", result->joined);
    print_one("ended", result->ended);
    print_one("dropped in calm", result->dropped_in_calm);
    printf("\n");
}

static bool is_right(const struct crowd_result *result)
{
    return result->wrong + result->strange + result->uncounted + result->blocked
             + result->lost_in_calm + result->unreported_in_calm + result->lost_by_anchors
             + result->remaining
        == 0;
}

static bool has_happened(const struct crowd_result *result)
{
    return result->sent > 0 && result->moved > 0 && result->restarted > 0
        && result->departed > 0 && result->vanished > 0 && result->reused > 0
        && result->refused > 0 && result->from_anchors > 0 && result->forwarded > 0
        && result->joined > CROWD_THREADS;
}

static void run(bool steering)
{
    struct crowd_result result;
    uint32_t seed = number_of("SKIFF_CROWD_SEED", 0);

    if (seed == 0)
        CU_ASSERT_EQUAL(getrandom(&seed, sizeof seed, 0), (ssize_t)sizeof seed);
    crowd_run(seed, number_of("SKIFF_CROWD_ROUNDS", ROUNDS), steering, &result);
    if (!is_right(&result) || !has_happened(&result)
        || getenv("SKIFF_CROWD_ROUNDS") != NULL)
        print(seed, &result);
    CU_ASSERT_TRUE(is_right(&result));
    CU_ASSERT_TRUE(has_happened(&result));
}

static void an_end_that_comes_and_goes_at_eight_threads_gets_what_is_its(void)
{
    run(false);
}

static void and_so_where_the_kernel_steers(void)
{
    run(true);
}

CU_TestInfo crowd_tests[] = {
    TEST(an_end_that_comes_and_goes_at_eight_threads_gets_what_is_its),
    TEST(and_so_where_the_kernel_steers),
    CU_TEST_INFO_NULL,
};
