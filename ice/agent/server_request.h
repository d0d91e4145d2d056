/*
 * server_request.h - requests of a client to a STUN or TURN server (RFC 8489, RFC 8656),
 * and their responses. Knows bytes only.
 *
 * libnice's STUN library builds the requests. Responses are parsed here, by a walk that
 * trusts no length. Their MESSAGE-INTEGRITY is not checked: a response has the random
 * transaction id of the request, and its outcome is reported and opens no path.
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

/* The realm and the nonce that the server wants back; empty before it has sent them. */
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

/* Writes a request; 0 if it does not fit. It has the credentials if there is a
 * challenge. */
size_t skf_request_write(enum request_kind kind,
                         const struct request_credentials *credentials,
                         const struct request_challenge *challenge,
                         uint8_t bytes[REQUEST_SIZE]);

/* Parses the response to a request; a challenge in it replaces the old one. */
bool skf_request_read_response(const uint8_t *request, skiff_bytes datagram,
                               struct request_response *response,
                               struct request_challenge *challenge);

/* The length of the message that begins so; 0 while that is unknown. */
size_t skf_request_length(skiff_bytes begun);

#endif
