/* receive_message.h - handshake messages in pieces: fragments, and a ChangeCipherSpec. */
#ifndef SKF_RECEIVE_MESSAGE_H
#define SKF_RECEIVE_MESSAGE_H

#include "association/association_state.h"

/* Takes the next whole message, the fragments of the current record, or a ChangeCipherSpec
 * whose turn has come. True: something was taken. */
bool skf_receive_message(struct skiff_dtls *dtls);
bool skf_receive_fragments(struct skiff_dtls *dtls);
bool skf_change_ciphers(struct skiff_dtls *dtls);

/* A record with a ChangeCipherSpec came: it waits for its turn. */
void skf_receive_change_cipher_spec(struct skiff_dtls *dtls, const struct incoming *record);

#endif
