/* extensions.h - table: extension x is allowed in y, said and heard so. */
#ifndef SKF_EXTENSIONS_H
#define SKF_EXTENSIONS_H

#include "dtls/handshake.h"

/* Where an extension may stand. */
enum place { IN_CLIENT_HELLO = 1, IN_SERVER_HELLO = 2 };

/* Writes the extensions of a hello, the length of their list first. */
void say_extensions(struct handshake *hs, enum place place, struct walk *w);

/* Judges the extensions of a hello: DROPPED when they do not parse. Unknown ones are skipped
 * in a ClientHello and refused in a ServerHello, which may only answer what was offered. */
enum verdict hear_extensions(struct handshake *hs, enum place place, skiff_bytes list);

/* Notes that the client offered an extension by another way (RFC 5746 section 3.3, SCSV). */
void extension_was_offered(struct handshake *hs, uint16_t type);

#endif
