/* extensions.h - table: in which messages an extension is allowed, and which functions
 * write and judge it. */
#ifndef SKF_EXTENSIONS_H
#define SKF_EXTENSIONS_H

#include "handshake/handshake.h"

/* The messages in which an extension may stand. */
/* clang-format off */
enum place {
    IN_CLIENT_HELLO         = 1,
    IN_SERVER_HELLO_12      = 2,
    IN_SERVER_HELLO_13      = 4,
    IN_HELLO_RETRY_REQUEST  = 8,
    IN_ENCRYPTED_EXTENSIONS = 16,
    IN_CERTIFICATE_REQUEST  = 32
};
/* clang-format on */

/* Writes the extensions of a message, the length of their list first. */
void skf_say_extensions(struct handshake *hs, enum place place, struct walk *w);

/* Judges the extensions of a message: DROPPED when they do not parse. Unknown ones are
 * skipped in a request, and refused in a reply, which may only have what was requested. */
enum verdict skf_hear_extensions(struct handshake *hs, enum place place, skiff_bytes list);

/* Takes back what the extensions of a message have set that was dropped half way. */
void skf_forget_negotiated(struct handshake *hs);

/* Notes that the client offered an extension by another way (RFC 5746 section 3.3,
 * SCSV). */
void skf_note_offered_extension(struct handshake *hs, uint16_t type);

/* server_name.c */
bool skf_server_name_wanted(const struct handshake *hs, enum place place);
void skf_say_server_name(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_server_name(struct handshake *hs, enum place place, skiff_bytes body);

/* size_limit.c */
void skf_say_size_limit(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_size_limit(struct handshake *hs, enum place place, skiff_bytes body);

/* alpn.c */
bool skf_alpn_wanted(const struct handshake *hs, enum place place);
void skf_say_alpn(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_alpn(struct handshake *hs, enum place place, skiff_bytes body);

/* connection_id.c */
bool skf_connection_id_wanted(const struct handshake *hs, enum place place);
void skf_say_connection_id(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_connection_id(struct handshake *hs, enum place place,
                                    skiff_bytes body);
void skf_forget_connection_id(struct handshake *hs); /* a hello that was dropped half way */

/* rrc.c */
bool skf_rrc_wanted(const struct handshake *hs, enum place place);
enum verdict skf_hear_rrc(struct handshake *hs, enum place place, skiff_bytes body);

/* psk.c */
bool skf_modes_wanted(const struct handshake *hs, enum place place);
void skf_say_modes(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_modes(struct handshake *hs, enum place place, skiff_bytes body);
bool skf_psk_wanted(const struct handshake *hs, enum place place);
void skf_say_psk(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_psk(struct handshake *hs, enum place place, skiff_bytes body);

/* key_share.c */
bool skf_key_share_wanted(const struct handshake *hs, enum place place);
void skf_say_key_share(struct handshake *hs, enum place place, struct walk *w);
enum verdict skf_hear_key_share(struct handshake *hs, enum place place, skiff_bytes body);

#endif
