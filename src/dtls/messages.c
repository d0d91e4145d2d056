/* messages.c - which function speaks and hears which message. */
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
#define QUOTED(NAME, name, then) { HANDSHAKE_##NAME, NULL, quote_##name, hear_##name, then }
#define HEARD_ONLY(NAME, name)   { HANDSHAKE_##NAME, NULL, NULL, hear_##name, NULL }
#define NO_MESSAGE(name)         { NO_HANDSHAKE_TYPE, say_##name, NULL, NULL, NULL }

const struct message messages12[MSG_COUNT] = {
    /*                              number               said, heard           then           */
    [CLIENT_HELLO]         = SAID(CLIENT_HELLO,          client_hello,         NULL),
    [HELLO_VERIFY_REQUEST] = HEARD_ONLY(HELLO_VERIFY_REQUEST, hello_verify_request),
    [SERVER_HELLO]         = SAID(SERVER_HELLO,          server_hello,         NULL),
    [CERTIFICATE]          = QUOTED(CERTIFICATE,         certificate,          NULL),
    [SERVER_KEY_EXCHANGE]  = SAID(SERVER_KEY_EXCHANGE,   server_key_exchange,  NULL),
    [CERTIFICATE_REQUEST]  = SAID(CERTIFICATE_REQUEST,   certificate_request,  NULL),
    [SERVER_HELLO_DONE]    = SAID(SERVER_HELLO_DONE,     server_hello_done,    NULL),
    [CLIENT_KEY_EXCHANGE]  = SAID(CLIENT_KEY_EXCHANGE,   client_key_exchange,  schedule12_keys),
    [CERTIFICATE_VERIFY]   = SAID(CERTIFICATE_VERIFY,    certificate_verify,   NULL),
    [CHANGE_CIPHER_SPEC]   = NO_MESSAGE(change_cipher_spec),
    [FINISHED]             = SAID(FINISHED,              finished,             NULL),
};
/* clang-format on */

enum msg message_of(uint8_t type)
{
    for (int m = 0; m < MSG_COUNT; m++)
        if (messages12[m].type == type && type != NO_HANDSHAKE_TYPE)
            return (enum msg)m;
    return MSG_COUNT;
}
