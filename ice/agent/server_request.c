/* server_request.c - requests of a client to a STUN or TURN server, and their responses. */
#include "server_request.h"

enum {
    HEADER = 20,
    ATTRIBUTE_HEADER = 4,
    ID_AT = 4,
    ID_LEN = 16, /* with the cookie */
    METHOD_BITS = 0x3eef,
    CLASS_BITS = 0x0110,
    SUCCESS = 0x0100,
    FAILURE = 0x0110,
    ERROR_CODE = 0x0009,
    REALM = 0x0014,
    NONCE = 0x0015,
    UDP = 17
};

/* --- requests ------------------------------------------------------------------------- */

static bool append(StunMessage *message, StunAttribute type, const void *bytes, size_t len)
{
    return stun_message_append_bytes(message, type, bytes, len)
        == STUN_MESSAGE_RETURN_SUCCESS;
}

static bool append_purpose(StunMessage *message, enum request_kind kind)
{
    StunMessageReturn done = STUN_MESSAGE_RETURN_SUCCESS;

    switch (kind) {
    case REQUEST_BINDING:
        break;
    case REQUEST_ALLOCATE:
        done = stun_message_append32(message, STUN_ATTRIBUTE_REQUESTED_TRANSPORT,
                                     (uint32_t)UDP << 24);
        break;
    case REQUEST_RELEASE:
        done = stun_message_append32(message, STUN_ATTRIBUTE_LIFETIME, 0);
        break;
    }
    return done == STUN_MESSAGE_RETURN_SUCCESS;
}

/* RFC 8489 9.2.3: the user, and the realm and nonce of the server. */
static bool append_credentials(StunMessage *message,
                               const struct request_credentials *credentials,
                               const struct request_challenge *challenge)
{
    const struct request_value *realm = &challenge->realm, *nonce = &challenge->nonce;

    return append(message, STUN_ATTRIBUTE_USERNAME, credentials->user,
                  strlen(credentials->user))
        && append(message, STUN_ATTRIBUTE_REALM, realm->bytes, realm->len)
        && append(message, STUN_ATTRIBUTE_NONCE, nonce->bytes, nonce->len);
}

static size_t write_with(StunAgent *agent, enum request_kind kind,
                         const struct request_credentials *credentials,
                         const struct request_challenge *challenge, uint8_t *bytes)
{
    static const StunMethod methods[] = {
        [REQUEST_BINDING] = STUN_BINDING,
        [REQUEST_ALLOCATE] = STUN_ALLOCATE,
        [REQUEST_RELEASE] = STUN_REFRESH,
    };
    bool has_credentials = challenge->realm.len > 0 && challenge->nonce.len > 0;
    const uint8_t *key = has_credentials ? (const uint8_t *)credentials->password : NULL;
    StunMessage message;

    memset(&message, 0, sizeof message);
    if (!stun_agent_init_request(agent, &message, bytes, REQUEST_SIZE, methods[kind])
        || !append_purpose(&message, kind)
        || (has_credentials && !append_credentials(&message, credentials, challenge)))
        return 0;
    return stun_agent_finish_message(agent, &message, key,
                                     has_credentials ? strlen(credentials->password) : 0);
}

size_t skf_request_write(enum request_kind kind,
                         const struct request_credentials *credentials,
                         const struct request_challenge *challenge,
                         uint8_t bytes[REQUEST_SIZE])
{
    static const uint16_t none_known[] = { 0 };
    StunAgent agent;

    stun_agent_init(&agent, none_known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    return write_with(&agent, kind, credentials, challenge, bytes);
}

/* --- responses ------------------------------------------------------------------------ */

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

size_t skf_request_length(skiff_bytes begun)
{
    return begun.len >= ATTRIBUTE_HEADER ? HEADER + (size_t)u16(begun.ptr + 2) : 0;
}

/* RFC 8489 section 6.3.4: the method, and the id that was sent. */
static bool is_response(const uint8_t *request, skiff_bytes datagram)
{
    return datagram.len >= HEADER && datagram.len == skf_request_length(datagram)
        && (u16(datagram.ptr) & METHOD_BITS) == (u16(request) & METHOD_BITS)
        && memcmp(datagram.ptr + ID_AT, request + ID_AT, ID_LEN) == 0;
}

static void copy_value(struct request_value *stored, skiff_bytes value)
{
    if (value.len == 0 || value.len > sizeof stored->bytes)
        return;
    memcpy(stored->bytes, value.ptr, value.len);
    stored->len = (uint16_t)value.len;
}

/* RFC 8489 14.8: 21 bits that are reserved, 3 of the class, 8 of the number. */
static uint16_t read_code(skiff_bytes value)
{
    unsigned kind = value.len >= 4 ? value.ptr[2] & 7u : 0;

    return kind >= 3 && kind <= 6 && value.ptr[3] < 100
             ? (uint16_t)(kind * 100 + value.ptr[3])
             : 0;
}

static void copy_attribute(uint16_t type, skiff_bytes value, uint16_t *code,
                           struct request_challenge *received)
{
    if (type == ERROR_CODE)
        *code = read_code(value);
    else if (type == REALM)
        copy_value(&received->realm, value);
    else if (type == NONCE)
        copy_value(&received->nonce, value);
}

static void walk(skiff_bytes datagram, uint16_t *code, struct request_challenge *received)
{
    size_t at = HEADER;

    while (datagram.len - at >= ATTRIBUTE_HEADER) {
        size_t len = u16(datagram.ptr + at + 2), padded = (len + 3) / 4 * 4;
        size_t rest_len = datagram.len - at - ATTRIBUTE_HEADER;
        if (len > rest_len)
            return;
        copy_attribute(u16(datagram.ptr + at),
                       (skiff_bytes){ datagram.ptr + at + ATTRIBUTE_HEADER, len }, code,
                       received);
        at += ATTRIBUTE_HEADER + (padded < rest_len ? padded : rest_len);
    }
}

bool skf_request_read_response(const uint8_t *request, skiff_bytes datagram,
                               struct request_response *response,
                               struct request_challenge *challenge)
{
    struct request_challenge received = { { { 0 }, 0 }, { { 0 }, 0 } };

    if (!is_response(request, datagram))
        return false;
    *response = (struct request_response){ .good = false };
    walk(datagram, &response->code, &received);
    response->is_challenge = received.realm.len > 0 && received.nonce.len > 0;
    if (response->is_challenge)
        *challenge = received;

    unsigned kind = u16(datagram.ptr) & CLASS_BITS;
    response->good = kind == SUCCESS;
    return response->good || (kind == FAILURE && response->code != 0);
}
