/* packet_test.c - packets that are used again and again, and packets that are too small. */
#include "../suite.h"

#include <stdio.h>
#include <string.h>

#include "association/association_state.h"
#include "story.h"

enum { MESSAGES = 1000, SMALL = 24 };

static skiff_dtls *end_of(const struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

/* --- a packet that is used again ---------------------------------------------------- */

/* Writes where `data` is now, sends, and lets the server hear what is to go out. */
static bool sends_and_is_received(struct story *s, skiff_packet *packet, int number)
{
    struct world_end *server = &s->world.ends[SERVER_END];
    char text[32];
    int len = snprintf(text, sizeof text, "message %d", number);

    memcpy(packet->data, text, (size_t)len);
    packet->len = (uint32_t)len;
    if (skiff_dtls_send(end_of(s, CLIENT_END), s->world.now, packet) != SKIFF_OK)
        return false;
    return world_deliver(&s->world, SERVER_END, packet->data, packet->len) == SKIFF_OK
        && server->data_len == (size_t)len && memcmp(server->data, text, (size_t)len) == 0;
}

static void a_thousand_messages_leave_in_one_packet(void)
{
    struct story s = story_live();
    skiff_packet *packet = skiff_pool_take(s.world.pool);
    unsigned before = s.world.ends[SERVER_END].data_count;
    const uint8_t *data = packet->data;
    uint32_t limit = packet->limit;

    for (int i = 0; i < MESSAGES; i++) {
        skiff_packet_clear(packet);
        CU_ASSERT_TRUE(packet->data == data && packet->len == 0 && packet->limit == limit
                       && packet->head == SKIFF_HEAD);
        CU_ASSERT_TRUE(sends_and_is_received(&s, packet, i));
    }
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count - before, MESSAGES);
    skiff_packet_release(&packet);
    story_end(&s);
}

static void a_packet_that_nobody_clears_holds_a_thousand_too(void)
{
    struct story s = story_live();
    skiff_packet *packet = skiff_pool_take(s.world.pool);
    const uint8_t *data = packet->data;

    for (int i = 0; i < MESSAGES; i++) {
        CU_ASSERT_TRUE(sends_and_is_received(&s, packet, i));
        CU_ASSERT_PTR_EQUAL(packet->data + packet->used, data);
        CU_ASSERT_EQUAL(packet->head + packet->used, SKIFF_HEAD);
    }
    skiff_packet_release(&packet);
    story_end(&s);
}

/* The tail has to stay behind the limit: a message that fits only where it lies is refused
 * as it is. */
static void a_message_that_cannot_be_moved_is_refused_unchanged(void)
{
    struct story s = story_live();
    skiff_packet *packet = skiff_pool_take(s.world.pool);

    CU_ASSERT_EQUAL(skiff_dtls_set_mtu(end_of(&s, CLIENT_END), 2000), SKIFF_OK);
    while (packet->head >= 48)
        CU_ASSERT_TRUE_FATAL(sends_and_is_received(&s, packet, 0));
    packet->head = 0; /* as if the rest had been used up otherwise */
    packet->len = packet->limit;
    packet->data[0] = 'a';
    skiff_packet before = *packet;
    CU_ASSERT_EQUAL(skiff_dtls_send(end_of(&s, CLIENT_END), s.world.now, packet),
                    SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(memcmp(packet, &before, sizeof before), 0);
    CU_ASSERT_EQUAL(packet->data[0], 'a');
    skiff_packet_release(&packet);
    story_end(&s);
}

static void a_wrapped_packet_has_no_space_for_a_header(void)
{
    struct story s = story_live();
    uint8_t memory[64 + SKIFF_TAIL] = "text";
    skiff_packet packet;

    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 4, sizeof memory, &packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_send(end_of(&s, CLIENT_END), s.world.now, &packet),
                    SKIFF_ERR_SPACE);
    CU_ASSERT_TRUE(packet.data == memory && packet.len == 4);
    story_end(&s);
}

static void what_poll_sends_begins_where_a_new_packet_does(void)
{
    struct story s = story_live();
    skiff_packet *packet = skiff_pool_take(s.world.pool);
    const uint8_t *data = packet->data;
    skiff_bytes bytes;

    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(sends_and_is_received(&s, packet, i));
    skiff_packet used = *packet;
    CU_ASSERT_EQUAL(skiff_dtls_poll(end_of(&s, CLIENT_END), s.world.now, packet, &bytes),
                    SKIFF_DTLS_NOTHING);
    CU_ASSERT_EQUAL(memcmp(packet, &used, sizeof used), 0);
    skiff_dtls_close(end_of(&s, CLIENT_END), s.world.now);
    CU_ASSERT_EQUAL(skiff_dtls_poll(end_of(&s, CLIENT_END), s.world.now, packet, &bytes),
                    SKIFF_DTLS_SEND);
    CU_ASSERT_TRUE(packet->data == data && packet->head == SKIFF_HEAD && packet->used == 0);
    skiff_packet_release(&packet);
    story_end(&s);
}

/* --- a packet that is too small ----------------------------------------------------- */

static skiff_dtls_event poll_into(struct story *s, int end, uint32_t limit)
{
    skiff_packet *packet = skiff_pool_take(s->world.pool);
    skiff_bytes bytes;

    packet->limit = limit;
    skiff_dtls_event event = skiff_dtls_poll(end_of(s, end), s->world.now, packet, &bytes);
    skiff_packet_release(&packet);
    return event;
}

static void a_flight_waits_for_a_packet_that_holds_it(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, SMALL), SKIFF_DTLS_NOTHING);
        CU_ASSERT_TRUE(skiff_dtls_deadline(end_of(&s, CLIENT_END))
                       >= s.world.now + SKIFF_MSEC(1000));
        CU_ASSERT_PTR_NULL(skiff_dtls_due(s.context[CLIENT_END], s.world.now));
    }
    CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, 1500), SKIFF_DTLS_SEND);
    world_pass(&s.world, SKIFF_MSEC(200)); /* that one is lost, and said again */
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

static void an_end_that_never_has_space_fails_when_time_is_up(void)
{
    struct story s;
    unsigned polls = 0;

    story_prepare(&s);
    story_begin(&s);
    while (poll_into(&s, CLIENT_END, SMALL) == SKIFF_DTLS_NOTHING && ++polls < 10)
        s.world.now = skiff_dtls_deadline(end_of(&s, CLIENT_END));
    CU_ASSERT_TRUE(polls < 10);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story_failure(&s, CLIENT_END).what);
    CU_ASSERT_PTR_NOT_NULL(strstr(story_failure(&s, CLIENT_END).what, "too small"));
    story_end(&s);
}

static void an_alert_waits_for_a_packet_that_holds_it(void)
{
    struct story s = story_live();

    skiff_dtls_close(end_of(&s, CLIENT_END), s.world.now);
    CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, 4), SKIFF_DTLS_NOTHING);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(end_of(&s, CLIENT_END)), SKIFF_NEVER);
    CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, 200), SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, 200), SKIFF_DTLS_NOTHING);
    story_end(&s);
}

/* A ticket or a KeyUpdate of the peer's is acknowledged (RFC 9147 section 7). */
static void an_ack_waits_for_a_packet_that_holds_it(void)
{
    struct story s = story_live();

    if (world_version() == SKIFF_DTLS_1_2) {
        story_end(&s);
        return;
    }
    skiff_packet *update = skiff_pool_take(s.world.pool);
    skiff_packet *spare = skiff_pool_take(s.world.pool);
    skiff_bytes bytes;

    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, SERVER_END), s.world.now, false),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_poll(end_of(&s, SERVER_END), s.world.now, update, &bytes),
                    SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(skiff_dtls_receive(end_of(&s, CLIENT_END), s.world.now, update),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, SMALL), SKIFF_DTLS_NOTHING);
    CU_ASSERT_TRUE(skiff_dtls_deadline(end_of(&s, CLIENT_END)) > s.world.now);
    CU_ASSERT_EQUAL(skiff_dtls_poll(end_of(&s, CLIENT_END), s.world.now, spare, &bytes),
                    SKIFF_DTLS_SEND);
    skiff_packet_release(&update);
    skiff_packet_release(&spare);
    story_end(&s);
}

static void a_larger_mtu_lets_it_out(void)
{
    struct story s = story_live();

    skiff_dtls_close(end_of(&s, CLIENT_END), s.world.now);
    CU_ASSERT_EQUAL(poll_into(&s, CLIENT_END, 4), SKIFF_DTLS_NOTHING);
    CU_ASSERT_PTR_NULL(skiff_dtls_due(s.context[CLIENT_END], s.world.now));
    CU_ASSERT_EQUAL(skiff_dtls_set_mtu(end_of(&s, CLIENT_END), 1000), SKIFF_OK);
    CU_ASSERT_PTR_EQUAL(skiff_dtls_due(s.context[CLIENT_END], s.world.now),
                        end_of(&s, CLIENT_END));
    story_end(&s);
}

CU_TestInfo packet_tests[] = {
    TEST(a_thousand_messages_leave_in_one_packet),
    TEST(a_packet_that_nobody_clears_holds_a_thousand_too),
    TEST(a_message_that_cannot_be_moved_is_refused_unchanged),
    TEST(a_wrapped_packet_has_no_space_for_a_header),
    TEST(what_poll_sends_begins_where_a_new_packet_does),
    TEST(a_flight_waits_for_a_packet_that_holds_it),
    TEST(an_end_that_never_has_space_fails_when_time_is_up),
    TEST(an_alert_waits_for_a_packet_that_holds_it),
    TEST(an_ack_waits_for_a_packet_that_holds_it),
    TEST(a_larger_mtu_lets_it_out),
    CU_TEST_INFO_NULL,
};
