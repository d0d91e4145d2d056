/* names.h - the texts of a config: which are good, and a copy that lasts. */
#ifndef SKF_NAMES_H
#define SKF_NAMES_H

#include <skiff/base.h>

enum {
    ALPN_MAX = 256,       /* bytes of all protocols, with one more for each */
    SERVER_NAME_MAX = 253 /* bytes of a DNS name without its last dot */
};

struct names {
    const char *const *alpn; /* protocols by preference */
    size_t num_alpn;
    const char *server_name; /* NULL: none */
    void *block;             /* where the copies lie; NULL: they are borrowed */
    size_t size;
};

/* RFC 6066 section 3: a DNS host name in ASCII, without a last dot, and no address. */
bool skf_is_host_name(skiff_bytes name);

/* Errors: ARGUMENT. */
SKIFF_MUST_USE skiff_status skf_names_check(const struct names *names);

/* Makes copies of borrowed names, in one block. Errors: MEMORY, and they stay borrowed. */
SKIFF_MUST_USE skiff_status skf_names_copy(struct names *names,
                                           const skiff_allocator *memory);
void skf_names_free(struct names *names, const skiff_allocator *memory);

#endif
