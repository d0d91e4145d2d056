/* pending_ack.h - which of the peer's records with handshake messages are acknowledged, and
 * whether that is urgent (RFC 9147 section 7). Knows records by their numbers. Knows no
 * message and does not send.
 *
 * A record is acknowledged when each of its fragments was taken, or repeats what was
 * processed. A fragment that was dropped spoils its record, since it has to come again.
 */
#ifndef SKF_PENDING_ACK_H
#define SKF_PENDING_ACK_H

#include "association/association_state.h"

/* Whether the version of the association has ACKs. Before the version is chosen none are
 * sent. */
bool skf_sends_acks(const struct skiff_dtls *dtls);

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

/* The fragment in hand, or its message, was accepted: its record is to be acknowledged soon
 * if the version has ACKs. */
void skf_ack_accepted(struct skiff_dtls *dtls);

/* The fragments of a message in plaintext are dropped: no record of epoch 0 will be
 * acknowledged. */
void skf_ack_withdraw_plain(struct skiff_dtls *dtls);

#endif
