/* name.c - names and passwords made of 6 bits a letter (RFC 8839 5.4: ice-char). */
#include "name.h"

#include <sys/random.h>

enum { LETTER_BITS = 6, PLACE_LETTERS = 4, RANDOM_AT = 1 + PLACE_LETTERS };

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool value_of(uint8_t letter, uint32_t *value)
{
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;

    if (at == NULL)
        return false;
    *value = (uint32_t)(at - letters);
    return true;
}

/* As many random letters: of each byte 6 bits are used. */
static bool random_letters(char *out, size_t num)
{
    uint8_t bytes[PASSWORD_LETTERS];

    if (getrandom(bytes, num, 0) != (ssize_t)num)
        return false;
    for (size_t i = 0; i < num; i++)
        out[i] = letters[bytes[i] % NAME_THREADS];
    out[num] = '\0';
    return true;
}

bool skf_name_make(struct name *name, unsigned thread, uint32_t place)
{
    name->ufrag[0] = letters[thread];
    for (int i = 0; i < PLACE_LETTERS; i++)
        name->ufrag[1 + i] = letters[place >> (LETTER_BITS * i) & (NAME_THREADS - 1)];
    return random_letters(name->ufrag + RANDOM_AT, NAME_LETTERS - RANDOM_AT)
           && random_letters(name->pwd, PASSWORD_LETTERS);
}

bool skf_name_read(skiff_bytes ufrag, unsigned *thread, uint32_t *place)
{
    uint32_t value, read = 0;

    if (ufrag.len != NAME_LETTERS || !value_of(ufrag.ptr[0], &value))
        return false;
    *thread = value;
    for (int i = 0; i < PLACE_LETTERS; i++) {
        if (!value_of(ufrag.ptr[1 + i], &value))
            return false;
        read |= value << (LETTER_BITS * i);
    }
    *place = read;
    return true;
}
