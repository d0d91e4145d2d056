/* engine_libssl.c - OpenSSL's own DTLS 1.2 as an engine of DTLS alone: one SSL_CTX, a
 * callback that compares the fingerprint in the place of verifying chains, and a BIO in
 * memory that puts what is written straight into the socket's batch. */
#include "libssl_end.h"
#include "dtls_server.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum { MTU = 1200, MESSAGE = 2048, LOOK_EVERY = 250000 /* microseconds */ };

/* Handshakes under way are in a ring, to have their timers looked at. */
struct talk {
    SSL *ssl;
    struct dtls_server_end *end;
    struct library_state *state;
    skiff_bytes coming; /* the datagram that is read next */
    struct talk *before, *after;
};

struct library_state {
    struct server *server;
    SSL_CTX *context;
    BIO_METHOD *method;
    struct talk handshaking; /* head of the ring */
    skiff_time look;
};

/* --- the datagrams as a BIO -------------------------------------------------------- */

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct talk *talk = BIO_get_data(bio);
    skiff_packet *blank = dtls_server_packet(talk->end);

    if (len < 0 || (uint32_t)len > blank->limit)
        return -1;
    memcpy(blank->data, bytes, (size_t)len);
    blank->len = (uint32_t)len;
    dtls_server_send(talk->end);
    return len;
}

static int bio_read(BIO *bio, char *bytes, int space)
{
    struct talk *talk = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (talk->coming.len == 0 || space <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int len = (int)talk->coming.len < space ? (int)talk->coming.len : space;
    memcpy(bytes, talk->coming.ptr, (size_t)len);
    talk->coming.len = 0;
    return len;
}

/* --- the context ------------------------------------------------------------------- */

static int compare(X509_STORE_CTX *store, void *user)
{
    const struct library_state *state = user;
    const skiff_fingerprint *client = &state->server->client;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = sizeof digest;

    return X509_digest(X509_STORE_CTX_get0_cert(store), EVP_sha256(), digest, &len) == 1
        && len == client->len && memcmp(digest, client->bytes, len) == 0;
}

/* X25519 alone would leave a P-256 certificate without a curve. */
static SSL_CTX *make_context(struct library_state *state)
{
    struct libssl_config config = { .server = true,
                                    .groups = "X25519:P-256",
                                    .serial = 1,
                                    .srtp = "SRTP_AEAD_AES_128_GCM",
                                    .judge = compare,
                                    .user = state };
    SSL_CTX *context = libssl_context(&config);

    if (context != NULL)
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

/* The client is told the fingerprint of this one instead of the identity's. */
static bool set_fingerprint(const struct library_state *state)
{
    skiff_fingerprint *mine = &state->server->mine;
    unsigned len = sizeof mine->bytes;

    if (X509_digest(SSL_CTX_get0_certificate(state->context), EVP_sha256(), mine->bytes,
                    &len)
        != 1)
        return false;
    mine->hash = 256;
    mine->len = (uint16_t)len;
    return true;
}

static void discard(void *of)
{
    struct library_state *state = of;

    SSL_CTX_free(state->context);
    BIO_meth_free(state->method);
    free(state);
}

static void *prepare(struct server *server)
{
    struct library_state *state = calloc(1, sizeof *state);

    if (state == NULL)
        return NULL;
    state->server = server;
    state->handshaking.before = state->handshaking.after = &state->handshaking;
    state->method = libssl_datagrams(bio_write, bio_read);
    state->context = make_context(state);
    if (state->method != NULL && state->context != NULL && set_fingerprint(state))
        return state;
    discard(state);
    return NULL;
}

/* --- ends -------------------------------------------------------------------------- */

static void leave_ring(struct talk *talk)
{
    talk->before->after = talk->after;
    talk->after->before = talk->before;
    talk->before = talk->after = talk;
}

static void join_ring(struct talk *talk, struct talk *head)
{
    talk->before = head->before;
    talk->after = head;
    head->before->after = talk;
    head->before = talk;
}

static void *make(void *of, skiff_time now, struct dtls_server_end *end)
{
    struct library_state *state = of;
    struct talk *talk = calloc(1, sizeof *talk);

    (void)now;
    if (talk == NULL)
        return NULL;
    talk->end = end;
    talk->state = state;
    talk->ssl = libssl_end(state->context, state->method, MTU, talk);
    if (talk->ssl == NULL) {
        free(talk);
        return NULL;
    }
    join_ring(talk, &state->handshaking);
    return talk;
}

static void unmake(void *handle)
{
    struct talk *talk = handle;

    leave_ring(talk);
    SSL_free(talk->ssl);
    free(talk);
}

static void fail(struct talk *talk)
{
    const char *why = ERR_reason_error_string(ERR_peek_error());

    ERR_clear_error();
    dtls_server_ended(talk->end, why != NULL ? why : "libssl does not say why");
}

static void connect(struct talk *talk)
{
    uint8_t keys[56]; /* two of 16 and 12 (RFC 7714 section 12) */

    leave_ring(talk);
    if (libssl_srtp_keys(talk->ssl, keys, sizeof keys))
        dtls_server_connected(talk->end, (uint16_t)SSL_version(talk->ssl));
    else
        fail(talk);
}

static void read_messages(struct talk *talk)
{
    uint8_t message[MESSAGE];
    int len;

    while ((len = SSL_read(talk->ssl, message, sizeof message)) > 0) {
        if (len < 12)
            continue;
        message[11]++;
        (void)SSL_write(talk->ssl, message, len);
    }
    int error = SSL_get_error(talk->ssl, len);
    if (error == SSL_ERROR_ZERO_RETURN)
        dtls_server_ended(talk->end, NULL);
    else if (error != SSL_ERROR_WANT_READ)
        fail(talk);
}

static void shake(struct talk *talk)
{
    int status = SSL_do_handshake(talk->ssl);

    if (status == 1)
        connect(talk);
    else if (SSL_get_error(talk->ssl, status) != SSL_ERROR_WANT_READ)
        fail(talk);
}

static void receive(struct dtls_server_end *end, skiff_time now, skiff_packet *packet)
{
    struct talk *talk = end->handle;

    (void)now;
    talk->coming = (skiff_bytes){ packet->data, packet->len };
    if (end->connected)
        read_messages(talk);
    else
        shake(talk);
    if (end->handle != NULL)
        talk->coming.len = 0;
}

/* --- time -------------------------------------------------------------------------- */

static skiff_time deadline(const void *of)
{
    const struct library_state *state = of;

    return state->handshaking.after == &state->handshaking ? SKIFF_NEVER : state->look;
}

static void due(void *of, skiff_time now)
{
    struct library_state *state = of;
    struct talk *talk = state->handshaking.after, *next;

    if (now < state->look)
        return;
    state->look = now + LOOK_EVERY;
    for (; talk != &state->handshaking; talk = next) {
        next = talk->after;
        if (DTLSv1_handle_timeout(talk->ssl) < 0)
            fail(talk);
    }
}

const struct engine engine_libssl = {
    prepare, discard, make, unmake, receive, deadline, due
};
