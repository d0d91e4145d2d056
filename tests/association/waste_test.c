/* waste_test.c - how much of one datagram may be wasted, and what a peer may send all the
 * same. */
#include "suite.h"

#include "association/association_state.h"
#include "association/waste.h"
#include "../dtls/story.h"
#include "../dtls/plaintext.h"

enum { ANY_TYPE = 99, MOST = 1200, BODY = 300 };

struct records {
    size_t len;
    uint8_t bytes[2 * MOST];
};

static void add_record(struct records *datagram, uint8_t type, uint16_t epoch,
                       const void *body, size_t len)
{
    struct record_header header = { .type = type,
                                    .version = DTLS_1_2,
                                    .epoch = epoch,
                                    .sequence_number = datagram->len,
                                    .length = (uint16_t)len };

    datagram->len += story_forge(datagram->bytes + datagram->len, header, body);
}

/* A record of one fragment, of zeros. */
static void add_fragment(struct records *datagram, struct handshake_header header)
{
    uint8_t bytes[HANDSHAKE_HEADER + BODY] = { 0 };
    struct walk w = walk_writer(bytes, HANDSHAKE_HEADER);

    handshake_header(&w, &header);
    CU_ASSERT_FALSE_FATAL(w.failed);
    add_record(datagram, CONTENT_HANDSHAKE, 0, bytes,
               HANDSHAKE_HEADER + header.fragment_length);
}

static void deliver(struct story *s, int to, const struct records *datagram)
{
    (void)world_deliver(&s->world, to, datagram->bytes, datagram->len);
}

/* A client that has said its hello, and hears nobody but the test. */
static struct story with_a_lonely_client(void)
{
    struct story s;

    story_prepare(&s);
    s.network.loss = 1000;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.world.ends[CLIENT_END].dtls->slot);
    return s;
}

/* Data of the client's behind `num` records that are nobody's: how many messages come. */
static unsigned received_behind(unsigned num, uint8_t type, uint16_t epoch)
{
    struct story s = story_live();
    struct records datagram = { 0 };
    skiff_packet packet = { .limit = 100, .head = SKIFF_HEAD };
    uint8_t bytes[SKIFF_HEAD + 100 + SKIFF_TAIL] = { 0 };
    unsigned before = s.world.ends[SERVER_END].data_count;

    for (unsigned i = 0; i < num; i++)
        add_record(&datagram, type, epoch, "", 0);
    packet.data = bytes + SKIFF_HEAD;
    packet.len = 5;
    CU_ASSERT_EQUAL(skiff_dtls_send(s.world.ends[CLIENT_END].dtls, s.world.now, &packet),
                    SKIFF_OK);
    memcpy(datagram.bytes + datagram.len, packet.data, packet.len);
    datagram.len += packet.len;
    deliver(&s, SERVER_END, &datagram);
    CU_ASSERT_TRUE(story_talks(&s));
    unsigned received = s.world.ends[SERVER_END].data_count - before - 1;
    story_end(&s);
    return received;
}

static void behind_a_few_records_of_nobody_data_is_received(void)
{
    CU_ASSERT_EQUAL(received_behind(WASTE_MAX - 1, CONTENT_HANDSHAKE, 0), 1);
    CU_ASSERT_EQUAL(received_behind(WASTE_MAX - 1, CONTENT_ALERT, 7), 1);
}

static void what_lies_behind_too_many_is_not_read(void)
{
    CU_ASSERT_EQUAL(received_behind(WASTE_MAX, CONTENT_HANDSHAKE, 0), 0);
    CU_ASSERT_EQUAL(received_behind(WASTE_MAX, CONTENT_ALERT, 7), 0);
}

/* Each of which would be unmasked before it is known (RFC 9147 4.2.3). */
static void of_copies_of_a_record_few_are_looked_at(void)
{
    struct story s = story_live();
    struct records datagram = { 0 };
    skiff_packet packet = { .limit = 100, .head = SKIFF_HEAD };
    uint8_t bytes[SKIFF_HEAD + 100 + SKIFF_TAIL] = { 0 };

    packet.data = bytes + SKIFF_HEAD;
    packet.len = 1;
    CU_ASSERT_EQUAL(skiff_dtls_send(s.world.ends[CLIENT_END].dtls, s.world.now, &packet),
                    SKIFF_OK);
    for (int i = 0; i < 20; i++, datagram.len += packet.len)
        memcpy(datagram.bytes + datagram.len, packet.data, packet.len);
    deliver(&s, SERVER_END, &datagram);
    world_poll(&s.world, SERVER_END);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_replayed_record,
                    WASTE_MAX / WASTE_COPY);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* What is due, and does not parse; it was judged as often as it fits into a datagram. */
static void behind_a_dropped_message_nothing_is_read(void)
{
    struct story s = with_a_lonely_client();
    struct records datagram = { 0 };

    for (int i = 0; i < 20; i++)
        add_fragment(&datagram,
                     (struct handshake_header){ .msg_type = HANDSHAKE_SERVER_HELLO,
                                                .length = 8,
                                                .fragment_length = 8 });
    deliver(&s, CLIENT_END, &datagram);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_malformed, 1);
    deliver(&s, CLIENT_END, &datagram);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_malformed, 2);
    story_end(&s);
}

static void a_datagram_undoes_fragments_twice_at_most(void)
{
    struct story s = with_a_lonely_client();
    struct records datagram = { 0 };
    const struct message_queue *queue = &s.world.ends[CLIENT_END].dtls->slot->message_queue;

    for (uint32_t i = 0; i < 10; i++)
        add_fragment(&datagram, (struct handshake_header){ .msg_type = ANY_TYPE,
                                                           .length = 1000 + i,
                                                           .fragment_length = 20 });
    deliver(&s, CLIENT_END, &datagram);
    CU_ASSERT_EQUAL(queue->messages[0].length, 1000 + WASTE_MAX / WASTE_CONTRADICTION);
    story_end(&s);
}

/* One byte in each: all that fit into 500 bytes of a record are heard, and the crumbs of a
 * message are of no more use than that in one datagram. */
static void of_crumbs_there_may_be_few_in_a_datagram(void)
{
    struct story s = with_a_lonely_client();
    struct records datagram = { 0 };
    const struct message_queue *queue = &s.world.ends[CLIENT_END].dtls->slot->message_queue;

    for (uint32_t i = 0; i < 45; i++)
        add_fragment(&datagram, (struct handshake_header){ .msg_type = ANY_TYPE,
                                                           .length = 200,
                                                           .fragment_offset = i,
                                                           .fragment_length = 1 });
    deliver(&s, CLIENT_END, &datagram);
    CU_ASSERT_EQUAL(queue->messages[0].received, WASTE_MAX);
    story_end(&s);
}

static void fragments_that_bring_something_are_all_accepted(void)
{
    struct story s = with_a_lonely_client();
    struct records datagram = { 0 };
    const struct message_queue *queue = &s.world.ends[CLIENT_END].dtls->slot->message_queue;

    for (uint32_t i = 0; i < 60; i++)
        add_fragment(&datagram,
                     (struct handshake_header){ .msg_type = ANY_TYPE,
                                                .length = 1000,
                                                .fragment_offset = TINY_FRAGMENT * i,
                                                .fragment_length = TINY_FRAGMENT });
    deliver(&s, CLIENT_END, &datagram);
    CU_ASSERT_EQUAL(queue->messages[0].received, 60 * TINY_FRAGMENT);
    story_end(&s);
}

CU_TestInfo waste_tests[] = {
    TEST(behind_a_few_records_of_nobody_data_is_received),
    TEST(what_lies_behind_too_many_is_not_read),
    TEST(of_copies_of_a_record_few_are_looked_at),
    TEST(behind_a_dropped_message_nothing_is_read),
    TEST(a_datagram_undoes_fragments_twice_at_most),
    TEST(of_crumbs_there_may_be_few_in_a_datagram),
    TEST(fragments_that_bring_something_are_all_accepted),
    CU_TEST_INFO_NULL,
};
