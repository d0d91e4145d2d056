/* refusal.h - the errors of STUN and TURN servers as sentences (RFC 8489, RFC 8656). */
#ifndef SKF_REFUSAL_H
#define SKF_REFUSAL_H

#include <stdint.h>

const char *skf_refusal(uint16_t code);

#endif
