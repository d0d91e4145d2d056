/* version.c - the choice of the version, which both ends make from whole hellos. */
#include "handshake/version.h"

#include "handshake/hello.h"
#include "wire/extension.h"

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

/* --- a client's ----------------------------------------------------------------------- */

/* A message that does not parse shows nothing: anybody can send any number of them, and our
 * hello would be hashed for each. */
static const struct protocol *protocol_of_reply(enum msg msg, skiff_bytes body)
{
    struct hello_verify_request verify;
    struct server_hello hello;

    if (msg == HELLO_VERIFY_REQUEST)
        return hello_verify_request_read(&verify, body) ? &skf_dtls12 : NULL;
    if (msg == HELLO_RETRY_REQUEST) /* only 1.3 has its random */
        return &skf_dtls13;
    if (msg != SERVER_HELLO || !server_hello_read(&hello, body)
        || skf_selected_by(&hello) == 0)
        return NULL;
    return skf_selected_by(&hello) == DTLS_1_3 ? &skf_dtls13 : &skf_dtls12;
}

bool skf_set_protocol_by_reply(struct handshake *hs, enum msg msg, skiff_bytes body)
{
    const struct protocol *protocol = protocol_of_reply(msg, body);
    bool unwanted = msg == HELLO_VERIFY_REQUEST && !hs->settings->has_dtls12;

    if (hs->role == SERVER || hs->version_chosen || protocol == NULL || unwanted)
        return false;
    set_protocol(hs, protocol);
    /* A reply that was dropped half way may have begun it before. */
    if (!skf_transcript_start(&hs->transcript)
        || !skf_transcript_add_message(&hs->transcript, protocol->form,
                                       HANDSHAKE_CLIENT_HELLO, hs->our_hello_seq,
                                       hs->our_hello))
        skf_refuse_crypto(hs, "transcript: no hash from libcrypto");
    return true;
}

/* --- a server's ----------------------------------------------------------------------- */

static const struct protocol *newest_of(const struct settings *s, bool offers_12,
                                        bool offers_13)
{
    if (s->has_dtls13 && offers_13)
        return &skf_dtls13;
    return s->has_dtls12 && offers_12 ? &skf_dtls12 : NULL;
}

/* RFC 8446 section 4.2.1: without supported_versions the old field counts. */
static const struct protocol *choose_version(const struct handshake *hs,
                                             const struct client_hello *m)
{
    if (hs->has_supported_versions)
        return newest_of(hs->settings, hs->offers_12, hs->offers_13);
    return newest_of(hs->settings, m->client_version <= DTLS_1_2, false);
}

enum verdict skf_peek_protocol(const struct settings *settings,
                               const struct client_hello *m,
                               const struct protocol **protocol)
{
    struct supported_versions list;
    skiff_bytes body;
    bool has_list = extension_find(m->extensions, EXT_SUPPORTED_VERSIONS, &body);

    if (has_list ? !supported_versions_read(&list, body)
                 : m->client_version >> 8 != DTLS_MAJOR)
        return DROPPED;
    *protocol = has_list ? newest_of(settings, u16_holds(list.versions, DTLS_1_2),
                                     u16_holds(list.versions, DTLS_1_3))
                         : newest_of(settings, m->client_version <= DTLS_1_2, false);
    return *protocol != NULL ? ACCEPTED : REFUSED;
}

/* RFC 7507 section 3: somebody kept our newest version from a client that has it, too. */
static bool is_fallback(const struct handshake *hs, const struct protocol *chosen,
                        const struct client_hello *m)
{
    return chosen != newest_of(hs->settings, true, true)
        && u16_holds(m->cipher_suites, FALLBACK_SCSV);
}

static enum verdict judge_version(struct handshake *hs, const struct client_hello *m)
{
    const struct protocol *protocol = choose_version(hs, m);

    if (protocol == NULL || (hs->version_chosen && protocol != hs->protocol))
        return skf_refuse(hs, ALERT_PROTOCOL_VERSION, "ClientHello: no version in common",
                          "RFC 9147 5.3");
    if (is_fallback(hs, protocol, m))
        return skf_refuse(hs, ALERT_INAPPROPRIATE_FALLBACK,
                          "ClientHello: a fallback to 1.2 from a version that we have",
                          "RFC 7507 3");
    if (memchr(m->compression_methods.ptr, COMPRESSION_NULL, m->compression_methods.len)
        == NULL)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ClientHello: without null compression",
                          protocol->spec.client_hello);
    set_protocol(hs, protocol);
    return protocol->judge_hello(hs, m);
}

enum verdict skf_hear_client_hello(struct handshake *hs, skiff_bytes body)
{
    struct client_hello m;
    enum verdict v = skf_read_client_hello(hs, body, &m);

    if (v == ACCEPTED)
        v = judge_version(hs, &m);
    if (v != ACCEPTED)
        return v;
    memcpy(hs->client_random, m.random, RANDOM);
    hs->facts.auth_wanted = !hs->facts.resumed;
    return ACCEPTED;
}

enum verdict skf_hear_message(struct handshake *hs, enum msg msg, skiff_bytes body)
{
    return msg == CLIENT_HELLO ? skf_hear_client_hello(hs, body)
                               : hs->protocol->messages[msg].hear(hs, body);
}
