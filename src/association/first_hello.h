/* first_hello.h - a client's first message, before the handshake of a server begins. */
#ifndef SKF_FIRST_HELLO_H
#define SKF_FIRST_HELLO_H

#include "handshake/reassembly.h"
#include "wire/numbers.h"

struct skiff_dtls;
struct incoming;

enum { HELLO_SEQ_MAX = 8 }; /* message_seq of the latest ClientHello that is taken */

/* The highest record number that a ClientHello may have: ours go on from it. */
#define HELLO_NUMBER_MAX (UINT64_C(1) << 47)

/* Whether a fragment in a record of that number may be of one. skiff_context_check_hello
 * asks the same as a handle does, so that it accepts nothing that the handle would refuse.
 */
static inline bool may_be_first_hello(const struct fragment *f, uint64_t number)
{
    return f->header.msg_type == HANDSHAKE_CLIENT_HELLO && f->epoch == 0
        && f->header.message_seq <= HELLO_SEQ_MAX && number <= HELLO_NUMBER_MAX;
}

/* A fragment came to a handle whose handshake has not begun. A server begins it once the
 * hello is whole; until then the parts lie in a slot of its own (true). */
bool skf_receive_first_fragment(struct skiff_dtls *dtls, const struct fragment *fragment);

/* A record in plaintext was dropped. If it holds the first part of a ClientHello and the
 * association is connected, the event HELLO follows, once in a period (RFC 6347 section
 * 4.2.8). */
void skf_note_new_hello(struct skiff_dtls *dtls, const struct incoming *record);

#endif
