/* version.h - which version a handshake has: a server chooses it from the ClientHello, a
 * client learns it from the first message of the server that shows it. The only file
 * that chooses between them: all others have the chosen one as a value, in hs->protocol. */
#ifndef SKF_VERSION_H
#define SKF_VERSION_H

#include "handshake/messages.h"

/* No version is chosen: until then messages are looked up in the newest that is enabled. */
void skf_reset_protocol(struct handshake *hs);

/* For a client: true when the message shows the version, and it was not known before. To
 * a client of 1.3 alone a HelloVerifyRequest shows nothing. skf_reset_protocol takes the
 * choice back when the message turns out not to parse. A failure of libcrypto is left in
 * hs->failure. */
bool skf_set_protocol_by_reply(struct handshake *hs, enum msg msg, skiff_bytes body);

/* The version that a server chooses for a hello, of which no extension was heard yet.
 * DROPPED: the hello does not say which it offers. REFUSED: none is in common. */
enum verdict skf_peek_protocol(const struct settings *settings,
                               const struct client_hello *m,
                               const struct protocol **protocol);

/* Judges a message as the version has it. A ClientHello chooses the version first. */
enum verdict skf_hear_message(struct handshake *hs, enum msg msg, skiff_bytes body);
enum verdict skf_hear_client_hello(struct handshake *hs, skiff_bytes body);

#endif
