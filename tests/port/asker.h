/* asker.h - writes connectivity checks and signs them, byte by byte, by none of skiff's own
 * code and without libnice: as a client that has nothing in common with a port. */
#ifndef TESTS_PORT_ASKER_H
#define TESTS_PORT_ASKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ASKER_HEADER = 20, ASKER_TAG = 20,
    ASKER_USERNAME = 0x0006, ASKER_INTEGRITY = 0x0008, ASKER_ERROR_CODE = 0x0009,
    ASKER_MAPPED = 0x0020, ASKER_PRIORITY = 0x0024, ASKER_USE_CANDIDATE = 0x0025,
    ASKER_FINGERPRINT = 0x8028, ASKER_CONTROLLED = 0x8029, ASKER_CONTROLLING = 0x802a
};

/* A message that is being written; the caller's room must be large enough. */
struct asker {
    uint8_t *bytes;
    size_t   len;
};

/* A binding request with an id of its own and no attributes yet. */
void asker_begin(struct asker *asker, uint8_t *bytes);

/* Appends an attribute. */
void asker_add(struct asker *asker, uint16_t type, const void *value, size_t len);
void asker_add_text(struct asker *asker, uint16_t type, const char *text);
void asker_add_u32(struct asker *asker, uint16_t type, uint32_t value);
void asker_add_u64(struct asker *asker, uint16_t type, uint64_t value);

/* Appends MESSAGE-INTEGRITY; appends FINGERPRINT; both, and says the length. */
void   asker_sign(struct asker *asker, const char *password);
void   asker_mark(struct asker *asker);
size_t asker_finish(struct asker *asker, const char *password);

/* The whole check of an agent that controls. */
size_t asker_check(uint8_t *bytes, const char *username, const char *password,
                   bool nominating);

/* Where the value of the first attribute of a type begins; 0: there is none, or the message
 * is not whole. */
size_t asker_find(const uint8_t *bytes, size_t len, uint16_t type);

/* Whether a message ends with both, and they are right (RFC 8489 14.5, 14.7). */
bool asker_finds_signed(const uint8_t *bytes, size_t len, const char *password);

/* From now on what libcrypto is asked for has to be of FIPS 140, or not; says whether it
 * had to be so before. */
bool asker_wants_fips(bool wanted);

#endif
