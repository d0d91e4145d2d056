/* trace_test.c - what a trace says of an agent. */
#include "suite.h"

#include "call.h"
#include "trace_log.h"

#include "ice/agent/agent_state.h"

#include <string.h>

static struct trace_log record;

static void on_trace(void *user, const skiff_trace *event)
{
    (void)user;
    trace_log_add(&record, event);
}

static size_t number_of(const struct end *end, skiff_trace_event event, const char *what)
{
    return trace_log_count(&record, event, end->ice, what);
}

static void begin_traced(struct call *call)
{
    memset(&record, 0, sizeof record);
    call_new(call, 1);
    call->pair.config_a.trace = call->pair.config_b.trace = on_trace;
    call_start(call);
}

static void an_agent_is_made_finds_a_path_and_is_freed(void)
{
    struct call call;

    begin_traced(&call);
    const struct end *ends[] = { &call.pair.a, &call.pair.b };
    for (int i = 0; i < 2; i++) {
        const skiff_trace *opened =
            trace_log_first(&record, SKIFF_TRACE_PATH_OPENED, ends[i]->ice);
        CU_ASSERT_PTR_NOT_NULL_FATAL(opened);
        CU_ASSERT_EQUAL(opened->kind, SKIFF_TRACE_OF_ICE);
        CU_ASSERT_PTR_EQUAL(opened->owner, skiff_ice_transport(ends[i]->ice));
        CU_ASSERT_TRUE(opened->when <= skf_ice_now());
        CU_ASSERT_EQUAL(number_of(ends[i], SKIFF_TRACE_NEW, NULL), 1);
        CU_ASSERT_TRUE(number_of(ends[i], SKIFF_TRACE_ICE, NULL) > 0);
    }
    const void *agent = call.pair.a.ice;
    call_free(&call);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FREED, agent, NULL), 1);
    CU_ASSERT_EQUAL(record.lost, 0);
}

/* What came from nowhere is counted in its session until the end. */
static void freed_is_the_last_event_of_an_agent(void)
{
    struct call call;

    begin_traced(&call);
    const void *agent = call.pair.a.ice;
    const void *transport = skiff_ice_transport(call.pair.a.ice);
    call.pair.a.ice->current->bypass.num_unknown_sources += 3;
    call_free(&call);
    const skiff_trace *drop = NULL, *freed = NULL;
    for (size_t i = 0; i < record.num; i++) {
        const skiff_trace *at = &record.events[i];
        if (at->who != agent)
            continue;
        CU_ASSERT_PTR_NULL(freed);
        CU_ASSERT_PTR_EQUAL(at->owner, transport);
        if (at->event == SKIFF_TRACE_FREED)
            freed = at;
        else if (at->event == SKIFF_TRACE_DROP)
            drop = at;
    }
    CU_ASSERT_TRUE_FATAL(drop != NULL && freed != NULL);
    CU_ASSERT_STRING_EQUAL(drop->what, "drop_unverified_source");
    CU_ASSERT_EQUAL(drop->count, 3);
}

static bool a_response_came(const struct pair *pair)
{
    return number_of(&pair->a, SKIFF_TRACE_STUN_CHECK, "response") > 0;
}

static void consent_checks_are_traced_and_media_is_not(void)
{
    struct call call;

    begin_traced(&call);
    CU_ASSERT_TRUE(pair_until(&call.pair, a_response_came));
    CU_ASSERT_TRUE(number_of(&call.pair.a, SKIFF_TRACE_STUN_CHECK, "sent")
                   >= number_of(&call.pair.a, SKIFF_TRACE_STUN_CHECK, "response"));
    call_talk(&call.pair);
    for (size_t i = 0; i < record.num; i++)
        CU_ASSERT_TRUE(record.events[i].event != SKIFF_TRACE_RECORD_IN
                       && record.events[i].event != SKIFF_TRACE_DROP);
    call_free(&call);
}

static bool a_check_came(const struct pair *pair)
{
    return trace_log_count(&record, SKIFF_TRACE_STUN_CHECK, pair->b.ice, NULL) > 0;
}

static void a_lite_agent_has_received_checks_and_no_responses(void)
{
    struct call call;

    memset(&record, 0, sizeof record);
    call_new(&call, 1);
    call.pair.config_b.lite = true;
    call.pair.config_b.trace = on_trace;
    call_start(&call);
    CU_ASSERT_TRUE(pair_until(&call.pair, a_check_came));
    CU_ASSERT_TRUE(number_of(&call.pair.b, SKIFF_TRACE_STUN_CHECK, "received") > 0);
    CU_ASSERT_EQUAL(number_of(&call.pair.b, SKIFF_TRACE_STUN_CHECK, "response"), 0);
    CU_ASSERT_EQUAL(number_of(&call.pair.b, SKIFF_TRACE_STUN_CHECK, "sent"), 0);
    call_free(&call);
}

static void a_path_without_consent_is_lost(void)
{
    struct call call;

    begin_traced(&call);
    call.path.cut = &call.path; /* nothing passes */
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    CU_ASSERT_EQUAL(number_of(&call.pair.a, SKIFF_TRACE_CONSENT_LOST, NULL), 1);
    CU_ASSERT_EQUAL(number_of(&call.pair.a, SKIFF_TRACE_PATH_LOST, NULL), 1);
    call_free(&call);
}

static void a_candidate_that_is_ignored_is_traced(void)
{
    struct call call;

    begin_traced(&call);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(call.pair.a.ice,
                                            "1 2 UDP 2130706431 192.0.2.1 5000 typ host"),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(number_of(&call.pair.a, SKIFF_TRACE_DROP, "ignored_component"), 1);
    call_free(&call);
}

CU_TestInfo trace_tests[] = {
    TEST(an_agent_is_made_finds_a_path_and_is_freed),
    TEST(freed_is_the_last_event_of_an_agent),
    TEST(consent_checks_are_traced_and_media_is_not),
    TEST(a_lite_agent_has_received_checks_and_no_responses),
    TEST(a_path_without_consent_is_lost),
    TEST(a_candidate_that_is_ignored_is_traced),
    CU_TEST_INFO_NULL,
};
