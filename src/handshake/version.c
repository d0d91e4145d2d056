/* version.c - the choice of the version, which both ends make from whole hellos. */
#include "handshake/version.h"

#include "handshake/hello.h"

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

static enum verdict judge_version(struct handshake *hs, const struct client_hello *m)
{
    const struct protocol *protocol = choose_version(hs, m);

    if (protocol == NULL || (hs->version_chosen && protocol != hs->protocol))
        return skf_refuse(hs, ALERT_PROTOCOL_VERSION, "ClientHello: no version in common",
                          "RFC 9147 5.3");
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
