/* messages.c - which function speaks and hears which message, in either version. */
#include "dtls/messages.h"

static bool say_change_cipher_spec(struct handshake *hs, struct walk *w)
{
    uint8_t one = 1;

    (void)hs;
    walk_u8(w, &one);
    return true;
}

/* clang-format off */
#define SAID(NAME, name, then)   { HANDSHAKE_##NAME, say_##name, NULL, hear_##name, then }
#define QUOTED(NAME, name)       { HANDSHAKE_##NAME, NULL, quote_##name, hear_##name, NULL }
#define HEARD_ONLY(NAME, name)   { HANDSHAKE_##NAME, NULL, NULL, hear_##name, NULL }
#define NO_MESSAGE(name)         { NO_HANDSHAKE_TYPE, say_##name, NULL, NULL, NULL }

static const struct message messages12[MSG_COUNT] = {
    /* message              how   number, said and heard, then                          */
    [CLIENT_HELLO]         = SAID(CLIENT_HELLO, client_hello, NULL),
    [HELLO_VERIFY_REQUEST] = HEARD_ONLY(HELLO_VERIFY_REQUEST, hello_verify_request),
    [SERVER_HELLO]         = SAID(SERVER_HELLO, server_hello, NULL),
    [CERTIFICATE]          = QUOTED(CERTIFICATE, certificate),
    [SERVER_KEY_EXCHANGE]  = SAID(SERVER_KEY_EXCHANGE, server_key_exchange, NULL),
    [CERTIFICATE_REQUEST]  = SAID(CERTIFICATE_REQUEST, certificate_request, NULL),
    [SERVER_HELLO_DONE]    = SAID(SERVER_HELLO_DONE, server_hello_done, NULL),
    [CLIENT_KEY_EXCHANGE]  = SAID(CLIENT_KEY_EXCHANGE, client_key_exchange,
                                  schedule12_keys),
    [CERTIFICATE_VERIFY]   = SAID(CERTIFICATE_VERIFY, certificate_verify, NULL),
    [CHANGE_CIPHER_SPEC]   = NO_MESSAGE(change_cipher_spec),
    [FINISHED]             = SAID(FINISHED, finished, NULL),
};

static const struct message messages13[MSG_COUNT] = {
    /* message              how   number, said and heard, then                          */
    [CLIENT_HELLO]         = SAID(CLIENT_HELLO, client_hello, NULL),
    [HELLO_RETRY_REQUEST]  = SAID(SERVER_HELLO, hello_retry_request, NULL),
    [SERVER_HELLO]         = SAID(SERVER_HELLO, server_hello13, schedule13_handshake),
    [ENCRYPTED_EXTENSIONS] = SAID(ENCRYPTED_EXTENSIONS, encrypted_extensions, NULL),
    [CERTIFICATE_REQUEST]  = SAID(CERTIFICATE_REQUEST, certificate_request13, NULL),
    [CERTIFICATE]          = QUOTED(CERTIFICATE, certificate13),
    [CERTIFICATE_VERIFY]   = SAID(CERTIFICATE_VERIFY, certificate_verify13, NULL),
    [FINISHED]             = SAID(FINISHED, finished13, schedule13_finished),
};
/* clang-format on */

const struct dialect dtls12 = { DTLS_1_2, &dtls12_full, messages12, TRANSCRIPT_12,
                                judge_hello12, 1, false };
const struct dialect dtls13 = { DTLS_1_3, &dtls13_full, messages13, TRANSCRIPT_13,
                                judge_hello13, 3, true };

static const struct { uint8_t type; enum msg msg; } types[] = {
    { HANDSHAKE_CLIENT_HELLO,         CLIENT_HELLO },
    { HANDSHAKE_HELLO_VERIFY_REQUEST, HELLO_VERIFY_REQUEST },
    { HANDSHAKE_SERVER_HELLO,         SERVER_HELLO },
    { HANDSHAKE_ENCRYPTED_EXTENSIONS, ENCRYPTED_EXTENSIONS },
    { HANDSHAKE_CERTIFICATE,          CERTIFICATE },
    { HANDSHAKE_SERVER_KEY_EXCHANGE,  SERVER_KEY_EXCHANGE },
    { HANDSHAKE_CERTIFICATE_REQUEST,  CERTIFICATE_REQUEST },
    { HANDSHAKE_SERVER_HELLO_DONE,    SERVER_HELLO_DONE },
    { HANDSHAKE_CLIENT_KEY_EXCHANGE,  CLIENT_KEY_EXCHANGE },
    { HANDSHAKE_CERTIFICATE_VERIFY,   CERTIFICATE_VERIFY },
    { HANDSHAKE_FINISHED,             FINISHED },
};

/* A HelloRetryRequest is a ServerHello with a random of its own (RFC 8446 section
 * 4.1.3). */
enum msg message_of(uint8_t type, skiff_bytes body)
{
    struct server_hello m;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].type != type)
            continue;
        if (types[i].msg == SERVER_HELLO && server_hello_read(&m, body)
            && memcmp(m.random, retry_random, RANDOM) == 0)
            return HELLO_RETRY_REQUEST;
        return types[i].msg;
    }
    return MSG_COUNT;
}
