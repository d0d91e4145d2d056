/* client_hello.c - ClientHello (RFC 6347 section 4.2.1, RFC 9147 section 5.3), and the
 * choice of the version, which both ends make from whole hellos. */
#include "dtls/extensions.h"
#include "dtls/hello.h"
#include "wire/extension.h"

static const uint8_t null_compression[] = { COMPRESSION_NULL };

/* --- saying it ------------------------------------------------------------------------ */

static bool suite_is_spoken(const struct settings *s, uint16_t number)
{
    return suite_find(number)->version == DTLS_1_3 ? s->speaks_13 : s->speaks_12;
}

static size_t write_suites(const struct settings *s, uint8_t *list)
{
    size_t len = 0;

    for (size_t i = 0; i < s->num_suites; i++)
        if (suite_is_spoken(s, s->suites[i])) {
            list[len++] = (uint8_t)(s->suites[i] >> 8);
            list[len++] = (uint8_t)s->suites[i];
        }
    return len;
}

/* RFC 6347 section 4.2.1, RFC 8446 section 4.1.2: a second hello repeats the first, but
 * for what the server asked to be changed. */
static bool prepare_hello(struct handshake *hs)
{
    bool first = !hs->settled;

    if (first && !skf_random(hs->client_random, RANDOM))
        return false;
    if (hs->settings->speaks_13 && !make_shares(hs))
        return false;
    return hs->facts.retry_seen || transcript_start(&hs->transcript);
}

bool say_client_hello(struct handshake *hs, struct walk *w)
{
    uint8_t list[2 * SUITE_COUNT];
    struct client_hello m = { .client_version = DTLS_1_2,
                              .cipher_suites = { list, write_suites(hs->settings, list) },
                              .compression_methods = { null_compression, 1 } };

    if (!prepare_hello(hs))
        return refuse_crypto(hs, "ClientHello: libcrypto failed");
    if (hs->facts.cookies > 0)
        m.cookie = (skiff_bytes){ hs->cookie, hs->cookie_len };
    memcpy(m.random, hs->client_random, RANDOM);
    client_hello(w, &m);
    say_extensions(hs, IN_CLIENT_HELLO, w);
    return w->failed || bind_hello(hs, w->out, w->at)
        || refuse_crypto(hs, "ClientHello: no binder from libcrypto");
}

/* --- the version ---------------------------------------------------------------------- */

static void settle(struct handshake *hs, const struct dialect *dialect)
{
    hs->settled = true;
    if (hs->dialect == dialect)
        return;
    hs->dialect = dialect;
    hs->reading.script = dialect->script;
}

void unsettle(struct handshake *hs)
{
    settle(hs, hs->settings->speaks_13 ? &dtls13 : &dtls12);
    hs->settled = false;
}

/* 1.2 knows no supported_versions in a ServerHello. */
uint16_t selected_by(const struct server_hello *m)
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

    return server_hello_read(&m, body) && selected_by(&m) == DTLS_1_3;
}

static const struct dialect *dialect_of_reply(enum msg msg, skiff_bytes body)
{
    if (msg == HELLO_VERIFY_REQUEST)
        return &dtls12;
    if (msg == HELLO_RETRY_REQUEST)              /* its random says that it is of 1.3 */
        return &dtls13;
    if (msg != SERVER_HELLO)
        return NULL;
    return selects_13(body) ? &dtls13 : &dtls12;
}

bool settle_by_reply(struct handshake *hs, enum msg msg, skiff_bytes body)
{
    const struct dialect *dialect = dialect_of_reply(msg, body);
    bool unwanted = msg == HELLO_VERIFY_REQUEST && !hs->settings->speaks_12;

    if (hs->me == SERVER || hs->settled || dialect == NULL || unwanted)
        return false;
    settle(hs, dialect);
    /* A reply that was dropped half way may have settled it before. */
    if (!transcript_start(&hs->transcript)
        || !transcript_add_message(&hs->transcript, dialect->form, HANDSHAKE_CLIENT_HELLO,
                                   hs->our_hello_seq, hs->our_hello))
        refuse_crypto(hs, "transcript: no hash from libcrypto");
    return true;
}

/* RFC 8446 section 4.2.1: without supported_versions the old field counts. */
static const struct dialect *choose_version(const struct handshake *hs,
                                            const struct client_hello *m)
{
    const struct settings *s = hs->settings;

    if (s->speaks_13 && hs->offers_13)
        return &dtls13;
    if (s->speaks_12 && hs->offers_12
        && (hs->lists_versions || m->client_version <= DTLS_1_2))
        return &dtls12;
    return NULL;
}

/* --- hearing it ----------------------------------------------------------------------- */

/* Takes back what a hello that was dropped half way may have left. */
static void forget_hello(struct handshake *hs)
{
    hs->offers_12 = true;
    hs->offers_13 = false;
    hs->lists_versions = false;
    hs->brings_cookie = hs->brings_wrong_cookie = false;
    hs->offered = 0;
    forget_answers(hs);
    forget_connection_id(hs);
    hs->offered_psk = (struct offered_psk){ .has_modes = false };
    hs->their_groups = hs->their_shares = hs->their_schemes = (skiff_bytes){ NULL, 0 };
}

static enum verdict judge_version(struct handshake *hs, const struct client_hello *m)
{
    const struct dialect *dialect = choose_version(hs, m);

    if (dialect == NULL || (hs->settled && dialect != hs->dialect))
        return refuse(hs, ALERT_PROTOCOL_VERSION, "ClientHello: no version in common",
                      "RFC 9147 5.3");
    if (memchr(m->compression_methods.ptr, COMPRESSION_NULL, m->compression_methods.len)
        == NULL)
        return refuse(hs, ALERT_ILLEGAL_PARAMETER, "ClientHello: without null compression",
                      "RFC 5246 7.4.1.2");
    settle(hs, dialect);
    return dialect->judge_hello(hs, m);
}

enum verdict hear_client_hello(struct handshake *hs, skiff_bytes body)
{
    struct client_hello m;

    if (!client_hello_read(&m, body))
        return DROPPED;
    forget_hello(hs);
    hs->offered_psk.hello = body;

    enum verdict v = hear_extensions(hs, IN_CLIENT_HELLO, m.extensions);
    if (v == HEARD && !hs->lists_versions && m.client_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    if (v == HEARD)
        v = judge_version(hs, &m);
    if (v != HEARD)
        return v;
    memcpy(hs->client_random, m.random, RANDOM);
    hs->facts.auth_wanted = !hs->facts.resumed;
    return HEARD;
}

const struct suite *choose_suite(const struct handshake *hs, skiff_bytes theirs)
{
    bool ecdsa = skf_identity_kind(hs->settings->identity) != KEY_RSA;

    for (size_t i = 0; i < hs->settings->num_suites; i++) {
        const struct suite *suite = suite_find(hs->settings->suites[i]);
        bool serves = suite->version == DTLS_1_3 || suite->ecdsa == ecdsa;
        if (suite->version == hs->dialect->version && serves
            && u16_holds(theirs, suite->number))
            return suite;
    }
    return NULL;
}

const struct suite *offered_suite(const struct handshake *hs, uint16_t number)
{
    for (size_t i = 0; i < hs->settings->num_suites; i++)
        if (hs->settings->suites[i] == number
            && suite_find(number)->version == hs->dialect->version)
            return suite_find(number);
    return NULL;
}

enum verdict judge_media(struct handshake *hs)
{
    if (hs->srtp_profile == 0 && !hs->settings->media_optional)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE, "use_srtp: no profile in common",
                      "RFC 5764 4.1.2");
    return HEARD;
}
