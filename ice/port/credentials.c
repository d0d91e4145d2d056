/* credentials.c - ufrags and passwords made of 6 bits a character (RFC 8839 5.4:
 * ice-char). */
#include "credentials.h"

#include "base/memory.h"

#include <sys/random.h>

enum {
    CHARACTER_BITS = 6,
    SLOT_LENGTH = 4,
    RANDOM_AT = 1 + SLOT_LENGTH,
    RANDOM_LENGTH = UFRAG_LENGTH - RANDOM_AT
};

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool value_of(uint8_t character, uint32_t *value)
{
    const char *at = character != '\0' ? strchr(alphabet, character) : NULL;

    if (at == NULL)
        return false;
    *value = (uint32_t)(at - alphabet);
    return true;
}

/* Of each random byte 6 bits are used. */
static void write_characters(const uint8_t *random, char *out, size_t num)
{
    for (size_t i = 0; i < num; i++)
        out[i] = alphabet[random[i] % UFRAG_THREADS];
    out[num] = '\0';
}

bool skf_credentials_make(struct credentials *credentials, unsigned thread, uint32_t slot)
{
    uint8_t random[RANDOM_LENGTH + PASSWORD_LENGTH];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    credentials->ufrag[0] = alphabet[thread];
    for (int i = 0; i < SLOT_LENGTH; i++)
        credentials->ufrag[1 + i] =
            alphabet[slot >> (CHARACTER_BITS * i) & (UFRAG_THREADS - 1)];
    write_characters(random, credentials->ufrag + RANDOM_AT, RANDOM_LENGTH);
    write_characters(random + RANDOM_LENGTH, credentials->pwd, PASSWORD_LENGTH);
    skf_wipe(random, sizeof random);
    return true;
}

bool skf_ufrag_decode(skiff_bytes ufrag, unsigned *thread, uint32_t *slot)
{
    uint32_t value, read = 0;

    if (ufrag.len != UFRAG_LENGTH || !value_of(ufrag.ptr[0], &value))
        return false;
    *thread = value;
    for (int i = 0; i < SLOT_LENGTH; i++) {
        if (!value_of(ufrag.ptr[1 + i], &value))
            return false;
        read |= value << (CHARACTER_BITS * i);
    }
    *slot = read;
    return true;
}
