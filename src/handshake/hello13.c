/* hello13.c - what DTLS 1.3 makes of a ClientHello: HelloRetryRequest, ServerHello (RFC
 * 8446 section 4.1, RFC 9147 section 5.3). */
#include "handshake/extensions/extensions.h"
#include "handshake/hello.h"
#include "handshake/signature_scheme.h"
#include "wire/extension.h"

enum { RETRY_MAX = 256 }; /* bytes of a HelloRetryRequest of ours */

/* --- ClientHello ---------------------------------------------------------------------- */

/* The share a client sent for a group, if it did. */
static bool find_key_share(const struct handshake *hs, uint16_t group,
                           skiff_bytes *key_share)
{
    struct walk w = walk_reader(hs->peer_shares);
    struct key_share_entry entry = { 0 };

    while (!w.failed && w.at < w.end) {
        key_share_entry(&w, &entry);
        if (!w.failed && entry.group == group) {
            *key_share = entry.key_exchange;
            return true;
        }
    }
    return false;
}

/* Our first group with a share; without any, the first in common, which needs a retry. A
 * retry costs more than any group (RFC 8446 4.2.8 lets the server choose among shares). */
static uint16_t choose_group(const struct handshake *hs, skiff_bytes *key_share)
{
    uint16_t common = 0;

    for (size_t i = 0; i < hs->settings->num_groups; i++) {
        uint16_t group = hs->settings->server_groups[i];
        if (!u16_holds(hs->their_groups, group))
            continue;
        if (find_key_share(hs, group, key_share))
            return group;
        if (common == 0)
            common = group;
    }
    return common;
}

static enum verdict judge_groups(struct handshake *hs)
{
    skiff_bytes key_share = { NULL, 0 };
    uint16_t requested = hs->group;

    if (hs->their_groups.ptr == NULL || hs->peer_shares.ptr == NULL)
        return skf_refuse(hs, ALERT_MISSING_EXTENSION,
                          "ClientHello: without supported_groups or key_share",
                          "RFC 8446 9.2");
    hs->group = choose_group(hs, &key_share);
    if (hs->group == 0)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "supported_groups: no group in common", "RFC 8446 4.2.7");
    if (hs->facts.retry_seen
        && (key_share.ptr == NULL || (requested != 0 && hs->group != requested)))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "key_share: not the one that the HelloRetryRequest asked for",
                          "RFC 8446 4.1.4");
    if (key_share.len > SKF_SHARE_MAX)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "key_share: longer than its group allows", "RFC 8446 4.2.8");
    hs->facts.retry_wanted = key_share.ptr == NULL;
    hs->peer_share_len = key_share.len;
    if (key_share.len > 0)
        memcpy(hs->peer_share, key_share.ptr, key_share.len);
    return ACCEPTED;
}

static void write_retry(struct handshake *hs, struct walk *w)
{
    struct server_hello m = { .server_version = DTLS_1_2,
                              .cipher_suite = hs->suite->number };

    memcpy(m.random, retry_random, RANDOM);
    server_hello(w, &m);
    skf_say_extensions(hs, IN_HELLO_RETRY_REQUEST, w);
}

/* Puts the transcript where it was after the HelloRetryRequest. Only the cookie knows of
 * that (RFC 8446 section 4.4.1). */
static bool resume_after_retry(struct handshake *hs)
{
    uint8_t body[RETRY_MAX];
    struct walk w = walk_writer(body, sizeof body);
    struct retry_cookie cookie;

    if (!retry_cookie_read(&cookie, (skiff_bytes){ hs->verified_cookie->cookie,
                                                   hs->verified_cookie->len }))
        return false;
    hs->suite = skf_suite_find(cookie.cipher_suite);
    hs->group = cookie.group;
    hs->facts.retry_wanted = cookie.group != 0;
    memcpy(hs->cookie, hs->verified_cookie->cookie, hs->verified_cookie->len);
    hs->cookie_len = hs->verified_cookie->len;
    write_retry(hs, &w);
    hs->cookie_len = 0;
    hs->facts.retry_seen = true;
    skf_script_resume(&hs->position, HELLO_RETRY_REQUEST);
    skf_transcript_select(&hs->transcript, hs->suite->hash == HASH_SHA256,
                          hs->suite->hash == HASH_SHA384);
    return !w.failed
        && skf_transcript_add_message(&hs->transcript, TRANSCRIPT_13,
                                      HANDSHAKE_MESSAGE_HASH, 0, cookie.hello_hash)
        && skf_transcript_add_message(&hs->transcript, TRANSCRIPT_13,
                                      HANDSHAKE_SERVER_HELLO, 0,
                                      (skiff_bytes){ body, w.at });
}

/* Its ticket is looked at when the hello comes again, and no earlier. */
static bool may_still_resume(const struct handshake *hs)
{
    return (hs->facts.retry_wanted || hs->is_judged_again) && hs->settings->tickets
        && hs->offered_psk.with_dhe && hs->offered_psk.ticket.len > 0;
}

/* RFC 8446 section 9.2: a client that resumes authenticates by its ticket, and needs no
 * signature. */
static enum verdict judge_schemes(struct handshake *hs)
{
    hs->scheme = 0;
    if (hs->facts.resumed || may_still_resume(hs))
        return ACCEPTED;
    if (hs->their_schemes.ptr == NULL)
        return skf_refuse(hs, ALERT_MISSING_EXTENSION,
                          "ClientHello: without signature_algorithms", "RFC 8446 9.2");
    hs->scheme =
        skf_scheme_choose_13(skf_identity_kind(hs->settings->identity), hs->their_schemes);
    if (hs->scheme == 0)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "signature_algorithms: none that our key can make",
                          "RFC 8446 4.2.3");
    return ACCEPTED;
}

static enum verdict begin_transcript(struct handshake *hs)
{
    if (hs->facts.retry_seen)
        return ACCEPTED;
    if (!skf_transcript_start(&hs->transcript)) {
        skf_refuse_crypto(hs, "ClientHello: no hash from libcrypto");
        return REFUSED;
    }
    skf_transcript_select(&hs->transcript, hs->suite->hash == HASH_SHA256,
                          hs->suite->hash == HASH_SHA384);
    return ACCEPTED;
}

/* RFC 9147 sections 5.1 and 5.3, RFC 8446 section 4.1.2: what 1.3 does not have. */
static enum verdict judge_old_fields(struct handshake *hs, const struct client_hello *m)
{
    if (m->cookie.len != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ClientHello: a cookie of 1.2 in 1.3", "RFC 9147 5.3");
    if (m->compression_methods.len != 1)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ClientHello: compression methods beside null in 1.3",
                          "RFC 8446 4.1.2");
    if (hs->has_wrong_cookie)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "cookie: none that is good for this address now", "RFC 9147 5.1");
    return ACCEPTED;
}

enum verdict skf_judge_hello13(struct handshake *hs, const struct client_hello *m)
{
    if (judge_old_fields(hs, m) != ACCEPTED)
        return REFUSED;
    if (hs->has_valid_cookie && !hs->facts.retry_seen
        && (!skf_transcript_start(&hs->transcript) || !resume_after_retry(hs))) {
        skf_refuse_crypto(hs, "ClientHello: no hash from libcrypto");
        return REFUSED;
    }
    const struct suite *suite = skf_choose_suite(hs, m->cipher_suites);

    if (suite == NULL || (hs->facts.retry_seen && suite != hs->suite))
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "ClientHello: no cipher suite in common", "RFC 8446 4.1.1");
    hs->suite = suite;

    enum verdict v = judge_groups(hs);
    if (v == ACCEPTED)
        v = skf_judge_media(hs);
    if (v == ACCEPTED)
        v = begin_transcript(hs);
    if (v == ACCEPTED)
        v = skf_judge_psk(hs);
    return v == ACCEPTED ? judge_schemes(hs) : v;
}

/* --- HelloRetryRequest (RFC 8446 section 4.1.4) --------------------------------------- */

bool skf_say_hello_retry_request(struct handshake *hs, struct walk *w)
{
    if (!skf_transcript_collapse(&hs->transcript, hs->suite->hash))
        return skf_refuse_crypto(hs, "HelloRetryRequest: no hash from libcrypto");
    write_retry(hs, w);
    hs->facts.retry_seen = true;
    return true;
}

static bool share_was_offered(const struct handshake *hs, uint16_t group)
{
    for (size_t i = 0; i < OFFERED_KEY_SHARES; i++)
        if (hs->key_shares[i].group == group)
            return true;
    return false;
}

/* A HelloRetryRequest, and a ServerHello in 1.3, must select 1.3. If the extensions do not
 * parse, the message is dropped. */
static enum verdict judge_version(struct handshake *hs, uint16_t selected)
{
    if (selected == 0)
        return DROPPED;
    if (selected != DTLS_1_3)
        return skf_refuse(
            hs, ALERT_ILLEGAL_PARAMETER,
            "supported_versions: the retry and what follows it are not of 1.3",
            "RFC 8446 4.1.4");
    return ACCEPTED;
}

/* The fields that ServerHello and HelloRetryRequest have in common. */
static enum verdict judge_fields(struct handshake *hs, const struct server_hello *m)
{
    const struct suite *suite = skf_offered_suite(hs, m->cipher_suite);
    enum verdict v = judge_version(hs, skf_selected_by(m));

    if (v != ACCEPTED)
        return v;
    if (!hs->settings->has_dtls13 || m->server_version != DTLS_1_2)
        return skf_refuse(hs, ALERT_PROTOCOL_VERSION,
                          "ServerHello: a version that was not offered", "RFC 8446 4.1.3");
    if (suite == NULL || (hs->facts.retry_seen && suite != hs->suite))
        return skf_refuse(
            hs, ALERT_ILLEGAL_PARAMETER,
            "ServerHello: a cipher suite that was not offered, or another than before",
            "RFC 8446 4.1.3");
    if (m->compression_method != COMPRESSION_NULL || m->session_id.len != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerHello: compression or session id that was not offered",
                          "RFC 9147 5.3");
    hs->suite = suite;
    return ACCEPTED;
}

/* Takes back what a reply that was dropped half way may have left. It may have been one of
 * 1.2. */
static void forget_reply(struct handshake *hs)
{
    hs->peer_share_group = 0;
    hs->psk_was_chosen = false;
    skf_forget_negotiated(hs);
    skf_forget_connection_id(hs);
}

enum verdict skf_hear_hello_retry_request(struct handshake *hs, skiff_bytes body)
{
    struct server_hello m;

    if (!server_hello_read(&m, body))
        return DROPPED;

    enum verdict v = judge_fields(hs, &m);
    forget_reply(hs);
    hs->cookie_len = 0;
    if (v == ACCEPTED)
        v = skf_hear_extensions(hs, IN_HELLO_RETRY_REQUEST, m.extensions);
    if (v != ACCEPTED)
        return v;
    if (hs->peer_share_group == 0 && hs->cookie_len == 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "HelloRetryRequest: it changes nothing", "RFC 8446 4.1.4");
    if (hs->peer_share_group != 0
        && (!skf_settings_have_group(hs->settings, hs->peer_share_group)
            || share_was_offered(hs, hs->peer_share_group)))
        return skf_refuse(
            hs, ALERT_ILLEGAL_PARAMETER,
            "HelloRetryRequest: a group that was shared already, or not offered",
            "RFC 8446 4.2.8");
    if (!skf_transcript_collapse(&hs->transcript, hs->suite->hash)) {
        skf_refuse_crypto(hs, "HelloRetryRequest: no hash from libcrypto");
        return REFUSED;
    }
    hs->facts.retry_seen = true;
    return ACCEPTED;
}

/* --- ServerHello (RFC 8446 section 4.1.3) --------------------------------------------- */

bool skf_say_server_hello13(struct handshake *hs, struct walk *w)
{
    struct server_hello m = { .server_version = DTLS_1_2,
                              .cipher_suite = hs->suite->number };

    if (!skf_random(hs->server_random, RANDOM))
        return skf_refuse_crypto(hs, "ServerHello: no random bytes");
    if (!skf_share_reply(hs->crypto, hs->group,
                         (skiff_bytes){ hs->peer_share, hs->peer_share_len },
                         hs->public_shares, &hs->public_shares_len, hs->shared_secret,
                         &hs->shared_secret_len)) {
        skf_refuse_judged(hs, ALERT_ILLEGAL_PARAMETER,
                          "key_share: not a value of its group", "RFC 8446 4.2.8");
        return false;
    }
    memcpy(m.random, hs->server_random, RANDOM);
    server_hello(w, &m);
    skf_say_extensions(hs, IN_SERVER_HELLO_13, w);
    return true;
}

static enum verdict agree(struct handshake *hs)
{
    static const char what[] = "key_share: not a value of a group that we shared";
    size_t i = 0;

    while (i < OFFERED_KEY_SHARES && hs->key_shares[i].group != hs->peer_share_group)
        i++;
    if (i == OFFERED_KEY_SHARES)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER, what, "RFC 8446 4.2.8");
    if (!skf_share_agree(hs->crypto, &hs->key_shares[i],
                         (skiff_bytes){ hs->peer_share, hs->peer_share_len },
                         hs->shared_secret, &hs->shared_secret_len))
        return skf_refuse_judged(hs, ALERT_ILLEGAL_PARAMETER, what, "RFC 8446 4.2.8");
    return ACCEPTED;
}

enum verdict skf_hear_server_hello13(struct handshake *hs, skiff_bytes body)
{
    struct server_hello m;

    if (!server_hello_read(&m, body))
        return DROPPED;

    enum verdict v = judge_fields(hs, &m);
    forget_reply(hs);
    if (v == ACCEPTED)
        v = skf_hear_extensions(hs, IN_SERVER_HELLO_13, m.extensions);
    if (v == ACCEPTED && hs->peer_share_group == 0)
        return skf_refuse(hs,
                          hs->psk_was_chosen ? ALERT_ILLEGAL_PARAMETER /* section 4.2.11 */
                                             : ALERT_MISSING_EXTENSION,
                          "ServerHello: without key_share", "RFC 8446 9.2");
    if (v == ACCEPTED)
        v = agree(hs);
    if (v == ACCEPTED && hs->psk_was_chosen)
        v = skf_resume_as(hs, &hs->to_resume.session);
    if (v != ACCEPTED)
        return v;
    hs->group = hs->peer_share_group;
    for (size_t i = 0; i < OFFERED_KEY_SHARES; i++)
        skf_share_wipe(&hs->key_shares[i]);
    memcpy(hs->server_random, m.random, RANDOM);
    skf_transcript_select(&hs->transcript, hs->suite->hash == HASH_SHA256,
                          hs->suite->hash == HASH_SHA384);
    return ACCEPTED;
}
