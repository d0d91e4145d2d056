/* loss13_test.c - flights of 1.3 in several datagrams, of which some are lost: what is
 * missing is sent again, and nothing else (RFC 9147 sections 5.8 and 7). */
#include "../suite.h"

#include <stdio.h>

#include "association/context.h"
#include "plaintext.h"
#include "vector.h"

enum { MESSAGES = 8, BODY = 2048, SMALL_MTU = 228, MTU = 300 };

/* Which datagrams of an end are lost, and what all of them said. */
struct losses {
    int from;
    uint32_t lost;               /* bit n: datagram n */
    unsigned sent_again;         /* bytes of messages that had arrived */
    unsigned differ;             /* bytes that changed */
    unsigned flight_4, flight_5; /* datagrams, the first time */
    struct {
        bool sent[BODY], arrived[BODY];
        uint8_t body[BODY];
    } messages[2][MESSAGES];
};

static void note_fragment(struct losses *l, int from, const struct handshake_header *h,
                          const uint8_t *bytes, bool lost)
{
    if (h->message_seq >= MESSAGES || h->length > BODY)
        return;
    for (uint32_t i = 0; i < h->fragment_length; i++) {
        uint32_t at = h->fragment_offset + i;
        l->sent_again += l->messages[from][h->message_seq].arrived[at];
        l->differ += l->messages[from][h->message_seq].sent[at]
                  && l->messages[from][h->message_seq].body[at] != bytes[i];
        l->messages[from][h->message_seq].sent[at] = true;
        l->messages[from][h->message_seq].arrived[at] |= !lost;
        l->messages[from][h->message_seq].body[at] = bytes[i];
    }
}

static void lose(struct world *world, struct world_datagram *d)
{
    struct losses *l = world->config.user;
    bool lost = d->from == l->from && d->number < 32 && (l->lost >> d->number & 1) != 0;
    struct handshake_header h;
    struct opened_record record;
    const uint8_t *bytes;
    size_t at = 0;

    while (plaintext_next(world, d, &at, &record))
        for (size_t in = 0; plaintext_fragment(&record, &in, &h, &bytes);)
            note_fragment(l, d->from, &h, bytes, lost);
    if (lost)
        d->copies = 0;
}

static void prepare(struct story *s, struct losses *l, uint16_t mtu)
{
    memset(l, 0, sizeof *l);
    story_prepare(s);
    for (int i = 0; i < 2; i++)
        s->settings[i].mtu = mtu;
    s->network.meddler = lose;
    s->network.user = l;
}

/* More records than a flight of small certificates has. */
static void prepare_long(struct story *s, struct losses *l)
{
    prepare(s, l, SMALL_MTU);
    for (int i = 0; i < 2; i++)
        s->settings[i].identity = vector_identity("rsa2048");
}

/* How many datagrams the hello, flight 4 and flight 5 take when none is lost. */
struct sizes {
    unsigned hello, flight_4, flight_5;
};

static struct sizes sizes_of(uint16_t mtu)
{
    static struct losses l;
    struct sizes sizes;
    struct story s;

    prepare(&s, &l, mtu);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    sizes.hello = s.world.ends[CLIENT_END].sent;
    world_pass(&s.world, SKIFF_MSEC(10));
    sizes.flight_4 = s.world.ends[SERVER_END].sent;
    world_pass(&s.world, SKIFF_MSEC(10));
    sizes.flight_5 = s.world.ends[CLIENT_END].sent - sizes.hello;
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(sizes.flight_4 > 2 && sizes.flight_5 > 1);
    CU_ASSERT_EQUAL(l.sent_again, 0);
    story_end(&s);
    return sizes;
}

static bool keeps_to(const struct story *s, uint16_t mtu)
{
    return s->world.ends[0].largest <= mtu && s->world.ends[1].largest <= mtu;
}

/* Tells one story for each subset of `num` datagrams from `first` on. */
struct sweep {
    int from;
    uint16_t mtu;
    unsigned first, num;
};

static bool run_story(struct story *s, struct losses *l, const struct sweep *w,
                      uint32_t lost)
{
    memset(l, 0, sizeof *l);
    l->from = w->from;
    l->lost = lost << w->first;
    story_again(s);

    bool good = story_connects(s) && keeps_to(s, w->mtu) && l->differ == 0;
    world_pass(&s->world, SKIFF_MSEC(500));
    return good && s->context[0]->slots.used == 0 && s->context[1]->slots.used == 0;
}

/* `blind`: of these datagrams the first is needed to know anything of the others. */
static void run_all(const struct sweep *w, bool blind)
{
    static struct losses l;
    uint32_t all = (UINT32_C(1) << w->num) - 1;
    unsigned bad = 0;
    struct story s;

    prepare(&s, &l, w->mtu);
    story_begin(&s);
    for (uint32_t lost = 0; lost <= all && bad < 3; lost++) {
        bool good = run_story(&s, &l, w, lost);
        bool can_ask = lost != all && !(blind && (lost & 1) != 0);
        if (good && (!can_ask || l.sent_again == 0))
            continue;
        bad++;
        fprintf(stderr, "mtu %u, from %d, lost %x of %x, %u bytes said again\n", w->mtu,
                w->from, lost, all, l.sent_again);
        world_picture(&s.world);
    }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

static const uint16_t mtus[] = { SMALL_MTU, MTU };
enum { MTUS = sizeof mtus / sizeof *mtus };

static void any_part_of_a_hello_may_be_lost(void)
{
    for (size_t i = 0; i < MTUS; i++)
        run_all(&(struct sweep){ CLIENT_END, mtus[i], 0, sizes_of(mtus[i]).hello }, true);
}

static void what_is_lost_of_flight_4_is_sent_again_and_nothing_else(void)
{
    for (size_t i = 0; i < MTUS; i++)
        run_all(&(struct sweep){ SERVER_END, mtus[i], 0, sizes_of(mtus[i]).flight_4 },
                true);
}

static void what_is_lost_of_flight_5_is_sent_again_and_nothing_else(void)
{
    for (size_t i = 0; i < MTUS; i++) {
        struct sizes sizes = sizes_of(mtus[i]);
        run_all(&(struct sweep){ CLIENT_END, mtus[i], sizes.hello, sizes.flight_5 }, false);
    }
}

/* One ACK names them all, so that one more datagram is enough. */
static void of_a_long_flight_one_datagram_is_sent_again(void)
{
    static struct losses l;
    struct story s;

    prepare_long(&s, &l);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(500));
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };
    CU_ASSERT_TRUE(sent[CLIENT_END] > 6);
    for (unsigned n = 2; n < sent[CLIENT_END]; n++) {
        memset(&l, 0, sizeof l);
        l.lost = UINT32_C(1) << n;
        story_again(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        world_pass(&s.world, SKIFF_MSEC(500));
        CU_ASSERT_EQUAL(l.sent_again, 0);
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, sent[CLIENT_END] + 1);
        /* ACKs: of a part, of a part again when the timer expires, of all. */
        CU_ASSERT_TRUE(s.world.ends[SERVER_END].sent <= sent[SERVER_END] + 2);
    }
    story_end(&s);
}

/* Messages that are sealed, and the records that they come in. */
struct packing {
    unsigned messages, records, datagrams;
};

static void count_sealed(struct world *world, struct world_datagram *d)
{
    struct packing *p = &((struct packing *)world->config.user)[d->from];
    struct handshake_header h;
    struct opened_record record;
    const uint8_t *bytes;
    bool any = false;
    size_t at = 0;

    while (plaintext_next(world, d, &at, &record)) {
        bool sealed = record.sealed && record.type == CONTENT_HANDSHAKE;
        p->records += sealed;
        any |= sealed;
        for (size_t in = 0; sealed && plaintext_fragment(&record, &in, &h, &bytes);)
            p->messages++;
    }
    p->datagrams += any;
}

/* RFC 9147 section 5.5: sealing has its price by record. */
static void the_sealed_messages_of_a_datagram_are_in_one_record(void)
{
    struct packing p[2] = { 0 };
    struct story s;

    story_prepare(&s);
    s.network.meddler = count_sealed;
    s.network.user = p;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    /* EncryptedExtensions or Certificate, and all that follows. */
    CU_ASSERT_TRUE(p[SERVER_END].messages >= 5 && p[CLIENT_END].messages >= 3);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(p[i].records, p[i].datagrams);
    story_end(&s);
}

CU_TestInfo loss13_tests[] = {
    TEST(the_sealed_messages_of_a_datagram_are_in_one_record),
    TEST(any_part_of_a_hello_may_be_lost),
    TEST(what_is_lost_of_flight_4_is_sent_again_and_nothing_else),
    TEST(what_is_lost_of_flight_5_is_sent_again_and_nothing_else),
    TEST(of_a_long_flight_one_datagram_is_sent_again),
    CU_TEST_INFO_NULL,
};
