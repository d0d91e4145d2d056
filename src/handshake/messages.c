/* messages.c - which function speaks and hears which message, in either version. */
#include "handshake/messages.h"

static bool skf_say_change_cipher_spec(struct handshake *hs, struct walk *w)
{
    uint8_t one = 1;

    (void)hs;
    walk_u8(w, &one);
    return true;
}

/* clang-format off */
#define WRITTEN(NAME, name, then)                                                          \
    { HANDSHAKE_##NAME, skf_say_##name, NULL, skf_hear_##name, then }
#define PREPARED(NAME, name)                                                               \
    { HANDSHAKE_##NAME, NULL, skf_quote_##name, skf_hear_##name, NULL }
#define RECEIVED_ONLY(NAME, name)                                                          \
    { HANDSHAKE_##NAME, NULL, NULL, skf_hear_##name, NULL }
#define NO_MESSAGE(name)                                                                   \
    { NO_HANDSHAKE_TYPE, skf_say_##name, NULL, NULL, NULL }

static const struct message messages12[MSG_COUNT] = {
    /* message              how   number, said and heard, then */
    [CLIENT_HELLO]         = WRITTEN(CLIENT_HELLO, client_hello, NULL),
    [HELLO_VERIFY_REQUEST] = RECEIVED_ONLY(HELLO_VERIFY_REQUEST, hello_verify_request),
    [SERVER_HELLO]         = WRITTEN(SERVER_HELLO, server_hello, NULL),
    [CERTIFICATE]          = PREPARED(CERTIFICATE, certificate),
    [SERVER_KEY_EXCHANGE]  = WRITTEN(SERVER_KEY_EXCHANGE, server_key_exchange, NULL),
    [CERTIFICATE_REQUEST]  = WRITTEN(CERTIFICATE_REQUEST, certificate_request, NULL),
    [SERVER_HELLO_DONE]    = WRITTEN(SERVER_HELLO_DONE, server_hello_done, NULL),
    [CLIENT_KEY_EXCHANGE]  = WRITTEN(CLIENT_KEY_EXCHANGE, client_key_exchange,
                                     skf_schedule12_keys),
    [CERTIFICATE_VERIFY]   = WRITTEN(CERTIFICATE_VERIFY, certificate_verify, NULL),
    [CHANGE_CIPHER_SPEC]   = NO_MESSAGE(change_cipher_spec),
    [FINISHED]             = WRITTEN(FINISHED, finished, NULL),
};

static const struct message messages13[MSG_COUNT] = {
    /* message              how   number, said and heard, then */
    [CLIENT_HELLO]         = WRITTEN(CLIENT_HELLO, client_hello, NULL),
    [HELLO_RETRY_REQUEST]  = WRITTEN(SERVER_HELLO, hello_retry_request, NULL),
    [SERVER_HELLO]         = WRITTEN(SERVER_HELLO, server_hello13,
                                     skf_schedule13_handshake),
    [ENCRYPTED_EXTENSIONS] = WRITTEN(ENCRYPTED_EXTENSIONS, encrypted_extensions, NULL),
    [CERTIFICATE_REQUEST]  = WRITTEN(CERTIFICATE_REQUEST, certificate_request13, NULL),
    [CERTIFICATE]          = PREPARED(CERTIFICATE, certificate13),
    [CERTIFICATE_VERIFY]   = WRITTEN(CERTIFICATE_VERIFY, certificate_verify13, NULL),
    [FINISHED]             = WRITTEN(FINISHED, finished13, skf_schedule13_finished),
};
/* clang-format on */

const struct protocol skf_dtls12 = { DTLS_1_2,      &skf_dtls12_script, messages12,
                                     TRANSCRIPT_12, skf_judge_hello12,  1,
                                     false };
const struct protocol skf_dtls13 = { DTLS_1_3,      &skf_dtls13_script, messages13,
                                     TRANSCRIPT_13, skf_judge_hello13,  3,
                                     true };

static const struct {
    uint8_t type;
    enum msg msg;
} types[] = {
    { HANDSHAKE_CLIENT_HELLO, CLIENT_HELLO },
    { HANDSHAKE_HELLO_VERIFY_REQUEST, HELLO_VERIFY_REQUEST },
    { HANDSHAKE_SERVER_HELLO, SERVER_HELLO },
    { HANDSHAKE_ENCRYPTED_EXTENSIONS, ENCRYPTED_EXTENSIONS },
    { HANDSHAKE_CERTIFICATE, CERTIFICATE },
    { HANDSHAKE_SERVER_KEY_EXCHANGE, SERVER_KEY_EXCHANGE },
    { HANDSHAKE_CERTIFICATE_REQUEST, CERTIFICATE_REQUEST },
    { HANDSHAKE_SERVER_HELLO_DONE, SERVER_HELLO_DONE },
    { HANDSHAKE_CLIENT_KEY_EXCHANGE, CLIENT_KEY_EXCHANGE },
    { HANDSHAKE_CERTIFICATE_VERIFY, CERTIFICATE_VERIFY },
    { HANDSHAKE_FINISHED, FINISHED },
};

/* A HelloRetryRequest is a ServerHello with a random of its own (RFC 8446 section
 * 4.1.3). */
enum msg skf_message_of(uint8_t type, skiff_bytes body)
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
