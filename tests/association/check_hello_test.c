/* check_hello_test.c - first datagrams judged before anything is kept for their sender. */
#include "../suite.h"

#include "../dtls/hello_check.h"
#include "association/association_state.h"
#include "association/context.h"
#include "../dtls/story.h"
#include "../dtls/vector.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/numbers.h"

static void a_client_proves_its_address_and_is_accepted(void)
{
    static const uint16_t mtus[] = { 1200, 228 };
    struct world_datagram sent;
    struct hello_check d;

    for (size_t i = 0; i < 2; i++) {
        hello_check_begin(&d, mtus[i]);
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_REPLY);
        CU_ASSERT_EQUAL(d.packet.data[RECORD_HEADER], HANDSHAKE_HELLO_VERIFY_REQUEST);
        hello_check_client_receives(&d);
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_ACCEPT);
        hello_check_end(&d);
    }
}

static void the_last_datagram_is_enough_for_the_handle(void)
{
    static const uint16_t mtus[] = { 1200, 228 };
    struct world_datagram sent;
    struct hello_check d;

    for (size_t i = 0; i < 2; i++) {
        hello_check_begin(&d, mtus[i]);
        (void)hello_check_reply_to_last(&d, here, &sent);
        hello_check_client_receives(&d);
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_ACCEPT);
        CU_ASSERT_TRUE(hello_check_server_receives(&d, &sent));
        hello_check_end(&d);
    }
}

static void a_cookie_is_bound_to_the_address(void)
{
    struct world_datagram sent;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    (void)hello_check_reply_to_last(&d, here, &sent);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    CU_ASSERT_EQUAL(hello_check_reply(&d, there, &sent), SKIFF_HELLO_REPLY);
    CU_ASSERT_EQUAL(hello_check_reply(&d, (skiff_bytes){ here.ptr, 13 }, &sent),
                    SKIFF_HELLO_REPLY);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    hello_check_end(&d);
}

static void a_cookie_with_any_other_bit_is_asked_for_again(void)
{
    struct world_datagram sent;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    (void)hello_check_reply_to_last(&d, here, &sent);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    size_t cookie = RECORD_HEADER + HANDSHAKE_HEADER + 2 + RANDOM + 1 + 1;
    for (size_t bit = 0; bit < 8 * COOKIE; bit++) {
        sent.bytes[cookie + bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
        sent.bytes[cookie + bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    sent.bytes[cookie - 3] ^= 1; /* the random it was made for */
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
    hello_check_end(&d);
}

static void an_old_cookie_is_asked_for_again(void)
{
    struct world_datagram sent;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    (void)hello_check_reply_to_last(&d, here, &sent);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    d.now += SKIFF_MSEC(60000);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    d.now += SKIFF_MSEC(60000);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
    hello_check_end(&d);
}

/* The last reply once more, with another cookie: to the record of that number. */
static skiff_status deliver_another_cookie(struct hello_check *d, const uint8_t *reply,
                                           size_t len, uint8_t number)
{
    skiff_packet *packet = hello_check_packet(d);

    memcpy(packet->data, reply, len);
    packet->len = (uint32_t)len;
    packet->data[10] = number;
    packet->data[len - 1] ^= 1;
    return skiff_dtls_receive(d->client, d->now, packet);
}

/* A round trip longer than the first timeout: the hello went out twice, and a server that
 * keeps no state has replied to both. Its ServerHello to the second hello is on its way. */
static void a_late_reply_to_a_hello_of_before_is_ignored(void)
{
    uint8_t reply[256];
    struct world_datagram sent, again;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    d.now += SKIFF_MSEC(60);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &again));
    CU_ASSERT_EQUAL(again.bytes[10], 1);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
    size_t len = d.packet.len;
    CU_ASSERT_TRUE_FATAL(len <= sizeof reply);
    memcpy(reply, d.packet.data, len);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    CU_ASSERT_EQUAL(sent.bytes[10], 2);

    CU_ASSERT_EQUAL(deliver_another_cookie(&d, reply, len, 1), SKIFF_ERR_DROPPED);
    CU_ASSERT_FALSE(hello_check_client_sends(&d, &again));
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_ACCEPT);

    CU_ASSERT_EQUAL(deliver_another_cookie(&d, reply, len, 2), SKIFF_OK);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &again));
    CU_ASSERT_EQUAL(again.bytes[RECORD_HEADER + 5], 2); /* message_seq */
    hello_check_end(&d);
}

/* RFC 6347 section 4.2.1: the record has the number of the hello's, the version is 1.0. */
static void a_reply_looks_as_the_rfc_states(void)
{
    struct world_datagram sent;
    struct record_header header;
    struct hello_verify_request m;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    sent.bytes[10] = 7; /* the number of the record */
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
    CU_ASSERT_TRUE(
        record_header_read(&header, (skiff_bytes){ d.packet.data, RECORD_HEADER }));
    CU_ASSERT_EQUAL(header.sequence_number, 7);
    CU_ASSERT_EQUAL(header.epoch, 0);
    skiff_bytes body = { d.packet.data + RECORD_HEADER + HANDSHAKE_HEADER,
                         d.packet.len - RECORD_HEADER - HANDSHAKE_HEADER };
    CU_ASSERT_TRUE(hello_verify_request_read(&m, body));
    CU_ASSERT_EQUAL(m.server_version, DTLS_1_0);
    CU_ASSERT_TRUE(d.packet.len <= sent.len);
    hello_check_end(&d);
}

static void nothing_is_kept_for_a_sender(void)
{
    struct world_datagram sent;
    struct partial_hellos before;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    before = d.context->partial_hellos;
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(hello_check_reply(&d, i % 2 == 0 ? here : there, &sent),
                        SKIFF_HELLO_REPLY);
    CU_ASSERT_EQUAL(memcmp(&before, &d.context->partial_hellos, sizeof before), 0);
    CU_ASSERT_EQUAL(d.context->slots.used, 0);
    CU_ASSERT_EQUAL(d.context->handles, 0);
    hello_check_end(&d);
}

static void what_is_no_hello_is_ignored(void)
{
    static uint8_t zeros[100];
    struct world_datagram sent;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    struct world_datagram good = sent;
    for (size_t len = 0; len < good.len; len++) {
        sent = good;
        sent.len = len;
        CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_IGNORE);
    }
    static const size_t places[] = { 0, 1, 3, 4, 11, 13, RECORD_HEADER + HANDSHAKE_HEADER };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        sent = good;
        sent.bytes[places[i]] ^= 3;
        CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_IGNORE);
    }
    CU_ASSERT_EQUAL(hello_check_reply(&d, (skiff_bytes){ zeros, sizeof zeros }, &good),
                    SKIFF_HELLO_IGNORE);
    hello_check_end(&d);
}

/* The versions of a client, and of the context that checks its hello. */
struct versions {
    uint16_t client_min, client_max, server_min, server_max;
};

static void begin_with(struct hello_check *d, const struct versions *v)
{
    skiff_context_config client = skiff_context_defaults(), server = client;

    hello_check_begin(d, 1200);
    skiff_dtls_free(d->client);
    skiff_context_free(d->outside);
    skiff_context_free(d->context);
    client.min_version = v->client_min;
    client.max_version = v->client_max;
    server.min_version = v->server_min;
    server.max_version = v->server_max;
    d->outside = world_context(CLIENT_END, &client);
    d->context = world_context(SERVER_END, &server);
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(d->outside, SKIFF_ROLE_ACTIVE, d->now, &d->client),
                          SKIFF_OK);
}

static bool gets_protocol_version(struct hello_check *d, const struct world_datagram *sent)
{
    static const uint8_t alert[] = { ALERT_FATAL, ALERT_PROTOCOL_VERSION };

    return hello_check_reply(d, here, sent) == SKIFF_HELLO_REPLY
        && d->packet.len == RECORD_HEADER + sizeof alert
        && d->packet.data[0] == CONTENT_ALERT
        && memcmp(d->packet.data + RECORD_HEADER, alert, sizeof alert) == 0;
}

/* RFC 8446 sections 4.2.1 and D.2: as a handle would refuse it. */
static void a_hello_without_a_version_of_ours_is_refused_with_an_alert(void)
{
    enum { OLD = SKIFF_DTLS_1_2, NEW = SKIFF_DTLS_1_3 };
    static const struct versions none_in_common[] = { { OLD, OLD, NEW, NEW },
                                                      { NEW, NEW, OLD, OLD } };
    struct world_datagram sent;
    struct hello_check d;

    for (size_t i = 0; i < 2; i++) {
        begin_with(&d, &none_in_common[i]);
        CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
        CU_ASSERT_TRUE(gets_protocol_version(&d, &sent));
        hello_check_end(&d);
    }
    begin_with(&d, &(struct versions){ OLD, OLD, OLD, NEW });
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
    CU_ASSERT_EQUAL(d.packet.data[RECORD_HEADER], HANDSHAKE_HELLO_VERIFY_REQUEST);
    sent.bytes[RECORD_HEADER + HANDSHAKE_HEADER + 1] = DTLS_1_0 & 0xff;
    CU_ASSERT_TRUE(gets_protocol_version(&d, &sent));
    hello_check_end(&d);
}

/* Of a hello in fragments, whatever their number, one reply: never more than came. */
static void the_fragments_of_a_hello_bring_one_reply_whatever_their_order(void)
{
    struct world_datagram sent[8];
    struct hello_check d;
    size_t num = 0;

    hello_check_begin(&d, 228);
    while (num < 8 && hello_check_client_sends(&d, &sent[num]))
        num++;
    CU_ASSERT_TRUE_FATAL(num > 0);
    size_t arrived = 0, went = 0;
    for (int round = 0; round < 3; round++)
        for (size_t i = num; i-- > 0;) {
            arrived += sent[i].len;
            if (hello_check_reply(&d, here, &sent[i]) == SKIFF_HELLO_REPLY)
                went += d.packet.len;
        }
    CU_ASSERT_TRUE(went > 0 && went <= arrived);
    hello_check_end(&d);
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

static void a_hello_whose_last_datagram_is_tiny_gets_a_response_too(void)
{
    struct world_datagram whole, parts[2];
    struct hello_check d;

    for (size_t behind = 1; behind < 30; behind++) {
        hello_check_begin(&d, 1200);
        CU_ASSERT_TRUE(hello_check_client_sends(&d, &whole));
        cut(&whole, behind, parts);
        CU_ASSERT_EQUAL(hello_check_reply(&d, here, &parts[0]), SKIFF_HELLO_IGNORE);
        CU_ASSERT_EQUAL(hello_check_reply(&d, here, &parts[1]), SKIFF_HELLO_REPLY);
        CU_ASSERT_TRUE(d.packet.len <= parts[0].len + parts[1].len);
        hello_check_end(&d);
    }
}

static skiff_bytes stranger(uint8_t address[2], int i)
{
    address[0] = (uint8_t)(i >> 8);
    address[1] = (uint8_t)i;
    return (skiff_bytes){ address, 2 };
}

static void parts_are_joined_for_each_address_apart_and_the_oldest_goes_first(void)
{
    struct world_datagram whole, parts[2];
    uint8_t address[2];
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &whole));
    cut(&whole, 50, parts);
    for (int i = 0; i <= PARTIAL_HELLOS; i++, d.now += SKIFF_MSEC(2))
        CU_ASSERT_EQUAL(hello_check_reply(&d, stranger(address, i), &parts[0]),
                        SKIFF_HELLO_IGNORE);
    for (int i = 1; i <= PARTIAL_HELLOS; i++)
        CU_ASSERT_EQUAL(hello_check_reply(&d, stranger(address, i), &parts[1]),
                        SKIFF_HELLO_REPLY);
    CU_ASSERT_EQUAL(hello_check_reply(&d, stranger(address, 0), &parts[1]),
                    SKIFF_HELLO_IGNORE);
    hello_check_end(&d);
}

/* Of more than there are places for, all at the same time, in step. */
static void with_more_parts_than_places_some_get_through_each_time(void)
{
    enum { ALL = 2 * PARTIAL_HELLOS };
    struct world_datagram whole, parts[2];
    bool replied[ALL] = { false };
    uint8_t address[2];
    int left = ALL, rounds = 0;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &whole));
    cut(&whole, 50, parts);
    for (; left > 0 && rounds < 30; rounds++, d.now += SKIFF_MSEC(50))
        for (int n = 0; n < 2; n++)
            for (int i = 0; i < ALL; i++)
                if (!replied[i]
                    && hello_check_reply(&d, stranger(address, i), &parts[n])
                           == SKIFF_HELLO_REPLY) {
                    replied[i] = true;
                    left--;
                }
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_TRUE(rounds <= 10);
    hello_check_end(&d);
}

/* Whatever one address sends, others' halves stay. */
static void an_address_has_one_entry_whatever_it_sends(void)
{
    struct world_datagram whole, parts[2], other;
    uint8_t address[2];
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &whole));
    cut(&whole, 50, parts);
    for (int i = 0; i < PARTIAL_HELLOS - 1; i++)
        CU_ASSERT_EQUAL(hello_check_reply(&d, stranger(address, i), &parts[0]),
                        SKIFF_HELLO_IGNORE);
    other = parts[0];
    for (int i = 0; i < 1000; i++) {
        other.bytes[RECORD_HEADER + 5] = (uint8_t)(i % 8); /* message_seq */
        CU_ASSERT_EQUAL(hello_check_reply(&d, here, &other), SKIFF_HELLO_IGNORE);
    }
    for (int i = 0; i < PARTIAL_HELLOS - 1; i++)
        CU_ASSERT_EQUAL(hello_check_reply(&d, stranger(address, i), &parts[1]),
                        SKIFF_HELLO_REPLY);
    hello_check_end(&d);
}

static void a_hello_that_claims_to_be_giant_uses_no_entry(void)
{
    struct world_datagram whole, parts[2], giant;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &whole));
    cut(&whole, 50, parts);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &parts[0]), SKIFF_HELLO_IGNORE);
    giant = parts[0];
    giant.bytes[RECORD_HEADER + 1] = 0xff;
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(hello_check_reply(&d, there, &giant), SKIFF_HELLO_IGNORE);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &parts[1]), SKIFF_HELLO_REPLY);
    hello_check_end(&d);
}

/* Such as of a client that began anew, or of somebody who forged it long ago. */
static void a_part_of_another_hello_from_there_stands_in_nobodys_way(void)
{
    struct world_datagram whole, parts[2], other, again;
    struct hello_check d;

    hello_check_begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &whole));
    cut(&whole, 50, parts);
    other = parts[0];
    other.bytes[RECORD_HEADER + HANDSHAKE_HEADER + 2] ^= 1; /* its random */
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &other), SKIFF_HELLO_IGNORE);
    d.now += SKIFF_MSEC(600000);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &parts[0]), SKIFF_HELLO_IGNORE);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &parts[1]), SKIFF_HELLO_REPLY);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &again));
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &again), SKIFF_HELLO_ACCEPT);
    hello_check_end(&d);
}

CU_TestInfo check_hello_tests[] = {
    TEST(a_client_proves_its_address_and_is_accepted),
    TEST(the_last_datagram_is_enough_for_the_handle),
    TEST(a_cookie_is_bound_to_the_address),
    TEST(a_cookie_with_any_other_bit_is_asked_for_again),
    TEST(an_old_cookie_is_asked_for_again),
    TEST(a_late_reply_to_a_hello_of_before_is_ignored),
    TEST(a_reply_looks_as_the_rfc_states),
    TEST(nothing_is_kept_for_a_sender),
    TEST(what_is_no_hello_is_ignored),
    TEST(a_hello_without_a_version_of_ours_is_refused_with_an_alert),
    TEST(the_fragments_of_a_hello_bring_one_reply_whatever_their_order),
    TEST(a_hello_whose_last_datagram_is_tiny_gets_a_response_too),
    TEST(parts_are_joined_for_each_address_apart_and_the_oldest_goes_first),
    TEST(with_more_parts_than_places_some_get_through_each_time),
    TEST(an_address_has_one_entry_whatever_it_sends),
    TEST(a_hello_that_claims_to_be_giant_uses_no_entry),
    TEST(a_part_of_another_hello_from_there_stands_in_nobodys_way),
    CU_TEST_INFO_NULL,
};
