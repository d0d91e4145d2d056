/* check_hello13_test.c - first datagrams of DTLS 1.3, asked back by a HelloRetryRequest
 * with a cookie (RFC 8446 section 4.2.2, RFC 9147 section 5.1). */
#include "../suite.h"

#include "../dtls/hello_check.h"
#include "association/association_state.h"
#include "association/context.h"
#include "../dtls/plaintext.h"
#include "../dtls/story.h"
#include "../dtls/vector.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/numbers.h"
#include "wire/record.h"

static void begin(struct hello_check *d, uint16_t mtu)
{
    hello_check_begin(d, mtu);
}

static bool asks_back(const struct hello_check *d)
{
    const uint8_t *body = d->packet.data + RECORD_HEADER + HANDSHAKE_HEADER;

    return d->packet.data[RECORD_HEADER] == HANDSHAKE_SERVER_HELLO
        && memcmp(body + 2, retry_random, RANDOM) == 0;
}

static bool client_is_connected_by(struct hello_check *d, const struct world_datagram *last)
{
    bool continues = hello_check_server_receives(d, last);
    skiff_bytes bytes;

    while (continues
           && skiff_dtls_poll(d->client, d->now, hello_check_packet(d), &bytes)
                  != SKIFF_DTLS_NOTHING)
        continue;
    return continues && d->client->protocol == &skf_dtls13 && d->client->connected;
}

static void a_client_brings_the_cookie_and_goes_on_in_1_3(void)
{
    static const uint16_t mtus[] = { 1200, 228 };
    struct world_datagram sent;
    struct hello_check d;

    for (size_t i = 0; i < 2; i++) {
        begin(&d, mtus[i]);
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_REPLY);
        CU_ASSERT_TRUE(asks_back(&d));
        hello_check_client_receives(&d);
        CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_ACCEPT);
        if (mtus[i] == 1200)
            CU_ASSERT_TRUE(client_is_connected_by(&d, &sent));
        hello_check_end(&d);
    }
}

static void cookie_and_group_are_asked_for_together(void)
{
    static const uint16_t p256[] = { GROUP_SECP256R1 };
    skiff_context_config config = skiff_context_defaults();
    struct world_datagram sent;
    struct hello_check d;

    begin(&d, 1200);
    skiff_context_free(d.context);
    config.max_version = SKIFF_DTLS_1_3;
    config.groups = p256;
    config.num_groups = 1;
    d.context = world_context(SERVER_END, &config);
    CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_REPLY);
    hello_check_client_receives(&d);
    CU_ASSERT_EQUAL(hello_check_reply_to_last(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    CU_ASSERT_TRUE(client_is_connected_by(&d, &sent));
    CU_ASSERT_EQUAL(d.client->group, GROUP_SECP256R1);
    hello_check_end(&d);
}

/* Fifteen bytes, in plaintext. */
static bool is_refused(struct hello_check *d, skiff_bytes peer,
                       const struct world_datagram *sent)
{
    static const uint8_t alert[] = { ALERT_FATAL, ALERT_ILLEGAL_PARAMETER };

    return hello_check_reply(d, peer, sent) == SKIFF_HELLO_REPLY
        && d->packet.len == RECORD_HEADER + sizeof alert
        && d->packet.data[0] == CONTENT_ALERT && d->packet.data[3] == 0
        && d->packet.data[4] == 0
        && memcmp(d->packet.data + RECORD_HEADER, alert, sizeof alert) == 0;
}

/* RFC 9147 section 5.1: it lets the client begin again without a cookie. */
static void a_cookie_that_is_not_good_is_refused_with_an_alert(void)
{
    struct world_datagram sent, changed;
    struct hello_check d;

    begin(&d, 1200);
    (void)hello_check_reply_to_last(&d, here, &sent);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    CU_ASSERT_TRUE(is_refused(&d, there, &sent));
    for (size_t bit = 0; bit < 8 * COOKIE; bit += 7) {
        changed = sent;
        uint8_t *cookie = d.client->slot->hs.cookie;
        size_t len = d.client->slot->hs.cookie_len;
        for (size_t at = 0; at + len <= changed.len; at++)
            if (memcmp(changed.bytes + at, cookie, len) == 0)
                changed.bytes[at + len - COOKIE + bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_TRUE(is_refused(&d, here, &changed));
    }
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    d.now += SKIFF_MSEC(300000);
    CU_ASSERT_TRUE(is_refused(&d, here, &sent));
    hello_check_end(&d);
}

/* RFC 8446 section 4.1.2: a client keeps its random. One that was asked by the answer to
 * somebody else's hello hears so at once, as its keys would be others than the server's. */
static void a_cookie_for_another_hello_is_refused_with_an_alert(void)
{
    enum { RANDOM_AT = RECORD_HEADER + HANDSHAKE_HEADER + 2 };
    struct world_datagram sent, changed;
    struct hello_check d;

    begin(&d, 1200);
    (void)hello_check_reply_to_last(&d, here, &sent);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    for (size_t i = 0; i < RANDOM; i += 31) {
        changed = sent;
        changed.bytes[RANDOM_AT + i] ^= 1;
        CU_ASSERT_TRUE(is_refused(&d, here, &changed));
    }
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_ACCEPT);
    hello_check_end(&d);
}

/* RFC 9147 section 5.3: as a handle would refuse it. */
static void a_hello_of_1_3_with_the_cookie_of_1_2_is_refused_with_an_alert(void)
{
    struct world_datagram sent = { .len = 0 };
    struct vector v;
    struct hello_check d;

    begin(&d, 1200);
    vector_read("chromium156-default-ch-after-hvr", &v);
    for (size_t i = 0; i < 2; i++) {
        sent.len = v.lines[i].len;
        memcpy(sent.bytes, v.lines[i].ptr, sent.len);
        if (i == 0)
            CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_IGNORE);
    }
    CU_ASSERT_TRUE(is_refused(&d, here, &sent));
    hello_check_end(&d);
}

static void a_handle_accepts_no_cookie_that_nobody_found_good(void)
{
    struct world_datagram sent;
    skiff_dtls *server = NULL;
    struct hello_check d;

    begin(&d, 1200);
    (void)hello_check_reply_to_last(&d, here, &sent);
    hello_check_client_receives(&d);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    CU_ASSERT_EQUAL(skiff_dtls_new(d.context, SKIFF_ROLE_PASSIVE, d.now, &server),
                    SKIFF_OK);
    memcpy(hello_check_packet(&d)->data, sent.bytes, sent.len);
    d.packet.len = (uint32_t)sent.len;
    CU_ASSERT_EQUAL(skiff_dtls_receive(server, d.now, &d.packet), SKIFF_OK);
    CU_ASSERT_PTR_NULL(server->slot);
    CU_ASSERT_EQUAL(server->failure.alert, ALERT_ILLEGAL_PARAMETER);
    skiff_dtls_free(server);
    hello_check_end(&d);
}

static void the_reply_is_not_longer_than_the_hello(void)
{
    struct world_datagram sent;
    struct hello_check d;

    begin(&d, 1200);
    CU_ASSERT_TRUE(hello_check_client_sends(&d, &sent));
    if (hello_check_reply(&d, here, &sent) == SKIFF_HELLO_REPLY)
        CU_ASSERT_TRUE(d.packet.len <= sent.len);
    hello_check_end(&d);
}

/* What a short hello has: 1.3, secp256r1, ecdsa_secp256r1_sha256, a profile of SRTP and an
 * empty key_share, which leaves that choice to the server. */
#define SHORT                                                                              \
  "\0\x2b\0\3\2\xfe\xfc\0\x0a\0\4\0\2\0\x17\0\x0d\0\4\0\2\4\3"                             \
  "\0\x0e\0\5\0\2\0\7\0\0\x33\0\2\0\0"
#define PADDING_OF_64 "\0\x15\0\x40" /* RFC 7685 */

static void write_short_hello(struct world_datagram *sent, bool is_padded)
{
    static const uint8_t suites[] = { 0x13, 0x01 }, none[] = { 0 };
    static const char extensions[sizeof(SHORT PADDING_OF_64) + 64] = SHORT PADDING_OF_64;
    const struct client_hello m = { .client_version = DTLS_1_2,
                                    .cipher_suites = { suites, sizeof suites },
                                    .compression_methods = { none, sizeof none },
                                    .has_extensions = true,
                                    .extensions = { (const uint8_t *)extensions,
                                                    is_padded ? sizeof extensions - 1
                                                              : sizeof SHORT - 1 } };
    struct record_header record = { .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 };
    struct record_body l = { .len = 0 };
    uint8_t body[256];
    size_t size;

    CU_ASSERT_TRUE_FATAL(client_hello_write(&m, body, sizeof body, &size));
    plaintext_put(&l, HANDSHAKE_CLIENT_HELLO, 0, (skiff_bytes){ body, size });
    record.length = (uint16_t)l.len;
    sent->len = story_forge(sent->bytes, record, l.bytes);
}

/* Its sender may have forged the address, and must not gain by that. */
static void a_hello_that_is_shorter_than_its_reply_is_ignored_and_padding_helps(void)
{
    struct world_datagram sent;
    struct hello_check d;

    begin(&d, 1200);
    write_short_hello(&sent, false);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_IGNORE);
    write_short_hello(&sent, true);
    CU_ASSERT_EQUAL(hello_check_reply(&d, here, &sent), SKIFF_HELLO_REPLY);
    CU_ASSERT_TRUE(asks_back(&d) && d.packet.len <= sent.len);
    hello_check_end(&d);
}

CU_TestInfo check_hello13_tests[] = {
    TEST(a_client_brings_the_cookie_and_goes_on_in_1_3),
    TEST(cookie_and_group_are_asked_for_together),
    TEST(a_cookie_that_is_not_good_is_refused_with_an_alert),
    TEST(a_cookie_for_another_hello_is_refused_with_an_alert),
    TEST(a_hello_of_1_3_with_the_cookie_of_1_2_is_refused_with_an_alert),
    TEST(a_handle_accepts_no_cookie_that_nobody_found_good),
    TEST(the_reply_is_not_longer_than_the_hello),
    TEST(a_hello_that_is_shorter_than_its_reply_is_ignored_and_padding_helps),
    CU_TEST_INFO_NULL,
};
