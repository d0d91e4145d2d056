/* stun_message.h - binding requests and responses of STUN as ICE has them (RFC 8489, RFC
 * 8445 section 7): one description of each, for reading, writing and counting. Knows bytes,
 * and no keys, no peers and no sockets. */
#ifndef SKF_STUN_MESSAGE_H
#define SKF_STUN_MESSAGE_H

#include "wire/walk.h"

enum {
    STUN_HEADER = 20,
    STUN_ID = 12,  /* bytes of a transaction id, after the magic cookie */
    STUN_WORD = 4, /* attributes begin at one */
    STUN_TAG = 20, /* bytes of a MESSAGE-INTEGRITY */
    STUN_COOKIE = 0x2112a442,
    STUN_XOR_FINGERPRINT = 0x5354554e /* of the CRC-32 in a FINGERPRINT */
};

/* Methods and classes in one (RFC 8489 section 5). */
enum {
    STUN_BINDING_REQUEST = 0x0001,
    STUN_BINDING_SUCCESS = 0x0101,
    STUN_BINDING_ERROR = 0x0111
};

/* RFC 8489 section 18.3, RFC 8445 section 20.2; those from 0x8000 on are
 * comprehension-optional. */
enum {
    STUN_USERNAME = 0x0006,
    STUN_INTEGRITY = 0x0008,
    STUN_ERROR_CODE = 0x0009,
    STUN_UNKNOWN = 0x000a,
    STUN_INTEGRITY_SHA256 = 0x001c,
    STUN_XOR_MAPPED = 0x0020,
    STUN_PRIORITY = 0x0024,
    STUN_USE_CANDIDATE = 0x0025,
    STUN_OPTIONAL = 0x8000,
    STUN_FINGERPRINT = 0x8028,
    STUN_ICE_CONTROLLED = 0x8029,
    STUN_ICE_CONTROLLING = 0x802a,
    STUN_NOMINATION = 0xc001 /* draft-thatcher-ice-renomination */
};

/* RFC 8489 section 5; `length` is that of all attributes. */
struct stun_header {
    uint16_t type, length;
    uint8_t id[STUN_ID];
};

static inline void stun_header(struct walk *w, struct stun_header *m)
{
    uint32_t cookie = STUN_COOKIE;

    walk_u16(w, &m->type);
    walk_u16(w, &m->length);
    walk_u32(w, &cookie);
    walk_require(w, cookie == STUN_COOKIE);
    walk_fixed(w, m->id, STUN_ID);
}
WALKABLE(stun_header)

/* RFC 8489 section 14: padding is zero when sent, and ignored when received. */
struct stun_attribute {
    uint16_t type;
    skiff_bytes value;
};

static inline void stun_attribute(struct walk *w, struct stun_attribute *m)
{
    uint8_t padding[STUN_WORD] = { 0 };

    walk_u16(w, &m->type);
    walk_vec(w, &m->value, 0, 65535);
    walk_fixed(w, padding, (STUN_WORD - m->value.len % STUN_WORD) % STUN_WORD);
}
WALKABLE(stun_attribute)

/* --- values --------------------------------------------------------------------------- */

/* RFC 8489 section 14.2; port and address are those that were XORed. */
struct stun_mapped {
    uint8_t family;
    uint16_t port;
    uint8_t address[16]; /* 4 of them are of IPv4 */
};

enum { STUN_IPV4 = 1, STUN_IPV6 = 2 };

static inline void stun_mapped(struct walk *w, struct stun_mapped *m)
{
    uint8_t zero = 0;

    walk_u8(w, &zero);
    walk_u8(w, &m->family);
    walk_require(w, m->family == STUN_IPV4 || m->family == STUN_IPV6);
    walk_u16(w, &m->port);
    walk_fixed(w, m->address, m->family == STUN_IPV4 ? 4 : 16);
}
WALKABLE(stun_mapped)

/* RFC 8489 section 14.8: the hundreds and the rest of a code, and a text to its end. */
struct stun_error {
    uint8_t hundreds, rest;
    skiff_bytes reason;
};

static inline void stun_error(struct walk *w, struct stun_error *m)
{
    uint16_t reserved = 0;

    walk_u16(w, &reserved);
    walk_u8(w, &m->hundreds);
    if (w->mode == WALK_READ)
        m->hundreds &= 7;
    walk_u8(w, &m->rest);
    walk_require(w, m->hundreds >= 3 && m->hundreds <= 6 && m->rest < 100);
    if (w->mode == WALK_READ)
        m->reason.len = w->end - w->at;
    walk_view(w, &m->reason);
}
WALKABLE(stun_error)

/* RFC 8445 sections 7.1.1 and 16.1: PRIORITY; also NOMINATION. */
struct stun_number {
    uint32_t number;
};

static inline void stun_number(struct walk *w, struct stun_number *m)
{
    walk_u32(w, &m->number);
}
WALKABLE(stun_number)

/* --- responses ------------------------------------------------------------------------ */

/* A response before its MESSAGE-INTEGRITY. */
struct stun_response {
    struct stun_mapped mapped; /* of a success (RFC 8489 section 14.2) */
    struct stun_error error;   /* of an error: its hundreds are not 0 */
    skiff_bytes unknown;       /* types of attributes (section 14.13); empty: none */
};

/* The value of an attribute, written by its own walk: begun, and ended with padding. */
static inline struct walk_block stun_begin(struct walk *w, uint16_t type)
{
    walk_u16(w, &type);
    return walk_open(w, 2);
}

static inline void stun_end(struct walk *w, struct walk_block value)
{
    uint8_t padding[STUN_WORD] = { 0 };
    size_t len = w->at - value.start;

    walk_close(w, value);
    walk_fixed(w, padding, (STUN_WORD - len % STUN_WORD) % STUN_WORD);
}

static inline void stun_response(struct walk *w, struct stun_response *m)
{
    struct walk_block value;

    if (m->error.hundreds == 0) {
        value = stun_begin(w, STUN_XOR_MAPPED);
        stun_mapped(w, &m->mapped);
        stun_end(w, value);
        return;
    }
    value = stun_begin(w, STUN_ERROR_CODE);
    stun_error(w, &m->error);
    stun_end(w, value);
    if (m->unknown.len > 0)
        stun_attribute(w, &(struct stun_attribute){ STUN_UNKNOWN, m->unknown });
}

#endif
