/* hello.c - ClientHello, HelloVerifyRequest, ServerHello, ServerHelloDone. */
#include "dtls/extensions.h"
#include "dtls/messages.h"
#include "wire/extension.h"

static const uint8_t null_compression[] = { COMPRESSION_NULL };

/* --- ClientHello (RFC 6347 section 4.2.1) --------------------------------------------- */

bool say_client_hello(struct handshake *hs, struct walk *w)
{
    const struct settings *s = hs->settings;
    uint8_t list[2 * SUITE_COUNT];
    struct client_hello m = { .client_version = DTLS_1_2,
                              .cookie = { hs->cookie, hs->cookie_len },
                              .cipher_suites = { list, 2 * s->num_suites },
                              .compression_methods = { null_compression, 1 } };

    for (size_t i = 0; i < s->num_suites; i++) {
        list[2 * i] = (uint8_t)(s->suites[i] >> 8);
        list[2 * i + 1] = (uint8_t)s->suites[i];
    }
    /* RFC 6347 section 4.2.1: the second hello has the random of the first. */
    if (hs->facts.cookies == 0 && !skf_random(hs->client_random, RANDOM))
        return refuse_crypto(hs, "ClientHello: no random bytes");
    if (!transcript_start(&hs->transcript))
        return refuse_crypto(hs, "ClientHello: no hash from libcrypto");
    memcpy(m.random, hs->client_random, RANDOM);
    client_hello(w, &m);
    say_extensions(hs, IN_CLIENT_HELLO, w);
    return true;
}

/* Our first suite that the client has too and that our key can serve. */
static const struct suite *choose_suite(const struct handshake *hs, skiff_bytes theirs)
{
    bool ecdsa = skf_identity_kind(hs->settings->identity) != KEY_RSA;

    for (size_t i = 0; i < hs->settings->num_suites; i++) {
        const struct suite *suite = suite_find(hs->settings->suites[i]);
        if (suite->ecdsa == ecdsa && u16_holds(theirs, suite->number))
            return suite;
    }
    return NULL;
}

/* Takes back what a hello that was dropped half way may have left. */
static void forget_agreement(struct handshake *hs)
{
    hs->srtp_profile = 0;
    hs->extended_master_secret = false;
}

static void forget_offers(struct handshake *hs)
{
    hs->version = DTLS_1_2;
    hs->offered = 0;
    hs->group = 0;
    hs->scheme = 0;
}

/* What both hellos must have brought, whichever side hears it. */
static enum verdict judge_agreement(struct handshake *hs)
{
    if (!hs->extended_master_secret && !hs->settings->allow_no_ems)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "hello: without extended_master_secret",
                      "RFC 7627 5.2");
    if (hs->srtp_profile == 0 && !hs->settings->media_optional)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "use_srtp: no profile in common",
                      "RFC 5764 4.1.2");
    return HEARD;
}

static enum verdict judge_client_hello(struct handshake *hs, const struct client_hello *m)
{
    if (hs->version != DTLS_1_2 || m->client_version > DTLS_1_2)
        return refuse(hs, ALERT_PROTOCOL_VERSION, "ClientHello: does not offer DTLS 1.2",
                      "RFC 6347 4.2.1");
    if (memchr(m->compression_methods.ptr, COMPRESSION_NULL, m->compression_methods.len) == NULL)
        return refuse(hs, ALERT_ILLEGAL_PARAMETER, "ClientHello: without null compression",
                      "RFC 5246 7.4.1.2");
    hs->suite = choose_suite(hs, m->cipher_suites);
    if (hs->suite == NULL)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "ClientHello: no cipher suite in common",
                      "RFC 5246 7.4.1.3");
    if (hs->group == 0)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "supported_groups: no group in common",
                      "RFC 8422 5.1.1");
    if (hs->scheme == 0)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE,
                      "signature_algorithms: none that our key can make",
                      "RFC 5246 7.4.1.4.1");
    return judge_agreement(hs);
}

enum verdict hear_client_hello(struct handshake *hs, skiff_bytes body)
{
    struct client_hello m;

    if (!client_hello_read(&m, body) || m.client_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    forget_offers(hs);
    forget_agreement(hs);
    if (!m.has_extensions || m.extensions.len == 0)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "ClientHello: without extensions",
                      "RFC 7627 5.2");

    enum verdict v = hear_extensions(hs, IN_CLIENT_HELLO, m.extensions);
    if (v == HEARD)
        v = judge_client_hello(hs, &m);
    if (v != HEARD)
        return v;
    if (u16_holds(m.cipher_suites, EMPTY_RENEGOTIATION_INFO_SCSV))
        extension_was_offered(hs, EXT_RENEGOTIATION_INFO);
    memcpy(hs->client_random, m.random, RANDOM);
    hs->facts.auth_wanted = true;
    if (transcript_start(&hs->transcript))
        return HEARD;
    refuse_crypto(hs, "ClientHello: no hash from libcrypto");
    return REFUSED;
}

/* --- HelloVerifyRequest (RFC 6347 section 4.2.1) -------------------------------------- */

bool brings_another_cookie(const struct handshake *hs, skiff_bytes body)
{
    struct hello_verify_request m;

    return hello_verify_request_read(&m, body)
        && (m.cookie.len != hs->cookie_len
            || memcmp(m.cookie.ptr, hs->cookie, hs->cookie_len) != 0);
}

enum verdict hear_hello_verify_request(struct handshake *hs, skiff_bytes body)
{
    struct hello_verify_request m;

    if (!hello_verify_request_read(&m, body) || m.server_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    memcpy(hs->cookie, m.cookie.ptr, m.cookie.len);
    hs->cookie_len = (uint8_t)m.cookie.len;
    hs->facts.cookies++;
    return HEARD;
}

/* --- ServerHello (RFC 5246 section 7.4.1.3) ------------------------------------------- */

bool say_server_hello(struct handshake *hs, struct walk *w)
{
    struct server_hello m = { .server_version = DTLS_1_2, .cipher_suite = hs->suite->number };

    if (!skf_random(hs->server_random, RANDOM))
        return refuse_crypto(hs, "ServerHello: no random bytes");
    memcpy(m.random, hs->server_random, RANDOM);
    server_hello(w, &m);
    say_extensions(hs, IN_SERVER_HELLO, w);
    return true;
}

static bool suite_was_offered(const struct handshake *hs, uint16_t number)
{
    for (size_t i = 0; i < hs->settings->num_suites; i++)
        if (hs->settings->suites[i] == number)
            return true;
    return false;
}

enum verdict hear_server_hello(struct handshake *hs, skiff_bytes body)
{
    struct server_hello m;

    if (!server_hello_read(&m, body))
        return DROPPED;
    if (m.server_version != DTLS_1_2)
        return refuse(hs, ALERT_PROTOCOL_VERSION, "ServerHello: version is not DTLS 1.2",
                      "RFC 6347 4.2.1");
    if (!suite_was_offered(hs, m.cipher_suite))
        return refuse(hs, ALERT_ILLEGAL_PARAMETER,
                      "ServerHello: a cipher suite that was not offered", "RFC 5246 7.4.1.3");
    if (m.compression_method != COMPRESSION_NULL)
        return refuse(hs, ALERT_ILLEGAL_PARAMETER,
                      "ServerHello: a compression that was not offered", "RFC 5246 7.4.1.3");

    forget_agreement(hs);

    enum verdict v = hear_extensions(hs, IN_SERVER_HELLO, m.extensions);
    if (v == HEARD)
        v = judge_agreement(hs);
    if (v != HEARD)
        return v;
    hs->suite = suite_find(m.cipher_suite);
    memcpy(hs->server_random, m.random, RANDOM);

    /* An RSA key signs with what CertificateRequest will ask for. */
    enum skf_key_kind kind = skf_identity_kind(hs->settings->identity);
    transcript_keep(&hs->transcript, hs->suite->hash == HASH_SHA256 || kind != KEY_P384,
                    hs->suite->hash == HASH_SHA384 || kind != KEY_P256);
    return HEARD;
}

/* --- ServerHelloDone (RFC 5246 section 7.4.5) ----------------------------------------- */

bool say_server_hello_done(struct handshake *hs, struct walk *w)
{
    (void)hs;
    (void)w;
    return true;
}

enum verdict hear_server_hello_done(struct handshake *hs, skiff_bytes body)
{
    (void)hs;
    return body.len == 0 ? HEARD : DROPPED;
}
