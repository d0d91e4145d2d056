/* stun.h - the connectivity checks of a controlling ICE agent that nominates at once
 * (RFC 8445 section 7.2, RFC 8489), their answers, and the responses to checks of a full
 * agent at the other end (section 7.3). Knows no socket and no time. */
#ifndef LOAD_STUN_H
#define LOAD_STUN_H

#include <skiff/packet.h>

enum { STUN_TRANSACTION = 12 };

/* The name and the password that make a check: "theirs:ours", and theirs. */
struct stun_credentials {
    const char *remote, *local, *password;
};

/* Where a request came from, in host byte order. */
struct stun_source {
    uint32_t address;
    uint16_t port;
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

/* Is this a binding request? Nothing of it is proven. */
bool stun_is_request(skiff_bytes datagram);

/* Writes the response to a request that came from this address (host byte order), signed
 * with the password of the end that was asked, into an empty packet. */
void stun_respond(struct stun *stun, skiff_bytes request, const char *password,
                  const struct stun_source *source, skiff_packet *packet);

/* Whether it is a STUN message with a magic cookie. */
bool stun_is(skiff_bytes datagram);

#endif
