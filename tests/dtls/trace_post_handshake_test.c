/* trace_post_handshake_test.c - what a trace says of messages that DTLS 1.3 alone has. */
#include "../suite.h"

#include "tickets.h"
#include "traced.h"

static void a_key_update_gives_both_ends_the_next_epoch(void)
{
    struct story s;

    begin_connected(&s);
    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, CLIENT_END), s.world.now, false),
                    SKIFF_OK);
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(100));
    uint32_t epoch = end_of(&s, CLIENT_END)->write_epoch;
    const skiff_trace *w = last(&s, CLIENT_END, SKIFF_TRACE_WRITE_EPOCH);
    const skiff_trace *r = last(&s, SERVER_END, SKIFF_TRACE_READ_EPOCH);
    CU_ASSERT_TRUE_FATAL(w != NULL && r != NULL);
    CU_ASSERT_EQUAL(epoch, 4);
    CU_ASSERT_EQUAL(w->epoch, epoch);
    CU_ASSERT_EQUAL(r->epoch, epoch);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FLIGHT_ACKNOWLEDGED,
                                    end_of(&s, CLIENT_END), "ACK"),
                    2); /* of Finished, and of KeyUpdate */
    story_end(&s);
}

static void acks_are_traced_at_both_ends(void)
{
    struct story s;

    begin_connected(&s);
    const skiff_trace *out = first(&s, SERVER_END, SKIFF_TRACE_ACK_OUT);
    const skiff_trace *in = first(&s, CLIENT_END, SKIFF_TRACE_ACK_IN);
    CU_ASSERT_TRUE_FATAL(out != NULL && in != NULL);
    CU_ASSERT_EQUAL(out->epoch, in->epoch);
    CU_ASSERT_EQUAL(out->number, in->number);
    CU_ASSERT_EQUAL(out->count, in->count);
    CU_ASSERT_TRUE(out->count > 0);
    CU_ASSERT_TRUE(
        trace_log_count(&record, SKIFF_TRACE_TIMER_SET, end_of(&s, SERVER_END), "ack") > 0);
    story_end(&s);
}

static void lose_the_second(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == SERVER_END && d->number == 1)
        d->copies = 0;
}

static void an_ack_of_a_part_is_the_cause_of_the_rest(void)
{
    struct story s;

    prepare(&s);
    s.settings[CLIENT_END].mtu = s.settings[SERVER_END].mtu = 300;
    s.network.meddler = lose_the_second;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FLIGHT_REPEATED,
                                    end_of(&s, SERVER_END), "ACK of a part"),
                    1);
    story_end(&s);
}

static void a_ticket_is_sent_received_and_offered(void)
{
    struct story s;

    memset(&record, 0, sizeof record);
    tickets_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].trace = trace_log_add;
        s.settings[i].user = &record;
    }
    struct ticket ticket = tickets_get(&s);
    CU_ASSERT_EQUAL(
        trace_log_count(&record, SKIFF_TRACE_TICKET, end_of(&s, SERVER_END), "sent"), 1);
    CU_ASSERT_EQUAL(
        trace_log_count(&record, SKIFF_TRACE_TICKET, end_of(&s, CLIENT_END), "received"),
        1);
    tickets_again(&s, &ticket);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_TICKET, NULL, "offered"), 1);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_ESTABLISHED, NULL, "resumed"), 2);
    story_end(&s);
}

static void a_ticket_that_is_too_old_is_not_offered(void)
{
    struct story s;

    memset(&record, 0, sizeof record);
    tickets_prepare(&s);
    struct ticket ticket = tickets_get(&s);
    struct stored_ticket stored = tickets_read(&ticket);
    stored.lifetime = 1;
    struct ticket old = tickets_write(&stored);
    s.world.now += SKIFF_MSEC(2000);
    tickets_again(&s, &old);
    trace_context(end_of(&s, CLIENT_END)->context);
    CU_ASSERT_TRUE(story_connects(&s) && tickets_refused(&s));
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_CLIENT_RANDOM, NULL, NULL), 1);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_TICKET, NULL, "offered"), 0);
    story_end(&s);
}

CU_TestInfo trace_post_handshake_tests[] = {
    TEST(a_key_update_gives_both_ends_the_next_epoch),
    TEST(acks_are_traced_at_both_ends),
    TEST(an_ack_of_a_part_is_the_cause_of_the_rest),
    TEST(a_ticket_is_sent_received_and_offered),
    TEST(a_ticket_that_is_too_old_is_not_offered),
    CU_TEST_INFO_NULL,
};
