/* ack_message.h - which records with handshake messages are acknowledged, and when; what
 * the peer's ACKs bring about (RFC 9147 section 7). Knows records by their numbers. Knows
 * no message.
 *
 * A record is acknowledged when each of its fragments was taken, or repeats what was
 * processed; one that was dropped spoils it, since it has to come again.
 */
#ifndef SKF_ACK_MESSAGE_H
#define SKF_ACK_MESSAGE_H

#include "association/association.h"

/* Before and behind all fragments of a record. */
void skf_ack_begin_record(struct skiff_dtls *dtls, const struct incoming *record);
void skf_ack_end_record(struct skiff_dtls *dtls);

/* Before and behind each fragment: what was not kept by then was dropped. */
void skf_ack_begin_fragment(struct skiff_dtls *dtls);
void skf_ack_end_fragment(struct skiff_dtls *dtls);

/* The fragment in hand need not come again. */
void skf_ack_keep_fragment(struct skiff_dtls *dtls);

/* The same, and its record is to be acknowledged, at once or soon. */
void skf_ack_want(struct skiff_dtls *dtls, bool at_once);

/* What was buffered of a message in plaintext is thrown away: no record of epoch 0 that was
 * to be acknowledged is. */
void skf_ack_withdraw_plain(struct skiff_dtls *dtls);

/* An ACK came: it ends our flight when all of that is named, and otherwise makes us send
 * what is missing; one in plaintext does neither. */
void skf_receive_ack(struct skiff_dtls *dtls, const struct incoming *record);

#endif
