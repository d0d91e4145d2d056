/* receipt.h - which records with handshake messages are acknowledged, and when; what the
 * peer's ACKs bring about (RFC 9147 section 7).
 * Knows records by their numbers. Knows no message.
 *
 * A record is acknowledged when each of its fragments was taken, or repeats what was
 * processed; one that was dropped spoils it, since it has to come again.
 */
#ifndef SKF_RECEIPT_H
#define SKF_RECEIPT_H

#include "dtls/association.h"

/* Before and behind all fragments of a record. */
void begin_receipt(struct skiff_dtls *dtls, const struct incoming *record);
void end_receipt(struct skiff_dtls *dtls);

/* Before and behind each fragment: what was not kept by then was dropped. */
void begin_fragment(struct skiff_dtls *dtls);
void end_fragment(struct skiff_dtls *dtls);

/* The fragment in hand need not come again. */
void keep_fragment(struct skiff_dtls *dtls);

/* The same, and its record is to be acknowledged, at once or soon. */
void note_receipt(struct skiff_dtls *dtls, bool at_once);

/* What was buffered of a message in plaintext is thrown away: no record of epoch 0 that was
 * to be acknowledged is. */
void withdraw_plain_receipts(struct skiff_dtls *dtls);

/* An ACK came: it ends our flight when all of that is named, and otherwise makes us send
 * what is missing; one in plaintext does neither. */
void take_ack(struct skiff_dtls *dtls, const struct incoming *record);

#endif
