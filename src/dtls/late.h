/* late.h - messages after the handshake (RFC 9147 section 5.8.4): the peer's are heard in
 * the order of their numbers, ours are said one by one, each until it is acknowledged. */
#ifndef SKF_LATE_H
#define SKF_LATE_H

#include "dtls/association.h"

struct walk;

/* What we owe the peer, as bits: each calls for a message that late.c has a row for. */
enum { OWED_KEY_UPDATE = 1, OWED_KEY_REQUEST = 2, OWED_ID = 4, OWED_SPARE_IDS = 8,
       OWED_ID_REQUEST = 16 };

/* A fragment arrived once the handshake was over: of a repeated flight of it, or late. */
void late_hear(struct skiff_dtls *dtls, const struct fragment *fragment);

/* To be said as soon as nothing else waits for its ACK. 1.2 owes nothing. */
void late_owe(struct skiff_dtls *dtls, uint8_t what);

/* Says what is owed, once there is nothing else to say. */
bool late_may_speak(const struct skiff_dtls *dtls);
void late_speak(struct skiff_dtls *dtls);

/* Our message left in a record of that number, of the epoch that we speak in. */
void late_sent(struct skiff_dtls *dtls, uint64_t number);

/* An ACK came; when it names our message, what that brings about happens. */
void late_acknowledged(struct skiff_dtls *dtls, skiff_bytes record_numbers);

/* update.c: KeyUpdate (RFC 9147 section 8) */
bool say_key_update(struct skiff_dtls *dtls, struct walk *w, uint8_t owed);
void hear_key_update(struct skiff_dtls *dtls, skiff_bytes body);
void key_update_arrived(struct skiff_dtls *dtls);

/* resumption.c: NewSessionTicket (RFC 8446 section 4.6.1) */
void hear_new_session_ticket(struct skiff_dtls *dtls, skiff_bytes body);

/* ids_late.c: NewConnectionId and RequestConnectionId (RFC 9147 section 9) */
bool may_be_given_ids(const struct skiff_dtls *dtls);
bool say_new_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t owed);
void hear_new_connection_id(struct skiff_dtls *dtls, skiff_bytes body);
bool may_be_asked_for_ids(const struct skiff_dtls *dtls);
bool say_request_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t owed);
void hear_request_connection_id(struct skiff_dtls *dtls, skiff_bytes body);

/* Our key has sealed a record, one of theirs has met a forgery: another is wanted in time,
 * and what may meet no more ends the association (RFC 9147 section 4.5.3). */
void watch_our_key(struct skiff_dtls *dtls);
void note_trial(struct skiff_dtls *dtls, const struct opening *theirs);

#endif
