/* hello_test.c - hellos judged one by one, without a network. */
#include "../suite.h"

#include "handshake/extensions/extensions.h"
#include "handshake/version.h"
#include "wire/extension.h"
#include "world/world.h"

struct bench {
    struct settings settings;
    struct skf_crypto *crypto;
    skiff_failure failure;
    struct handshake hs;
    uint8_t sent[2048];
};

static void bench_begin(struct bench *b, enum role role)
{
    skiff_context_config config = skiff_context_defaults();

    memset(b, 0, sizeof *b);
    config.identity = world_identity(role);
    CU_ASSERT_EQUAL_FATAL(skf_settings_from(&config, &b->settings), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, config.identity, &b->crypto), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_transcript_new(&b->hs.transcript));
    b->hs.settings = &b->settings;
    b->hs.crypto = b->crypto;
    b->hs.failure = &b->failure;
    b->hs.role = role;
    b->hs.protocol = &skf_dtls12;
}

static void bench_end(struct bench *b)
{
    skf_transcript_free(&b->hs.transcript);
    for (int i = 0; i < OFFERED_KEY_SHARES; i++)
        skf_share_wipe(&b->hs.key_shares[i]);
    skf_crypto_free(b->crypto);
}

static void client_begins(struct bench *b)
{
    struct walk w = walk_writer(b->sent, sizeof b->sent);

    bench_begin(b, CLIENT);
    CU_ASSERT_TRUE(skf_say_client_hello(&b->hs, &w));
}

#define EMS    "\0\x17\0\0"
#define SRTP   "\0\x0e\0\x05\0\2\0\7\0"
#define RENEGO "\xff\1\0\1\0"

static enum verdict receives(struct bench *b, struct server_hello m, const char *extensions,
                             size_t len)
{
    uint8_t body[512];
    size_t size;

    m.has_extensions = true;
    m.extensions = (skiff_bytes){ (const uint8_t *)extensions, len };
    if (m.server_version == 0)
        m.server_version = DTLS_1_2;
    if (m.cipher_suite == 0)
        m.cipher_suite = ECDHE_ECDSA_AES_128_GCM_SHA256;
    CU_ASSERT_TRUE(server_hello_write(&m, body, sizeof body, &size));
    return skf_hear_server_hello(&b->hs, (skiff_bytes){ body, size });
}
#define PLAIN            ((struct server_hello){ 0 })
#define EXTENSIONS(text) (text), sizeof(text) - 1

static void a_client_accepts_what_it_offered(void)
{
    struct bench b;

    client_begins(&b);
    CU_ASSERT_EQUAL(receives(&b, PLAIN, EXTENSIONS(EMS SRTP RENEGO)), ACCEPTED);
    CU_ASSERT_EQUAL(b.hs.srtp_profile, 7);
    bench_end(&b);
}

static void what_a_malformed_hello_contains_counts_for_nothing(void)
{
    struct bench b;

    client_begins(&b);
    CU_ASSERT_EQUAL(receives(&b, PLAIN, EXTENSIONS(EMS SRTP "\0")), DROPPED);
    CU_ASSERT_EQUAL(b.failure.status, SKIFF_OK);
    CU_ASSERT_EQUAL(receives(&b, PLAIN, EXTENSIONS(RENEGO)), REFUSED);
    CU_ASSERT_EQUAL(b.failure.alert, ALERT_HANDSHAKE_FAILURE);
    bench_end(&b);
}

/* RFC 8446 section 4.1.3: a client of 1.3 looks for both values, one of 1.2 for neither. */
static void a_server_that_was_talked_down_is_refused(void)
{
    static const struct {
        uint8_t last;
        bool has_dtls13;
        enum verdict verdict;
    } cases[] = { { 1, true, REFUSED },
                  { 0, true, REFUSED },
                  { 2, true, ACCEPTED },
                  { 1, false, ACCEPTED },
                  { 0, false, ACCEPTED } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server_hello m = { 0 };
        struct bench b;
        memcpy(m.random + RANDOM - 8, "DOWNGRD", 7);
        m.random[RANDOM - 1] = cases[i].last;
        client_begins(&b);
        b.settings.has_dtls13 = cases[i].has_dtls13;
        CU_ASSERT_EQUAL(receives(&b, m, EXTENSIONS(EMS SRTP RENEGO)), cases[i].verdict);
        CU_ASSERT_TRUE(cases[i].verdict == ACCEPTED
                       || b.failure.alert == ALERT_ILLEGAL_PARAMETER);
        bench_end(&b);
    }
}

/* RFC 8446 section 4.2, RFC 5246 section 7.4.1.4. */
static void an_extension_that_comes_twice_is_refused_though_it_is_unknown(void)
{
    static const struct {
        const char *list;
        size_t len;
        enum verdict verdict;
    } cases[] = {
        { EXTENSIONS("\x1a\x1a\0\0\x2a\x2a\0\0\x3a\x3a\0\1x"), ACCEPTED },
        { EXTENSIONS("\x1a\x1a\0\0\x2a\x2a\0\0\x1a\x1a\0\1x"), REFUSED },
        { EXTENSIONS(EMS "\x1a\x1a\0\0" EMS), REFUSED },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        bench_begin(&b, SERVER);
        b.failure.alert = ALERT_NONE;
        skiff_bytes list = { (const uint8_t *)cases[i].list, cases[i].len };
        CU_ASSERT_EQUAL(skf_hear_extensions(&b.hs, IN_CLIENT_HELLO, list),
                        cases[i].verdict);
        CU_ASSERT_TRUE(cases[i].verdict == ACCEPTED
                       || b.failure.alert == ALERT_ILLEGAL_PARAMETER);
        bench_end(&b);
    }
}

/* CVE-2024-5814 and its like: nothing may be chosen that was not offered. */
static void a_choice_that_was_not_offered_is_refused(void)
{
    static const struct {
        struct server_hello hello;
        int alert;
    } choices[] = {
        { { .cipher_suite = 0x002f }, ALERT_ILLEGAL_PARAMETER },
        { { .cipher_suite = 0x1301 }, ALERT_ILLEGAL_PARAMETER },
        { { .compression_method = 1 }, ALERT_ILLEGAL_PARAMETER },
        { { .server_version = DTLS_1_0 }, ALERT_PROTOCOL_VERSION },
        { { .server_version = 0x0303 }, ALERT_PROTOCOL_VERSION },
    };

    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        struct bench b;
        client_begins(&b);
        CU_ASSERT_EQUAL(receives(&b, choices[i].hello, EXTENSIONS(EMS SRTP RENEGO)),
                        REFUSED);
        CU_ASSERT_EQUAL(b.failure.alert, choices[i].alert);
        CU_ASSERT_PTR_NOT_NULL(b.failure.spec);
        bench_end(&b);
    }
}

static void extensions_that_may_not_be_are_refused(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        int alert;
    } replies[] = {
        { EXTENSIONS(EMS SRTP "\0\x2b\0\2\xfe\xfc"), ALERT_ILLEGAL_PARAMETER },
        { EXTENSIONS(EMS SRTP "\0\x99\0\0"), ALERT_UNSUPPORTED_EXTENSION },
        { EXTENSIONS(EMS EMS SRTP), ALERT_ILLEGAL_PARAMETER },
        { EXTENSIONS(EMS "\0\x0e\0\5\0\2\0\2\0"), ALERT_ILLEGAL_PARAMETER },
        { EXTENSIONS(EMS "\0\x0e\0\7\0\4\0\7\0\1\0"), ALERT_ILLEGAL_PARAMETER },
        { EXTENSIONS(EMS "\0\x0e\0\7\0\2\0\7\2ab"), ALERT_ILLEGAL_PARAMETER },
        { EXTENSIONS(EMS SRTP "\xff\1\0\3\2ab"), ALERT_HANDSHAKE_FAILURE },
        { EXTENSIONS(EMS SRTP "\0\x0b\0\2\1\1"), ALERT_ILLEGAL_PARAMETER },
        { EXTENSIONS(SRTP), ALERT_HANDSHAKE_FAILURE },
        { EXTENSIONS(EMS), ALERT_HANDSHAKE_FAILURE },
    };

    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct bench b;
        client_begins(&b);
        CU_ASSERT_EQUAL(receives(&b, PLAIN, replies[i].bytes, replies[i].len), REFUSED);
        CU_ASSERT_EQUAL(b.failure.alert, replies[i].alert);
        bench_end(&b);
    }
}

/* CVE-2014-3513: malformed use_srtp, in whatever way. */
static void malformed_extensions_are_noise(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } noise[] = {
        { EXTENSIONS(EMS "\0\x0e\0\4\0\1\7\0") },
        { EXTENSIONS(EMS "\0\x0e\0\5\0\2\0\7\1") },
        { EXTENSIONS(EMS "\0\x0e\0\2\0\0") },
        { EXTENSIONS(EMS "\0\x0e\0\0") },
        { EXTENSIONS(EMS "\0\x0e\0\x50\0\2\0\7\0") },
        { EXTENSIONS("\0\x17\0\1\0") },
        { EXTENSIONS("\xff\1\0\0") },
        { EXTENSIONS("\xff") },
    };

    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++) {
        struct bench b;
        client_begins(&b);
        CU_ASSERT_EQUAL(receives(&b, PLAIN, noise[i].bytes, noise[i].len), DROPPED);
        CU_ASSERT_EQUAL(receives(&b, PLAIN, EXTENSIONS(EMS SRTP RENEGO)), ACCEPTED);
        bench_end(&b);
    }
}

/* A forged half of a ServerHello of 1.2 must not stand in for what 1.3 has not agreed. */
static void what_a_malformed_hello_of_1_2_contains_is_no_response_of_1_3(void)
{
    struct bench b;

    client_begins(&b);
    CU_ASSERT_EQUAL(receives(&b, PLAIN, EXTENSIONS(EMS SRTP "\0")), DROPPED);
    CU_ASSERT_EQUAL(
        skf_hear_encrypted_extensions(&b.hs, (skiff_bytes){ (const uint8_t *)"\0", 2 }),
        REFUSED);
    CU_ASSERT_EQUAL(b.failure.alert, ALERT_HANDSHAKE_FAILURE);
    bench_end(&b);
}

static void the_second_hello_has_the_random_of_the_first(void)
{
    uint8_t again[2048], other[2048];
    struct walk w = walk_writer(again, sizeof again), v = walk_writer(other, sizeof other);
    struct bench b;

    client_begins(&b);
    b.hs.facts.cookies = 1;
    b.hs.version_chosen = true;
    CU_ASSERT_TRUE(skf_say_client_hello(&b.hs, &w));
    CU_ASSERT_EQUAL(memcmp(b.sent, again, 2 + RANDOM), 0);
    b.hs.facts.cookies = 0;
    b.hs.version_chosen = false;
    CU_ASSERT_TRUE(skf_say_client_hello(&b.hs, &v));
    CU_ASSERT_NOT_EQUAL(memcmp(b.sent, other, 2 + RANDOM), 0);
    bench_end(&b);
}

/* CVE-2020-11501: a random that is all zeros is none. */
static void randoms_are_random(void)
{
    static const uint8_t zeros[RANDOM];
    struct bench b;

    client_begins(&b);
    CU_ASSERT_NOT_EQUAL(memcmp(b.hs.client_random, zeros, RANDOM), 0);
    bench_end(&b);
}

static void a_cookie_of_any_length_is_sent_again(void)
{
    uint8_t body[300] = { 0xfe, 0xff }, sent[2048];
    struct client_hello m;
    struct bench b;

    for (size_t len = 0; len <= 255; len += 51) {
        struct walk w = walk_writer(sent, sizeof sent);
        client_begins(&b);
        body[2] = (uint8_t)len;
        memset(body + 3, 0xc7, len);
        CU_ASSERT_EQUAL(
            skf_hear_hello_verify_request(&b.hs, (skiff_bytes){ body, 3 + len }), ACCEPTED);
        CU_ASSERT_TRUE(skf_say_client_hello(&b.hs, &w));
        CU_ASSERT_TRUE(client_hello_read(&m, (skiff_bytes){ sent, w.at }));
        CU_ASSERT_EQUAL(m.cookie.len, len);
        CU_ASSERT_EQUAL(memcmp(m.cookie.ptr, body + 3, len), 0);
        bench_end(&b);
    }
}

/* What lies past the end of a HelloVerifyRequest is read by nobody. */
static void every_prefix_of_a_request_to_verify_is_noise(void)
{
    static const uint8_t body[] = { 0xfe, 0xff, 4, 1, 2, 3, 4 };
    struct bench b;

    client_begins(&b);
    for (size_t len = 0; len < sizeof body; len++)
        CU_ASSERT_EQUAL(skf_hear_hello_verify_request(&b.hs, (skiff_bytes){ body, len }),
                        DROPPED);
    CU_ASSERT_EQUAL(b.hs.facts.cookies, 0);
    CU_ASSERT_EQUAL(
        skf_hear_hello_verify_request(&b.hs, (skiff_bytes){ body, sizeof body }), ACCEPTED);
    bench_end(&b);
}

/* --- replies that show the version to a client --------------------------------------- */

/* How many prefixes of a message choose a version. */
static unsigned prefixes_that_choose(enum msg msg, skiff_bytes body)
{
    struct bench b;
    unsigned num = 0;

    client_begins(&b);
    b.settings.has_dtls13 = true;
    for (size_t len = 0; len < body.len; len++) {
        skf_reset_protocol(&b.hs);
        bool chooses =
            skf_set_protocol_by_reply(&b.hs, msg, (skiff_bytes){ body.ptr, len });
        CU_ASSERT_PTR_EQUAL(b.hs.protocol, chooses ? &skf_dtls12 : &skf_dtls13);
        num += chooses;
    }
    skf_reset_protocol(&b.hs);
    CU_ASSERT_TRUE(skf_set_protocol_by_reply(&b.hs, msg, body));
    CU_ASSERT_PTR_EQUAL(b.hs.protocol, &skf_dtls12);
    bench_end(&b);
    return num;
}

static bool chooses_with(const char *extensions, size_t len,
                         const struct protocol **protocol)
{
    const struct server_hello m = { .server_version = DTLS_1_2,
                                    .cipher_suite = ECDHE_ECDSA_AES_128_GCM_SHA256,
                                    .has_extensions = true,
                                    .extensions = { (const uint8_t *)extensions, len } };
    struct bench b;
    uint8_t hello[128];
    size_t size;

    client_begins(&b);
    b.settings.has_dtls13 = true;
    skf_reset_protocol(&b.hs);
    CU_ASSERT_TRUE_FATAL(server_hello_write(&m, hello, sizeof hello, &size));
    bool chooses =
        skf_set_protocol_by_reply(&b.hs, SERVER_HELLO, (skiff_bytes){ hello, size });
    *protocol = b.hs.protocol;
    bench_end(&b);
    return chooses;
}

static void supported_versions_decide_and_extensions_that_are_no_list_choose_nothing(void)
{
    const struct protocol *protocol;

    CU_ASSERT_TRUE(chooses_with(EXTENSIONS(EMS), &protocol));
    CU_ASSERT_PTR_EQUAL(protocol, &skf_dtls12);
    CU_ASSERT_TRUE(chooses_with(EXTENSIONS("\0\x2b\0\2\xfe\xfc"), &protocol));
    CU_ASSERT_PTR_EQUAL(protocol, &skf_dtls13);
    CU_ASSERT_FALSE(chooses_with(EXTENSIONS("\xff\xff\xff"), &protocol));
}

/* Anybody can send them, and for each one that did our hello would be hashed. */
static void a_reply_that_does_not_parse_chooses_no_version(void)
{
    static const uint8_t verify[] = { 0xfe, 0xff, 4, 1, 2, 3, 4 };
    const struct server_hello m = { .server_version = DTLS_1_2,
                                    .cipher_suite = ECDHE_ECDSA_AES_128_GCM_SHA256,
                                    .has_extensions = true,
                                    .extensions = { (const uint8_t *)EMS, 4 } };
    uint8_t hello[128];
    size_t size;

    CU_ASSERT_EQUAL(
        prefixes_that_choose(HELLO_VERIFY_REQUEST, (skiff_bytes){ verify, sizeof verify }),
        0);
    CU_ASSERT_TRUE_FATAL(server_hello_write(&m, hello, sizeof hello, &size));
    /* The one without extensions is whole, too. */
    CU_ASSERT_EQUAL(prefixes_that_choose(SERVER_HELLO, (skiff_bytes){ hello, size }), 1);
}

/* --- a ClientHello with other fields ------------------------------------------------ */

/* What a server makes of a hello of both versions with a field changed. */
struct judged {
    enum verdict verdict;
    int alert;
    uint16_t version;
};

static void server_begins(struct bench *b, bool speaks_13)
{
    static const struct verified_cookie none;

    bench_begin(b, SERVER);
    b->settings.has_dtls13 = speaks_13;
    b->failure.alert = ALERT_NONE;
    b->hs.verified_cookie = &none;
    b->hs.position = (struct script_position){ .role = SERVER, .facts = &b->hs.facts };
    skf_reset_protocol(&b->hs);
}

/* RFC 8422 section 4. */
static void a_client_that_lists_no_groups_gets_secp256r1(void)
{
    static const uint8_t suites[] = { 0xc0, 0x2b }, none[] = { 0 };
    static const char extensions[] = EMS SRTP "\0\x0d\0\4\0\2\4\3";
    const struct client_hello m = { .client_version = DTLS_1_2,
                                    .cipher_suites = { suites, sizeof suites },
                                    .compression_methods = { none, sizeof none },
                                    .has_extensions = true,
                                    .extensions = { (const uint8_t *)extensions,
                                                    sizeof extensions - 1 } };
    uint8_t body[256];
    struct bench b;
    size_t size;

    server_begins(&b, true);
    CU_ASSERT_TRUE_FATAL(client_hello_write(&m, body, sizeof body, &size));
    CU_ASSERT_EQUAL(skf_hear_client_hello(&b.hs, (skiff_bytes){ body, size }), ACCEPTED);
    CU_ASSERT_EQUAL(b.hs.group, GROUP_SECP256R1);
    bench_end(&b);
}

static struct judged judge(bool speaks_13, void (*change)(struct client_hello *m))
{
    struct bench client, server;
    struct walk w = walk_writer(client.sent, sizeof client.sent);
    struct client_hello m;
    uint8_t body[2048];
    size_t size;

    bench_begin(&client, CLIENT);
    CU_ASSERT_TRUE(skf_say_client_hello(&client.hs, &w));
    CU_ASSERT_TRUE_FATAL(client_hello_read(&m, (skiff_bytes){ client.sent, w.at }));
    change(&m);
    CU_ASSERT_TRUE_FATAL(client_hello_write(&m, body, sizeof body, &size));
    server_begins(&server, speaks_13);
    struct judged j = { .verdict = skf_hear_client_hello(&server.hs,
                                                         (skiff_bytes){ body, size }) };
    j.alert = server.failure.alert;
    j.version = server.hs.protocol->version;
    bench_end(&server);
    bench_end(&client);
    return j;
}

#define EXPECT(judged, wanted, of_version)                                                 \
  CU_ASSERT_TRUE((judged).verdict == (wanted) && (judged).alert == ALERT_NONE              \
                 && (judged).version == (of_version))
#define EXPECT_ILLEGAL(judged)                                                             \
  CU_ASSERT_TRUE((judged).verdict == REFUSED && (judged).alert == ALERT_ILLEGAL_PARAMETER)

static void bring_a_cookie_of_12(struct client_hello *m)
{
    m->cookie = (skiff_bytes){ (const uint8_t *)"cookie", 6 };
}

static void offer_two_compressions(struct client_hello *m)
{
    m->compression_methods = (skiff_bytes){ (const uint8_t *)"\1\0", 2 };
}

/* RFC 9147 section 5.3, RFC 8446 section 4.1.2: they are errors in 1.3 alone. */
static void what_1_3_does_not_have_is_an_error_where_1_3_is_chosen(void)
{
    EXPECT_ILLEGAL(judge(true, bring_a_cookie_of_12));
    EXPECT(judge(false, bring_a_cookie_of_12), ACCEPTED, DTLS_1_2);
    EXPECT_ILLEGAL(judge(true, offer_two_compressions));
    EXPECT(judge(false, offer_two_compressions), ACCEPTED, DTLS_1_2);
}

static void send_another_major(struct client_hello *m)
{
    m->client_version = 0x0303;
}

static void state_nothing_of_versions(struct client_hello *m)
{
    m->client_version = 0x0303;
    m->has_extensions = false;
}

/* RFC 8446 section 4.2.1: supported_versions alone counts where it is. */
static void an_old_version_beside_the_list_of_versions_is_of_no_meaning(void)
{
    EXPECT(judge(true, send_another_major), ACCEPTED, DTLS_1_3);
    EXPECT(judge(false, send_another_major), ACCEPTED, DTLS_1_2);
    CU_ASSERT_EQUAL(judge(true, state_nothing_of_versions).verdict, DROPPED);
}

/* Puts TLS_FALLBACK_SCSV into the list of suites. */
static void fall_back_and_offer_both(struct client_hello *m)
{
    static uint8_t list[256] = { 0x56, 0x00 };

    memcpy(list + 2, m->cipher_suites.ptr, m->cipher_suites.len);
    m->cipher_suites = (skiff_bytes){ list, 2 + m->cipher_suites.len };
}

static void fall_back(struct client_hello *m)
{
    static const char extensions[] = EMS SRTP "\0\x0d\0\4\0\2\4\3";

    fall_back_and_offer_both(m);
    m->extensions = (skiff_bytes){ (const uint8_t *)extensions, sizeof extensions - 1 };
}

/* RFC 7507 section 3: who falls back to 1.2 has met somebody who keeps 1.3 from it. */
static void a_client_that_falls_back_from_what_we_have_is_refused(void)
{
    struct judged j = judge(true, fall_back);

    CU_ASSERT_TRUE(j.verdict == REFUSED && j.alert == ALERT_INAPPROPRIATE_FALLBACK);
    EXPECT(judge(false, fall_back), ACCEPTED, DTLS_1_2);
    EXPECT(judge(true, fall_back_and_offer_both), ACCEPTED, DTLS_1_3);
}

static void bring_a_cookie_of_13(struct client_hello *m)
{
    static uint8_t list[2048];
    struct extension e = { EXT_COOKIE, { (const uint8_t *)"\0\3abc", 5 } };
    struct walk w = walk_writer(list, sizeof list);

    extension(&w, &e);
    memcpy(list + w.at, m->extensions.ptr, m->extensions.len);
    m->extensions = (skiff_bytes){ list, w.at + m->extensions.len };
}

/* RFC 9147 section 5.1. 1.2 has no such extension. */
static void a_cookie_that_nobody_found_good_is_an_error_in_1_3(void)
{
    EXPECT_ILLEGAL(judge(true, bring_a_cookie_of_13));
    EXPECT(judge(false, bring_a_cookie_of_13), ACCEPTED, DTLS_1_2);
}

static bool lists_hybrid(bool speaks_13)
{
    struct bench b;
    struct walk w;
    bool found = false;

    bench_begin(&b, CLIENT);
    b.settings.has_dtls13 = speaks_13;
    b.settings.groups[0] = GROUP_X25519;
    b.settings.groups[1] = GROUP_X25519MLKEM768;
    b.settings.num_groups = 2;
    w = walk_writer(b.sent, sizeof b.sent);
    CU_ASSERT_TRUE(skf_say_client_hello(&b.hs, &w));
    for (size_t at = 0; at + 4 < w.at; at++) /* supported_groups: 0, 10 */
        if (memcmp(b.sent + at, "\0\x0a\0", 3) == 0)
            found = found
                 || (b.sent[at + 3] == 6 && b.sent[at + 5] == 4 && b.sent[at + 8] == 0x11
                     && b.sent[at + 9] == 0xec);
    bench_end(&b);
    return found;
}

/* It has no meaning there: its key exchange is one of 1.3. */
static void x25519mlkem768_is_listed_where_1_3_is_used_and_nowhere_else(void)
{
    CU_ASSERT_TRUE(lists_hybrid(true));
    CU_ASSERT_FALSE(lists_hybrid(false));
}

CU_TestInfo hello_tests[] = {
    TEST(a_client_accepts_what_it_offered),
    TEST(what_a_malformed_hello_contains_counts_for_nothing),
    TEST(a_server_that_was_talked_down_is_refused),
    TEST(an_extension_that_comes_twice_is_refused_though_it_is_unknown),
    TEST(a_choice_that_was_not_offered_is_refused),
    TEST(extensions_that_may_not_be_are_refused),
    TEST(malformed_extensions_are_noise),
    TEST(what_a_malformed_hello_of_1_2_contains_is_no_response_of_1_3),
    TEST(the_second_hello_has_the_random_of_the_first),
    TEST(randoms_are_random),
    TEST(a_cookie_of_any_length_is_sent_again),
    TEST(every_prefix_of_a_request_to_verify_is_noise),
    TEST(supported_versions_decide_and_extensions_that_are_no_list_choose_nothing),
    TEST(a_reply_that_does_not_parse_chooses_no_version),
    TEST(a_client_that_lists_no_groups_gets_secp256r1),
    TEST(what_1_3_does_not_have_is_an_error_where_1_3_is_chosen),
    TEST(an_old_version_beside_the_list_of_versions_is_of_no_meaning),
    TEST(a_client_that_falls_back_from_what_we_have_is_refused),
    TEST(a_cookie_that_nobody_found_good_is_an_error_in_1_3),
    TEST(x25519mlkem768_is_listed_where_1_3_is_used_and_nowhere_else),
    CU_TEST_INFO_NULL,
};
