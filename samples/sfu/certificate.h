/* certificate.h - whether a certificate and a key can serve HTTPS. Knows no server. */
#ifndef SAMPLES_SFU_CERTIFICATE_H
#define SAMPLES_SFU_CERTIFICATE_H

#include <stdbool.h>

/* Both are PEM, and the key is that of the first certificate. False also for a key that is
 * encrypted. */
bool certificate_fits(const char *certificate, const char *key);

#endif
