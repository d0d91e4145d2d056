/* error_text.h - the errors of STUN and TURN servers as texts (RFC 8489, RFC 8656). */
#ifndef SKF_ERROR_TEXT_H
#define SKF_ERROR_TEXT_H

#include <stdint.h>

const char *skf_stun_error_text(uint16_t code);

#endif
