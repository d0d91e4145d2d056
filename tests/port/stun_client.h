/* stun_client.h - writes connectivity checks and signs them, byte by byte, by none of
 * skiff's own code and without libnice: as a client that has nothing in common with a port.
 */
#ifndef TESTS_PORT_STUN_CLIENT_H
#define TESTS_PORT_STUN_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STUN_CLIENT_HEADER = 20,
    STUN_CLIENT_TAG = 20,
    STUN_CLIENT_USERNAME = 0x0006,
    STUN_CLIENT_INTEGRITY = 0x0008,
    STUN_CLIENT_ERROR_CODE = 0x0009,
    STUN_CLIENT_MAPPED = 0x0020,
    STUN_CLIENT_PRIORITY = 0x0024,
    STUN_CLIENT_USE_CANDIDATE = 0x0025,
    STUN_CLIENT_FINGERPRINT = 0x8028,
    STUN_CLIENT_CONTROLLED = 0x8029,
    STUN_CLIENT_CONTROLLING = 0x802a
};

/* A message that is being written; the caller's buffer must be large enough. */
struct stun_client {
    uint8_t *bytes;
    size_t len;
};

/* A binding request with an id of its own and no attributes yet. */
void stun_client_begin(struct stun_client *client, uint8_t *bytes);

/* Appends an attribute. */
void stun_client_add(struct stun_client *client, uint16_t type, const void *value,
                     size_t len);
void stun_client_add_text(struct stun_client *client, uint16_t type, const char *text);
void stun_client_add_u32(struct stun_client *client, uint16_t type, uint32_t value);
void stun_client_add_u64(struct stun_client *client, uint16_t type, uint64_t value);

/* Appends MESSAGE-INTEGRITY; appends FINGERPRINT; both, and returns the length. */
void stun_client_sign(struct stun_client *client, const char *password);
void stun_client_mark(struct stun_client *client);
size_t stun_client_finish(struct stun_client *client, const char *password);

/* The whole check of an agent that controls. */
size_t stun_client_check(uint8_t *bytes, const char *username, const char *password,
                         bool nominating);

/* Where the value of the first attribute of a type begins; 0: there is none, or the message
 * is not whole. */
size_t stun_client_find(const uint8_t *bytes, size_t len, uint16_t type);

/* Whether a message ends with both, and they are right (RFC 8489 14.5, 14.7). */
bool stun_client_finds_signed(const uint8_t *bytes, size_t len, const char *password);

/* From now on what libcrypto is asked for has to be of FIPS 140, or not; says whether it
 * had to be so before. */
bool stun_client_wants_fips(bool wanted);

#endif
