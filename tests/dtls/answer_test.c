/* answer_test.c - first datagrams judged before anything is kept for their sender. */
#include "../suite.h"

#include "door.h"
#include "dtls/association.h"
#include "dtls/context.h"
#include "story.h"
#include "vector.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/numbers.h"

static void a_client_proves_its_address_and_is_accepted(void)
{
    static const uint16_t mtus[] = { 1200, 228 };
    struct world_datagram said;
    struct door d;

    for (size_t i = 0; i < 2; i++) {
        door_begin(&d, mtus[i]);
        CU_ASSERT_EQUAL(door_answer_all(&d, here, &said), SKIFF_ANSWER_REPLY);
        CU_ASSERT_EQUAL(d.packet.data[RECORD_HEADER], HANDSHAKE_HELLO_VERIFY_REQUEST);
        door_client_hears(&d);
        CU_ASSERT_EQUAL(door_answer_all(&d, here, &said), SKIFF_ANSWER_ACCEPT);
        door_end(&d);
    }
}

static void the_last_datagram_is_enough_for_the_handle(void)
{
    static const uint16_t mtus[] = { 1200, 228 };
    struct world_datagram said;
    struct door d;

    for (size_t i = 0; i < 2; i++) {
        door_begin(&d, mtus[i]);
        (void)door_answer_all(&d, here, &said);
        door_client_hears(&d);
        CU_ASSERT_EQUAL(door_answer_all(&d, here, &said), SKIFF_ANSWER_ACCEPT);
        CU_ASSERT_TRUE(door_server_goes_on(&d, &said));
        door_end(&d);
    }
}

static void a_cookie_is_bound_to_the_address(void)
{
    struct world_datagram said;
    struct door d;

    door_begin(&d, 1200);
    (void)door_answer_all(&d, here, &said);
    door_client_hears(&d);
    CU_ASSERT_TRUE(door_client_says(&d, &said));
    CU_ASSERT_EQUAL(door_answer(&d, there, &said), SKIFF_ANSWER_REPLY);
    CU_ASSERT_EQUAL(door_answer(&d, (skiff_bytes){ here.ptr, 13 }, &said), SKIFF_ANSWER_REPLY);
    CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_ACCEPT);
    door_end(&d);
}

static void a_cookie_with_any_other_bit_is_asked_for_again(void)
{
    struct world_datagram said;
    struct door d;

    door_begin(&d, 1200);
    (void)door_answer_all(&d, here, &said);
    door_client_hears(&d);
    CU_ASSERT_TRUE(door_client_says(&d, &said));
    size_t cookie = RECORD_HEADER + HANDSHAKE_HEADER + 2 + RANDOM + 1 + 1;
    for (size_t bit = 0; bit < 8 * COOKIE; bit++) {
        said.bytes[cookie + bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_REPLY);
        said.bytes[cookie + bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    said.bytes[cookie - 3] ^= 1;                         /* the random it was made for */
    CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_REPLY);
    door_end(&d);
}

static void an_old_cookie_is_asked_for_again(void)
{
    struct world_datagram said;
    struct door d;

    door_begin(&d, 1200);
    (void)door_answer_all(&d, here, &said);
    door_client_hears(&d);
    CU_ASSERT_TRUE(door_client_says(&d, &said));
    d.now += SKIFF_MSEC(60000);
    CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_ACCEPT);
    d.now += SKIFF_MSEC(60000);
    CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_REPLY);
    door_end(&d);
}

/* RFC 6347 section 4.2.1: the record has the number of the hello's, the version is 1.0. */
static void a_reply_looks_as_the_rfc_says(void)
{
    struct world_datagram said;
    struct record_header header;
    struct hello_verify_request m;
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &said));
    said.bytes[10] = 7;                                  /* the number of the record */
    CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_REPLY);
    CU_ASSERT_TRUE(
        record_header_read(&header, (skiff_bytes){ d.packet.data, RECORD_HEADER }));
    CU_ASSERT_EQUAL(header.sequence_number, 7);
    CU_ASSERT_EQUAL(header.epoch, 0);
    skiff_bytes body = { d.packet.data + RECORD_HEADER + HANDSHAKE_HEADER,
                         d.packet.len - RECORD_HEADER - HANDSHAKE_HEADER };
    CU_ASSERT_TRUE(hello_verify_request_read(&m, body));
    CU_ASSERT_EQUAL(m.server_version, DTLS_1_0);
    CU_ASSERT_TRUE(d.packet.len <= said.len);
    door_end(&d);
}

static void nothing_is_kept_for_a_sender(void)
{
    struct world_datagram said;
    struct hellos before;
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &said));
    before = d.context->hellos;
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(door_answer(&d, i % 2 == 0 ? here : there, &said), SKIFF_ANSWER_REPLY);
    CU_ASSERT_EQUAL(memcmp(&before, &d.context->hellos, sizeof before), 0);
    CU_ASSERT_EQUAL(d.context->rooms.used, 0);
    CU_ASSERT_EQUAL(d.context->handles, 0);
    door_end(&d);
}

static void what_is_no_hello_is_ignored(void)
{
    static uint8_t zeros[100];
    struct world_datagram said;
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &said));
    struct world_datagram good = said;
    for (size_t len = 0; len < good.len; len++) {
        said = good;
        said.len = len;
        CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_IGNORE);
    }
    static const size_t places[] = { 0, 1, 3, 4, 11, 13 };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        said = good;
        said.bytes[places[i]] ^= 3;
        CU_ASSERT_EQUAL(door_answer(&d, here, &said), SKIFF_ANSWER_IGNORE);
    }
    CU_ASSERT_EQUAL(door_answer(&d, (skiff_bytes){ zeros, sizeof zeros }, &good),
                    SKIFF_ANSWER_IGNORE);
    door_end(&d);
}

/* Of a hello in fragments, whatever their number, one reply: never more than came. */
static void the_fragments_of_a_hello_bring_one_reply_whatever_their_order(void)
{
    struct world_datagram said[8];
    struct door d;
    size_t num = 0;

    door_begin(&d, 228);
    while (num < 8 && door_client_says(&d, &said[num]))
        num++;
    CU_ASSERT_TRUE_FATAL(num > 0);
    size_t came = 0, went = 0;
    for (int round = 0; round < 3; round++)
        for (size_t i = num; i-- > 0;) {
            came += said[i].len;
            if (door_answer(&d, here, &said[i]) == SKIFF_ANSWER_REPLY)
                went += d.packet.len;
        }
    CU_ASSERT_TRUE(went > 0 && went <= came);
    door_end(&d);
}

/* Cuts the body of a whole hello into two datagrams, the second of `behind` bytes. */
static void cut(const struct world_datagram *whole, size_t behind,
                struct world_datagram out[2])
{
    const size_t head = RECORD_HEADER + HANDSHAKE_HEADER, body = whole->len - head;
    const size_t lens[2] = { body - behind, behind }, at[2] = { 0, body - behind };

    for (int i = 0; i < 2; i++) {
        memcpy(out[i].bytes, whole->bytes, head);
        memcpy(out[i].bytes + head, whole->bytes + head + at[i], lens[i]);
        out[i].len = head + lens[i];
        out[i].bytes[11] = (uint8_t)((HANDSHAKE_HEADER + lens[i]) >> 8);
        out[i].bytes[12] = (uint8_t)(HANDSHAKE_HEADER + lens[i]);
        out[i].bytes[RECORD_HEADER + 7] = (uint8_t)(at[i] >> 8);
        out[i].bytes[RECORD_HEADER + 8] = (uint8_t)at[i];
        out[i].bytes[RECORD_HEADER + 10] = (uint8_t)(lens[i] >> 8);
        out[i].bytes[RECORD_HEADER + 11] = (uint8_t)lens[i];
    }
}

static void a_hello_whose_last_datagram_is_tiny_is_answered_too(void)
{
    struct world_datagram whole, parts[2];
    struct door d;

    for (size_t behind = 1; behind < 30; behind++) {
        door_begin(&d, 1200);
        CU_ASSERT_TRUE(door_client_says(&d, &whole));
        cut(&whole, behind, parts);
        CU_ASSERT_EQUAL(door_answer(&d, here, &parts[0]), SKIFF_ANSWER_IGNORE);
        CU_ASSERT_EQUAL(door_answer(&d, here, &parts[1]), SKIFF_ANSWER_REPLY);
        CU_ASSERT_TRUE(d.packet.len <= parts[0].len + parts[1].len);
        door_end(&d);
    }
}

static skiff_bytes stranger(uint8_t address[2], int i)
{
    address[0] = (uint8_t)(i >> 8);
    address[1] = (uint8_t)i;
    return (skiff_bytes){ address, 2 };
}

static void halves_are_joined_for_each_address_apart_and_the_oldest_goes_first(void)
{
    struct world_datagram whole, parts[2];
    uint8_t address[2];
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &whole));
    cut(&whole, 50, parts);
    for (int i = 0; i <= HELLOS; i++, d.now += SKIFF_MSEC(2))
        CU_ASSERT_EQUAL(door_answer(&d, stranger(address, i), &parts[0]), SKIFF_ANSWER_IGNORE);
    for (int i = 1; i <= HELLOS; i++)
        CU_ASSERT_EQUAL(door_answer(&d, stranger(address, i), &parts[1]), SKIFF_ANSWER_REPLY);
    CU_ASSERT_EQUAL(door_answer(&d, stranger(address, 0), &parts[1]), SKIFF_ANSWER_IGNORE);
    door_end(&d);
}

/* Of more than there are places for, all at the same time, in step. */
static void with_more_halves_than_places_some_get_through_each_time(void)
{
    enum { ALL = 2 * HELLOS };
    struct world_datagram whole, parts[2];
    bool answered[ALL] = { false };
    uint8_t address[2];
    int left = ALL, rounds = 0;
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &whole));
    cut(&whole, 50, parts);
    for (; left > 0 && rounds < 30; rounds++, d.now += SKIFF_MSEC(50))
        for (int n = 0; n < 2; n++)
            for (int i = 0; i < ALL; i++)
                if (!answered[i]
                    && door_answer(&d, stranger(address, i), &parts[n]) == SKIFF_ANSWER_REPLY) {
                    answered[i] = true;
                    left--;
                }
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_TRUE(rounds <= 10);
    door_end(&d);
}

/* Whatever one address sends, others' halves stay. */
static void an_address_has_one_place_whatever_it_sends(void)
{
    struct world_datagram whole, parts[2], other;
    uint8_t address[2];
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &whole));
    cut(&whole, 50, parts);
    for (int i = 0; i < HELLOS - 1; i++)
        CU_ASSERT_EQUAL(door_answer(&d, stranger(address, i), &parts[0]), SKIFF_ANSWER_IGNORE);
    other = parts[0];
    for (int i = 0; i < 1000; i++) {
        other.bytes[RECORD_HEADER + 5] = (uint8_t)(i % 8);            /* message_seq */
        CU_ASSERT_EQUAL(door_answer(&d, here, &other), SKIFF_ANSWER_IGNORE);
    }
    for (int i = 0; i < HELLOS - 1; i++)
        CU_ASSERT_EQUAL(door_answer(&d, stranger(address, i), &parts[1]), SKIFF_ANSWER_REPLY);
    door_end(&d);
}

static void a_hello_that_claims_to_be_giant_takes_no_place(void)
{
    struct world_datagram whole, parts[2], giant;
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &whole));
    cut(&whole, 50, parts);
    CU_ASSERT_EQUAL(door_answer(&d, here, &parts[0]), SKIFF_ANSWER_IGNORE);
    giant = parts[0];
    giant.bytes[RECORD_HEADER + 1] = 0xff;
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(door_answer(&d, there, &giant), SKIFF_ANSWER_IGNORE);
    CU_ASSERT_EQUAL(door_answer(&d, here, &parts[1]), SKIFF_ANSWER_REPLY);
    door_end(&d);
}

/* Such as of a client that began anew, or of somebody who forged it long ago. */
static void a_half_of_another_hello_from_there_stands_in_nobodys_way(void)
{
    struct world_datagram whole, parts[2], other, again;
    struct door d;

    door_begin(&d, 1200);
    CU_ASSERT_TRUE(door_client_says(&d, &whole));
    cut(&whole, 50, parts);
    other = parts[0];
    other.bytes[RECORD_HEADER + HANDSHAKE_HEADER + 2] ^= 1;           /* its random */
    CU_ASSERT_EQUAL(door_answer(&d, here, &other), SKIFF_ANSWER_IGNORE);
    d.now += SKIFF_MSEC(600000);
    CU_ASSERT_EQUAL(door_answer(&d, here, &parts[0]), SKIFF_ANSWER_IGNORE);
    CU_ASSERT_EQUAL(door_answer(&d, here, &parts[1]), SKIFF_ANSWER_REPLY);
    door_client_hears(&d);
    CU_ASSERT_TRUE(door_client_says(&d, &again));
    CU_ASSERT_EQUAL(door_answer(&d, here, &again), SKIFF_ANSWER_ACCEPT);
    door_end(&d);
}

CU_TestInfo answer_tests[] = {
    TEST(a_client_proves_its_address_and_is_accepted),
    TEST(the_last_datagram_is_enough_for_the_handle),
    TEST(a_cookie_is_bound_to_the_address),
    TEST(a_cookie_with_any_other_bit_is_asked_for_again),
    TEST(an_old_cookie_is_asked_for_again),
    TEST(a_reply_looks_as_the_rfc_says),
    TEST(nothing_is_kept_for_a_sender),
    TEST(what_is_no_hello_is_ignored),
    TEST(the_fragments_of_a_hello_bring_one_reply_whatever_their_order),
    TEST(a_hello_whose_last_datagram_is_tiny_is_answered_too),
    TEST(halves_are_joined_for_each_address_apart_and_the_oldest_goes_first),
    TEST(with_more_halves_than_places_some_get_through_each_time),
    TEST(an_address_has_one_place_whatever_it_sends),
    TEST(a_hello_that_claims_to_be_giant_takes_no_place),
    TEST(a_half_of_another_hello_from_there_stands_in_nobodys_way),
    CU_TEST_INFO_NULL,
};
