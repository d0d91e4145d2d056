/* client_hello.c - ClientHello (RFC 6347 section 4.2.1, RFC 9147 section 5.3), and the
 * choice of the version, which both ends make from whole hellos. */
#include "handshake/extensions/extensions.h"
#include "handshake/hello.h"
#include "wire/extension.h"

static const uint8_t null_compression[] = { COMPRESSION_NULL };

/* --- saying it ------------------------------------------------------------------------ */

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

/* --- the version ---------------------------------------------------------------------- */

static void set_protocol(struct handshake *hs, const struct protocol *protocol)
{
    hs->version_chosen = true;
    if (hs->protocol == protocol)
        return;
    hs->protocol = protocol;
    hs->position.script = protocol->script;
}

void skf_reset_protocol(struct handshake *hs)
{
    set_protocol(hs, hs->settings->has_dtls13 ? &skf_dtls13 : &skf_dtls12);
    hs->version_chosen = false;
}

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

static bool selects_13(skiff_bytes body)
{
    struct server_hello m;

    return server_hello_read(&m, body) && skf_selected_by(&m) == DTLS_1_3;
}

static const struct protocol *protocol_of_reply(enum msg msg, skiff_bytes body)
{
    if (msg == HELLO_VERIFY_REQUEST)
        return &skf_dtls12;
    if (msg == HELLO_RETRY_REQUEST) /* its random says that it is of 1.3 */
        return &skf_dtls13;
    if (msg != SERVER_HELLO)
        return NULL;
    return selects_13(body) ? &skf_dtls13 : &skf_dtls12;
}

bool skf_set_protocol_by_reply(struct handshake *hs, enum msg msg, skiff_bytes body)
{
    const struct protocol *protocol = protocol_of_reply(msg, body);
    bool unwanted = msg == HELLO_VERIFY_REQUEST && !hs->settings->has_dtls12;

    if (hs->role == SERVER || hs->version_chosen || protocol == NULL || unwanted)
        return false;
    set_protocol(hs, protocol);
    /* A reply that was dropped half way may have settled it before. */
    if (!skf_transcript_start(&hs->transcript)
        || !skf_transcript_add_message(&hs->transcript, protocol->form,
                                       HANDSHAKE_CLIENT_HELLO, hs->our_hello_seq,
                                       hs->our_hello))
        skf_refuse_crypto(hs, "transcript: no hash from libcrypto");
    return true;
}

/* RFC 8446 section 4.2.1: without supported_versions the old field counts. */
static const struct protocol *choose_version(const struct handshake *hs,
                                             const struct client_hello *m)
{
    const struct settings *s = hs->settings;

    if (s->has_dtls13 && hs->offers_13)
        return &skf_dtls13;
    if (s->has_dtls12 && hs->offers_12
        && (hs->has_supported_versions || m->client_version <= DTLS_1_2))
        return &skf_dtls12;
    return NULL;
}

/* --- hearing it ----------------------------------------------------------------------- */

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

static enum verdict judge_version(struct handshake *hs, const struct client_hello *m)
{
    const struct protocol *protocol = choose_version(hs, m);

    if (protocol == NULL || (hs->version_chosen && protocol != hs->protocol))
        return skf_refuse(hs, ALERT_PROTOCOL_VERSION, "ClientHello: no version in common",
                          "RFC 9147 5.3");
    if (memchr(m->compression_methods.ptr, COMPRESSION_NULL, m->compression_methods.len)
        == NULL)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ClientHello: without null compression", "RFC 5246 7.4.1.2");
    set_protocol(hs, protocol);
    return protocol->judge_hello(hs, m);
}

enum verdict skf_hear_client_hello(struct handshake *hs, skiff_bytes body)
{
    struct client_hello m;

    if (!client_hello_read(&m, body))
        return DROPPED;
    forget_hello(hs);
    hs->offered_psk.hello = body;

    enum verdict v = skf_hear_extensions(hs, IN_CLIENT_HELLO, m.extensions);
    if (v == ACCEPTED && !hs->has_supported_versions && m.client_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    if (v == ACCEPTED)
        v = judge_version(hs, &m);
    if (v != ACCEPTED)
        return v;
    memcpy(hs->client_random, m.random, RANDOM);
    hs->facts.auth_wanted = !hs->facts.resumed;
    return ACCEPTED;
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
