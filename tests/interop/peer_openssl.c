/* peer_openssl.c - libssl of OpenSSL, 3.0 and later. */
#include "peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "clock.h"

enum { SECOND = 1000000 };
enum {
    UDP_OVERHEAD = 28,
    COOKIE_LEN = 20,
    MUST_HAVE_ONE = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
};

struct end {
    SSL_CTX *context;
    SSL *ssl;
    struct queue *in, *out;
    uint16_t mtu;
    int alert;
    uint32_t first_wait, last_wait;
};

/* --- the wire as a BIO ---------------------------------------------------------------- */

static int wire_write(BIO *bio, const char *bytes, int len)
{
    struct end *end = BIO_get_data(bio);

    queue_put(end->out, bytes, (size_t)len);
    return len;
}

static int wire_read(BIO *bio, char *bytes, int size)
{
    struct end *end = BIO_get_data(bio);
    int len = queue_read(end->in, bytes, (size_t)size);

    BIO_clear_retry_flags(bio);
    if (len < 0)
        BIO_set_retry_read(bio);
    return len;
}

static long wire_control(BIO *bio, int command, long number, void *pointer)
{
    const struct end *end = BIO_get_data(bio);

    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return UDP_OVERHEAD;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return end->mtu;
    default:
        return 0;
    }
}

static const BIO_METHOD *wire_method(void)
{
    static BIO_METHOD *method;

    if (method == NULL) {
        method = BIO_meth_new(BIO_TYPE_DGRAM, "wire");
        BIO_meth_set_write(method, wire_write);
        BIO_meth_set_read(method, wire_read);
        BIO_meth_set_ctrl(method, wire_control);
    }
    return method;
}

/* --- names ---------------------------------------------------------------------------- */

static const char *suite_name(uint16_t suite)
{
    switch (suite) {
    case 0:
        return "ECDHE+AESGCM:ECDHE+CHACHA20";
    case 0xc02b:
        return "ECDHE-ECDSA-AES128-GCM-SHA256";
    case 0xc02c:
        return "ECDHE-ECDSA-AES256-GCM-SHA384";
    case 0xc0ac:
        return "ECDHE-ECDSA-AES128-CCM";
    case 0xc0ae:
        return "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"; /* 3.2 on: 64 bits */
    case 0xc02f:
        return "ECDHE-RSA-AES128-GCM-SHA256";
    case 0xc030:
        return "ECDHE-RSA-AES256-GCM-SHA384";
    case 0xcca8:
        return "ECDHE-RSA-CHACHA20-POLY1305";
    case 0xcca9:
        return "ECDHE-ECDSA-CHACHA20-POLY1305";
    default:
        return "unknown";
    }
}

static const char *group_names(uint16_t first)
{
    switch (first) {
    case 23:
        return "P-256:P-384:X25519";
    case 24:
        return "P-384:P-256:X25519";
    default:
        return "X25519:P-256:P-384";
    }
}

static const char *profile_name(uint16_t profile)
{
    switch (profile) {
    case 1:
        return "SRTP_AES128_CM_SHA1_80";
    case 2:
        return "SRTP_AES128_CM_SHA1_32";
    case 7:
        return "SRTP_AEAD_AES_128_GCM";
    case 8:
        return "SRTP_AEAD_AES_256_GCM";
    default:
        return "unknown";
    }
}

/* --- one end -------------------------------------------------------------------------- */

static int trust_any(X509_STORE_CTX *context, void *nothing)
{
    (void)context;
    (void)nothing;
    return 1;
}

static int make_cookie(SSL *ssl, unsigned char *cookie, unsigned *len)
{
    (void)ssl;
    memset(cookie, 'c', COOKIE_LEN);
    *len = COOKIE_LEN;
    return 1;
}

static int check_cookie(SSL *ssl, const unsigned char *cookie, unsigned len)
{
    (void)ssl;
    return len == COOKIE_LEN && cookie[0] == 'c' && cookie[COOKIE_LEN - 1] == 'c';
}

static void on_info(const SSL *ssl, int where, int value)
{
    struct end *end = SSL_get_app_data(ssl);

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
        end->alert = value & 0xff;
}

static bool use_credential(SSL_CTX *context, const struct credential *credential)
{
    BIO *chain = BIO_new_mem_buf(credential->chain, -1);
    BIO *key = BIO_new_mem_buf(credential->key, -1);
    X509 *x = PEM_read_bio_X509(chain, NULL, NULL, NULL);
    EVP_PKEY *secret = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    bool good = SSL_CTX_use_certificate(context, x) == 1
             && SSL_CTX_use_PrivateKey(context, secret) == 1;

    X509_free(x);
    for (size_t i = 1; good && i < credential->num; i++) {
        x = PEM_read_bio_X509(chain, NULL, NULL, NULL);
        good = SSL_CTX_add0_chain_cert(context, x) == 1;
    }
    EVP_PKEY_free(secret);
    BIO_free(key);
    BIO_free(chain);
    return good;
}

/* `protocol` is the only one that a server takes. */
static int choose_protocol(SSL *ssl, const uint8_t **chosen, uint8_t *chosen_len,
                           const uint8_t *list, unsigned len, void *protocol)
{
    size_t wanted = strlen(protocol);

    (void)ssl;
    for (unsigned at = 0; at < len; at += 1u + list[at])
        if (list[at] == wanted && memcmp(list + at + 1, protocol, wanted) == 0) {
            *chosen = list + at + 1;
            *chosen_len = list[at];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_protocol(SSL_CTX *context, const struct end_config *config)
{
    uint8_t list[1 + UINT8_MAX];

    if (config->protocol == NULL)
        return true;
    list[0] = (uint8_t)strlen(config->protocol);
    memcpy(list + 1, config->protocol, list[0]);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, (void *)config->protocol);
    return SSL_CTX_set_alpn_protos(context, list, 1u + list[0]) == 0; /* it went well */
}

static bool configure(SSL_CTX *context, const struct end_config *config)
{
    uint64_t options = SSL_OP_NO_QUERY_MTU;

    if (config->cookie)
        options |= SSL_OP_COOKIE_EXCHANGE;
    if (config->without_ems)
        options |= SSL_OP_NO_EXTENDED_MASTER_SECRET;
    if (!config->tickets)
        options |= SSL_OP_NO_TICKET;
    SSL_CTX_set_options(context, options);
    SSL_CTX_set_cookie_generate_cb(context, make_cookie);
    SSL_CTX_set_cookie_verify_cb(context, check_cookie);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_verify(context, config->asks_nobody ? SSL_VERIFY_NONE : MUST_HAVE_ONE,
                       NULL);
    SSL_CTX_set_cert_verify_callback(context, trust_any, NULL);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_cipher_list(context, suite_name(config->suite)) == 1
        && SSL_CTX_set1_groups_list(context, group_names(config->group)) == 1
        && set_protocol(context, config)
        && (config->credential == NULL || use_credential(context, config->credential))
        && (config->profile == 0 /* this one says 0 when it went well: */
            || SSL_CTX_set_tlsext_use_srtp(context, profile_name(config->profile)) == 0);
}

/* `last` is 0 when a flight is new. */
static unsigned next_wait(SSL *ssl, unsigned last)
{
    const struct end *end = SSL_get_app_data(ssl);

    if (last == 0)
        return end->first_wait;
    return last < end->last_wait / 2 ? last * 2 : end->last_wait;
}

static bool connect_wire(struct end *end, const struct end_config *config)
{
    BIO *bio = BIO_new(wire_method());

    if (bio == NULL)
        return false;
    BIO_set_data(bio, end);
    BIO_set_init(bio, 1);
    SSL_set_bio(end->ssl, bio, bio);
    SSL_set_app_data(end->ssl, end);
    if (config->first_wait != 0)
        DTLS_set_timer_cb(end->ssl, next_wait);
    if (config->server)
        SSL_set_accept_state(end->ssl);
    else
        SSL_set_connect_state(end->ssl);
    return SSL_set_mtu(end->ssl, end->mtu) != 0
        && (config->server_name == NULL
            || SSL_set_tlsext_host_name(end->ssl, config->server_name) == 1);
}

static void openssl_close(struct end *end)
{
    SSL_free(end->ssl);
    SSL_CTX_free(end->context);
    free(end);
}

static struct end *openssl_open(const struct end_config *config, struct wire *wire)
{
    struct end *end = calloc(1, sizeof *end);

    if (end == NULL)
        return NULL;
    end->in = &wire->to_peer;
    end->out = &wire->to_skiff;
    end->mtu = config->mtu;
    end->alert = NO_ALERT;
    end->first_wait = config->first_wait;
    end->last_wait = config->last_wait;
    end->context = SSL_CTX_new(DTLS_method());
    if (end->context != NULL && configure(end->context, config))
        end->ssl = SSL_new(end->context);
    if (end->ssl != NULL && connect_wire(end, config))
        return end;
    ERR_print_errors_fp(stderr);
    openssl_close(end);
    return NULL;
}

static enum end_state openssl_go_on(struct end *end)
{
    ERR_clear_error();
    if (DTLSv1_handle_timeout(end->ssl) < 0)
        return END_FAILED;

    int done = SSL_do_handshake(end->ssl);
    if (done == 1)
        return END_READY;
    return SSL_get_error(end->ssl, done) == SSL_ERROR_WANT_READ ? END_WAITS : END_FAILED;
}

static bool openssl_write(struct end *end, const void *bytes, size_t len)
{
    ERR_clear_error();
    return SSL_write(end->ssl, bytes, (int)len) == (int)len;
}

static int openssl_read(struct end *end, void *bytes, size_t size)
{
    ERR_clear_error();
    int len = SSL_read(end->ssl, bytes, (int)size);

    if (len > 0)
        return len;
    switch (SSL_get_error(end->ssl, len)) {
    case SSL_ERROR_WANT_READ:
        return READ_NOTHING;
    case SSL_ERROR_ZERO_RETURN:
        return READ_CLOSED;
    default:
        return READ_FAILED;
    }
}

static void openssl_shut(struct end *end)
{
    ERR_clear_error();
    SSL_shutdown(end->ssl);
}

static void openssl_renegotiate(struct end *end)
{
    ERR_clear_error();
    SSL_renegotiate(end->ssl);
    SSL_do_handshake(end->ssl);
}

static bool openssl_export(struct end *end, const char *label, uint8_t *out, size_t len)
{
    return SSL_export_keying_material(end->ssl, out, len, label, strlen(label), NULL, 0, 0)
        == 1;
}

static uint16_t openssl_profile(struct end *end)
{
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(end->ssl);

    return profile != NULL ? (uint16_t)profile->id : 0;
}

static int openssl_alert(struct end *end)
{
    return end->alert;
}

static uint64_t openssl_deadline(struct end *end)
{
    struct timeval left;

    if (DTLSv1_get_timeout(end->ssl, &left) == 0)
        return NO_DEADLINE;
    return clock_get() + (uint64_t)left.tv_sec * SECOND + (uint64_t)left.tv_usec;
}

const struct peer peer = {
    .name = OPENSSL_VERSION_TEXT,
    .can = CAN_SRTP | CAN_SRTP_GCM | CAN_COOKIE | CAN_MTU | CAN_CUT_HELLO | CAN_RENEGOTIATE
         | CAN_OMIT_EMS | CAN_LOSE_ANY | CAN_CCM | CAN_JOIN_HELLO | CAN_OMIT_SRTP | CAN_ALPN
         | CAN_ASK_ANY,
    .open = openssl_open,
    .close = openssl_close,
    .go_on = openssl_go_on,
    .write = openssl_write,
    .read = openssl_read,
    .shut = openssl_shut,
    .renegotiate = openssl_renegotiate,
    .export = openssl_export,
    .profile = openssl_profile,
    .alert = openssl_alert,
    .deadline = openssl_deadline,
};
