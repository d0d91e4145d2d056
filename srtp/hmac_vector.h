/* hmac_vector.h - the known answer of HMAC-SHA1 for libsrtp's self test. Knows no code. */
#ifndef SKF_HMAC_VECTOR_H
#define SKF_HMAC_VECTOR_H

#include <srtp2/auth.h>

/* RFC 2202 section 3, test case 1. */
static const srtp_auth_test_case_t hmac_sha1_vector = {
    .key_length_octets = 20,
    .key = (const uint8_t *)"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                            "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
    .data_length_octets = 8,
    .data = (const uint8_t *)"Hi There",
    .tag_length_octets = 20,
    .tag = (const uint8_t *)"\xb6\x17\x31\x86\x55\x05\x72\x64\xe2\x8b"
                            "\xc0\xb6\xfb\x37\x8c\x8e\xf1\x46\xbe\x00",
};

#endif
