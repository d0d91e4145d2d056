/* check_hello13.c - answers a first hello of DTLS 1.3 with a HelloRetryRequest and keeps
 * nothing: what will be needed goes into the cookie (RFC 8446 section 4.2.2, RFC 9147
 * section 5.1). */
#include "association/check_hello13.h"
#include "handshake/version.h"
#include "wire/extension.h"

enum { RETRY_MAX = 256, COOKIE_PARTS = 4 };

/* The cookie is bound to the address, to all that it contains, and to what a client
 * repeats in its second hello (RFC 8446 section 4.1.2): the cookie of another client is
 * of no use to it, and would give both ends different transcripts. */
static void bound_parts(const struct first_datagram *first, const uint8_t *peer_len,
                        skiff_bytes cookie_bytes, const uint8_t *random,
                        skiff_bytes parts[COOKIE_PARTS])
{
    parts[0] = (skiff_bytes){ peer_len, 1 };
    parts[1] = first->peer;
    parts[2] = (skiff_bytes){ cookie_bytes.ptr, cookie_bytes.len - COOKIE };
    parts[3] = (skiff_bytes){ random, RANDOM };
}

/* Whether we would accept it in 1.3. */
static bool would_accept(skiff_context *context, skiff_bytes body, skiff_failure *failure)
{
    struct handshake *hs = &context->judging;

    return skf_judge_as_handle(context, body, failure) == ACCEPTED
        && hs->protocol->messages[HELLO_RETRY_REQUEST].say != NULL
        && skf_transcript_add_message(&hs->transcript, TRANSCRIPT_13,
                                      HANDSHAKE_CLIENT_HELLO, 0, body);
}

/* Whether a cookie is one of ours for this address and hello, and not too old. */
static bool is_ours(skiff_context *context, const struct first_datagram *first,
                    skiff_bytes text, const uint8_t *random)
{
    struct retry_cookie cookie;
    skiff_bytes parts[COOKIE_PARTS];
    uint8_t peer_len = (uint8_t)first->peer.len;

    if (text.len > RETRY_COOKIE_MAX || !retry_cookie_read(&cookie, text))
        return false;
    bound_parts(first, &peer_len, text, random, parts);
    return skf_cookie_is_good(&context->cookies, first->now, parts, COOKIE_PARTS,
                              (skiff_bytes){ cookie.mac, COOKIE })
        && skf_suite_find(cookie.cipher_suite) != NULL;
}

/* A cookie of ours makes the hello one for a new handle; with any other the client has to
 * begin again (RFC 9147 section 5.1). */
static skiff_hello_verdict judge_cookie(skiff_context *context,
                                        const struct first_datagram *first,
                                        skiff_bytes body, skiff_bytes extension_data,
                                        skiff_packet *reply)
{
    struct cookie_extension m;
    struct client_hello hello;

    if (!cookie_extension_read(&m, extension_data) || !client_hello_read(&hello, body))
        return SKIFF_HELLO_IGNORE;
    if (!is_ours(context, first, m.cookie, hello.random))
        return skf_refuse_first(first, ALERT_ILLEGAL_PARAMETER, reply);
    context->verified_cookie.len = (uint8_t)m.cookie.len;
    memcpy(context->verified_cookie.cookie, m.cookie.ptr, m.cookie.len);
    return skf_accept_hello(context, first, body);
}

static bool make_cookie(skiff_context *context, const struct first_datagram *first,
                        const uint8_t *random)
{
    struct handshake *hs = &context->judging;
    uint8_t hash[SKF_HASH_MAX], peer_len = (uint8_t)first->peer.len;
    struct retry_cookie m = { .cipher_suite = hs->suite->number,
                              .group = hs->facts.retry_wanted ? hs->group : 0,
                              .hello_hash = { hash, skf_hash_len(hs->suite->hash) } };
    skiff_bytes parts[COOKIE_PARTS];
    size_t size;

    if (!skf_transcript_digest(&hs->transcript, hs->suite->hash, hash)
        || !retry_cookie_write(&m, hs->cookie, sizeof hs->cookie, &size))
        return false;
    bound_parts(first, &peer_len, (skiff_bytes){ hs->cookie, size }, random, parts);
    hs->cookie_len = (uint16_t)size;
    return skf_cookie_make(&context->cookies, first->now, parts, COOKIE_PARTS,
                           hs->cookie + size - COOKIE);
}

skiff_hello_verdict skf_judge_for_13(skiff_context *context,
                                     const struct first_datagram *first, skiff_bytes body,
                                     skiff_packet *reply)
{
    skiff_failure failure = { .alert = ALERT_NONE };
    uint8_t retry[RETRY_MAX];
    struct walk w = walk_writer(retry, sizeof retry);
    struct client_hello m;
    skiff_bytes cookie;

    if (!client_hello_read(&m, body))
        return SKIFF_HELLO_IGNORE;
    if (extension_find(m.extensions, EXT_COOKIE, &cookie))
        return judge_cookie(context, first, body, cookie, reply);
    if (!would_accept(context, body, &failure))
        return skf_refuse_first(first, failure.alert, reply);
    if (!make_cookie(context, first, m.random)
        || !skf_say_hello_retry_request(&context->judging, &w) || w.failed
        || w.at > body.len
        || !skf_write_plain(first, HANDSHAKE_SERVER_HELLO, (skiff_bytes){ retry, w.at },
                            reply))
        return SKIFF_HELLO_IGNORE;
    return SKIFF_HELLO_REPLY;
}
