/* stun.h - the connectivity checks of a controlling ICE agent that nominates at once
 * (RFC 8445 section 7.2, RFC 8489), and their answers. Knows no socket and no time. */
#ifndef LOAD_STUN_H
#define LOAD_STUN_H

#include <skiff/packet.h>

enum { STUN_TRANSACTION = 12 };

/* The name and the password that make a check: "theirs:ours", and theirs. */
struct stun_credentials {
    const char *remote, *local, *password;
};

/* What signs and proves them: an HMAC that libcrypto has looked up once for all. NULL when
 * it has none. */
struct stun;

struct stun *stun_new(void);
void stun_free(struct stun *stun);

/* Writes a binding request that nominates, into an empty packet. */
void stun_request(struct stun *stun, const struct stun_credentials *credentials,
                  const uint8_t transaction[STUN_TRANSACTION], skiff_packet *packet);

/* Is this the good answer to it? */
bool stun_is_response_to(struct stun *stun, skiff_bytes datagram, const char *password,
                         const uint8_t transaction[STUN_TRANSACTION]);

/* Whether it is a STUN message with a magic cookie. */
bool stun_is(skiff_bytes datagram);

#endif
