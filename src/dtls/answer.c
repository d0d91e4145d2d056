/* answer.c - judges a first datagram before anything is kept for its sender. */
#include "dtls/answer.h"

#include "wire/control.h"
#include "wire/record.h"

enum { BOUND_PARTS = 6 };

static bool read_knock(skiff_bytes *datagram, struct knock *k)
{
    struct record_header header;

    if (datagram->len < RECORD_HEADER
        || !record_header_read(&header, (skiff_bytes){ datagram->ptr, RECORD_HEADER })
        || header.length > datagram->len - RECORD_HEADER)
        return false;

    skiff_bytes body = { datagram->ptr + RECORD_HEADER, header.length };
    k->record.number = header.sequence_number;
    datagram->ptr += RECORD_HEADER + header.length;
    datagram->len -= RECORD_HEADER + (size_t)header.length;
    return header.type == CONTENT_HANDSHAKE && header.epoch == 0
        && header.version >> 8 == DTLS_MAJOR && fragment_read(&body, &k->fragment)
        && may_be_first_hello(&k->fragment, k->record.number);
}

/* What the cookie is bound to (RFC 6347 section 4.2.1): the address, and what a client
 * has to say in its second hello as in its first. */
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

bool write_plain(const struct knock *k, uint8_t type, skiff_bytes body, skiff_packet *reply)
{
    struct handshake_header header = { .msg_type = type, .length = (uint32_t)body.len,
                                       .fragment_length = (uint32_t)body.len };
    /* RFC 6347 section 4.2.1: the record has the number of the ClientHello's. */
    struct outgoing record = { .type = CONTENT_HANDSHAKE, .number = k->record.number };
    uint8_t *at = reply->data;
    size_t head;

    if (reply->limit < RECORD_HEADER + HANDSHAKE_HEADER + body.len
        || !handshake_header_write(&header, at + RECORD_HEADER, HANDSHAKE_HEADER, &head))
        return false;
    memcpy(at + RECORD_HEADER + head, body.ptr, body.len);
    reply->len = (uint32_t)(RECORD_HEADER + head + body.len);
    return record_seal(NULL, &record, at, head + body.len);
}

skiff_answer refuse_first(const struct knock *k, int alert, skiff_packet *reply)
{
    struct outgoing record = { .type = CONTENT_ALERT, .number = k->record.number };
    struct alert m = { .level = ALERT_FATAL, .description = (uint8_t)alert };
    size_t size;

    if (alert == ALERT_NONE || !alert_write(&m, reply->data + RECORD_HEADER, 2, &size)
        || !record_seal(NULL, &record, reply->data, size))
        return SKIFF_ANSWER_IGNORE;
    reply->len = (uint32_t)(RECORD_HEADER + size);
    return SKIFF_ANSWER_REPLY;
}

/* 48 bytes; a whole ClientHello is longer, so no reply is longer than what came for it. */
static bool write_hello_verify_request(const struct knock *k, const uint8_t *cookie,
                                       skiff_packet *reply)
{
    struct hello_verify_request m = { .server_version = DTLS_1_0,
                                      .cookie = { cookie, COOKIE } };
    uint8_t body[2 + 1 + COOKIE];
    size_t size;

    return hello_verify_request_write(&m, body, sizeof body, &size)
           && write_plain(k, HANDSHAKE_HELLO_VERIFY_REQUEST, (skiff_bytes){ body, size },
                          reply);
}

skiff_answer accept_hello(skiff_context *context, const struct knock *k, skiff_bytes body)
{
    skiff_failure failure = { .alert = ALERT_NONE };

    return rooms_have_one(&context->rooms, k->now)
                   && judge_as_handle(context, body, &failure) != DROPPED
               ? SKIFF_ANSWER_ACCEPT
               : SKIFF_ANSWER_IGNORE;
}

static skiff_answer judge_for_12(skiff_context *context, const struct knock *k,
                                 skiff_bytes body, skiff_packet *reply)
{
    struct client_hello m;
    uint8_t cookie[COOKIE];
    skiff_bytes parts[BOUND_PARTS];
    uint8_t peer_len = (uint8_t)k->peer.len;

    if (!client_hello_read(&m, body))
        return SKIFF_ANSWER_IGNORE;
    bound_parts(&m, k->peer, &peer_len, parts);
    if (cookie_is_good(&context->cookies, k->now, parts, BOUND_PARTS, m.cookie))
        return accept_hello(context, k, body);
    if (!cookie_make(&context->cookies, k->now, parts, BOUND_PARTS, cookie)
        || !write_hello_verify_request(k, cookie, reply))
        return SKIFF_ANSWER_IGNORE;
    return SKIFF_ANSWER_REPLY;
}

/* HelloVerifyRequest is said only where 1.2 will be chosen (RFC 9147 section 5.1). */
static skiff_answer judge_hello(skiff_context *context, const struct knock *k,
                                skiff_bytes body, skiff_packet *reply)
{
    struct client_hello m;

    if (!client_hello_read(&m, body))
        return SKIFF_ANSWER_IGNORE;
    if (context->settings.speaks_13 && hello_offers_13(m.extensions))
        return judge_for_13(context, k, body, reply);
    return context->settings.speaks_12 ? judge_for_12(context, k, body, reply)
                                       : SKIFF_ANSWER_IGNORE;
}

static bool key_of(skiff_bytes peer, struct hello_key *key)
{
    uint8_t digest[SKF_HASH_MAX];

    if (!skf_digest(HASH_SHA256, &peer, 1, digest))
        return false;
    memcpy(key->bytes, digest, HELLO_KEY);
    return true;
}

static skiff_answer judge_half(skiff_context *context, const struct knock *k,
                               skiff_packet *reply)
{
    struct hello_key key;
    struct half_hello *half = NULL;

    if (key_of(k->peer, &key))
        half = hello_add(&context->hellos, k->now, &key, &k->fragment);
    if (half == NULL)
        return SKIFF_ANSWER_IGNORE;

    skiff_bytes body = { half->join.body, half->join.length };
    skiff_answer answer = judge_hello(context, k, body, reply);
    if (answer == SKIFF_ANSWER_ACCEPT)
        context->hellos.accepted = half;        /* its handle gets only the last datagram */
    else
        hello_void(&context->hellos, half);
    return answer;
}

skiff_answer skiff_context_answer(skiff_context *context, skiff_time now, skiff_bytes peer,
                                  skiff_bytes datagram, skiff_packet *reply)
{
    skiff_answer answer = SKIFF_ANSWER_IGNORE;
    struct knock k = { .peer = peer, .now = now, .fragment = { .epoch = 0 } };

    if (peer.len > ADDRESS_MAX || reply->limit < RECORD_HEADER + HANDSHAKE_HEADER)
        return SKIFF_ANSWER_IGNORE;
    while (answer == SKIFF_ANSWER_IGNORE && datagram.len > 0 && read_knock(&datagram, &k)) {
        skiff_bytes body = { k.fragment.bytes, k.fragment.header.length };
        if (fragment_is_whole(&k.fragment))
            answer = judge_hello(context, &k, body, reply);
        else
            answer = judge_half(context, &k, reply);
    }
    return answer;
}
