/* remote_candidates_test.c - candidates of a peer that names more than can be asked at
 * once. */
#include "suite.h"

#include "ice/agent/remote_candidates.h"

enum { LOCALS = 10, PAIRS = 100, BATCH = PAIRS / LOCALS };

struct fixture {
    NiceAgent *agent;
    guint stream;
    struct remote_candidates remotes;
};

static void fixture_new(struct fixture *fixture)
{
    *fixture = (struct fixture){ .stream = 0 };
    fixture->agent = nice_agent_new(NULL, NICE_COMPATIBILITY_RFC5245);
    fixture->stream = nice_agent_add_stream(fixture->agent, 1);
    skf_remote_candidates_begin(&fixture->remotes, fixture->agent, fixture->stream, LOCALS,
                                PAIRS);
}

static void fixture_free(struct fixture *fixture)
{
    skf_remote_candidates_end(&fixture->remotes);
    g_object_unref(fixture->agent);
}

static bool add_candidate(struct fixture *fixture, skiff_time now, unsigned host)
{
    NiceCandidate *candidate = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);

    nice_address_set_ipv4(&candidate->addr, 0x0a000000 + host);
    nice_address_set_port(&candidate->addr, 5000);
    candidate->component_id = 1;
    candidate->priority = host;
    g_snprintf(candidate->foundation, NICE_CANDIDATE_MAX_FOUNDATION, "%u", host);
    return skf_remote_candidates_add(&fixture->remotes, now, candidate);
}

static guint passed_to_libnice(const struct fixture *fixture)
{
    GSList *all = nice_agent_get_remote_candidates(fixture->agent, fixture->stream, 1);
    guint num = g_slist_length(all);

    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
    return num;
}

static void what_the_limit_of_pairs_can_hold_is_passed_at_once(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    for (unsigned i = 1; i <= BATCH + 5; i++)
        CU_ASSERT_TRUE(add_candidate(&fixture, 0, i));
    CU_ASSERT_EQUAL(passed_to_libnice(&fixture), BATCH);
    skf_remote_candidates_run(&fixture.remotes,
                              skf_remote_candidates_deadline(&fixture.remotes) - 1);
    CU_ASSERT_EQUAL(passed_to_libnice(&fixture), BATCH);
    skf_remote_candidates_run(&fixture.remotes,
                              skf_remote_candidates_deadline(&fixture.remotes));
    CU_ASSERT_EQUAL(passed_to_libnice(&fixture), BATCH + 5);
    skf_remote_candidates_run(&fixture.remotes,
                              skf_remote_candidates_deadline(&fixture.remotes));
    CU_ASSERT_EQUAL(skf_remote_candidates_deadline(&fixture.remotes), SKIFF_NEVER);
    CU_ASSERT_EQUAL(fixture.remotes.pruned, 0);
    fixture_free(&fixture);
}

static void the_best_that_wait_are_passed_first(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    for (unsigned i = 1; i <= BATCH; i++)
        CU_ASSERT_TRUE(add_candidate(&fixture, 0, i));
    for (unsigned i = 100; i < 100 + 2 * BATCH; i++)
        CU_ASSERT_TRUE(add_candidate(&fixture, 0, i));
    skf_remote_candidates_run(&fixture.remotes,
                              skf_remote_candidates_deadline(&fixture.remotes));
    CU_ASSERT_EQUAL(fixture.remotes.num_waiting, BATCH);
    CU_ASSERT_EQUAL(fixture.remotes.waiting[0]->priority, 100 + BATCH - 1);
    fixture_free(&fixture);
}

static void of_too_many_the_worst_is_abandoned(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    for (unsigned i = 1; i <= BATCH; i++)
        CU_ASSERT_TRUE(add_candidate(&fixture, 0, i));
    for (unsigned i = 1000; i < 1000 + WAITING_CANDIDATES; i++)
        CU_ASSERT_TRUE(add_candidate(&fixture, 0, i));
    CU_ASSERT_EQUAL(fixture.remotes.pruned, 0);
    CU_ASSERT_TRUE(add_candidate(&fixture, 0, 999));  /* worse than all */
    CU_ASSERT_TRUE(add_candidate(&fixture, 0, 2000)); /* better than all */
    CU_ASSERT_TRUE(add_candidate(&fixture, 0, 2000)); /* said before */
    CU_ASSERT_EQUAL(fixture.remotes.pruned, 2);
    CU_ASSERT_EQUAL(fixture.remotes.num_waiting, WAITING_CANDIDATES);
    CU_ASSERT_EQUAL(fixture.remotes.waiting[0]->priority, 2000);
    CU_ASSERT_EQUAL(fixture.remotes.waiting[WAITING_CANDIDATES - 1]->priority, 1001);
    fixture_free(&fixture);
}

static void a_peer_cannot_make_libnice_remember_without_end(void)
{
    struct fixture fixture;
    skiff_time now = 0;

    fixture_new(&fixture);
    for (unsigned i = 1; i <= 3000; i++) {
        CU_ASSERT_TRUE(add_candidate(&fixture, now, i));
        if (i % BATCH == 0
            && skf_remote_candidates_deadline(&fixture.remotes) != SKIFF_NEVER) {
            now = skf_remote_candidates_deadline(&fixture.remotes);
            skf_remote_candidates_run(&fixture.remotes, now);
        }
    }
    CU_ASSERT_TRUE(passed_to_libnice(&fixture) <= 512 + WAITING_CANDIDATES);
    CU_ASSERT_TRUE(fixture.remotes.pruned >= 3000 - 512 - WAITING_CANDIDATES);
    fixture_free(&fixture);
}

CU_TestInfo remote_candidates_tests[] = {
    TEST(what_the_limit_of_pairs_can_hold_is_passed_at_once),
    TEST(the_best_that_wait_are_passed_first),
    TEST(of_too_many_the_worst_is_abandoned),
    TEST(a_peer_cannot_make_libnice_remember_without_end),
    CU_TEST_INFO_NULL,
};
