/* partial_hello_test.c - first hellos of several datagrams that come to handles: each waits
 * in a slot of its handle, and nobody else's can take its place. */
#include "../suite.h"

#include <stdlib.h>

#include "association/association_state.h"
#include "association/context.h"
#include "pair.h"
#include "story.h"
#include "wire/handshake.h"
#include "wire/numbers.h"

enum { CALLERS = 200, SMALL_MTU = 228 };

/* Clients whose hellos are of several datagrams, each with a server handle. */
struct callers {
    skiff_context *outside, *inside;
    size_t num;
    struct pair pairs[CALLERS];
};

static skiff_dtls *server(const struct callers *c, size_t i)
{
    return c->pairs[i].ends[SERVER_END];
}

static void begin_pair(struct callers *c, struct pair *p)
{
    p->now = SKIFF_MSEC(9000000);
    for (int end = 0; end < 2; end++) {
        CU_ASSERT_EQUAL_FATAL(
            skiff_dtls_new(end == CLIENT_END ? c->outside : c->inside,
                           end == CLIENT_END ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE,
                           p->now, &p->ends[end]),
            SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(p->ends[end], true), SKIFF_OK);
    }
}

static struct callers *callers_new(size_t num, uint32_t slots)
{
    static const char *const long_list[] = {
        "a-protocol-with-a-name-so-long-that-no-hello-that-names-it-fits-into-one-datagram",
        "another-protocol-with-a-name-that-is-as-long-as-the-name-of-the-first-one-or-"
        "longer"
    };
    skiff_context_config config = skiff_context_defaults();
    struct callers *c = calloc(1, sizeof *c);

    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    c->num = num;
    config.max_handshakes = slots;
    c->inside = world_context(SERVER_END, &config);
    config.max_handshakes = CALLERS;
    config.mtu = SMALL_MTU;
    config.alpn = long_list;
    config.num_alpn = 2;
    c->outside = world_context(CLIENT_END, &config);
    for (size_t i = 0; i < num; i++)
        begin_pair(c, &c->pairs[i]);
    return c;
}

static void callers_free(struct callers *c)
{
    for (size_t i = 0; i < 2 * c->num; i++)
        skiff_dtls_free(c->pairs[i / 2].ends[i % 2]);
    skiff_context_free(c->outside);
    skiff_context_free(c->inside);
    free(c);
}

static void time_passes(struct callers *c, skiff_time time)
{
    for (size_t i = 0; i < c->num; i++)
        c->pairs[i].now += time;
}

/* All say their hellos; of each the first `most` datagrams arrive, in turn with the others.
 */
static void send_hellos(struct callers *c, unsigned most)
{
    for (size_t i = 0; i < c->num; i++)
        pair_poll(&c->pairs[i], CLIENT_END);
    for (unsigned n = 0; n < most; n++)
        for (size_t i = 0; i < c->num; i++)
            (void)pair_step(&c->pairs[i]);
}

/* Everybody's next datagram arrives before anybody's second. */
static void talk_in_turn(struct callers *c)
{
    bool any = true;

    while (any) {
        any = false;
        for (size_t i = 0; i < c->num; i++)
            any = pair_step(&c->pairs[i]) || any;
    }
}

static size_t num_connected(const struct callers *c)
{
    size_t num = 0;

    for (size_t i = 0; i < c->num; i++)
        num += pair_is_connected(&c->pairs[i]) && pair_agrees(&c->pairs[i]);
    return num;
}

static skiff_dtls_counters counters_of(const skiff_dtls *dtls)
{
    skiff_dtls_counters counters;

    skiff_dtls_get_counters(dtls, &counters, sizeof counters);
    return counters;
}

/* A part of a hello that nobody says, as anybody could send it. */
static skiff_status forge_part(struct callers *c, size_t i, uint16_t seq, uint32_t length)
{
    struct record_header record = { .type = CONTENT_HANDSHAKE,
                                    .version = DTLS_1_2,
                                    .length = HANDSHAKE_HEADER + 10 };
    struct handshake_header h = { .msg_type = HANDSHAKE_CLIENT_HELLO,
                                  .message_seq = seq,
                                  .length = length,
                                  .fragment_length = 10 };
    uint8_t body[HANDSHAKE_HEADER + 10] = { 0 }, bytes[SKIFF_HEAD + 64];
    size_t size;

    CU_ASSERT_TRUE(handshake_header_write(&h, body, sizeof body, &size));
    skiff_packet packet = { .data = bytes, .limit = 64 };
    packet.len = (uint32_t)story_forge(bytes, record, body);
    return skiff_dtls_receive(server(c, i), c->pairs[i].now, &packet);
}

static void hellos_that_are_cut_and_interleaved_all_connect_at_once(void)
{
    static const size_t crowds[] = { 2, 16, 17, 64, CALLERS };

    for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++) {
        struct callers *c = callers_new(crowds[i], CALLERS);
        send_hellos(c, 1);
        CU_ASSERT_EQUAL(c->inside->slots.used, crowds[i]);
        talk_in_turn(c);
        CU_ASSERT_EQUAL(num_connected(c), crowds[i]);
        for (size_t n = 0; n < crowds[i]; n++)
            CU_ASSERT_EQUAL(counters_of(c->pairs[n].ends[0]).flights_resent, 0);
        CU_ASSERT_EQUAL(c->inside->slots.used, 0);
        callers_free(c);
    }
}

/* Whoever can send to one handle spoils that handle's hello, and nobody else's. */
static void what_is_forged_for_one_handle_costs_no_other_an_entry(void)
{
    struct callers *c = callers_new(20, CALLERS);

    send_hellos(c, 1);
    for (uint32_t i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(forge_part(c, 0, (uint16_t)(i % 8), 500 + i), SKIFF_OK);
    CU_ASSERT_EQUAL(c->inside->slots.used, 20);
    talk_in_turn(c);
    CU_ASSERT_TRUE(num_connected(c) >= 19);
    for (int i = 0; i < 8; i++, talk_in_turn(c)) {
        time_passes(c, SKIFF_MSEC(100));
        send_hellos(c, 0);
    }
    CU_ASSERT_EQUAL(num_connected(c), 20);
    callers_free(c);
}

static void without_a_free_slot_no_part_is_kept_and_the_client_sends_it_again(void)
{
    struct callers *c = callers_new(24, 10);

    send_hellos(c, 1);
    CU_ASSERT_EQUAL(c->inside->slots.used, 10);
    for (size_t i = 0; i < 24; i++)
        CU_ASSERT_EQUAL(counters_of(server(c, i)).drop_no_slot, i < 10 ? 0 : 1);
    for (int i = 0; i < 20 && num_connected(c) < 24; i++) {
        talk_in_turn(c);
        time_passes(c, SKIFF_MSEC(90));
        send_hellos(c, 0);
    }
    CU_ASSERT_EQUAL(num_connected(c), 24);
    callers_free(c);
}

/* Handshakes have been idle for longer: the hello goes first all the same. */
static void a_partial_hello_releases_its_slot_before_any_handshake_does(void)
{
    struct callers *c = callers_new(11, 10);

    for (size_t i = 0; i < 8; i++) {
        pair_poll(&c->pairs[i], CLIENT_END);
        while (server(c, i)->phase != HANDSHAKING && pair_step(&c->pairs[i]))
            continue;
        c->pairs[i].num = 0;
    }
    time_passes(c, SKIFF_MSEC(500));
    CU_ASSERT_EQUAL(forge_part(c, 8, 0, 500), SKIFF_OK);
    time_passes(c, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(forge_part(c, 9, 0, 500), SKIFF_OK);
    CU_ASSERT_PTR_NULL(server(c, 8)->slot);
    CU_ASSERT_PTR_NOT_NULL(server(c, 9)->slot);
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT_PTR_NOT_NULL(server(c, i)->slot);
    pair_talk(&c->pairs[8]); /* it is where it was before */
    CU_ASSERT_FALSE(c->pairs[8].failed[SERVER_END]);
    CU_ASSERT_TRUE(pair_is_connected(&c->pairs[8]));
    callers_free(c);
}

/* Who keeps on sending parts is no less idle. */
static void parts_that_come_again_do_not_keep_a_slot(void)
{
    struct callers *c = callers_new(10, 10);

    for (size_t i = 0; i < 9; i++)
        CU_ASSERT_EQUAL(forge_part(c, i, 0, 500), SKIFF_OK);
    for (int n = 0; n < 12; n++) {
        time_passes(c, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(forge_part(c, 0, 0, 500), SKIFF_OK);
    }
    CU_ASSERT_EQUAL(forge_part(c, 9, 0, 500), SKIFF_OK);
    CU_ASSERT_PTR_NULL(server(c, 0)->slot);
    callers_free(c);
}

/* It has not begun: no time runs, and nothing in plaintext can end it. */
static void a_handle_with_a_partial_hello_waits_as_ever(void)
{
    static const uint8_t fatal[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40 };
    struct callers *c = callers_new(1, 4);
    struct pair *p = &c->pairs[0];
    uint8_t bytes[sizeof fatal];
    skiff_packet packet = { .data = bytes, .len = sizeof fatal, .limit = sizeof fatal };

    CU_ASSERT_EQUAL(forge_part(c, 0, 0, 500), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(server(c, 0)), SKIFF_NEVER);
    memcpy(bytes, fatal, sizeof fatal);
    (void)!skiff_dtls_receive(server(c, 0), p->now, &packet);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(server(c, 0)), SKIFF_NEVER);
    time_passes(c, SKIFF_MSEC(3600000));
    pair_poll(p, SERVER_END);
    CU_ASSERT_FALSE(p->failed[SERVER_END]);
    pair_talk(p);
    CU_ASSERT_TRUE(pair_is_connected(p));
    callers_free(c);
}

static void a_hello_that_no_slot_could_hold_uses_none(void)
{
    struct callers *c = callers_new(1, 4);

    (void)!forge_part(c, 0, 0, 0xffffff);
    CU_ASSERT_PTR_NULL(server(c, 0)->slot);
    CU_ASSERT_EQUAL(counters_of(server(c, 0)).drop_fragment, 1);
    send_hellos(c, 1);
    (void)!forge_part(c, 0, 0, 0xffffff); /* nor does it drive out another */
    talk_in_turn(c);
    CU_ASSERT_TRUE(pair_is_connected(&c->pairs[0]));
    callers_free(c);
}

/* The answer's a=setup may come after the first datagram. */
static void an_end_that_becomes_a_client_releases_the_slot(void)
{
    struct callers *c = callers_new(1, 4);
    struct pair *p = &c->pairs[0];

    skiff_dtls_free(p->ends[SERVER_END]);
    CU_ASSERT_EQUAL(
        skiff_dtls_new(c->inside, SKIFF_ROLE_ACTPASS, p->now, &p->ends[SERVER_END]),
        SKIFF_OK);
    CU_ASSERT_EQUAL(forge_part(c, 0, 0, 500), SKIFF_OK);
    CU_ASSERT_EQUAL(c->inside->slots.used, 1);
    CU_ASSERT_EQUAL(skiff_dtls_set_role(p->ends[SERVER_END], SKIFF_ROLE_ACTIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(c->inside->slots.used, 0);
    pair_poll(p, SERVER_END);
    CU_ASSERT_EQUAL(c->inside->slots.used, 1);
    CU_ASSERT_EQUAL(p->queue[0].to, CLIENT_END);
    callers_free(c);
}

/* A later handle may lie at the same address: what came for this one is not for that. */
static void a_partial_hello_is_forgotten_with_its_handle(void)
{
    struct callers *c = callers_new(1, 4);
    struct pair *p = &c->pairs[0];

    send_hellos(c, 1);
    CU_ASSERT_EQUAL(c->inside->slots.used, 1);
    skiff_dtls_free(p->ends[SERVER_END]);
    CU_ASSERT_EQUAL(c->inside->slots.used, 0);
    CU_ASSERT_EQUAL(
        skiff_dtls_new(c->inside, SKIFF_ROLE_PASSIVE, p->now, &p->ends[SERVER_END]),
        SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_set_trusted(p->ends[SERVER_END], true), SKIFF_OK);
    talk_in_turn(c);
    CU_ASSERT_FALSE(pair_is_connected(p));
    time_passes(c, SKIFF_MSEC(100));
    pair_talk(p);
    CU_ASSERT_TRUE(pair_is_connected(p));
    callers_free(c);
}

CU_TestInfo partial_hello_tests[] = {
    TEST(hellos_that_are_cut_and_interleaved_all_connect_at_once),
    TEST(what_is_forged_for_one_handle_costs_no_other_an_entry),
    TEST(without_a_free_slot_no_part_is_kept_and_the_client_sends_it_again),
    TEST(a_partial_hello_releases_its_slot_before_any_handshake_does),
    TEST(parts_that_come_again_do_not_keep_a_slot),
    TEST(a_handle_with_a_partial_hello_waits_as_ever),
    TEST(a_hello_that_no_slot_could_hold_uses_none),
    TEST(an_end_that_becomes_a_client_releases_the_slot),
    TEST(a_partial_hello_is_forgotten_with_its_handle),
    CU_TEST_INFO_NULL,
};
