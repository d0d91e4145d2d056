/* name.c - names and passwords made of 6 bits a letter (RFC 8839 5.4: ice-char). */
#include "name.h"

#include "memory.h"

#include <sys/random.h>

enum {
    LETTER_BITS = 6, PLACE_LETTERS = 4, RANDOM_AT = 1 + PLACE_LETTERS,
    RANDOM_LETTERS = NAME_LETTERS - RANDOM_AT
};

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

/* Of each random byte 6 bits are used. */
static void write_letters(const uint8_t *random, char *out, size_t num)
{
    for (size_t i = 0; i < num; i++)
        out[i] = letters[random[i] % NAME_THREADS];
    out[num] = '\0';
}

bool skf_name_make(struct name *name, unsigned thread, uint32_t place)
{
    uint8_t random[RANDOM_LETTERS + PASSWORD_LETTERS];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    name->ufrag[0] = letters[thread];
    for (int i = 0; i < PLACE_LETTERS; i++)
        name->ufrag[1 + i] = letters[place >> (LETTER_BITS * i) & (NAME_THREADS - 1)];
    write_letters(random, name->ufrag + RANDOM_AT, RANDOM_LETTERS);
    write_letters(random + RANDOM_LETTERS, name->pwd, PASSWORD_LETTERS);
    skf_ice_wipe(random, sizeof random);
    return true;
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
