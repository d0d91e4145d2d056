/* listen.h - a whole handshake message, and who judges it. */
#ifndef SKF_LISTEN_H
#define SKF_LISTEN_H

#include "dtls/association.h"

/* A whole message, wherever it lies. */
struct heard {
    uint8_t     type;
    uint16_t    message_seq;
    uint32_t    epoch;
    skiff_bytes body;
};

static inline struct heard whole(const struct fragment *f)
{
    return (struct heard){ .type = f->header.msg_type, .message_seq = f->header.message_seq,
                           .epoch = f->epoch, .body = { f->bytes, f->header.length } };
}

static inline struct heard joined(const struct join *join)
{
    return (struct heard){ .type = join->msg_type, .message_seq = join->message_seq,
                           .epoch = join->epoch, .body = { join->body, join->length } };
}

/* Judges the message that is next by its number. What has no place in the script, or
 * does not parse, changes nothing, unless the peer has authenticated it. */
void judge_message(struct skiff_dtls *dtls, const struct heard *message);

#endif
