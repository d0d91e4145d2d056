/* ack_message.h - what the peer's ACKs bring about (RFC 9147 section 7). Knows our records
 * by their numbers. Knows no message. */
#ifndef SKF_ACK_MESSAGE_H
#define SKF_ACK_MESSAGE_H

#include "association/association_state.h"

/* An ACK came: it ends our flight when it names all of that, and otherwise makes us send
 * what is missing. An ACK in plaintext does neither. */
void skf_receive_ack(struct skiff_dtls *dtls, const struct incoming *record);

#endif
