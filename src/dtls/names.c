/* names.c - the texts of a config: which are good, and a copy that lasts. */
#include "dtls/names.h"

#include "base/memory.h"

enum { PROTOCOL_MAX = 255 };           /* RFC 7301 section 3.1: opaque ProtocolName       */

/* --- which are good ------------------------------------------------------------------- */

static bool is_repeated(const struct names *names, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(names->alpn[i], names->alpn[j]) == 0)
            return true;
    return false;
}

static bool protocols_are_good(const struct names *names)
{
    size_t all = 0;

    if (names->alpn == NULL)
        return names->num_alpn == 0;
    for (size_t i = 0; i < names->num_alpn; i++) {
        size_t len = names->alpn[i] != NULL ? strlen(names->alpn[i]) : 0;
        all += 1 + len;
        if (len == 0 || len > PROTOCOL_MAX || all > ALPN_MAX || is_repeated(names, i))
            return false;
    }
    return true;
}

bool names_are_good(const struct names *names)
{
    return protocols_are_good(names);
}

/* --- a copy --------------------------------------------------------------------------- */

static size_t size_of(const struct names *names)
{
    size_t size = names->num_alpn * sizeof *names->alpn;

    for (size_t i = 0; i < names->num_alpn; i++)
        size += strlen(names->alpn[i]) + 1;
    return size;
}

static const char *copy_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);

    *at += size;
    return copy;
}

skiff_status names_copy(struct names *names, const skiff_allocator *memory)
{
    size_t size = size_of(names);

    if (size == 0)
        return SKIFF_OK;
    const char **list = skf_acquire(memory, size);
    if (list == NULL)
        return SKIFF_ERR_MEMORY;

    char *at = (char *)(list + names->num_alpn);
    for (size_t i = 0; i < names->num_alpn; i++)
        list[i] = copy_text(&at, names->alpn[i]);
    names->alpn = list;
    names->block = list;
    names->size = size;
    return SKIFF_OK;
}

void names_free(struct names *names, const skiff_allocator *memory)
{
    skf_release(memory, names->block, names->size);
    *names = (struct names){ .alpn = NULL };
}
