/* handshake_message.h - a whole message of the handshake, and its way through the script.
 * Knows the script and the tables of the versions. Knows no record but the number and the
 * epoch that a message came in. */
#ifndef SKF_HANDSHAKE_MESSAGE_H
#define SKF_HANDSHAKE_MESSAGE_H

#include "association/association_state.h"

/* A whole message, wherever it lies. */
struct handshake_message {
    uint8_t type;
    uint16_t message_seq;
    uint32_t epoch;
    skiff_bytes body;
};

static inline struct handshake_message whole_message(const struct fragment *f)
{
    return (struct handshake_message){ .type = f->header.msg_type,
                                       .message_seq = f->header.message_seq,
                                       .epoch = f->epoch,
                                       .body = { f->bytes, f->header.length } };
}

static inline struct handshake_message
reassembled_message(const struct reassembly *reassembly)
{
    return (struct handshake_message){ .type = reassembly->msg_type,
                                       .message_seq = reassembly->message_seq,
                                       .epoch = reassembly->epoch,
                                       .body = { reassembly->body, reassembly->length } };
}

/* Judges the message that is next by its number. What has no place in the script, or does
 * not parse, changes nothing, unless the peer has authenticated it. */
void skf_judge_message(struct skiff_dtls *dtls, const struct handshake_message *message);

#endif
