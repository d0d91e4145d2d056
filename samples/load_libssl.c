/* load_libssl.c - OpenSSL's own DTLS 1.2 as an engine of DTLS alone: one SSL_CTX, a
 * callback that compares the fingerprint in the place of verifying chains, and a BIO in
 * memory that puts what is written straight into the socket's batch. */
#include "load_bare.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum { DAY = 86400, MTU = 1200, MESSAGE = 2048, LOOK_EVERY = 250000 /* microseconds */ };

/* Handshakes under way are in a ring, to have their timers looked at. */
struct talk {
    SSL             *ssl;
    struct bare_end *end;
    struct fleet    *fleet;
    skiff_bytes      coming;            /* the datagram that is read next               */
    struct talk     *before, *after;
};

struct fleet {
    struct server *server;
    SSL_CTX       *context;
    BIO_METHOD    *method;
    struct talk    shaking;             /* head of the ring                             */
    skiff_time     look;
};

/* --- the datagrams as a BIO -------------------------------------------------------- */

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct talk *talk = BIO_get_data(bio);
    skiff_packet *blank = bare_blank(talk->end);

    if (len < 0 || (uint32_t)len > blank->limit)
        return -1;
    memcpy(blank->data, bytes, (size_t)len);
    blank->len = (uint32_t)len;
    bare_say(talk->end);
    return len;
}

static int bio_read(BIO *bio, char *bytes, int room)
{
    struct talk *talk = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (talk->coming.len == 0 || room <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int len = (int)talk->coming.len < room ? (int)talk->coming.len : room;
    memcpy(bytes, talk->coming.ptr, (size_t)len);
    talk->coming.len = 0;
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_DGRAM_QUERY_MTU)
        return MTU;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_DGRAM, "datagrams");

    if (method != NULL && BIO_meth_set_write(method, bio_write) == 1
        && BIO_meth_set_read(method, bio_read) == 1
        && BIO_meth_set_ctrl(method, bio_ctrl) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* --- the context ------------------------------------------------------------------- */

static X509 *self_signed(EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    X509_NAME *name = x509 != NULL ? X509_get_subject_name(x509) : NULL;

    if (x509 != NULL && X509_set_version(x509, 2) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1
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
/* The client is told the fingerprint of this one instead of the identity's. */
static bool use_certificate(struct fleet *fleet)
{
    skiff_fingerprint *mine = &fleet->server->mine;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = key != NULL ? self_signed(key) : NULL;
    unsigned len = sizeof mine->bytes;
    bool ok = x509 != NULL && SSL_CTX_use_certificate(fleet->context, x509) == 1
              && SSL_CTX_use_PrivateKey(fleet->context, key) == 1
              && X509_digest(x509, EVP_sha256(), mine->bytes, &len) == 1;

    mine->hash = 256;
    mine->len = (uint16_t)len;
    X509_free(x509);
    EVP_PKEY_free(key);
    return ok;
}

static int compare(X509_STORE_CTX *store, void *user)
{
    const struct fleet *fleet = user;
    const skiff_fingerprint *client = &fleet->server->client;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = sizeof digest;

    return X509_digest(X509_STORE_CTX_get0_cert(store), EVP_sha256(), digest, &len) == 1
        && len == client->len && memcmp(digest, client->bytes, len) == 0;
}

/* X25519 alone would leave a P-256 certificate without a curve. */
static bool configure(struct fleet *fleet)
{
    SSL_CTX *context = fleet->context;

    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, compare, fleet);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1
        && SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1
        && SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AEAD_AES_128_GCM") == 0;
}

static void discard(void *of)
{
    struct fleet *fleet = of;

    SSL_CTX_free(fleet->context);
    BIO_meth_free(fleet->method);
    free(fleet);
}

static void *prepare(struct server *server)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    if (fleet == NULL)
        return NULL;
    fleet->server = server;
    fleet->shaking.before = fleet->shaking.after = &fleet->shaking;
    fleet->method = bio_method();
    fleet->context = SSL_CTX_new(DTLS_server_method());
    if (fleet->method != NULL && fleet->context != NULL && configure(fleet)
        && use_certificate(fleet))
        return fleet;
    discard(fleet);
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

static bool make_ssl(struct talk *talk)
{
    BIO *bio = BIO_new(talk->fleet->method);

    talk->ssl = SSL_new(talk->fleet->context);
    if (talk->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        SSL_free(talk->ssl);
        return false;
    }
    BIO_set_data(bio, talk);
    BIO_set_init(bio, 1);
    SSL_set_bio(talk->ssl, bio, bio);
    DTLS_set_link_mtu(talk->ssl, MTU);
    SSL_set_accept_state(talk->ssl);
    return true;
}

static void *make(void *of, skiff_time now, struct bare_end *end)
{
    struct fleet *fleet = of;
    struct talk *talk = calloc(1, sizeof *talk);

    (void)now;
    if (talk == NULL)
        return NULL;
    talk->end = end;
    talk->fleet = fleet;
    if (!make_ssl(talk)) {
        free(talk);
        return NULL;
    }
    join_ring(talk, &fleet->shaking);
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
    bare_over(talk->end, why != NULL ? why : "libssl does not say why");
}

static void connect(struct talk *talk)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    uint8_t keys[56];                           /* two of 16 and 12 (RFC 7714 section 12) */

    leave_ring(talk);
    if (SSL_get_selected_srtp_profile(talk->ssl) != NULL
        && SSL_export_keying_material(talk->ssl, keys, sizeof keys, label, sizeof label - 1,
                                      NULL, 0, 0) == 1)
        bare_up(talk->end, (uint16_t)SSL_version(talk->ssl));
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
        bare_over(talk->end, NULL);
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

static void take(struct bare_end *end, skiff_time now, skiff_packet *packet)
{
    struct talk *talk = end->handle;

    (void)now;
    talk->coming = (skiff_bytes){ packet->data, packet->len };
    if (end->up)
        read_messages(talk);
    else
        shake(talk);
    if (end->handle != NULL)
        talk->coming.len = 0;
}

/* --- time -------------------------------------------------------------------------- */

static skiff_time deadline(const void *of)
{
    const struct fleet *fleet = of;

    return fleet->shaking.after == &fleet->shaking ? SKIFF_NEVER : fleet->look;
}

static void due(void *of, skiff_time now)
{
    struct fleet *fleet = of;
    struct talk *talk = fleet->shaking.after, *next;

    if (now < fleet->look)
        return;
    fleet->look = now + LOOK_EVERY;
    for (; talk != &fleet->shaking; talk = next) {
        next = talk->after;
        if (DTLSv1_handle_timeout(talk->ssl) < 0)
            fail(talk);
    }
}

const struct engine engine_libssl = { prepare, discard, make, unmake, take, deadline, due };
