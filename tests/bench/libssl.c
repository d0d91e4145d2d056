/* libssl.c - OpenSSL's own DTLS: one SSL_CTX per certificate, and a callback in the place
 * of the verification of chains, as WebRTC stacks have it. */
#include "libssl_end.h"
#include "peer.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

struct fleet {
    SSL_CTX    *contexts[ENDS][CERTIFICATES];
    BIO_METHOD *method;
};

/* --- the wire as a BIO ---------------------------------------------------------------- */

static int bio_write(BIO *bio, const char *bytes, int len)
{
    const struct end *end = BIO_get_data(bio);

    return wire_send(end->wire, !end->side, bytes, (size_t)len) ? len : -1;
}

static int bio_read(BIO *bio, char *bytes, int room)
{
    const struct end *end = BIO_get_data(bio);
    struct datagram *datagram = wire_take(end->wire, end->side);

    BIO_clear_retry_flags(bio);
    if (datagram == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int len = (int)datagram->len < room ? (int)datagram->len : room;
    memcpy(bytes, datagram->bytes, (size_t)len);
    return len;
}

/* --- contexts ------------------------------------------------------------------------- */

static int take_any(X509_STORE_CTX *store, void *user)
{
    (void)store;
    (void)user;
    return 1;
}

static void discard(void *of)
{
    struct fleet *fleet = of;

    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++)
            SSL_CTX_free(fleet->contexts[side][i]);
    BIO_meth_free(fleet->method);
    free(fleet);
}

/* X25519 alone would leave a P-256 certificate without a curve. */
static bool furnish(struct fleet *fleet, enum key_share share)
{
    struct libssl_config config = { .srtp = "SRTP_AES128_CM_SHA1_80", .judge = take_any };

    config.groups = share == SHARE_P256 ? "P-256" : "X25519:P-256";
    fleet->method = libssl_datagrams(bio_write, bio_read);
    for (size_t i = 0; i < ENDS * CERTIFICATES; i++) {
        config.server = i % ENDS == SERVER_END;
        config.serial = (long)i + 1;
        fleet->contexts[i % ENDS][i / ENDS] = libssl_context(&config);
        if (fleet->contexts[i % ENDS][i / ENDS] == NULL)
            return false;
    }
    return fleet->method != NULL;
}

static void *prepare(enum key_share share)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    if (fleet != NULL && !furnish(fleet, share)) {
        discard(fleet);
        return NULL;
    }
    return fleet;
}

/* All that libssl offers to those who are short of memory. */
static void *prepare_lean(enum key_share share)
{
    struct fleet *fleet = prepare(share);

    for (size_t i = 0; fleet != NULL && i < ENDS * CERTIFICATES; i++) {
        SSL_CTX *context = fleet->contexts[i % ENDS][i / ENDS];
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_max_send_fragment(context, WIRE_MTU);
    }
    return fleet;
}

/* --- ends ----------------------------------------------------------------------------- */

static bool open_end(void *of, size_t certificate, struct end *end)
{
    const struct fleet *fleet = of;

    end->handle = libssl_end(fleet->contexts[end->side][certificate], fleet->method,
                             WIRE_MTU, end);
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

const struct peer peer_libssl = { "libssl",  prepare, discard,   open_end, step,
                                  keys, close_end, NULL };
const struct peer peer_libssl_lean = { "libssl, lean", prepare_lean, discard,   open_end,
                                       step, keys_lean, close_end, NULL };
