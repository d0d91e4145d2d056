/* resend_test.c - what is sent again: the same messages in new records. */
#include "../suite.h"

#include "association/association_state.h"
#include "association/context.h"
#include "story.h"
#include "wire/handshake.h"
#include "wire/numbers.h"

enum { NUMBERS = 4096, MESSAGES = 16, BODY = 4096 };

/* What one end has said in epoch 0: each byte of each message, and the numbers it used. */
struct sent_messages {
    struct {
        uint32_t len;
        uint8_t body[BODY];
        bool sent[BODY];
    } messages[MESSAGES];
    bool used[2][NUMBERS];
    unsigned records, conflicts, reused;
};

static void note_fragment(struct sent_messages *s, skiff_bytes record)
{
    struct handshake_header h;

    if (!handshake_header_read(&h, (skiff_bytes){ record.ptr, HANDSHAKE_HEADER })
        || h.message_seq >= MESSAGES || h.length > BODY)
        return;
    s->messages[h.message_seq].len = h.length;
    for (uint32_t i = 0; i < h.fragment_length; i++) {
        uint32_t at = h.fragment_offset + i;
        uint8_t byte = record.ptr[HANDSHAKE_HEADER + i];
        s->conflicts += s->messages[h.message_seq].sent[at]
                     && s->messages[h.message_seq].body[at] != byte;
        s->messages[h.message_seq].sent[at] = true;
        s->messages[h.message_seq].body[at] = byte;
    }
}

static void note(struct world *world, struct world_datagram *d)
{
    struct sent_messages *all = world->config.user, *s = &all[d->from];
    struct story_record r = { .end = 0 };

    while (story_next_record(d->bytes, d->len, &r)) {
        bool *used = &s->used[r.header.epoch][r.header.sequence_number % NUMBERS];
        s->records++;
        s->reused += *used;
        *used = true;
        if (r.header.type == CONTENT_HANDSHAKE && r.header.epoch == 0)
            note_fragment(
                s, (skiff_bytes){ d->bytes + r.from + RECORD_HEADER, r.header.length });
    }
    CU_ASSERT_EQUAL(r.end, d->len); /* nothing lies behind the last */
}

static void note_and_lose(struct world *world, struct world_datagram *d)
{
    for (int i = 0; i < 2; i++) /* each time cut differently */
        CU_ASSERT_EQUAL(skiff_dtls_set_mtu(world->ends[i].dtls,
                                           (uint16_t)(228 + world_chance(world, 900))),
                        SKIFF_OK);
    note(world, d);
    if (world_chance(world, 3) == 0)
        d->copies = 0;
}

/* CVE-2026-84782, CVE-2026-26014: never a stale byte, never a number twice. */
static void a_flight_that_is_sent_again_has_the_same_bytes_in_new_records(void)
{
    static struct sent_messages all[2];
    struct story s;

    story_prepare(&s);
    s.network.meddler = note_and_lose;
    s.network.user = all;
    for (int i = 0; i < 2; i++)
        s.settings[i].handshake_timeout = SKIFF_MSEC(100000);
    story_begin(&s);
    unsigned resent = 0;
    for (s.network.seed = 1; s.network.seed <= suite_rounds(60); s.network.seed++) {
        memset(all, 0, sizeof all);
        story_again(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_EQUAL(all[i].conflicts, 0);
            CU_ASSERT_EQUAL(all[i].reused, 0);
            resent += story_info(&s, i).flights_resent;
        }
    }
    CU_ASSERT_TRUE(resent > 0);
    story_end(&s);
}

/* --- the sealed half of a flight ------------------------------------------------------ */

struct finished {
    unsigned count, differ;
    uint8_t message[HANDSHAKE_HEADER + VERIFY_DATA];
};

/* Opens each Finished of the server with the keys the client has for it. */
static void open_finished(struct world *world, struct world_datagram *d)
{
    struct finished *f = world->config.user;
    struct skiff_dtls *server = world->ends[SERVER_END].dtls;
    struct story_record r = { .end = 0 };
    uint8_t copy[128];

    while (d->from == SERVER_END && story_next_record(d->bytes, d->len, &r)) {
        struct incoming in = { .type = r.header.type,
                               .version = r.header.version,
                               .epoch = 1,
                               .number = r.header.sequence_number,
                               .body = copy,
                               .len = r.header.length };
        if (r.header.epoch != 1 || in.len > sizeof copy)
            continue;
        memcpy(copy, d->bytes + r.from + RECORD_HEADER, in.len);
        struct opening ours = { .keys = server->ours.keys };
        CU_ASSERT_EQUAL(skf_record_open(server->context->crypto, &ours, &in),
                        RECORD_OPENED);
        CU_ASSERT_EQUAL_FATAL(in.len, sizeof f->message);
        f->differ += f->count > 0 && memcmp(f->message, in.body, in.len) != 0;
        memcpy(f->message, in.body, in.len);
        f->count++;
    }
    if (d->from == SERVER_END && d->bytes[0] == CONTENT_CHANGE_CIPHER_SPEC && f->count < 5)
        d->copies = 0;
}

static void a_finished_that_is_sent_again_is_the_same(void)
{
    struct finished f = { .count = 0 };
    struct story s;

    story_prepare(&s);
    s.network.meddler = open_finished;
    s.network.user = &f;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(f.count, 5);
    CU_ASSERT_EQUAL(f.differ, 0);
    story_end(&s);
}

/* dimpl issue 147, pion 4fcce60: what is old and what is new in one datagram. */
static void a_datagram_may_hold_what_was_repeated_and_what_is_new(void)
{
    struct story_recording recording = { .num = 0 };
    uint8_t both[2 * WORLD_DATAGRAM];
    struct story s;

    story_prepare(&s);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25)); /* both said their first flights */
    CU_ASSERT_EQUAL_FATAL(recording.num, 3);
    const struct world_datagram *old = &recording.captured[0],
                                *new = &recording.captured[2];
    memcpy(both, old->bytes, old->len);
    memcpy(both + old->len, new->bytes, new->len);
    CU_ASSERT_EQUAL(world_deliver(&s.world, SERVER_END, both, old->len + new->len),
                    SKIFF_OK);
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].connected);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

CU_TestInfo resend_tests[] = {
    TEST(a_flight_that_is_sent_again_has_the_same_bytes_in_new_records),
    TEST(a_finished_that_is_sent_again_is_the_same),
    TEST(a_datagram_may_hold_what_was_repeated_and_what_is_new),
    CU_TEST_INFO_NULL,
};
