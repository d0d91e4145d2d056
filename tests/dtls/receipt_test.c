/* receipt_test.c - which records are acknowledged (RFC 9147 section 7): those of which each
 * fragment was taken, or repeats what was processed. */
#include "../suite.h"

#include "dtls/epoch.h"
#include "tap.h"
#include "wire/control.h"

enum { NO_SEQ_NEAR = 200, TICKET = HANDSHAKE_NEW_SESSION_TICKET };

static const uint8_t ticket[] = { 0, 0, 0, 1, 0, 0, 0, 0, 1, 'x', 0, 1, 'x', 0, 0 };
static const uint8_t zeros[1500];

/* The body of a record: as many fragments as are put into it. */
struct letter {
    size_t  len;
    uint8_t bytes[1600];
};

static void put(struct letter *l, uint8_t type, uint16_t seq, skiff_bytes body)
{
    struct handshake_header h = { .msg_type = type, .length = (uint32_t)body.len,
                                  .message_seq = seq,
                                  .fragment_length = (uint32_t)body.len };
    size_t size;

    CU_ASSERT_TRUE_FATAL(handshake_header_write(&h, l->bytes + l->len, HANDSHAKE_HEADER, &size));
    memcpy(l->bytes + l->len + size, body.ptr, body.len);
    l->len += size + body.len;
}

/* A message of which the second half is missing. */
static void put_half(struct letter *l, uint8_t type, uint16_t seq, uint32_t length)
{
    struct handshake_header h = { .msg_type = type, .length = length, .message_seq = seq,
                                  .fragment_length = length / 2 };
    size_t size;

    CU_ASSERT_TRUE_FATAL(handshake_header_write(&h, l->bytes + l->len, HANDSHAKE_HEADER, &size));
    memset(l->bytes + l->len + size, 0, length / 2);
    l->len += size + length / 2;
}

/* Seals a record as `from` does, lets the other hear it, and says which number it has. */
static uint64_t say(struct story *s, int from, uint32_t epoch, const struct letter *l)
{
    struct skiff_dtls *dtls = s->world.ends[from].dtls;
    uint64_t number = sealing_of(dtls, epoch)->next;
    uint8_t bytes[WORLD_DATAGRAM];
    size_t len = tap_seal(dtls, epoch, CONTENT_HANDSHAKE, (skiff_bytes){ l->bytes, l->len },
                          bytes);

    (void)!world_deliver(&s->world, 1 - from, bytes, len);
    return number;
}

static bool names(const struct tapped *record, uint32_t epoch, uint64_t number)
{
    struct record_number n;
    struct ack m;

    if (record->type != CONTENT_ACK || !ack_read(&m, (skiff_bytes){ record->body, record->len }))
        return false;
    for (size_t at = 0; at < m.record_numbers.len; at += RECORD_NUMBER)
        if (record_number_read(&n, (skiff_bytes){ m.record_numbers.ptr + at, RECORD_NUMBER })
            && n.epoch == epoch && n.sequence_number == number)
            return true;
    return false;
}

/* What an ear has heard: the ACK of which record. */
struct ear {
    int      from;
    uint32_t epoch;
    uint64_t number;
    unsigned acks, named;
};

static void hear_acks(struct world *world, struct world_datagram *d)
{
    struct ear *ear = world->config.user;
    struct tapped record;
    size_t at = 0;

    while (d->from == ear->from && tap_next(world, d, &at, &record)) {
        ear->acks += record.type == CONTENT_ACK;
        ear->named += names(&record, ear->epoch, ear->number);
    }
}

/* --- during the handshake --------------------------------------------------------------- */

/* Of the server's first datagram only the ServerHello arrives, and nothing behind it. */
static void let_a_server_hello_through(struct world *world, struct world_datagram *d)
{
    struct story_record first = { .end = 0 };

    (void)world;
    if (d->from != SERVER_END)
        return;
    if (d->number > 0 || !story_next_record(d->bytes, d->len, &first))
        d->copies = 0;
    else
        d->len = first.end;
}

/* A client that has heard a ServerHello is told `l`: whether its ACK names the record. */
static bool is_acknowledged_in_a_handshake(const struct letter *l)
{
    struct ear ear = { .from = CLIENT_END, .epoch = 2 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].max_message = 2048;
    s.network.meddler = let_a_server_hello_through;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    CU_ASSERT_EQUAL_FATAL(s.world.ends[CLIENT_END].dtls->hears_epoch, 2);
    s.world.config.meddler = hear_acks;
    s.world.config.user = &ear;
    ear.number = say(&s, SERVER_END, 2, l);
    world_pass(&s.world, SKIFF_MSEC(20));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    story_end(&s);
    return ear.named > 0;
}

static void a_record_of_which_a_fragment_was_dropped_is_not_acknowledged(void)
{
    struct letter good = { .len = 0 }, first = { .len = 0 }, last = { .len = 0 };

    put_half(&good, HANDSHAKE_CERTIFICATE, 3, 200);
    CU_ASSERT_TRUE(is_acknowledged_in_a_handshake(&good));
    put_half(&first, HANDSHAKE_CERTIFICATE, NO_SEQ_NEAR, 200);
    put_half(&first, HANDSHAKE_CERTIFICATE, 3, 200);
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&first));
    put_half(&last, HANDSHAKE_CERTIFICATE, 3, 200);
    put_half(&last, HANDSHAKE_CERTIFICATE, NO_SEQ_NEAR, 200);
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&last));
    last.len = good.len;
    memcpy(last.bytes + last.len, zeros, 5);             /* no fragment at all */
    last.len += 5;
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&last));
}

/* It is taken, and has to make way when a long one is next. */
static void what_may_have_to_give_way_is_not_acknowledged(void)
{
    struct letter l = { .len = 0 };

    put_half(&l, HANDSHAKE_CERTIFICATE, 3, 1400);
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&l));
}

/* --- after it --------------------------------------------------------------------------- */

static bool is_acknowledged_after(struct story *s, int to, const struct letter *l)
{
    struct ear ear = { .from = to, .epoch = 3 };

    s->world.config.meddler = hear_acks;
    s->world.config.user = &ear;
    ear.number = s->world.ends[1 - to].dtls->ours.next;
    (void)say(s, 1 - to, 3, l);
    world_pass(&s->world, SKIFF_MSEC(1000));
    s->world.config.meddler = NULL;
    return ear.named > 0;
}

static void after_the_handshake_neither_is_one_whose_other_message_was_dropped(void)
{
    struct story s = story_live();
    uint16_t seq = s.world.ends[SERVER_END].dtls->speaks_seq;
    struct letter ahead = { .len = 0 }, good = { .len = 0 }, again = { .len = 0 };

    put(&ahead, TICKET, seq, (skiff_bytes){ ticket, sizeof ticket });
    put(&ahead, TICKET, (uint16_t)(seq + 2), (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_FALSE(is_acknowledged_after(&s, CLIENT_END, &ahead));
    put(&good, TICKET, (uint16_t)(seq + 1), (skiff_bytes){ ticket, sizeof ticket });
    put(&good, TICKET, (uint16_t)(seq + 2), (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_TRUE(is_acknowledged_after(&s, CLIENT_END, &good));
    put(&again, TICKET, seq, (skiff_bytes){ ticket, sizeof ticket });
    put(&again, TICKET, (uint16_t)(seq + 3), (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_TRUE(is_acknowledged_after(&s, CLIENT_END, &again));
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

CU_TestInfo receipt_tests[] = {
    TEST(a_record_of_which_a_fragment_was_dropped_is_not_acknowledged),
    TEST(what_may_have_to_give_way_is_not_acknowledged),
    TEST(after_the_handshake_neither_is_one_whose_other_message_was_dropped),
    CU_TEST_INFO_NULL,
};
