/* libssl.c - OpenSSL's own DTLS: one SSL_CTX per certificate, and a callback in the place
 * of the verification of chains, as WebRTC stacks have it. */
#include "peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };

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

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_DGRAM_QUERY_MTU)
        return WIRE_MTU;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_DGRAM, "wire");

    if (method != NULL && BIO_meth_set_write(method, bio_write) == 1
        && BIO_meth_set_read(method, bio_read) == 1
        && BIO_meth_set_ctrl(method, bio_ctrl) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* --- contexts ------------------------------------------------------------------------- */

static X509 *self_signed(EVP_PKEY *key, long serial)
{
    X509 *x509 = X509_new();
    X509_NAME *name = x509 != NULL ? X509_get_subject_name(x509) : NULL;

    if (x509 != NULL && X509_set_version(x509, 2) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(x509), serial) == 1
        && X509_gmtime_adj(X509_getm_notBefore(x509), -DAY) != NULL
        && X509_gmtime_adj(X509_getm_notAfter(x509), 30 * DAY) != NULL
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"WebRTC", -1, -1, 0) == 1
        && X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1
        && X509_sign(x509, key, EVP_sha256()) > 0)
        return x509;
    X509_free(x509);
    return NULL;
}

static bool use_certificate(SSL_CTX *context, long serial)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = key != NULL ? self_signed(key, serial) : NULL;
    bool ok = x509 != NULL && SSL_CTX_use_certificate(context, x509) == 1
              && SSL_CTX_use_PrivateKey(context, key) == 1;

    X509_free(x509);
    EVP_PKEY_free(key);
    return ok;
}

static int take_any(X509_STORE_CTX *store, void *user)
{
    (void)store;
    (void)user;
    return 1;
}

/* X25519 alone would leave a P-256 certificate without a curve. */
static bool configure(SSL_CTX *context, enum key_share share)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, take_any, NULL);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1
        && SSL_CTX_set1_groups_list(context,
                                    share == SHARE_P256 ? "P-256" : "X25519:P-256") == 1
        && SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AES128_CM_SHA1_80") == 0;
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

static bool furnish(struct fleet *fleet, enum key_share share)
{
    fleet->method = bio_method();
    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++) {
            SSL_CTX *context = SSL_CTX_new(side == SERVER_END ? DTLS_server_method()
                                                              : DTLS_client_method());
            fleet->contexts[side][i] = context;
            if (context == NULL || !configure(context, share)
                || !use_certificate(context, (long)(2 * i) + side + 1))
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
    SSL *ssl = SSL_new(fleet->contexts[end->side][certificate]);
    BIO *bio = BIO_new(fleet->method);

    if (ssl == NULL || bio == NULL) {
        BIO_free(bio);
        SSL_free(ssl);
        return false;
    }
    BIO_set_data(bio, end);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    DTLS_set_link_mtu(ssl, WIRE_MTU);
    if (end->side == SERVER_END)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    end->handle = ssl;
    return true;
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
    static const char label[] = "EXTRACTOR-dtls_srtp";

    return SSL_get_selected_srtp_profile(end->handle) != NULL
        && SSL_export_keying_material(end->handle, out, KEYING_MATERIAL, label,
                                      sizeof label - 1, NULL, 0, 0) == 1;
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
