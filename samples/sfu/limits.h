/* limits.h - what one address may ask for, and all of them together. Knows no request: it
 * is asked before any SDP is parsed. */
#ifndef SAMPLES_SFU_LIMITS_H
#define SAMPLES_SFU_LIMITS_H

#include "problem.h"

#include <skiff/base.h>

enum {
    LIMITS_SOURCES = 4096,      /* addresses that are remembered */
    LIMITS_POSTS_EACH = 20,     /* a second, of one address */
    LIMITS_POSTS_AT_ONCE = 100, /* of one address that was quiet */
    LIMITS_POSTS_ALL = 500,     /* a second, of all */
    LIMITS_SESSIONS_EACH = 100, /* at once, of one address */
    LIMITS_SESSIONS = 1024,     /* at once, of all */
};

/* Zeros are the constants above. */
struct limits_config {
    unsigned posts_each, sessions_each, sessions;
};

struct limits;

/* NULL: no memory. */
struct limits *limits_new(const struct limits_config *config);
void limits_free(struct limits *limits);

/* A POST that would make a session. False: 429 or 503, and a sentence. `address` is an
 * IPv6 address, of which the first 64 bits count, or a mapped IPv4 address. */
bool limits_admit(struct limits *limits, const uint8_t address[16], skiff_time now,
                  struct problem *problem);

/* A PATCH or another request to a session that costs something: the rate alone. */
bool limits_admit_request(struct limits *limits, const uint8_t address[16], skiff_time now,
                          struct problem *problem);

/* A session of that address begins, and is over. */
void limits_begin(struct limits *limits, const uint8_t address[16], skiff_time now);
void limits_end(struct limits *limits, const uint8_t address[16]);

#endif
