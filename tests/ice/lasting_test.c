/*
 * lasting_test.c - calls at their real pace: ten minutes with losses, and outages of 18 and
 * 35 s. Side by side, each in a process of its own, where SKIFF_LASTING says for how many
 * seconds the long ones last; else nothing is run here, for outage_test.c has the same at
 * fifty times the pace.
 */
#include "suite.h"

#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOSSY = 6, OUTAGES = 6, LONG_OUTAGES = 2, MOST = LOSSY + OUTAGES + LONG_OUTAGES };

#define SECONDS(n) SKIFF_MSEC((n)*1000)

static skiff_time seconds_wanted(void)
{
    const char *text = getenv("SKIFF_LASTING");

    return text != NULL ? SECONDS(strtoul(text, NULL, 10)) : 0;
}

static void start(struct call *call, unsigned seed)
{
    call_new(call, seed);
    call->pair.config_a.consent = call->pair.config_b.consent = 0;
    call_start(call);
}

/* Ten packets a second, both ways. */
static void send_media(struct call *call, skiff_time time)
{
    for (skiff_time gone = 0; gone < time; gone += SKIFF_MSEC(100)) {
        if (call->pair.a.ice->open)
            (void)end_send(&call->pair.a, 1);
        if (call->pair.b.ice->open)
            (void)end_send(&call->pair.b, 1);
        call_pass_time(&call->pair, SKIFF_MSEC(100));
    }
}

static bool is_received(struct call *call)
{
    call->pair.a.rtp = call->pair.b.rtp = 0;
    send_media(call, SECONDS(2));
    return call->pair.a.rtp > 0 && call->pair.b.rtp > 0;
}

static bool lasts_with_losses(unsigned seed)
{
    struct call call;

    start(&call, seed);
    call.path.loss = 10;
    send_media(&call, seconds_wanted());
    bool good = call_failed(&call.pair) == 0 && is_received(&call);
    call_free(&call);
    return good;
}

/* It begins anywhere between two checks. */
static bool survives_18_s(unsigned seed)
{
    struct call call;

    start(&call, seed);
    send_media(&call, SECONDS(7) + SKIFF_MSEC(850) * seed);
    call.path.cut = &call.path;
    send_media(&call, SECONDS(18));
    bool reported = call.pair.a.events[SKIFF_ICE_DISCONNECTED] == 1;
    call.path.cut = NULL;
    send_media(&call, SECONDS(3));
    reported &= call.pair.a.events[SKIFF_ICE_RECONNECTED] == 1;
    bool good = reported && call_failed(&call.pair) == 0 && is_received(&call);
    call_free(&call);
    return good;
}

static bool comes_back_after_35_s(unsigned seed)
{
    struct call call;
    skiff_failure failure;

    start(&call, seed);
    send_media(&call, SECONDS(7) + SKIFF_MSEC(2300) * seed);
    call.path.cut = &call.path;
    send_media(&call, SECONDS(35));
    call.path.cut = NULL;
    skiff_ice_failure(call.pair.a.ice, &failure, sizeof failure);
    bool good = call.pair.a.failed == 1 && call.pair.b.failed == 1
             && strncmp(failure.what, "ICE: consent expired", 20) == 0;
    pair_restart(&call.pair);
    call_pass_time(&call.pair, SKIFF_MSEC(200));
    pair_introduce(&call.pair);
    send_media(&call, SECONDS(3));
    good &= call.pair.a.connected == 2 && is_received(&call);
    call_free(&call);
    return good;
}

struct story {
    bool (*run)(unsigned seed);
    unsigned num;
    const char *name;
};

static const struct story stories[] = {
    { lasts_with_losses, LOSSY, "10 % of all datagrams lost" },
    { survives_18_s, OUTAGES, "an outage of 18 s" },
    { comes_back_after_35_s, LONG_OUTAGES, "an outage of 35 s" },
};

static pid_t begin(const struct story *story, unsigned seed)
{
    pid_t child = fork();

    if (child == 0)
        _exit(story->run(seed) ? EXIT_SUCCESS : EXIT_FAILURE);
    return child;
}

static void calls_last_at_their_real_pace(void)
{
    pid_t children[MOST];
    unsigned num = 0;
    int status;

    if (seconds_wanted() == 0) {
        CU_PASS("only with SKIFF_LASTING");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++)
        for (unsigned seed = 0; seed < stories[i].num; seed++)
            children[num++] = begin(&stories[i], seed);
    num = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++)
        for (unsigned seed = 0; seed < stories[i].num; seed++) {
            bool good = waitpid(children[num++], &status, 0) > 0 && WIFEXITED(status)
                     && WEXITSTATUS(status) == EXIT_SUCCESS;
            if (!good)
                fprintf(stderr, "%s, seed %u\n", stories[i].name, seed);
            CU_ASSERT_TRUE(good);
        }
}

CU_TestInfo lasting_tests[] = {
    TEST(calls_last_at_their_real_pace),
    CU_TEST_INFO_NULL,
};
