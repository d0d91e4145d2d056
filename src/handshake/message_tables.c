/* message_tables.c - which function writes and judges which message, in either version. */
#include "handshake/messages.h"

static bool say_change_cipher_spec(struct handshake *hs, struct walk *w)
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
#define CHOOSES_VERSION(NAME, name)                                                        \
    { HANDSHAKE_##NAME, skf_say_##name, NULL, NULL, NULL }
#define RECEIVED_ONLY(NAME, name)                                                          \
    { HANDSHAKE_##NAME, NULL, NULL, skf_hear_##name, NULL }

static const struct message messages12[MSG_COUNT] = {
    /* message              how   number, writer and judge, then */
    [CLIENT_HELLO]         = CHOOSES_VERSION(CLIENT_HELLO, client_hello),
    [HELLO_VERIFY_REQUEST] = RECEIVED_ONLY(HELLO_VERIFY_REQUEST, hello_verify_request),
    [SERVER_HELLO]         = WRITTEN(SERVER_HELLO, server_hello, NULL),
    [CERTIFICATE]          = PREPARED(CERTIFICATE, certificate),
    [SERVER_KEY_EXCHANGE]  = WRITTEN(SERVER_KEY_EXCHANGE, server_key_exchange, NULL),
    [CERTIFICATE_REQUEST]  = WRITTEN(CERTIFICATE_REQUEST, certificate_request, NULL),
    [SERVER_HELLO_DONE]    = WRITTEN(SERVER_HELLO_DONE, server_hello_done, NULL),
    [CLIENT_KEY_EXCHANGE]  = WRITTEN(CLIENT_KEY_EXCHANGE, client_key_exchange,
                                     skf_schedule12_keys),
    [CERTIFICATE_VERIFY]   = WRITTEN(CERTIFICATE_VERIFY, certificate_verify, NULL),
    [CHANGE_CIPHER_SPEC]   = { NO_HANDSHAKE_TYPE, say_change_cipher_spec, NULL, NULL,
                               NULL },
    [FINISHED]             = WRITTEN(FINISHED, finished, NULL),
};

static const struct message messages13[MSG_COUNT] = {
    /* message              how   number, writer and judge, then */
    [CLIENT_HELLO]         = CHOOSES_VERSION(CLIENT_HELLO, client_hello),
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

const struct protocol skf_dtls12 = {
    .version = DTLS_1_2,
    .script = &skf_dtls12_script,
    .messages = messages12,
    .form = TRANSCRIPT_12,
    .judge_hello = skf_judge_hello12,
    .last_epoch = 1,
    .has_hello_request = true,
    .spec = { .client_hello = "RFC 5246 7.4.1.2",
              .certificate = "RFC 5246 7.4.2",
              .closure_alert = "RFC 5246 7.2.1",
              .error_alert = "RFC 5246 7.2.2" },
};

const struct protocol skf_dtls13 = {
    .version = DTLS_1_3,
    .script = &skf_dtls13_script,
    .messages = messages13,
    .form = TRANSCRIPT_13,
    .judge_hello = skf_judge_hello13,
    .last_epoch = 3,
    .has_acks = true,
    .is_strict = true,
    .has_post_handshake = true,
    .has_tickets = true,
    .keeps_traffic_secrets = true,
    .has_exporter_secret = true,
    .spec = { .client_hello = "RFC 8446 4.1.2",
              .certificate = "RFC 8446 4.4.2.4",
              .closure_alert = "RFC 8446 6.1",
              .error_alert = "RFC 8446 6.2" },
};

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
