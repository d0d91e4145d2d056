/* dropped_reply_test.c - what a reply in plaintext that does not parse leaves behind in a
 * client of both versions: nothing. Anybody can forge one. */
#include "../suite.h"

#include "handshake/version.h"
#include "wire/extension.h"
#include "world/world.h"

struct end {
    struct settings settings;
    struct skf_crypto *crypto;
    skiff_failure failure;
    struct handshake hs;
};

static void end_begin(struct end *end, enum role role)
{
    static const struct verified_cookie none;
    skiff_context_config config = skiff_context_defaults();

    memset(end, 0, sizeof *end);
    config.identity = world_identity(role);
    CU_ASSERT_EQUAL_FATAL(skf_settings_from(&config, &end->settings), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, config.identity, &end->crypto), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_transcript_new(&end->hs.transcript));
    end->hs.settings = &end->settings;
    end->hs.crypto = end->crypto;
    end->hs.failure = &end->failure;
    end->hs.role = role;
    end->hs.verified_cookie = &none;
    end->hs.position = (struct script_position){ .role = role, .facts = &end->hs.facts };
    skf_reset_protocol(&end->hs);
}

static void end_free(struct end *end)
{
    skf_transcript_free(&end->hs.transcript);
    for (int i = 0; i < OFFERED_KEY_SHARES; i++)
        skf_share_wipe(&end->hs.key_shares[i]);
    skf_crypto_free(end->crypto);
}

/* A reply to the client's hello. */
struct reply {
    size_t len;
    uint8_t body[2048];
};

/* The ServerHello of a server that chooses 1.3. */
static void write_server_hello13(struct end *client, struct reply *reply)
{
    static uint8_t hello[4096];
    struct walk w = walk_writer(hello, sizeof hello),
                v = walk_writer(reply->body, sizeof reply->body);
    struct end server;

    end_begin(&server, SERVER);
    CU_ASSERT_TRUE_FATAL(skf_say_client_hello(&client->hs, &w));
    CU_ASSERT_EQUAL(skf_hear_client_hello(&server.hs, (skiff_bytes){ hello, w.at }),
                    ACCEPTED);
    CU_ASSERT_TRUE(skf_say_server_hello13(&server.hs, &v) && !v.failed);
    reply->len = v.at;
    end_free(&server);
}

/* A ServerHello of 1.2, or with `is_retry` a HelloRetryRequest. */
static enum verdict receives(struct end *client, bool is_retry, const char *extensions,
                             size_t len)
{
    struct server_hello m = { .server_version = DTLS_1_2,
                              .cipher_suite = is_retry ? AES_128_GCM_SHA256
                                                       : ECDHE_ECDSA_AES_128_GCM_SHA256,
                              .has_extensions = true,
                              .extensions = { (const uint8_t *)extensions, len } };
    struct reply reply;

    if (is_retry)
        memcpy(m.random, retry_random, RANDOM);
    CU_ASSERT_TRUE_FATAL(server_hello_write(&m, reply.body, sizeof reply.body, &reply.len));
    skiff_bytes body = { reply.body, reply.len };
    enum msg msg = skf_message_of(HANDSHAKE_SERVER_HELLO, body);
    bool sets_protocol = skf_set_protocol_by_reply(&client->hs, msg, body);
    enum verdict v = skf_hear_message(&client->hs, msg, body);
    if (v == DROPPED && sets_protocol)
        skf_reset_protocol(&client->hs);
    return v;
}

#define BYTES(text) (text), sizeof(text) - 1
#define VERSION_13  "\0\x2b\0\2\xfe\xfc"
#define COOKIE_X    "\0\x2c\0\3\0\1x"
#define SECP384R1   "\0\x33\0\2\0\x18"
#define EMS         "\0\x17\0\0"
#define LIMIT_64    "\0\x1c\0\2\0\x40"
/* Of these the list parses, and the body does not. */
#define BAD_KEY_SHARE "\0\x33\0\1\0"
#define BAD_SRTP      "\0\x0e\0\0"

/* RFC 8449 section 4: in 1.3 the limit stands in EncryptedExtensions. */
static void a_hello_of_1_2_limits_no_record_of_1_3(void)
{
    struct reply reply;
    struct end client;

    end_begin(&client, CLIENT);
    write_server_hello13(&client, &reply);
    CU_ASSERT_EQUAL(receives(&client, false, BYTES(EMS LIMIT_64 BAD_SRTP)), DROPPED);
    (void)skf_set_protocol_by_reply(&client.hs, SERVER_HELLO,
                                    (skiff_bytes){ reply.body, reply.len });
    CU_ASSERT_EQUAL(
        skf_hear_server_hello13(&client.hs, (skiff_bytes){ reply.body, reply.len }),
        ACCEPTED);
    CU_ASSERT_EQUAL(client.hs.size_limit, 0);
    end_free(&client);
}

static void nor_does_it_when_a_request_to_retry_follows(void)
{
    struct reply reply;
    struct end client;

    end_begin(&client, CLIENT);
    write_server_hello13(&client, &reply);
    CU_ASSERT_EQUAL(receives(&client, false, BYTES(EMS LIMIT_64 BAD_SRTP)), DROPPED);
    CU_ASSERT_EQUAL(receives(&client, true, BYTES(VERSION_13 SECP384R1)), ACCEPTED);
    CU_ASSERT_EQUAL(client.hs.size_limit, 0);
    end_free(&client);
}

/* RFC 8446 section 4.2.2: a cookie is sent back if the request had one. */
static void the_cookie_of_a_request_to_retry_is_not_that_of_the_next(void)
{
    struct reply reply;
    struct end client;

    end_begin(&client, CLIENT);
    write_server_hello13(&client, &reply);
    CU_ASSERT_EQUAL(receives(&client, true, BYTES(VERSION_13 COOKIE_X BAD_KEY_SHARE)),
                    DROPPED);
    CU_ASSERT_EQUAL(receives(&client, true, BYTES(VERSION_13 SECP384R1)), ACCEPTED);
    CU_ASSERT_EQUAL(client.hs.cookie_len, 0);
    end_free(&client);
}

CU_TestInfo dropped_reply_tests[] = {
    TEST(a_hello_of_1_2_limits_no_record_of_1_3),
    TEST(nor_does_it_when_a_request_to_retry_follows),
    TEST(the_cookie_of_a_request_to_retry_is_not_that_of_the_next),
    CU_TEST_INFO_NULL,
};
