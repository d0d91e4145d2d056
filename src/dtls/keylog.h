/* keylog.h - lines of an SSLKEYLOGFILE, for those who look at captures. Off by default. */
#ifndef SKF_KEYLOG_H
#define SKF_KEYLOG_H

#include "dtls/settings.h"

/* "CLIENT_RANDOM <32 bytes> <48 bytes>", in hex, to the callback of the config if there is one. */
void key_log_12(const struct settings *settings, const uint8_t *client_random,
                const uint8_t *master_secret);

#endif
