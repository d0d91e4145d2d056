/* trace_test.c - what a trace says of an association, in both versions. */
#include "../suite.h"

#include <stdio.h>

#include "count.h"
#include "hello_check.h"
#include "roaming.h"
#include "tickets.h"
#include "traced.h"
#include "wire/control.h"

static bool is_version(const skiff_trace *event)
{
    return event != NULL && event->type == world_version();
}

/* --- a handshake -------------------------------------------------------------------- */

static void a_handshake_goes_from_its_first_event_to_connected(void)
{
    struct story s;

    begin_connected(&s);
    for (int end = 0; end < 2; end++) {
        const skiff_trace *begun = first(&s, end, SKIFF_TRACE_HANDSHAKING);
        const skiff_trace *connected = first(&s, end, SKIFF_TRACE_CONNECTED);
        CU_ASSERT_EQUAL(number_of(&s, end, SKIFF_TRACE_NEW), 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(begun);
        CU_ASSERT_STRING_EQUAL(begun->what, end == CLIENT_END ? "client" : "server");
        CU_ASSERT_EQUAL(begun->due, begun->when + SKIFF_MSEC(30000));
        CU_ASSERT_TRUE(is_version(first(&s, end, SKIFF_TRACE_ESTABLISHED)));
        CU_ASSERT_TRUE_FATAL(is_version(connected));
        CU_ASSERT_EQUAL(connected->when, s.world.ends[end].connected_at);
        CU_ASSERT_EQUAL(connected->kind, SKIFF_TRACE_OF_DTLS);
        CU_ASSERT_EQUAL(number_of(&s, end, SKIFF_TRACE_DROP), 0);
        CU_ASSERT_EQUAL(number_of(&s, end, SKIFF_TRACE_FLIGHT_REPEATED), 0);
    }
    story_end(&s);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FREED, NULL, NULL), 2);
}

static void both_ends_know_the_same_random_and_another_one_the_next_time(void)
{
    uint64_t before = 0;

    for (int i = 0; i < 2; i++) {
        struct story s;
        begin_connected(&s);
        const skiff_trace *ours = first(&s, CLIENT_END, SKIFF_TRACE_CLIENT_RANDOM);
        const skiff_trace *theirs = first(&s, SERVER_END, SKIFF_TRACE_CLIENT_RANDOM);
        CU_ASSERT_TRUE_FATAL(ours != NULL && theirs != NULL);
        CU_ASSERT_EQUAL(ours->number, theirs->number);
        CU_ASSERT_NOT_EQUAL(ours->number, before);
        before = ours->number;
        story_end(&s);
    }
}

static bool is_same_record(const skiff_trace *a, const skiff_trace *b)
{
    return a->epoch == b->epoch && a->number == b->number && a->type == b->type
        && a->length == b->length;
}

/* Where nothing is lost, what leaves one end comes to the other, in the same order. */
static void each_record_that_leaves_arrives(void)
{
    struct story s;

    begin_connected(&s);
    CU_ASSERT_TRUE(story_talks(&s));
    for (int end = 0; end < 2; end++) {
        const skiff_trace *out = NULL, *in = NULL;
        size_t num = 0;
        while ((out = trace_log_next(&record, out, SKIFF_TRACE_RECORD_OUT, end_of(&s, end)))
               != NULL) {
            /* a ChangeCipherSpec is a record, too */
            in = trace_log_next(&record, in, SKIFF_TRACE_RECORD_IN, end_of(&s, 1 - end));
            CU_ASSERT_TRUE_FATAL(in != NULL && is_same_record(out, in));
            CU_ASSERT_EQUAL(in->when - out->when, SKIFF_MSEC(10));
            num++;
        }
        CU_ASSERT_TRUE(num > 2);
        CU_ASSERT_EQUAL(story_counters(&s, 1 - end).records_opened, num);
        CU_ASSERT_EQUAL(number_of(&s, end, SKIFF_TRACE_DATAGRAM_OUT),
                        s.world.ends[end].sent);
        CU_ASSERT_EQUAL(number_of(&s, 1 - end, SKIFF_TRACE_DATAGRAM_IN),
                        s.world.ends[end].sent);
    }
    story_end(&s);
}

/* A message is whole once the fragments that came have its length. */
static void fragments_make_up_the_messages(void)
{
    struct story s;

    begin_connected(&s);
    for (int end = 0; end < 2; end++) {
        const skiff_trace *m = NULL;
        while ((m = trace_log_next(&record, m, SKIFF_TRACE_MESSAGE_IN, end_of(&s, end)))
               != NULL) {
            const skiff_trace *in = NULL, *out = NULL;
            uint32_t arrived = 0, sent = 0;
            while (
                (in = trace_log_next(&record, in, SKIFF_TRACE_FRAGMENT_IN, end_of(&s, end)))
                != NULL)
                arrived += in->seq == m->seq && in->type == m->type ? in->length : 0;
            while ((out = trace_log_next(&record, out, SKIFF_TRACE_FRAGMENT_OUT,
                                         end_of(&s, 1 - end)))
                   != NULL)
                sent += out->seq == m->seq && out->type == m->type ? out->length : 0;
            CU_ASSERT_EQUAL(arrived, m->length);
            CU_ASSERT_EQUAL(sent, m->length);
        }
        CU_ASSERT_TRUE(number_of(&s, end, SKIFF_TRACE_MESSAGE_IN) > 2);
    }
    story_end(&s);
}

static void each_epoch_is_written_by_one_end_and_read_by_the_other(void)
{
    struct story s;

    begin_connected(&s);
    for (int end = 0; end < 2; end++) {
        const skiff_trace *w = NULL, *r = NULL;
        unsigned num = 0;
        while ((w = trace_log_next(&record, w, SKIFF_TRACE_WRITE_EPOCH, end_of(&s, end)))
               != NULL) {
            r = trace_log_next(&record, r, SKIFF_TRACE_READ_EPOCH, end_of(&s, 1 - end));
            CU_ASSERT_PTR_NOT_NULL_FATAL(r);
            CU_ASSERT_EQUAL(w->epoch, r->epoch);
            num++;
        }
        CU_ASSERT_EQUAL(num, world_version() == SKIFF_DTLS_1_3 ? 2 : 1);
        CU_ASSERT_EQUAL(end_of(&s, end)->write_epoch, end_of(&s, 1 - end)->read_epoch);
    }
    story_end(&s);
}

/* --- what goes wrong ---------------------------------------------------------------- */

static void lose_first_hello(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == CLIENT_END && d->number == 0)
        d->copies = 0;
}

static void a_lost_flight_shows_its_timer_and_its_repetition(void)
{
    struct story s;

    prepare(&s);
    s.network.meddler = lose_first_hello;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));

    const skiff_trace *begun = first(&s, CLIENT_END, SKIFF_TRACE_FLIGHT_BEGUN);
    const skiff_trace *sent = first(&s, CLIENT_END, SKIFF_TRACE_FLIGHT_SENT);
    const skiff_trace *set = first(&s, CLIENT_END, SKIFF_TRACE_TIMER_SET);
    const skiff_trace *fired = first(&s, CLIENT_END, SKIFF_TRACE_TIMER_FIRED);
    const skiff_trace *repeated = first(&s, CLIENT_END, SKIFF_TRACE_FLIGHT_REPEATED);
    const skiff_trace *done = first(&s, CLIENT_END, SKIFF_TRACE_FLIGHT_ACKNOWLEDGED);
    CU_ASSERT_TRUE_FATAL(begun < sent && sent < set && set < fired && fired < repeated);
    CU_ASSERT_TRUE_FATAL(begun != NULL && done != NULL && repeated < done);
    CU_ASSERT_EQUAL(begun->count, 1);
    CU_ASSERT_STRING_EQUAL(set->what, "flight");
    CU_ASSERT_EQUAL(set->due, set->when + SKIFF_MSEC(50));
    CU_ASSERT_STRING_EQUAL(fired->what, "flight");
    CU_ASSERT_EQUAL(fired->when, set->due);
    CU_ASSERT_STRING_EQUAL(repeated->what, "timer");
    CU_ASSERT_EQUAL(repeated->count, 1);
    CU_ASSERT_STRING_EQUAL(done->what, "reply");
    CU_ASSERT_EQUAL(number_of(&s, CLIENT_END, SKIFF_TRACE_FLIGHT_REPEATED),
                    story_info(&s, CLIENT_END).flights_resent);
    story_end(&s);
}

static void lose_all(struct world *world, struct world_datagram *d)
{
    (void)world;
    d->copies = 0;
}

static void a_handshake_without_a_reply_fails_when_it_was_due(void)
{
    struct story s;

    prepare(&s);
    s.network.meddler = lose_all;
    story_begin(&s);
    world_run(&s.world, SKIFF_MSEC(60000));
    const skiff_trace *begun = first(&s, CLIENT_END, SKIFF_TRACE_HANDSHAKING);
    const skiff_trace *failed = first(&s, CLIENT_END, SKIFF_TRACE_FAILED);
    CU_ASSERT_TRUE_FATAL(begun != NULL && failed != NULL);
    CU_ASSERT_EQUAL(failed->when, begun->due);
    CU_ASSERT_EQUAL(failed->type, UINT32_MAX); /* no alert */
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_TIMER_FIRED,
                                    end_of(&s, CLIENT_END), "handshake"),
                    1);
    CU_ASSERT_EQUAL(number_of(&s, CLIENT_END, SKIFF_TRACE_FLIGHT_REPEATED),
                    story_info(&s, CLIENT_END).flights_resent);
    CU_ASSERT_EQUAL(number_of(&s, CLIENT_END, SKIFF_TRACE_DATAGRAM_IN), 0);
    story_end(&s);
}

static void a_handshake_without_a_limit_is_never_due(void)
{
    struct story s;

    prepare(&s);
    s.settings[CLIENT_END].handshake_timeout = SKIFF_NEVER;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    const skiff_trace *begun = first(&s, CLIENT_END, SKIFF_TRACE_HANDSHAKING);
    CU_ASSERT_PTR_NOT_NULL_FATAL(begun);
    CU_ASSERT_EQUAL(begun->due, SKIFF_NEVER);
    story_end(&s);
}

static void lose_a_reply(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == SERVER_END && d->number < 2)
        d->copies = 0;
}

/* The client's timer is the first, and the server repeats what it asks for. */
static void a_repetition_for_the_peer_has_another_cause_than_a_timer(void)
{
    struct story s;

    prepare(&s);
    s.network.meddler = lose_a_reply;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(trace_log_count(&record, SKIFF_TRACE_FLIGHT_REPEATED,
                                   end_of(&s, SERVER_END), "peer repeats")
                   > 0);
    CU_ASSERT_TRUE(trace_log_count(&record, SKIFF_TRACE_DROP, end_of(&s, SERVER_END), NULL)
                   > 0);
    story_end(&s);
}

/* One X for each counter of drops: as often as it was traced. */
static void compare_drops(const struct story *s, int end)
{
    skiff_dtls_counters counters = story_counters(s, end);

#define X(name, text)                                                                      \
  if (strncmp(#name, "drop_", 5) == 0)                                                     \
    CU_ASSERT_EQUAL(counters.name,                                                         \
                    trace_log_count(&record, SKIFF_TRACE_DROP, end_of(s, end), #name));
    SKIFF_DTLS_COUNTER_LIST(X)
#undef X
}

/* Loses, repeats, and alters a byte. */
static void mistreat(struct world *world, struct world_datagram *d)
{
    if (d->len > 0 && world_chance(world, 5) == 0)
        d->bytes[world_chance(world, d->len)] ^= (uint8_t)(1 + world_chance(world, 255));
}

/* With fewer seeds it may happen that nothing is dropped: signatures have random lengths.
 */
static void each_drop_is_traced_as_often_as_it_is_counted(void)
{
    enum { SEEDS = 40 };
    size_t drops = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct story s;
        prepare(&s);
        s.network.seed = seed;
        s.network.loss = s.network.duplicate = s.network.reorder = 150;
        s.network.meddler = mistreat;
        story_begin(&s);
        world_run(&s.world, SKIFF_MSEC(20000));
        if (record.lost > 0)
            printf("seed %llu: %zu events too many\n", (unsigned long long)seed,
                   record.lost);
        CU_ASSERT_EQUAL(record.lost, 0);
        for (int end = 0; end < 2; end++)
            compare_drops(&s, end);
        drops += trace_log_count(&record, SKIFF_TRACE_DROP, NULL, NULL);
        story_end(&s);
    }
    CU_ASSERT_TRUE(drops > 0);
}

static void a_replayed_record_is_dropped_by_its_epoch_and_number(void)
{
    static struct story_recording recording;
    struct story s;

    memset(&recording, 0, sizeof recording);
    prepare(&s);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(500));
    recording.num = 0;
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "once", 4), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(50));
    CU_ASSERT_EQUAL_FATAL(recording.num, 1);
    CU_ASSERT_EQUAL(world_deliver(&s.world, SERVER_END, recording.captured[0].bytes,
                                  recording.captured[0].len),
                    SKIFF_ERR_DROPPED);

    const skiff_trace *drop = first(&s, SERVER_END, SKIFF_TRACE_DROP);
    const skiff_trace *out = last(&s, CLIENT_END, SKIFF_TRACE_RECORD_OUT);
    CU_ASSERT_TRUE_FATAL(drop != NULL && out != NULL);
    CU_ASSERT_STRING_EQUAL(drop->what, "drop_replayed_record");
    CU_ASSERT_EQUAL(drop->epoch, out->epoch);
    CU_ASSERT_EQUAL(drop->number, out->number);
    story_end(&s);
}

static void a_failure_has_its_reason_and_its_alert_is_seen_at_both_ends(void)
{
    skiff_fingerprint wrong, right;
    struct story s;

    prepare(&s);
    s.strangers = true;
    story_begin(&s);
    wrong = right = story_fingerprint(&s, SERVER_END);
    wrong.bytes[0] ^= 1;
    CU_ASSERT_EQUAL(skiff_dtls_expect(end_of(&s, SERVER_END), &wrong, 1), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_expect(end_of(&s, CLIENT_END), &right, 1), SKIFF_OK);
    world_run(&s.world, SKIFF_MSEC(5000));
    world_pass(&s.world, SKIFF_MSEC(100));

    const skiff_trace *failed = first(&s, SERVER_END, SKIFF_TRACE_FAILED);
    const skiff_trace *out = first(&s, SERVER_END, SKIFF_TRACE_ALERT_OUT);
    const skiff_trace *in = first(&s, CLIENT_END, SKIFF_TRACE_ALERT_IN);
    CU_ASSERT_TRUE_FATAL(failed != NULL && out != NULL && in != NULL);
    CU_ASSERT_STRING_EQUAL(failed->what, story_failure(&s, SERVER_END).what);
    CU_ASSERT_EQUAL(failed->type, ALERT_BAD_CERTIFICATE);
    CU_ASSERT_EQUAL(failed->count, 0);
    CU_ASSERT_EQUAL(out->type, ALERT_BAD_CERTIFICATE);
    CU_ASSERT_EQUAL(out->count, ALERT_FATAL);
    CU_ASSERT_EQUAL(in->type, out->type);
    CU_ASSERT_EQUAL(in->number, out->number);
    story_end(&s);
}

static void a_close_is_seen_at_both_ends(void)
{
    struct story s;

    begin_connected(&s);
    skiff_dtls_close(end_of(&s, CLIENT_END), s.world.now);
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(100));
    const skiff_trace *ours = first(&s, CLIENT_END, SKIFF_TRACE_CLOSED);
    const skiff_trace *theirs = first(&s, SERVER_END, SKIFF_TRACE_CLOSED);
    CU_ASSERT_TRUE_FATAL(ours != NULL && theirs != NULL);
    CU_ASSERT_EQUAL(ours->count, 0);
    CU_ASSERT_EQUAL(theirs->count, 1); /* by the peer */
    story_end(&s);
}

/* --- behind the handshake ----------------------------------------------------------- */

static void a_path_check_is_traced_to_its_end(void)
{
    static const char *const stages[] = { "begun", "a challenge is sent",
                                          "the new path is proven" };
    struct roaming roaming;
    struct story s;

    memset(&record, 0, sizeof record);
    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    trace_context(s.context[SERVER_END]);
    roaming_move(&s, AWAY);
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(3000));
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        CU_ASSERT_TRUE(trace_log_count(&record, SKIFF_TRACE_PATH_CHECK,
                                       end_of(&s, SERVER_END), stages[i])
                       > 0);
    const skiff_trace *moved = first(&s, SERVER_END, SKIFF_TRACE_PATH_MOVED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(moved);
    CU_ASSERT_EQUAL(moved->path, AWAY);
    story_end(&s);
}

static void what_a_context_judges_is_traced(void)
{
    struct world_datagram sent;
    struct hello_check d;
    static const uint8_t noise[] = { 22, 0xfe, 0xfd, 1 };

    memset(&record, 0, sizeof record);
    hello_check_begin(&d, 1200);
    trace_context(d.context);
    CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_REPLY);
    const skiff_trace *judged =
        trace_log_first(&record, SKIFF_TRACE_HELLO_CHECKED, d.context);
    CU_ASSERT_PTR_NOT_NULL_FATAL(judged);
    CU_ASSERT_STRING_EQUAL(judged->what, "reply");
    CU_ASSERT_EQUAL(judged->kind, SKIFF_TRACE_OF_CONTEXT);
    CU_ASSERT_EQUAL(judged->length, sent.len);
    CU_ASSERT_EQUAL(judged->when, d.now);
    memcpy(sent.bytes, noise, sent.len = sizeof noise);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_IGNORE);
    CU_ASSERT_EQUAL(
        trace_log_count(&record, SKIFF_TRACE_HELLO_CHECKED, d.context, "ignore"), 1);
    hello_check_end(&d);
}

/* --- what it costs ------------------------------------------------------------------ */

static void without_a_callback_nothing_is_called(void)
{
    struct story s;

    prepare(&s);
    s.settings[0].trace = s.settings[1].trace = NULL;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
    CU_ASSERT_EQUAL(record.num, 0);
}

static uint64_t allocations(bool traced)
{
    struct story s;

    prepare(&s);
    if (!traced)
        s.settings[0].trace = s.settings[1].trace = NULL;
    story_begin(&s);
    uint64_t before = count_now().allocs;
    CU_ASSERT_TRUE(story_connects(&s));
    uint64_t allocs = count_now().allocs - before;
    story_end(&s);
    return allocs;
}

/* AWS-LC takes a block more or less for some numbers: the fewest of many handshakes. */
static uint64_t fewest_allocations(bool traced)
{
    uint64_t fewest = UINT64_MAX;

    for (int i = 0; i < 40; i++) {
        uint64_t allocs = allocations(traced);
        fewest = allocs < fewest ? allocs : fewest;
    }
    return fewest;
}

static void a_traced_handshake_needs_no_more_memory(void)
{
    (void)allocations(false); /* libcrypto's first times */
    uint64_t without = fewest_allocations(false);

    record.num = 0;
    CU_ASSERT_EQUAL(fewest_allocations(true), without);
    CU_ASSERT_TRUE(record.num > 50);
}

CU_TestInfo trace_tests[] = {
    TEST(a_handshake_goes_from_its_first_event_to_connected),
    TEST(both_ends_know_the_same_random_and_another_one_the_next_time),
    TEST(each_record_that_leaves_arrives),
    TEST(fragments_make_up_the_messages),
    TEST(each_epoch_is_written_by_one_end_and_read_by_the_other),
    TEST(a_lost_flight_shows_its_timer_and_its_repetition),
    TEST(a_handshake_without_a_reply_fails_when_it_was_due),
    TEST(a_handshake_without_a_limit_is_never_due),
    TEST(a_repetition_for_the_peer_has_another_cause_than_a_timer),
    TEST(each_drop_is_traced_as_often_as_it_is_counted),
    TEST(a_replayed_record_is_dropped_by_its_epoch_and_number),
    TEST(a_failure_has_its_reason_and_its_alert_is_seen_at_both_ends),
    TEST(a_close_is_seen_at_both_ends),
    TEST(a_path_check_is_traced_to_its_end),
    TEST(what_a_context_judges_is_traced),
    TEST(without_a_callback_nothing_is_called),
    TEST(a_traced_handshake_needs_no_more_memory),
    CU_TEST_INFO_NULL,
};
