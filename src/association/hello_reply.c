/* hello_reply.c - replies to a first datagram. */
#include "association/hello_reply.h"

#include "handshake/version.h"
#include "wire/control.h"
#include "wire/record.h"

bool skf_write_plain(const struct first_datagram *first, uint8_t type, skiff_bytes body,
                     skiff_packet *reply)
{
    struct handshake_header header = { .msg_type = type,
                                       .length = (uint32_t)body.len,
                                       .fragment_length = (uint32_t)body.len };
    /* RFC 6347 section 4.2.1: the record has the number of the ClientHello's. */
    struct outgoing record = { .type = CONTENT_HANDSHAKE, .number = first->record.number };
    uint8_t *at = reply->data;
    size_t head;

    if (reply->limit < RECORD_HEADER + HANDSHAKE_HEADER + body.len
        || !handshake_header_write(&header, at + RECORD_HEADER, HANDSHAKE_HEADER, &head))
        return false;
    memcpy(at + RECORD_HEADER + head, body.ptr, body.len);
    reply->len = (uint32_t)(RECORD_HEADER + head + body.len);
    return skf_record_seal(NULL, &record, at, head + body.len);
}

skiff_hello_verdict skf_refuse_first(const struct first_datagram *first, int alert,
                                     skiff_packet *reply)
{
    struct outgoing record = { .type = CONTENT_ALERT, .number = first->record.number };
    struct alert m = { .level = ALERT_FATAL, .description = (uint8_t)alert };
    size_t size;

    if (alert == ALERT_NONE || !alert_write(&m, reply->data + RECORD_HEADER, 2, &size)
        || !skf_record_seal(NULL, &record, reply->data, size))
        return SKIFF_HELLO_IGNORE;
    reply->len = (uint32_t)(RECORD_HEADER + size);
    return SKIFF_HELLO_REPLY;
}

enum verdict skf_judge_as_handle(skiff_context *context, skiff_bytes body,
                                 skiff_failure *failure)
{
    struct handshake *hs = &context->judging;
    struct transcript transcript = hs->transcript;

    *hs = (struct handshake){ .settings = &context->settings,
                              .crypto = context->crypto,
                              .verified_cookie = &context->verified_cookie,
                              .failure = failure,
                              .role = SERVER,
                              .is_judged_again = true,
                              .transcript = transcript };
    hs->position = (struct script_position){ .role = SERVER, .facts = &hs->facts };
    skf_reset_protocol(hs);
    return skf_hear_client_hello(hs, body);
}

skiff_hello_verdict skf_accept_hello(skiff_context *context,
                                     const struct first_datagram *first, skiff_bytes body)
{
    skiff_failure failure = { .alert = ALERT_NONE };

    return skf_slots_available(&context->slots, first->now)
                && skf_judge_as_handle(context, body, &failure) != DROPPED
             ? SKIFF_HELLO_ACCEPT
             : SKIFF_HELLO_IGNORE;
}
