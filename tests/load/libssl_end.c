/* libssl_end.c - ends of DTLS 1.2 by OpenSSL's own libssl, as WebRTC stacks have them. */
#include "libssl_end.h"

#include <openssl/x509.h>

enum { DAY = 86400 };

/* --- the certificate --------------------------------------------------------------- */

static X509 *self_signed(EVP_PKEY *key, long serial)
{
    X509 *x509 = X509_new();
    X509_NAME *name = x509 != NULL ? X509_get_subject_name(x509) : NULL;

    if (x509 != NULL && X509_set_version(x509, 2) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(x509), serial) == 1
        && X509_gmtime_adj(X509_getm_notBefore(x509), -DAY) != NULL
        && X509_gmtime_adj(X509_getm_notAfter(x509), 30 * DAY) != NULL
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"WebRTC", -1, -1, 0)
               == 1
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

/* --- the context ------------------------------------------------------------------- */

static bool configure(SSL_CTX *context, const struct libssl_config *config)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, config->judge, config->user);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1
        && SSL_CTX_set1_groups_list(context, config->groups) == 1
        && SSL_CTX_set_tlsext_use_srtp(context, config->srtp) == 0
        && use_certificate(context, config->serial);
}

SSL_CTX *libssl_context(const struct libssl_config *config)
{
    SSL_CTX *context =
        SSL_CTX_new(config->server ? DTLS_server_method() : DTLS_client_method());

    if (context == NULL || configure(context, config))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* --- datagrams --------------------------------------------------------------------- */

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *libssl_datagrams(int (*write)(BIO *bio, const char *bytes, int len),
                             int (*read)(BIO *bio, char *bytes, int space))
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_DGRAM, "datagrams");

    if (method != NULL && BIO_meth_set_write(method, write) == 1
        && BIO_meth_set_read(method, read) == 1 && BIO_meth_set_ctrl(method, control) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* --- an end ------------------------------------------------------------------------ */

SSL *libssl_end(SSL_CTX *context, const BIO_METHOD *datagrams, long mtu, void *user)
{
    SSL *ssl = SSL_new(context);
    BIO *bio = BIO_new(datagrams);

    if (ssl == NULL || bio == NULL) {
        BIO_free(bio);
        SSL_free(ssl);
        return NULL;
    }
    BIO_set_data(bio, user);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    DTLS_set_link_mtu(ssl, mtu);
    if (SSL_is_server(ssl))
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return ssl;
}

bool libssl_srtp_keys(SSL *ssl, uint8_t *keys, size_t len)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";

    return SSL_get_selected_srtp_profile(ssl) != NULL
        && SSL_export_keying_material(ssl, keys, len, label, sizeof label - 1, NULL, 0, 0)
               == 1;
}
