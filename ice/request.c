/* request.c - what a client says to a STUN or TURN server, and what the server answers. */
#include "request.h"

enum {
    HEADER = 20, ATTRIBUTE_HEADER = 4, ID_AT = 4, ID_LEN = 16,     /* with the cookie     */
    METHOD_BITS = 0x3eef, CLASS_BITS = 0x0110, SUCCESS = 0x0100, FAILURE = 0x0110,
    ERROR_CODE = 0x0009, REALM = 0x0014, NONCE = 0x0015,
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

/* RFC 8489 9.2.3: the user, and what the server has said. */
static bool append_names(StunMessage *message, const struct request_names *names,
                         const struct request_challenge *challenge)
{
    const struct request_word *realm = &challenge->realm, *nonce = &challenge->nonce;

    return append(message, STUN_ATTRIBUTE_USERNAME, names->user, strlen(names->user))
           && append(message, STUN_ATTRIBUTE_REALM, realm->bytes, realm->len)
           && append(message, STUN_ATTRIBUTE_NONCE, nonce->bytes, nonce->len);
}

static size_t write_with(StunAgent *agent, enum request_kind kind,
                         const struct request_names *names,
                         const struct request_challenge *challenge, uint8_t *bytes)
{
    static const StunMethod methods[] = {
        [REQUEST_BINDING] = STUN_BINDING,
        [REQUEST_ALLOCATE] = STUN_ALLOCATE,
        [REQUEST_RELEASE] = STUN_REFRESH,
    };
    bool named = challenge->realm.len > 0 && challenge->nonce.len > 0;
    const uint8_t *key = named ? (const uint8_t *)names->password : NULL;
    StunMessage message;

    memset(&message, 0, sizeof message);
    if (!stun_agent_init_request(agent, &message, bytes, REQUEST_ROOM, methods[kind])
        || !append_purpose(&message, kind)
        || (named && !append_names(&message, names, challenge)))
        return 0;
    return stun_agent_finish_message(agent, &message, key,
                                     named ? strlen(names->password) : 0);
}

size_t skf_request_write(enum request_kind kind, const struct request_names *names,
                         const struct request_challenge *challenge,
                         uint8_t bytes[REQUEST_ROOM])
{
    static const uint16_t none_known[] = { 0 };
    StunAgent agent;

    stun_agent_init(&agent, none_known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    return write_with(&agent, kind, names, challenge, bytes);
}

/* --- answers -------------------------------------------------------------------------- */

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

size_t skf_request_length(skiff_bytes begun)
{
    return begun.len >= ATTRIBUTE_HEADER ? HEADER + (size_t)u16(begun.ptr + 2) : 0;
}

/* RFC 8489 section 6.3.4: its method, and the id that was sent. */
static bool belongs(const uint8_t *request, skiff_bytes datagram)
{
    return datagram.len >= HEADER && datagram.len == skf_request_length(datagram)
           && (u16(datagram.ptr) & METHOD_BITS) == (u16(request) & METHOD_BITS)
           && memcmp(datagram.ptr + ID_AT, request + ID_AT, ID_LEN) == 0;
}

static void take_word(struct request_word *word, skiff_bytes value)
{
    if (value.len == 0 || value.len > sizeof word->bytes)
        return;
    memcpy(word->bytes, value.ptr, value.len);
    word->len = (uint16_t)value.len;
}

/* RFC 8489 14.8: 21 bits that are reserved, 3 of the class, 8 of the number. */
static uint16_t read_code(skiff_bytes value)
{
    unsigned kind = value.len >= 4 ? value.ptr[2] & 7u : 0;

    return kind >= 3 && kind <= 6 && value.ptr[3] < 100
               ? (uint16_t)(kind * 100 + value.ptr[3]) : 0;
}

static void take_attribute(uint16_t type, skiff_bytes value, uint16_t *code,
                           struct request_challenge *said)
{
    if (type == ERROR_CODE)
        *code = read_code(value);
    else if (type == REALM)
        take_word(&said->realm, value);
    else if (type == NONCE)
        take_word(&said->nonce, value);
}

static void walk(skiff_bytes datagram, uint16_t *code, struct request_challenge *said)
{
    size_t at = HEADER;

    while (datagram.len - at >= ATTRIBUTE_HEADER) {
        size_t len = u16(datagram.ptr + at + 2), padded = (len + 3) / 4 * 4;
        size_t left = datagram.len - at - ATTRIBUTE_HEADER;
        if (len > left)
            return;
        take_attribute(u16(datagram.ptr + at),
                       (skiff_bytes){ datagram.ptr + at + ATTRIBUTE_HEADER, len }, code,
                       said);
        at += ATTRIBUTE_HEADER + (padded < left ? padded : left);
    }
}

bool skf_request_answered(const uint8_t *request, skiff_bytes datagram,
                          struct answer *answer, struct request_challenge *challenge)
{
    struct request_challenge said = { { { 0 }, 0 }, { { 0 }, 0 } };

    if (!belongs(request, datagram))
        return false;
    *answer = (struct answer){ .good = false };
    walk(datagram, &answer->code, &said);
    answer->challenges = said.realm.len > 0 && said.nonce.len > 0;
    if (answer->challenges)
        *challenge = said;

    unsigned kind = u16(datagram.ptr) & CLASS_BITS;
    answer->good = kind == SUCCESS;
    return answer->good || (kind == FAILURE && answer->code != 0);
}
