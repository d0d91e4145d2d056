/* hello.h - what the files of the hellos ask of one another. */
#ifndef SKF_HELLO_H
#define SKF_HELLO_H

#include "handshake/messages.h"

/* client_hello.c: our first suite of the chosen version that the client has and our key
 * can serve; the suite if we offered it for that version; whether an SRTP profile was
 * agreed, if one must be. */
const struct suite *skf_choose_suite(const struct handshake *hs, skiff_bytes offered);
const struct suite *skf_offered_suite(const struct handshake *hs, uint16_t number);
enum verdict skf_judge_media(struct handshake *hs);

/* client_hello.c: the version that a ServerHello selects, whatever its legacy_version
 * is; 0 when its extensions do not parse. */
uint16_t skf_selected_by(const struct server_hello *m);

/* key_share.c: makes the shares of a ClientHello, unless they are there. */
SKIFF_MUST_USE bool skf_make_key_shares(struct handshake *hs);

/* psk.c: a client computes the binder of its whole hello, when that has a ticket; a server
 * takes the ticket of a hello, or does not; either end goes on as in the session of a
 * ticket. */
SKIFF_MUST_USE bool skf_bind_hello(struct handshake *hs, uint8_t *hello, size_t len);
enum verdict skf_judge_psk(struct handshake *hs);
enum verdict skf_resume_as(struct handshake *hs, const struct session *session);

/* RFC 8446 section 4.1.3: the end of a random that says "I could have done better". */
static const uint8_t downgrade_sentinel[8] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D', 1 };

#endif
