/* check_hello.c - judges a first datagram before anything is kept for its sender. */
#include "association/check_hello13.h"

#include "handshake/version.h"
#include "wire/control.h"
#include "wire/record.h"

enum { BOUND_PARTS = 6 };

static bool read_first_record(skiff_bytes *datagram, struct first_datagram *first)
{
    struct record_header header;

    if (datagram->len < RECORD_HEADER
        || !record_header_read(&header, (skiff_bytes){ datagram->ptr, RECORD_HEADER })
        || header.length > datagram->len - RECORD_HEADER)
        return false;

    skiff_bytes body = { datagram->ptr + RECORD_HEADER, header.length };
    first->record.number = header.sequence_number;
    datagram->ptr += RECORD_HEADER + header.length;
    datagram->len -= RECORD_HEADER + (size_t)header.length;
    return header.type == CONTENT_HANDSHAKE && header.epoch == 0
        && header.version >> 8 == DTLS_MAJOR && skf_fragment_read(&body, &first->fragment)
        && may_be_first_hello(&first->fragment, first->record.number);
}

/* What the cookie is bound to (RFC 6347 section 4.2.1): the address, and the fields that
 * a client has to repeat in its second hello. */
static void bound_parts(const struct client_hello *m, skiff_bytes peer,
                        const uint8_t *peer_len, skiff_bytes parts[BOUND_PARTS])
{
    parts[0] = (skiff_bytes){ peer_len, 1 };
    parts[1] = peer;
    parts[2] = (skiff_bytes){ m->random, RANDOM };
    parts[3] = m->session_id;
    parts[4] = m->cipher_suites;
    parts[5] = m->compression_methods;
}

/* 48 bytes; a whole ClientHello is longer, so no reply is longer than what came for it. */
static bool write_hello_verify_request(const struct first_datagram *first,
                                       const uint8_t *cookie, skiff_packet *reply)
{
    struct hello_verify_request m = { .server_version = DTLS_1_0,
                                      .cookie = { cookie, COOKIE } };
    uint8_t body[2 + 1 + COOKIE];
    size_t size;

    return hello_verify_request_write(&m, body, sizeof body, &size)
        && skf_write_plain(first, HANDSHAKE_HELLO_VERIFY_REQUEST,
                           (skiff_bytes){ body, size }, reply);
}

static skiff_hello_verdict judge_for_12(skiff_context *context,
                                        const struct first_datagram *first,
                                        skiff_bytes body, skiff_packet *reply)
{
    struct client_hello m;
    uint8_t cookie[COOKIE];
    skiff_bytes parts[BOUND_PARTS];
    uint8_t peer_len = (uint8_t)first->peer.len;

    if (!client_hello_read(&m, body))
        return SKIFF_HELLO_IGNORE;
    bound_parts(&m, first->peer, &peer_len, parts);
    if (skf_cookie_is_good(&context->cookies, first->now, parts, BOUND_PARTS, m.cookie))
        return skf_accept_hello(context, first, body);
    if (!skf_cookie_make(&context->cookies, first->now, parts, BOUND_PARTS, cookie)
        || !write_hello_verify_request(first, cookie, reply))
        return SKIFF_HELLO_IGNORE;
    return SKIFF_HELLO_REPLY;
}

/* Whether the cookie is in a HelloRetryRequest, and not in a HelloVerifyRequest. */
static bool retries(const struct protocol *protocol)
{
    return protocol->messages[HELLO_RETRY_REQUEST].say != NULL;
}

/* HelloVerifyRequest is sent only if 1.2 will be chosen (RFC 9147 section 5.1). A client
 * without a version of ours must not wait in vain (RFC 8446 sections 4.2.1 and D.2). */
static skiff_hello_verdict judge_hello(skiff_context *context,
                                       const struct first_datagram *first, skiff_bytes body,
                                       skiff_packet *reply)
{
    const struct protocol *protocol = NULL;
    struct client_hello m;

    if (!client_hello_read(&m, body))
        return SKIFF_HELLO_IGNORE;
    switch (skf_peek_protocol(&context->settings, &m, &protocol)) {
    case DROPPED:
        return SKIFF_HELLO_IGNORE;
    case REFUSED:
        return skf_refuse_first(first, ALERT_PROTOCOL_VERSION, reply);
    case ACCEPTED:
        break;
    }
    return retries(protocol) ? skf_judge_for_13(context, first, body, reply)
                             : judge_for_12(context, first, body, reply);
}

static bool address_digest_of(skiff_bytes peer, struct address_digest *sender)
{
    uint8_t digest[SKF_HASH_MAX];

    if (!skf_digest(HASH_SHA256, &peer, 1, digest))
        return false;
    memcpy(sender->bytes, digest, ADDRESS_DIGEST);
    return true;
}

static skiff_hello_verdict check_partial(skiff_context *context,
                                         const struct first_datagram *first,
                                         skiff_packet *reply)
{
    struct address_digest sender;
    struct partial_hello *hello = NULL;

    if (address_digest_of(first->peer, &sender))
        hello = skf_partial_hello_add(&context->partial_hellos, first->now, &sender,
                                      &first->fragment);
    if (hello == NULL)
        return SKIFF_HELLO_IGNORE;

    skiff_bytes body = { hello->reassembly.body, hello->reassembly.length };
    skiff_hello_verdict verdict = judge_hello(context, first, body, reply);
    if (verdict == SKIFF_HELLO_ACCEPT)
        context->partial_hellos.accepted =
            hello; /* its handle gets only the last datagram */
    else
        skf_partial_hello_drop(&context->partial_hellos, hello);
    return verdict;
}

static skiff_hello_verdict traced(const skiff_context *context, skiff_time now, size_t len,
                                  skiff_hello_verdict verdict)
{
    static const char *const names[] = { [SKIFF_HELLO_IGNORE] = "ignore",
                                         [SKIFF_HELLO_REPLY] = "reply",
                                         [SKIFF_HELLO_ACCEPT] = "accept" };
    const struct settings *settings = &context->settings;

    if (settings->trace != NULL)
        settings->trace(settings->user, &(skiff_trace){ .event = SKIFF_TRACE_HELLO_CHECKED,
                                                        .kind = SKIFF_TRACE_OF_CONTEXT,
                                                        .who = context,
                                                        .when = now,
                                                        .what = names[verdict],
                                                        .length = (uint32_t)len });
    return verdict;
}

skiff_hello_verdict skiff_context_check_hello(skiff_context *context, skiff_time now,
                                              skiff_bytes peer, skiff_bytes datagram,
                                              skiff_packet *reply)
{
    skiff_hello_verdict verdict = SKIFF_HELLO_IGNORE;
    struct first_datagram first = { .peer = peer, .now = now, .fragment = { .epoch = 0 } };
    size_t len = datagram.len;

    if (peer.len > ADDRESS_MAX || reply->limit < RECORD_HEADER + HANDSHAKE_HEADER)
        return SKIFF_HELLO_IGNORE;
    while (verdict == SKIFF_HELLO_IGNORE && datagram.len > 0
           && read_first_record(&datagram, &first)) {
        skiff_bytes body = { first.fragment.bytes, first.fragment.header.length };
        if (fragment_is_whole(&first.fragment))
            verdict = judge_hello(context, &first, body, reply);
        else
            verdict = check_partial(context, &first, reply);
    }
    return traced(context, now, len, verdict);
}
