/*
 * server_request.h - what a client says to a STUN or TURN server (RFC 8489, RFC 8656), and
 * what the server answers. Knows bytes only.
 *
 * Requests are built by libnice's STUN library. Answers are read here, by a walk that
 * trusts no length. Their MESSAGE-INTEGRITY is not checked: an answer has the random
 * transaction id of the request, and what comes of it is told and opens no path.
 */
#ifndef SKF_SERVER_REQUEST_H
#define SKF_SERVER_REQUEST_H

#include <skiff/base.h>

#include <stun/stunagent.h>

enum { REQUEST_SIZE = 2048, REQUEST_MAX_VALUE = 763 }; /* RFC 8489 14.9, 14.10 */

enum request_kind { REQUEST_BINDING, REQUEST_ALLOCATE, REQUEST_RELEASE };

struct request_value {
    uint8_t bytes[REQUEST_MAX_VALUE];
    uint16_t len;
};

/* What a server wants said back; of no length before it has said so. */
struct request_challenge {
    struct request_value realm, nonce;
};

struct request_response {
    bool good;         /* a success response */
    uint16_t code;     /* of an error response, 300 to 699 */
    bool is_challenge; /* it has a realm and a nonce */
};

struct request_credentials {
    const char *user, *password;
};

/* Writes a request; 0 where it does not fit. The names count with a challenge only. */
size_t skf_request_write(enum request_kind kind,
                         const struct request_credentials *credentials,
                         const struct request_challenge *challenge,
                         uint8_t bytes[REQUEST_SIZE]);

/* Reads the answer to a request; a challenge in it replaces the old one. */
bool skf_request_read_response(const uint8_t *request, skiff_bytes datagram,
                               struct request_response *response,
                               struct request_challenge *challenge);

/* How long the message is that begins so; 0 while that cannot be said. */
size_t skf_request_length(skiff_bytes begun);

#endif
