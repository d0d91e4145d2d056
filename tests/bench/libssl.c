/* libssl.c - OpenSSL's own DTLS: one SSL_CTX per certificate, and a callback in the place
 * of the verification of chains, as WebRTC stacks have it. */
#include "../load/libssl_end.h"
#include "library.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

struct library_state {
    SSL_CTX *contexts[ENDS][CERTIFICATES];
    BIO_METHOD *method;
};

/* --- the wire as a BIO ---------------------------------------------------------------- */

static int bio_write(BIO *bio, const char *bytes, int len)
{
    const struct end *end = BIO_get_data(bio);

    return wire_send(end->wire, !end->side, bytes, (size_t)len) ? len : -1;
}

static int bio_read(BIO *bio, char *bytes, int space)
{
    const struct end *end = BIO_get_data(bio);
    struct datagram *datagram = wire_receive(end->wire, end->side);

    BIO_clear_retry_flags(bio);
    if (datagram == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int len = (int)datagram->len < space ? (int)datagram->len : space;
    memcpy(bytes, datagram->bytes, (size_t)len);
    return len;
}

/* --- contexts ------------------------------------------------------------------------- */

static int trust_any(X509_STORE_CTX *store, void *user)
{
    (void)store;
    (void)user;
    return 1;
}

static void discard(void *of)
{
    struct library_state *state = of;

    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++)
            SSL_CTX_free(state->contexts[side][i]);
    BIO_meth_free(state->method);
    free(state);
}

/* X25519 alone would leave a P-256 certificate without a curve. */
static bool make_contexts(struct library_state *state, enum key_share share)
{
    struct libssl_config config = { .srtp = "SRTP_AES128_CM_SHA1_80", .judge = trust_any };

    config.groups = share == SHARE_P256 ? "P-256" : "X25519:P-256";
    state->method = libssl_datagrams(bio_write, bio_read);
    for (size_t i = 0; i < ENDS * CERTIFICATES; i++) {
        config.server = i % ENDS == SERVER_END;
        config.serial = (long)i + 1;
        state->contexts[i % ENDS][i / ENDS] = libssl_context(&config);
        if (state->contexts[i % ENDS][i / ENDS] == NULL)
            return false;
    }
    return state->method != NULL;
}

static void *prepare(enum key_share share)
{
    struct library_state *state = calloc(1, sizeof *state);

    if (state != NULL && !make_contexts(state, share)) {
        discard(state);
        return NULL;
    }
    return state;
}

/* All that libssl offers to those who are short of memory. */
static void *prepare_lean(enum key_share share)
{
    struct library_state *state = prepare(share);

    for (size_t i = 0; state != NULL && i < ENDS * CERTIFICATES; i++) {
        SSL_CTX *context = state->contexts[i % ENDS][i / ENDS];
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_max_send_fragment(context, WIRE_MTU);
    }
    return state;
}

/* --- ends ----------------------------------------------------------------------------- */

static bool open_end(void *of, size_t certificate, struct end *end)
{
    const struct library_state *state = of;

    end->handle =
        libssl_end(state->contexts[end->side][certificate], state->method, WIRE_MTU, end);
    return end->handle != NULL;
}

static enum step step(struct end *end)
{
    int status = SSL_do_handshake(end->handle);

    if (status == 1)
        return STEP_DONE;
    if (SSL_get_error(end->handle, status) == SSL_ERROR_WANT_READ)
        return STEP_MORE;
    ERR_clear_error();
    return STEP_FAILED;
}

static bool keys(const struct end *end, uint8_t out[KEYING_MATERIAL])
{
    return libssl_srtp_keys(end->handle, out, KEYING_MATERIAL);
}

/* The buffers for records come back when the next one comes or goes. */
static bool keys_lean(const struct end *end, uint8_t out[KEYING_MATERIAL])
{
    return keys(end, out) && SSL_free_buffers(end->handle) == 1;
}

static void close_end(struct end *end)
{
    SSL_free(end->handle);
    end->handle = NULL;
}

const struct library library_libssl = { "libssl", prepare, discard,   open_end,
                                        step,     keys,    close_end, NULL };
const struct library library_libssl_lean = { "libssl, lean", prepare_lean, discard,
                                             open_end,       step,         keys_lean,
                                             close_end,      NULL };
