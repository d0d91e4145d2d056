/* hello_check_test.c - what is accepted before there is a handle, the handle accepts: the
 * same hellos, and as many as there are slots for. */
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>

#include "hello_check.h"
#include "association/association_state.h"
#include "association/context.h"
#include "association/first_hello.h"
#include "pair.h"
#include "story.h"
#include "wire/handshake.h"

/* --- one reader, one bound ---------------------------------------------------------- */

/* A client's hello with its cookie, which is accepted as it is. */
static void bring_cookie(struct hello_check *d, struct world_datagram *sent)
{
    hello_check_begin(d, 1200);
    CU_ASSERT_EQUAL(hello_check_reply_to_last(d, here, sent), SKIFF_HELLO_REPLY);
    hello_check_client_receives(d);
    CU_ASSERT_TRUE_FATAL(hello_check_client_sends(d, sent));
    CU_ASSERT_EQUAL(hello_check_reply(d, here, sent), SKIFF_HELLO_ACCEPT);
}

/* Whether a handle begins by it. */
static bool begins(struct hello_check *d, const struct world_datagram *sent)
{
    skiff_dtls *server = NULL;
    skiff_packet *packet = hello_check_packet(d);

    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(d->context, SKIFF_ROLE_PASSIVE, d->now, &server),
                          SKIFF_OK);
    memcpy(packet->data, sent->bytes, sent->len);
    packet->len = (uint32_t)sent->len;
    (void)!skiff_dtls_receive(server, d->now, packet);
    bool begun = server->phase != WAITING_FOR_START;
    skiff_dtls_free(server);
    return begun;
}

static void a_hello_whose_numbers_a_handle_would_refuse_is_not_accepted(void)
{
    struct world_datagram sent, changed;
    struct hello_check d;

    bring_cookie(&d, &sent);
    for (int seq = 0; seq < 256; seq++) {
        changed = sent;
        changed.bytes[RECORD_HEADER + 5] = (uint8_t)seq;
        bool accepted = hello_check_reply(&d, here, &changed) == SKIFF_HELLO_ACCEPT;
        CU_ASSERT_EQUAL(accepted, seq <= HELLO_SEQ_MAX);
        CU_ASSERT_EQUAL(accepted, begins(&d, &changed));
    }
    for (int bit = 0; bit < 48; bit++) {
        changed = sent;
        changed.bytes[10 - bit / 8] = (uint8_t)(1u << bit % 8);
        bool accepted = hello_check_reply(&d, here, &changed) == SKIFF_HELLO_ACCEPT;
        CU_ASSERT_EQUAL(accepted, begins(&d, &changed));
    }
    changed.bytes[10] = 1; /* 2^47 + 1 */
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &changed), SKIFF_HELLO_IGNORE);
    CU_ASSERT_FALSE(begins(&d, &changed));
    hello_check_end(&d);
}

/* A byte of it is another: who is accepted begins, or is told by an alert why not. */
static void whatever_is_accepted_begins_a_handshake(void)
{
    struct world_datagram sent, changed;
    unsigned accepted = 0, ignored = 0;
    struct hello_check d;

    bring_cookie(&d, &sent);
    for (size_t at = 0; at < sent.len; at++)
        for (int bit = 0; bit < 8; bit++) {
            changed = sent;
            changed.bytes[at] ^= (uint8_t)(1u << bit);
            if (hello_check_reply(&d, here, &changed) != SKIFF_HELLO_ACCEPT) {
                ignored++;
                continue;
            }
            accepted++;
            if (!begins(&d, &changed)) {
                printf("byte %zu, bit %d\n", at, bit);
                CU_FAIL("accepted, and the handle waits for ever");
            }
        }
    CU_ASSERT_TRUE(accepted > 0 && ignored > 0);
    hello_check_end(&d);
}

static void without_a_free_slot_nothing_is_accepted(void)
{
    struct world_datagram sent;
    skiff_dtls *other[2];
    struct hello_check d;

    bring_cookie(&d, &sent);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(skiff_dtls_new(d.context, SKIFF_ROLE_ACTIVE, d.now, &other[i]),
                        SKIFF_OK);
        skiff_bytes bytes;
        CU_ASSERT_EQUAL(skiff_dtls_poll(other[i], d.now, hello_check_packet(&d), &bytes),
                        SKIFF_DTLS_SEND);
    }
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_IGNORE);
    d.now += SKIFF_MSEC(1000); /* now one is idle */
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    CU_ASSERT_TRUE(begins(&d, &sent));
    for (int i = 0; i < 2; i++)
        skiff_dtls_free(other[i]);
    hello_check_end(&d);
}

/* --- many clients at once ----------------------------------------------------------- */

enum { CLIENTS = 1000, HANDSHAKE_SLOTS = 64 };

struct caller {
    struct pair pair; /* its server end is NULL until it is let in */
    bool stalled;     /* let in, and no hello was begun */
};

struct callers {
    skiff_context *outside, *inside;
    uint64_t chance;
    size_t num; /* of them; still more than slots where rounds are few */
    struct caller all[CLIENTS];
};

static struct callers *callers_new(void)
{
    skiff_context_config config = skiff_context_defaults();
    struct callers *v = calloc(1, sizeof *v);

    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    v->num = suite_rounds(CLIENTS) < CLIENTS ? 2 * HANDSHAKE_SLOTS : CLIENTS;
    config.max_handshakes = HANDSHAKE_SLOTS;
    v->inside = world_context(SERVER_END, &config);
    config.max_handshakes = CLIENTS;
    v->outside = world_context(CLIENT_END, &config);
    for (size_t i = 0; i < v->num; i++) {
        struct pair *p = &v->all[i].pair;
        p->now = SKIFF_MSEC(9000000);
        CU_ASSERT_EQUAL_FATAL(
            skiff_dtls_new(v->outside, SKIFF_ROLE_ACTIVE, p->now, &p->ends[CLIENT_END]),
            SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(p->ends[CLIENT_END], true), SKIFF_OK);
    }
    return v;
}

static void callers_free(struct callers *v)
{
    for (size_t i = 0; i < v->num; i++)
        for (int end = 0; end < 2; end++)
            skiff_dtls_free(v->all[i].pair.ends[end]);
    skiff_context_free(v->outside);
    skiff_context_free(v->inside);
    free(v);
}

static void send_to_client(struct pair *p, skiff_packet *packet)
{
    struct pair_datagram *d = &p->queue[p->num++];

    d->to = CLIENT_END;
    d->len = packet->len;
    memcpy(d->bytes, packet->data, packet->len);
}

static void accept_client(struct callers *v, struct caller *caller)
{
    struct pair *p = &caller->pair;
    skiff_dtls **server = &p->ends[SERVER_END];

    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(v->inside, SKIFF_ROLE_PASSIVE, p->now, server),
                          SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_set_trusted(*server, true), SKIFF_OK);
    (void)pair_step(p);
    caller->stalled = skiff_dtls_deadline(*server) == SKIFF_NEVER;
}

/* The next datagram of one of them arrives; a stranger's is checked. */
static bool step(struct callers *v, size_t i)
{
    struct pair *p = &v->all[i].pair;
    uint8_t bytes[SKIFF_HEAD + PAIR_DATAGRAM + SKIFF_TAIL];
    uint8_t address[2] = { i >> 8 & 0xff, i & 0xff };
    skiff_packet reply = { .data = bytes + SKIFF_HEAD, .limit = PAIR_DATAGRAM };
    struct pair_datagram *d = &p->queue[0];

    if (p->num == 0)
        return false;
    if (d->to == CLIENT_END || p->ends[SERVER_END] != NULL)
        return pair_step(p);
    skiff_hello_verdict verdict =
        skiff_context_check_hello(v->inside, p->now, (skiff_bytes){ address, 2 },
                                  (skiff_bytes){ d->bytes, d->len }, &reply);
    if (verdict == SKIFF_HELLO_ACCEPT) {
        accept_client(v, &v->all[i]);
        return true;
    }
    memmove(p->queue, p->queue + 1, --p->num * sizeof *p->queue);
    if (verdict == SKIFF_HELLO_REPLY)
        send_to_client(p, &reply);
    return true;
}

static size_t num_connected(const struct callers *v)
{
    size_t num = 0;

    for (size_t i = 0; i < v->num; i++)
        num += pair_is_connected(&v->all[i].pair);
    return num;
}

static bool arrives_now(struct callers *v)
{
    v->chance = v->chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (v->chance >> 33) % 4 == 0;
}

/* 10 ms, in which one in four of the datagrams on their way arrive. */
static void pass(struct callers *v)
{
    for (size_t i = 0; i < v->num; i++) {
        v->all[i].pair.now += SKIFF_MSEC(10);
        for (int end = 0; end < 2; end++)
            if (v->all[i].pair.ends[end] != NULL)
                pair_poll(&v->all[i].pair, end);
    }
    for (size_t i = 0; i < v->num; i++)
        for (size_t num = v->all[i].pair.num; num > 0 && arrives_now(v); num--)
            (void)step(v, i);
}

static void a_thousand_clients_at_once_on_64_slots_all_connect(void)
{
    struct callers *v = callers_new();
    size_t stuck = 0;

    for (int round = 0; round < 2500 && num_connected(v) < v->num; round++)
        pass(v);
    for (size_t i = 0; i < v->num; i++)
        stuck += v->all[i].stalled;
    CU_ASSERT_EQUAL(num_connected(v), v->num);
    CU_ASSERT_EQUAL(stuck, 0);
    callers_free(v);
}

CU_TestInfo hello_check_tests[] = {
    TEST(a_hello_whose_numbers_a_handle_would_refuse_is_not_accepted),
    TEST(whatever_is_accepted_begins_a_handshake),
    TEST(without_a_free_slot_nothing_is_accepted),
    TEST(a_thousand_clients_at_once_on_64_slots_all_connect),
    CU_TEST_INFO_NULL,
};
