/* receive_message.h - a whole handshake message, its fragments, and who judges it. */
#ifndef SKF_RECEIVE_MESSAGE_H
#define SKF_RECEIVE_MESSAGE_H

#include "association/association.h"

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

/* Judges the message that is next by its number. What has no place in the script, or
 * does not parse, changes nothing, unless the peer has authenticated it. */
void skf_judge_message(struct skiff_dtls *dtls, const struct handshake_message *message);

/* Takes the next whole message, the fragments of the current record, or a ChangeCipherSpec
 * whose turn has come. True: something was taken. */
bool skf_receive_message(struct skiff_dtls *dtls);
bool skf_receive_fragments(struct skiff_dtls *dtls);
bool skf_change_ciphers(struct skiff_dtls *dtls);

/* A record with a ChangeCipherSpec came: it waits for its turn. */
void skf_receive_change_cipher_spec(struct skiff_dtls *dtls, const struct incoming *record);

/* Whether the version that is spoken has ACKs (RFC 9147 section 7). */
bool skf_sends_acks(const struct skiff_dtls *dtls);

#endif
