/* client_hello.c - ClientHello (RFC 6347 section 4.2.1, RFC 9147 section 5.3) as both
 * versions have it. Does not choose the version. */
#include "handshake/extensions/extensions.h"
#include "handshake/hello.h"
#include "wire/extension.h"

static const uint8_t null_compression[] = { COMPRESSION_NULL };

/* --- writing it --------------------------------------------------------------------- */

static bool version_is_enabled(const struct settings *s, uint16_t number)
{
    return skf_suite_find(number)->version == DTLS_1_3 ? s->has_dtls13 : s->has_dtls12;
}

static size_t write_suites(const struct settings *s, uint8_t *list)
{
    size_t len = 0;

    for (size_t i = 0; i < s->num_suites; i++)
        if (version_is_enabled(s, s->suites[i])) {
            list[len++] = (uint8_t)(s->suites[i] >> 8);
            list[len++] = (uint8_t)s->suites[i];
        }
    return len;
}

/* RFC 6347 section 4.2.1, RFC 8446 section 4.1.2: a second hello repeats the first, but
 * for what the server asked to be changed. */
static bool prepare_hello(struct handshake *hs)
{
    bool first = !hs->version_chosen;

    if (first && !skf_random(hs->client_random, RANDOM))
        return false;
    if (hs->settings->has_dtls13 && !skf_make_key_shares(hs))
        return false;
    return hs->facts.retry_seen || skf_transcript_start(&hs->transcript);
}

bool skf_say_client_hello(struct handshake *hs, struct walk *w)
{
    uint8_t list[2 * SUITE_COUNT];
    struct client_hello m = { .client_version = DTLS_1_2,
                              .cipher_suites = { list, write_suites(hs->settings, list) },
                              .compression_methods = { null_compression, 1 } };

    if (!prepare_hello(hs))
        return skf_refuse_crypto(hs, "ClientHello: libcrypto failed");
    if (hs->facts.cookies > 0)
        m.cookie = (skiff_bytes){ hs->cookie, hs->cookie_len };
    memcpy(m.random, hs->client_random, RANDOM);
    client_hello(w, &m);
    skf_say_extensions(hs, IN_CLIENT_HELLO, w);
    return w->failed || skf_bind_hello(hs, w->out, w->at)
        || skf_refuse_crypto(hs, "ClientHello: no binder from libcrypto");
}

/* --- reading it ---------------------------------------------------------------------- */

/* Takes back what a hello that was dropped half way may have left. */
static void forget_hello(struct handshake *hs)
{
    hs->offers_12 = true;
    hs->offers_13 = false;
    hs->has_supported_versions = false;
    hs->has_valid_cookie = hs->has_wrong_cookie = false;
    hs->offered = 0;
    skf_forget_negotiated(hs);
    skf_forget_connection_id(hs);
    hs->offered_psk = (struct offered_psk){ .has_modes = false };
    hs->their_groups = hs->peer_shares = hs->their_schemes = (skiff_bytes){ NULL, 0 };
}

enum verdict skf_read_client_hello(struct handshake *hs, skiff_bytes body,
                                   struct client_hello *m)
{
    if (!client_hello_read(m, body))
        return DROPPED;
    forget_hello(hs);
    hs->offered_psk.hello = body;

    enum verdict v = skf_hear_extensions(hs, IN_CLIENT_HELLO, m->extensions);
    if (v == ACCEPTED && !hs->has_supported_versions
        && m->client_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    return v;
}

/* --- what the judges of both versions ask ------------------------------------------- */

/* 1.2 knows no supported_versions in a ServerHello. */
uint16_t skf_selected_by(const struct server_hello *m)
{
    struct walk w = walk_reader(m->extensions);
    struct selected_version v = { .selected = DTLS_1_2 };
    struct extension e = { 0 };

    while (!w.failed && w.at < w.end) {
        extension(&w, &e);
        if (!w.failed && e.extension_type == EXT_SUPPORTED_VERSIONS
            && !selected_version_read(&v, e.extension_data))
            return 0;
    }
    return w.failed ? 0 : v.selected;
}

const struct suite *skf_choose_suite(const struct handshake *hs, skiff_bytes offered)
{
    bool ecdsa = skf_identity_kind(hs->settings->identity) != KEY_RSA;

    for (size_t i = 0; i < hs->settings->num_suites; i++) {
        const struct suite *suite = skf_suite_find(hs->settings->suites[i]);
        bool serves = suite->version == DTLS_1_3 || suite->ecdsa == ecdsa;
        if (suite->version == hs->protocol->version && serves
            && u16_holds(offered, suite->number))
            return suite;
    }
    return NULL;
}

const struct suite *skf_offered_suite(const struct handshake *hs, uint16_t number)
{
    for (size_t i = 0; i < hs->settings->num_suites; i++)
        if (hs->settings->suites[i] == number
            && skf_suite_find(number)->version == hs->protocol->version)
            return skf_suite_find(number);
    return NULL;
}

enum verdict skf_judge_media(struct handshake *hs)
{
    if (hs->srtp_profile == 0 && !hs->settings->media_optional)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE, "use_srtp: no profile in common",
                          "RFC 5764 4.1.2");
    return ACCEPTED;
}
