/* flight_test.c - the four states of RFC 6347 section 4.2.4, figure 3. */
#include "../suite.h"

#include "association/flight.h"
#include "association/timers.h"

static const uint8_t body[100];

enum { WAIT = 1000, LONGEST = 5000, NOW = 1000000 };

static struct flight_message messages[FLIGHT_MESSAGES];

static struct flight flight_of_two(void)
{
    struct flight f;

    skf_flight_begin(&f, messages, WAIT);
    (void)!skf_flight_add(&f,
                          &(struct flight_message){ .body = body, .len = 100, .type = 1 });
    (void)!skf_flight_add(&f,
                          &(struct flight_message){ .body = body, .len = 0, .type = 14 });
    return f;
}

static void send_all(struct flight *f, skiff_time now, enum flight_event event)
{
    for (const struct flight_message *entry; (entry = skf_flight_next(f)) != NULL;)
        skf_flight_advance(f, entry->len - f->offset);
    skf_flight_handle(f, event, now, longer_wait(f->wait, LONGEST));
}

static struct flight flight_waiting(void)
{
    struct flight f = flight_of_two();

    skf_flight_handle(&f, FLIGHT_BUFFERED, NOW, longer_wait(f.wait, LONGEST));
    send_all(&f, NOW, FLIGHT_SENT);
    return f;
}

static void it_sends_nothing_while_it_is_prepared(void)
{
    struct flight f = flight_of_two();

    CU_ASSERT_EQUAL(f.state, PREPARING);
    CU_ASSERT_PTR_NULL(skf_flight_next(&f));
    skf_flight_handle(&f, TIMER_EXPIRED, NOW, longer_wait(f.wait, LONGEST));
    skf_flight_handle(&f, PEER_REPEATED, NOW, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, PREPARING);
}

static void it_sends_its_messages_in_order_and_in_pieces(void)
{
    struct flight f = flight_of_two();

    skf_flight_handle(&f, FLIGHT_BUFFERED, NOW, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(skf_flight_next(&f)->type, 1);
    skf_flight_advance(&f, 60);
    CU_ASSERT_EQUAL(skf_flight_next(&f)->type, 1);
    CU_ASSERT_EQUAL(f.offset, 60);
    skf_flight_advance(&f, 40);
    CU_ASSERT_EQUAL(skf_flight_next(&f)->type, 14);
    skf_flight_advance(&f, 0);
    CU_ASSERT_PTR_NULL(skf_flight_next(&f));
}

static void it_waits_once_it_is_sent(void)
{
    struct flight f = flight_waiting();

    CU_ASSERT_EQUAL(f.state, WAITING);
    CU_ASSERT_EQUAL(f.due, NOW + WAIT);
    CU_ASSERT_FALSE(f.repeated);
}

static void the_last_flight_waits_for_nothing(void)
{
    struct flight f = flight_of_two();

    skf_flight_handle(&f, FLIGHT_BUFFERED, NOW, longer_wait(f.wait, LONGEST));
    send_all(&f, NOW, FLIGHT_SENT_LAST);
    CU_ASSERT_EQUAL(f.state, FINISHED_STATE);
    CU_ASSERT_EQUAL(f.due, SKIFF_NEVER);
    skf_flight_handle(&f, TIMER_EXPIRED, NOW, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, FINISHED_STATE);
}

static void the_timer_sends_all_of_it_again_and_doubles_the_wait_up_to_the_longest(void)
{
    static const skiff_time waits[] = { 2000, 4000, 5000, 5000 };
    struct flight f = flight_waiting();

    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        skiff_time now = f.due;
        skf_flight_handle(&f, TIMER_EXPIRED, now, longer_wait(f.wait, LONGEST));
        CU_ASSERT_EQUAL(f.state, SENDING);
        CU_ASSERT_EQUAL(skf_flight_next(&f)->type, 1);
        CU_ASSERT_EQUAL(f.offset, 0);
        send_all(&f, now, FLIGHT_SENT);
        CU_ASSERT_EQUAL(f.due, now + waits[i]);
    }
    CU_ASSERT_TRUE(f.repeated);
}

static void a_new_flight_begins_with_its_first_wait_again(void)
{
    struct flight f = flight_waiting();

    skf_flight_handle(&f, TIMER_EXPIRED, f.due, longer_wait(f.wait, LONGEST));
    skf_flight_begin(&f, messages, WAIT);
    CU_ASSERT_EQUAL(f.wait, WAIT);
    CU_ASSERT_EQUAL(f.num, 0);
    CU_ASSERT_FALSE(f.repeated);
}

static void a_repeated_peer_flight_gets_a_response_once_in_half_a_wait(void)
{
    struct flight f = flight_waiting();

    skf_flight_handle(&f, PEER_REPEATED, NOW + WAIT / 2 - 1, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, WAITING);
    skf_flight_handle(&f, PEER_REPEATED, NOW + WAIT / 2, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, SENDING);
    CU_ASSERT_EQUAL(f.wait, WAIT);
    send_all(&f, NOW + WAIT / 2, FLIGHT_SENT);
    skf_flight_handle(&f, PEER_REPEATED, NOW + WAIT - 1, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, WAITING);
}

static void an_end_that_sent_last_responds_to_a_repeated_flight(void)
{
    struct flight f = flight_of_two();

    skf_flight_handle(&f, FLIGHT_BUFFERED, NOW, longer_wait(f.wait, LONGEST));
    send_all(&f, NOW, FLIGHT_SENT_LAST);
    skf_flight_handle(&f, PEER_REPEATED, NOW + 10 * WAIT, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, SENDING);
    CU_ASSERT_EQUAL(skf_flight_next(&f)->type, 1);
}

/* RFC 9147 section 5.8.1: a part of the next flight says that ours has arrived. */
static void midway_in_a_reply_the_timer_sends_nothing_again(void)
{
    struct flight f = flight_waiting();

    skf_flight_handle(&f, TIMER_EXPIRED_MIDWAY, NOW + WAIT, longer_wait(f.wait, LONGEST));
    CU_ASSERT_EQUAL(f.state, WAITING);
    CU_ASSERT_FALSE(f.repeated);
    CU_ASSERT_EQUAL(f.wait, 2 * WAIT);
    CU_ASSERT_EQUAL(f.due, NOW + 3 * WAIT);
}

static void a_full_flight_accepts_no_more(void)
{
    struct flight f;

    skf_flight_begin(&f, messages, WAIT);
    for (int i = 0; i < FLIGHT_MESSAGES; i++)
        CU_ASSERT_TRUE(
            skf_flight_add(&f, &(struct flight_message){ .body = body, .len = 1 }));
    CU_ASSERT_FALSE(skf_flight_add(&f, &(struct flight_message){ .body = body, .len = 1 }));
    CU_ASSERT_EQUAL(f.num, FLIGHT_MESSAGES);
}

CU_TestInfo flight_tests[] = {
    TEST(it_sends_nothing_while_it_is_prepared),
    TEST(it_sends_its_messages_in_order_and_in_pieces),
    TEST(it_waits_once_it_is_sent),
    TEST(the_last_flight_waits_for_nothing),
    TEST(the_timer_sends_all_of_it_again_and_doubles_the_wait_up_to_the_longest),
    TEST(a_new_flight_begins_with_its_first_wait_again),
    TEST(a_repeated_peer_flight_gets_a_response_once_in_half_a_wait),
    TEST(an_end_that_sent_last_responds_to_a_repeated_flight),
    TEST(midway_in_a_reply_the_timer_sends_nothing_again),
    TEST(a_full_flight_accepts_no_more),
    CU_TEST_INFO_NULL,
};
