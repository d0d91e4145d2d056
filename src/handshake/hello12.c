/* hello12.c - what DTLS 1.2 makes of a ClientHello: HelloVerifyRequest, ServerHello. */
#include "handshake/extensions/extensions.h"
#include "handshake/hello.h"
#include "handshake/signature_scheme.h"
#include "wire/extension.h"

/* --- ClientHello ---------------------------------------------------------------------- */

static enum verdict judge_master_secret(struct handshake *hs)
{
    if (!hs->extended_master_secret && !hs->settings->allow_no_ems)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "hello: without extended_master_secret", "RFC 7627 5.2");
    return skf_judge_media(hs);
}

/* RFC 8422 section 4: a client without supported_groups leaves the choice to the server.
 * Each has secp256r1. */
static bool client_has_group(const struct handshake *hs, uint16_t group)
{
    return hs->their_groups.ptr == NULL ? group == GROUP_SECP256R1
                                        : u16_holds(hs->their_groups, group);
}

/* Our first group that the client has; X25519MLKEM768 is for 1.3 only. */
static uint16_t choose_group(const struct handshake *hs)
{
    const uint16_t *groups = hs->settings->server_groups;

    for (size_t i = 0; i < hs->settings->num_groups; i++)
        if (groups[i] != GROUP_X25519MLKEM768 && client_has_group(hs, groups[i]))
            return groups[i];
    return 0;
}

enum verdict skf_judge_hello12(struct handshake *hs, const struct client_hello *m)
{
    hs->suite = skf_choose_suite(hs, m->cipher_suites);
    if (hs->suite == NULL)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "ClientHello: no cipher suite in common", "RFC 5246 7.4.1.3");
    hs->group = choose_group(hs);
    if (hs->group == 0)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "supported_groups: no group in common", "RFC 8422 5.1.1");
    hs->scheme =
        skf_scheme_choose(skf_identity_kind(hs->settings->identity), hs->their_schemes);
    if (hs->scheme == 0)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "signature_algorithms: none that our key can make",
                          "RFC 5246 7.4.1.4.1");
    if (u16_holds(m->cipher_suites, EMPTY_RENEGOTIATION_INFO_SCSV))
        skf_note_offered_extension(hs, EXT_RENEGOTIATION_INFO);
    if (!skf_transcript_start(&hs->transcript)) {
        skf_refuse_crypto(hs, "ClientHello: no hash from libcrypto");
        return REFUSED;
    }
    return judge_master_secret(hs);
}

/* --- HelloVerifyRequest (RFC 6347 section 4.2.1) -------------------------------------- */

bool skf_has_other_cookie(const struct handshake *hs, skiff_bytes body)
{
    struct hello_verify_request m;

    return hello_verify_request_read(&m, body)
        && (m.cookie.len != hs->cookie_len
            || memcmp(m.cookie.ptr, hs->cookie, hs->cookie_len) != 0);
}

enum verdict skf_hear_hello_verify_request(struct handshake *hs, skiff_bytes body)
{
    struct hello_verify_request m;

    if (!hello_verify_request_read(&m, body) || m.server_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    memcpy(hs->cookie, m.cookie.ptr, m.cookie.len);
    hs->cookie_len = (uint16_t)m.cookie.len;
    hs->facts.cookies++;
    return ACCEPTED;
}

/* --- ServerHello (RFC 5246 section 7.4.1.3) ------------------------------------------- */

bool skf_say_server_hello(struct handshake *hs, struct walk *w)
{
    struct server_hello m = { .server_version = DTLS_1_2,
                              .cipher_suite = hs->suite->number };

    if (!skf_random(hs->server_random, RANDOM))
        return skf_refuse_crypto(hs, "ServerHello: no random bytes");
    if (hs->settings->has_dtls13)
        memcpy(hs->server_random + RANDOM - sizeof downgrade_sentinel, downgrade_sentinel,
               sizeof downgrade_sentinel);
    memcpy(m.random, hs->server_random, RANDOM);
    server_hello(w, &m);
    skf_say_extensions(hs, IN_SERVER_HELLO_12, w);
    return true;
}

/* A client of 1.3 refuses both values: that of a server that has 1.3, and that of one which
 * would have chosen a version before 1.2. They differ in the last byte. */
static bool was_downgraded(const struct handshake *hs, const struct server_hello *m)
{
    const uint8_t *end = m->random + RANDOM - sizeof downgrade_sentinel;
    size_t last = sizeof downgrade_sentinel - 1;

    return hs->settings->has_dtls13 && memcmp(end, downgrade_sentinel, last) == 0
        && end[last] <= downgrade_sentinel[last];
}

static enum verdict judge_server_hello(struct handshake *hs, const struct server_hello *m)
{
    if (m->server_version != DTLS_1_2 || !hs->settings->has_dtls12)
        return skf_refuse(hs, ALERT_PROTOCOL_VERSION,
                          "ServerHello: a version that was not offered", "RFC 6347 4.2.1");
    if (was_downgraded(hs, m))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerHello: 1.2 from a server that supports 1.3",
                          "RFC 8446 4.1.3");
    if (skf_offered_suite(hs, m->cipher_suite) == NULL)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerHello: a cipher suite that was not offered",
                          "RFC 5246 7.4.1.3");
    if (m->compression_method != COMPRESSION_NULL)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerHello: a compression that was not offered",
                          "RFC 5246 7.4.1.3");
    return ACCEPTED;
}

enum verdict skf_hear_server_hello(struct handshake *hs, skiff_bytes body)
{
    struct server_hello m;

    if (!server_hello_read(&m, body))
        return DROPPED;

    skf_forget_negotiated(hs);
    skf_forget_connection_id(hs);
    enum verdict v = judge_server_hello(hs, &m);
    if (v == ACCEPTED)
        v = skf_hear_extensions(hs, IN_SERVER_HELLO_12, m.extensions);
    if (v == ACCEPTED)
        v = judge_master_secret(hs);
    if (v != ACCEPTED)
        return v;
    hs->suite = skf_suite_find(m.cipher_suite);
    memcpy(hs->server_random, m.random, RANDOM);

    /* An RSA key signs with what CertificateRequest will ask for. */
    enum skf_key_kind kind = skf_identity_kind(hs->settings->identity);
    skf_transcript_select(&hs->transcript,
                          hs->suite->hash == HASH_SHA256 || kind != KEY_P384,
                          hs->suite->hash == HASH_SHA384 || kind != KEY_P256);
    return ACCEPTED;
}
