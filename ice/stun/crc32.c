/* crc32.c - the CRC-32 of whole words, one word at a time. */
#include "crc32.h"

/* The generator polynomial, x^31 at the right. */
static const uint32_t reversed = 0xedb88320;

void skf_crc_init(struct crc_table *table)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? reversed : 0);
        table->of[0][byte] = crc;
    }
    for (int i = 1; i < 4; i++)
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t before = table->of[i - 1][byte];
            table->of[i][byte] = before >> 8 ^ table->of[0][before & 0xff];
        }
}

uint32_t skf_crc(const struct crc_table *table, const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (; len >= 4; len -= 4, bytes += 4) {
        crc ^= (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
             | (uint32_t)bytes[3] << 24;
        crc = table->of[3][crc & 0xff] ^ table->of[2][crc >> 8 & 0xff]
            ^ table->of[1][crc >> 16 & 0xff] ^ table->of[0][crc >> 24];
    }
    return ~crc;
}
