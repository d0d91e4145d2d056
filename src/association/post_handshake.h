/* post_handshake.h - messages after the handshake (RFC 9147 section 5.8.4): the peer's
 * are processed in the order of their numbers, ours are sent one by one, each until it
 * is acknowledged. */
#ifndef SKF_POST_HANDSHAKE_H
#define SKF_POST_HANDSHAKE_H

#include "association/association_state.h"

struct walk;

/* Messages that are pending, as bits: post_handshake.c has a row for each. */
enum {
    PENDING_KEY_UPDATE = 1,
    PENDING_KEY_UPDATE_REQUEST = 2,
    PENDING_CONNECTION_ID = 4,
    PENDING_SPARE_CONNECTION_IDS = 8,
    PENDING_CONNECTION_ID_REQUEST = 16
};

/* A fragment arrived after the handshake: of a repeated flight, or of a new message. */
void skf_post_handshake_receive(struct skiff_dtls *dtls, const struct fragment *fragment);

/* A message is to be sent as soon as none of ours waits for its ACK. 1.2 has none. */
static inline void queue_post_handshake(struct skiff_dtls *dtls, uint8_t what)
{
    if (dtls->protocol->has_post_handshake)
        dtls->pending |= what;
}

/* Sends a pending message, once none of ours waits for its ACK. */
bool skf_post_handshake_may_send(const struct skiff_dtls *dtls);
void skf_post_handshake_send(struct skiff_dtls *dtls);

/* Our message was sent in a record of that number, of the epoch that we write in. */
void skf_post_handshake_sent(struct skiff_dtls *dtls, uint64_t number);

/* An ACK came; when it names our message, what that brings about happens. */
void skf_post_handshake_acknowledged(struct skiff_dtls *dtls, skiff_bytes record_numbers);

/* key_update.c: KeyUpdate (RFC 9147 section 8) */
bool skf_say_key_update(struct skiff_dtls *dtls, struct walk *w, uint8_t pending);
void skf_hear_key_update(struct skiff_dtls *dtls, skiff_bytes body);
void skf_key_update_acknowledged(struct skiff_dtls *dtls);

/* connection_id_messages.c: NewConnectionId and RequestConnectionId (RFC 9147 section 9) */
bool skf_may_request_cids(const struct skiff_dtls *dtls);
bool skf_say_new_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t pending);
void skf_hear_new_connection_id(struct skiff_dtls *dtls, skiff_bytes body);
bool skf_may_provide_cids(const struct skiff_dtls *dtls);
bool skf_say_request_connection_id(struct skiff_dtls *dtls, struct walk *w,
                                   uint8_t pending);
void skf_hear_request_connection_id(struct skiff_dtls *dtls, skiff_bytes body);

/* Our key has sealed a record, or a key of theirs has met a forgery. A KeyUpdate is
 * queued in time; a key that may meet no more forgeries ends the association (RFC 9147
 * section 4.5.3). */
void skf_check_seal_limit(struct skiff_dtls *dtls);
void skf_note_forgery(struct skiff_dtls *dtls, const struct opening *theirs);

#endif
