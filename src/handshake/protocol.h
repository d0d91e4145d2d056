/* protocol.h - what the two versions do differently, once for each. */
#ifndef SKF_PROTOCOL_H
#define SKF_PROTOCOL_H

#include "handshake/script.h"
#include "handshake/transcript.h"

/* What became of a message: taken, noise that changed nothing, or the end of the
 * attempt. */
enum verdict { ACCEPTED, DROPPED, REFUSED };

struct message;
struct handshake;
struct client_hello;

struct protocol {
    uint16_t version;
    const struct script *script;
    const struct message *messages; /* a row for each enum msg */
    enum transcript_form form;
    enum verdict (*judge_hello)(struct handshake *hs, const struct client_hello *m);
    uint16_t last_epoch; /* in which application data goes */
    bool acknowledges;   /* what arrives: RFC 9147 section 7 */
};

extern const struct protocol skf_dtls12, skf_dtls13;

#endif
