/* crc32.h - the CRC-32 of ITU-T V.42, for FINGERPRINT (RFC 8489 section 14.7). Of whole
 * words, as STUN consists of them. */
#ifndef SKF_CRC32_H
#define SKF_CRC32_H

#include <skiff/base.h>

/* What each byte of a word adds, beginning with the last byte. */
struct crc_table {
    uint32_t of[4][256];
};

void skf_crc_init(struct crc_table *table);

/* Of len / 4 words. */
uint32_t skf_crc(const struct crc_table *table, const uint8_t *bytes, size_t len);

#endif
