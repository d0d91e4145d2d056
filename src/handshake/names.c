/* names.c - the texts of a config: which are good, and a copy that lasts. */
#include "handshake/names.h"

#include "base/memory.h"

enum {
    PROTOCOL_MAX = 255, /* RFC 7301 section 3.1: opaque ProtocolName */
    LABEL_MAX = 63      /* RFC 1035 section 2.3.4 */
};

/* --- which are good ------------------------------------------------------------------- */

static bool is_repeated(const struct names *names, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(names->alpn[i], names->alpn[j]) == 0)
            return true;
    return false;
}

static skiff_status check_protocols(const struct names *names)
{
    size_t all = 0;

    if (names->alpn == NULL && names->num_alpn > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "alpn: NULL, and num_alpn is not 0");
    for (size_t i = 0; i < names->num_alpn; i++) {
        size_t len = names->alpn[i] != NULL ? strlen(names->alpn[i]) : 0;
        all += 1 + len;
        if (len == 0 || len > PROTOCOL_MAX || is_repeated(names, i))
            return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "alpn: [", i,
                                          "] is empty, over 255 bytes or there twice");
        if (all > ALPN_MAX)
            return skiff_fault_set(SKIFF_ERR_ARGUMENT, "alpn: over 256 bytes in all");
    }
    return SKIFF_OK;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 1123 section 2.1: letters, digits, and hyphens between them. */
static bool is_label(skiff_bytes label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-'
        || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_digit(label.ptr[i]) && !is_letter(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    return true;
}

static skiff_bytes first_label(skiff_bytes name)
{
    const uint8_t *dot = memchr(name.ptr, '.', name.len);

    return (skiff_bytes){ name.ptr, dot != NULL ? (size_t)(dot - name.ptr) : name.len };
}

static bool is_number(skiff_bytes label)
{
    size_t i = 0;

    while (i < label.len && is_digit(label.ptr[i]))
        i++;
    return i == label.len;
}

/* RFC 1123 section 2.1: an address ends in a number, and no name does. */
bool skf_is_host_name(skiff_bytes name)
{
    skiff_bytes label = first_label(name);

    if (name.len > SERVER_NAME_MAX)
        return false;
    while (is_label(label) && label.len < name.len) {
        name.ptr += label.len + 1;
        name.len -= label.len + 1;
        label = first_label(name);
    }
    return is_label(label) && !is_number(label);
}

skiff_status skf_names_check(const struct names *names)
{
    const char *name = names->server_name;
    skiff_status status = check_protocols(names);

    if (status == SKIFF_OK && name != NULL
        && !skf_is_host_name((skiff_bytes){ (const uint8_t *)name, strlen(name) }))
        return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "server_name: \"", name,
                                    "\" is no name of a host (RFC 6066 3)");
    return status;
}

/* --- a copy --------------------------------------------------------------------------- */

static size_t size_of(const struct names *names)
{
    size_t size = names->num_alpn * sizeof *names->alpn;

    for (size_t i = 0; i < names->num_alpn; i++)
        size += strlen(names->alpn[i]) + 1;
    if (names->server_name != NULL)
        size += strlen(names->server_name) + 1;
    return size;
}

static const char *copy_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);

    *at += size;
    return copy;
}

skiff_status skf_names_copy(struct names *names, const skiff_allocator *memory)
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
    if (names->server_name != NULL)
        names->server_name = copy_text(&at, names->server_name);
    names->alpn = list;
    names->block = list;
    names->size = size;
    return SKIFF_OK;
}

void skf_names_free(struct names *names, const skiff_allocator *memory)
{
    skf_release(memory, names->block, names->size);
    *names = (struct names){ .alpn = NULL };
}
