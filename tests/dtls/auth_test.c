/* auth_test.c - signatures with schemes that do not belong to them, certificates of no use.
 */
#include "../suite.h"

#include "handshake/messages.h"
#include "vector.h"
#include "wire/auth.h"
#include "wire/exchange.h"
#include "world/world.h"

struct bench {
    struct settings settings;
    struct skf_crypto *crypto;
    struct peer_identity peer;
    skiff_failure failure;
    struct handshake hs;
};

static void bench_begin(struct bench *b, enum role role, const skiff_identity *peer)
{
    skiff_context_config config = skiff_context_defaults();
    const char *why = NULL;

    memset(b, 0, sizeof *b);
    config.identity = world_identity(0);
    CU_ASSERT_EQUAL_FATAL(skf_settings_from(&config, &b->settings), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, config.identity, &b->crypto), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skf_transcript_new(&b->hs.transcript)
                         && skf_transcript_start(&b->hs.transcript));
    b->hs.settings = &b->settings;
    b->hs.protocol = &skf_dtls12;
    b->hs.crypto = b->crypto;
    b->hs.failure = &b->failure;
    b->hs.peer_identity = &b->peer;
    b->hs.role = role;
    b->hs.suite = skf_suite_find(0xc02b);
    CU_ASSERT_TRUE(
        skf_certificate_key(skf_identity_certificate(peer, 0), &b->hs.peer_key, &why));
}

static void bench_end(struct bench *b)
{
    skf_transcript_free(&b->hs.transcript);
    skf_crypto_free(b->crypto);
}

static int alert_of_verify(const skiff_identity *peer, uint16_t scheme)
{
    static const uint8_t signature[64] = { 0x30, 62 };
    struct certificate_verify m = { .algorithm = scheme,
                                    .signature = { signature, sizeof signature } };
    uint8_t body[128];
    struct bench b;
    size_t size;

    bench_begin(&b, SERVER, peer);
    CU_ASSERT_TRUE(certificate_verify_write(&m, body, sizeof body, &size));
    CU_ASSERT_EQUAL(skf_hear_certificate_verify(&b.hs, (skiff_bytes){ body, size }),
                    REFUSED);
    bench_end(&b);
    return b.failure.alert;
}

/* CVE-2022-25638: the scheme must be one that was asked for, of the key that is there. */
static void a_proof_has_a_scheme_of_its_key(void)
{
    static const uint16_t of_none[] = { 0, 0x0201, 0x0203, 0x0601, 0x0603, 0x0807, 0xffff };
    const skiff_identity *ecdsa = world_identity(1), *rsa = vector_identity("rsa2048");

    for (size_t i = 0; i < sizeof of_none / sizeof *of_none; i++) {
        CU_ASSERT_EQUAL(alert_of_verify(ecdsa, of_none[i]), ALERT_ILLEGAL_PARAMETER);
        CU_ASSERT_EQUAL(alert_of_verify(rsa, of_none[i]), ALERT_ILLEGAL_PARAMETER);
    }
    CU_ASSERT_EQUAL(alert_of_verify(ecdsa, 0x0804), ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_EQUAL(alert_of_verify(ecdsa, 0x0401), ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_EQUAL(alert_of_verify(rsa, 0x0403), ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_EQUAL(alert_of_verify(ecdsa, 0x0403), ALERT_DECRYPT_ERROR);
    CU_ASSERT_EQUAL(alert_of_verify(rsa, 0x0804), ALERT_DECRYPT_ERROR);
}

static int alert_of_exchange(struct server_key_exchange m)
{
    uint8_t body[256];
    struct bench b;
    size_t size;

    bench_begin(&b, CLIENT, world_identity(1));
    CU_ASSERT_TRUE(server_key_exchange_write(&m, body, sizeof body, &size));
    CU_ASSERT_EQUAL(skf_hear_server_key_exchange(&b.hs, (skiff_bytes){ body, size }),
                    REFUSED);
    bench_end(&b);
    return b.failure.alert;
}

/* CVE-2026-25834, CVE-2024-5814: scheme, curve type and group must be ours. */
static void a_key_exchange_has_what_was_offered(void)
{
    static const uint8_t bytes[100] = { 4 };
    const struct server_key_exchange good = {
        .params = { NAMED_CURVE, GROUP_X25519, { bytes, 32 } },
        .algorithm = 0x0403,
        .signature = { bytes, 64 },
    };
    struct server_key_exchange m = good;

    CU_ASSERT_EQUAL(alert_of_exchange(m), ALERT_DECRYPT_ERROR);
    m.algorithm = 0x0203;
    CU_ASSERT_EQUAL(alert_of_exchange(m), ALERT_ILLEGAL_PARAMETER);
    m.algorithm = 0x0804;
    CU_ASSERT_EQUAL(alert_of_exchange(m), ALERT_ILLEGAL_PARAMETER);
    m = good;
    m.params.curve_type = 1;
    CU_ASSERT_EQUAL(alert_of_exchange(m), ALERT_ILLEGAL_PARAMETER);
    m = good;
    m.params.named_curve = 25;
    CU_ASSERT_EQUAL(alert_of_exchange(m), ALERT_ILLEGAL_PARAMETER);
    m = good;
    m.params.point.len = 98;
    CU_ASSERT_EQUAL(alert_of_exchange(m), ALERT_ILLEGAL_PARAMETER);
}

static enum verdict receives_certificate(struct bench *b, const char *body, size_t len)
{
    return skf_hear_certificate(&b->hs, (skiff_bytes){ (const uint8_t *)body, len });
}

static void certificates_of_no_use_are_refused_and_broken_lists_dropped(void)
{
    static const struct {
        const char *body;
        size_t len;
        enum verdict verdict;
        int alert;
    } cases[] = {
        { "\0\0\0", 3, REFUSED, ALERT_HANDSHAKE_FAILURE },
        { "\0\0\4\0\0\1x", 7, REFUSED, ALERT_UNSUPPORTED_CERTIFICATE },
        { "\0\0\3\0\0\0", 6, DROPPED, ALERT_NONE },
        { "\0\0\4\0\0\2x", 7, DROPPED, ALERT_NONE },
        { "\0\0\5\0\0\1xy", 8, DROPPED, ALERT_NONE },
        { "\0\0\1", 3, DROPPED, ALERT_NONE },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        bench_begin(&b, SERVER, world_identity(1));
        b.failure.alert = ALERT_NONE;
        CU_ASSERT_EQUAL(receives_certificate(&b, cases[i].body, cases[i].len),
                        cases[i].verdict);
        CU_ASSERT_EQUAL(b.failure.alert, cases[i].alert);
        CU_ASSERT_FALSE(b.peer.has_certificate || b.hs.facts.auth_given);
        bench_end(&b);
    }
}

/* Whether a client of ecdsa_secp256r1_sha256 (4, 3) shows its certificate. */
static bool shows_certificate(const char *types, size_t len, uint8_t hash)
{
    const uint8_t scheme[] = { hash, 3 };
    struct certificate_request m = { .certificate_types = { (const uint8_t *)types, len },
                                     .supported_signature_algorithms = { scheme, 2 } };
    uint8_t body[64];
    struct bench b;
    size_t size;

    bench_begin(&b, CLIENT, world_identity(1));
    CU_ASSERT_TRUE(certificate_request_write(&m, body, sizeof body, &size));
    CU_ASSERT_EQUAL(skf_hear_certificate_request(&b.hs, (skiff_bytes){ body, size }),
                    ACCEPTED);
    CU_ASSERT_TRUE(b.hs.facts.auth_requested);
    skiff_bytes shown = skf_quote_certificate(&b.hs);
    bool shows = b.hs.facts.auth_given;
    CU_ASSERT_TRUE(shows || (shown.len == 3 && memcmp(shown.ptr, "\0\0\0", 3) == 0));
    shown = skf_quote_certificate13(&b.hs);
    CU_ASSERT_TRUE(shows || (shown.len == 4 && memcmp(shown.ptr, "\0\0\0\0", 4) == 0));
    bench_end(&b);
    return shows;
}

/* RFC 5246 sections 7.4.4 and 7.4.6, RFC 8422 section 5.5: ecdsa_sign is 64, rsa_sign 1.
 * Others get an empty Certificate, and decide themselves. */
static void a_certificate_is_shown_only_to_a_peer_that_asks_for_its_kind(void)
{
    CU_ASSERT_TRUE(shows_certificate("\x40", 1, 4));
    CU_ASSERT_TRUE(shows_certificate("\1\2\x40", 3, 4));
    CU_ASSERT_FALSE(shows_certificate("\1", 1, 4));
    CU_ASSERT_FALSE(shows_certificate("\1\2\x41", 3, 4));
    CU_ASSERT_FALSE(shows_certificate("\x40", 1, 6));
}

CU_TestInfo auth_tests[] = {
    TEST(a_proof_has_a_scheme_of_its_key),
    TEST(a_key_exchange_has_what_was_offered),
    TEST(certificates_of_no_use_are_refused_and_broken_lists_dropped),
    TEST(a_certificate_is_shown_only_to_a_peer_that_asks_for_its_kind),
    CU_TEST_INFO_NULL,
};
