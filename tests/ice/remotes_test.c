/* remotes_test.c - candidates of a peer that names more than can be asked at once. */
#include "suite.h"

#include "ice/remotes.h"

enum { LOCALS = 10, PAIRS = 100, WAVE = PAIRS / LOCALS };

struct desk {
    NiceAgent     *agent;
    guint          stream;
    struct remotes remotes;
};

static void desk_new(struct desk *desk)
{
    *desk = (struct desk){ .stream = 0 };
    desk->agent = nice_agent_new(NULL, NICE_COMPATIBILITY_RFC5245);
    desk->stream = nice_agent_add_stream(desk->agent, 1);
    skf_remotes_begin(&desk->remotes, desk->agent, desk->stream, LOCALS, PAIRS);
}

static void desk_free(struct desk *desk)
{
    skf_remotes_end(&desk->remotes);
    g_object_unref(desk->agent);
}

static bool name(struct desk *desk, skiff_time now, unsigned host)
{
    NiceCandidate *candidate = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);

    nice_address_set_ipv4(&candidate->addr, 0x0a000000 + host);
    nice_address_set_port(&candidate->addr, 5000);
    candidate->component_id = 1;
    candidate->priority = host;
    g_snprintf(candidate->foundation, NICE_CANDIDATE_MAX_FOUNDATION, "%u", host);
    return skf_remotes_add(&desk->remotes, now, candidate);
}

static guint given(const struct desk *desk)
{
    GSList *all = nice_agent_get_remote_candidates(desk->agent, desk->stream, 1);
    guint num = g_slist_length(all);

    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
    return num;
}

static void what_the_limit_of_pairs_can_hold_is_given_at_once(void)
{
    struct desk desk;

    desk_new(&desk);
    for (unsigned i = 1; i <= WAVE + 5; i++)
        CU_ASSERT_TRUE(name(&desk, 0, i));
    CU_ASSERT_EQUAL(given(&desk), WAVE);
    skf_remotes_run(&desk.remotes, skf_remotes_due(&desk.remotes) - 1);
    CU_ASSERT_EQUAL(given(&desk), WAVE);
    skf_remotes_run(&desk.remotes, skf_remotes_due(&desk.remotes));
    CU_ASSERT_EQUAL(given(&desk), WAVE + 5);
    skf_remotes_run(&desk.remotes, skf_remotes_due(&desk.remotes));
    CU_ASSERT_EQUAL(skf_remotes_due(&desk.remotes), SKIFF_NEVER);
    CU_ASSERT_EQUAL(desk.remotes.pruned, 0);
    desk_free(&desk);
}

static void the_best_that_wait_are_given_first(void)
{
    struct desk desk;

    desk_new(&desk);
    for (unsigned i = 1; i <= WAVE; i++)
        CU_ASSERT_TRUE(name(&desk, 0, i));
    for (unsigned i = 100; i < 100 + 2 * WAVE; i++)
        CU_ASSERT_TRUE(name(&desk, 0, i));
    skf_remotes_run(&desk.remotes, skf_remotes_due(&desk.remotes));
    CU_ASSERT_EQUAL(desk.remotes.num_waiting, WAVE);
    CU_ASSERT_EQUAL(desk.remotes.waiting[0]->priority, 100 + WAVE - 1);
    desk_free(&desk);
}

static void of_too_many_the_worst_is_given_up(void)
{
    struct desk desk;

    desk_new(&desk);
    for (unsigned i = 1; i <= WAVE; i++)
        CU_ASSERT_TRUE(name(&desk, 0, i));
    for (unsigned i = 1000; i < 1000 + REMOTES_WAITING; i++)
        CU_ASSERT_TRUE(name(&desk, 0, i));
    CU_ASSERT_EQUAL(desk.remotes.pruned, 0);
    CU_ASSERT_TRUE(name(&desk, 0, 999));        /* worse than all */
    CU_ASSERT_TRUE(name(&desk, 0, 2000));       /* better than all */
    CU_ASSERT_TRUE(name(&desk, 0, 2000));       /* said before */
    CU_ASSERT_EQUAL(desk.remotes.pruned, 2);
    CU_ASSERT_EQUAL(desk.remotes.num_waiting, REMOTES_WAITING);
    CU_ASSERT_EQUAL(desk.remotes.waiting[0]->priority, 2000);
    CU_ASSERT_EQUAL(desk.remotes.waiting[REMOTES_WAITING - 1]->priority, 1001);
    desk_free(&desk);
}

static void a_peer_cannot_make_libnice_remember_without_end(void)
{
    struct desk desk;
    skiff_time now = 0;

    desk_new(&desk);
    for (unsigned i = 1; i <= 3000; i++) {
        CU_ASSERT_TRUE(name(&desk, now, i));
        if (i % WAVE == 0 && skf_remotes_due(&desk.remotes) != SKIFF_NEVER) {
            now = skf_remotes_due(&desk.remotes);
            skf_remotes_run(&desk.remotes, now);
        }
    }
    CU_ASSERT_TRUE(given(&desk) <= 512 + REMOTES_WAITING);
    CU_ASSERT_TRUE(desk.remotes.pruned >= 3000 - 512 - REMOTES_WAITING);
    desk_free(&desk);
}

CU_TestInfo remotes_tests[] = {
    TEST(what_the_limit_of_pairs_can_hold_is_given_at_once),
    TEST(the_best_that_wait_are_given_first),
    TEST(of_too_many_the_worst_is_given_up),
    TEST(a_peer_cannot_make_libnice_remember_without_end),
    CU_TEST_INFO_NULL,
};
