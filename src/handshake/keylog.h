/* keylog.h - lines of an SSLKEYLOGFILE, with which a capture can be decrypted. Off by
 * default. */
#ifndef SKF_KEYLOG_H
#define SKF_KEYLOG_H

#include "handshake/settings.h"

/* "LABEL <client random> <secret>", in hex, to the callback of the config if there is
 * one. */
void skf_key_log(const struct settings *settings, const char *label,
                 const uint8_t *client_random, skiff_bytes secret);

#endif
