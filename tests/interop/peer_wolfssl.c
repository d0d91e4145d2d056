/* peer_wolfssl.c - wolfSSL, 5.5 and later, as distributions build it: without a say in the
 * size of its datagrams. Its server takes no ClientHello in pieces, gives up when a piece
 * of a Certificate is lost (with itself too) and never repeats its last flight. Built
 * without use_srtp it always asks for a cookie; with it (5.7) it never does, and refuses a
 * client that offers none but other profiles. Its client says extended_master_secret even
 * when told not to. */
#include <wolfssl/options.h>

#include "peer.h"

#include <stdlib.h>
#include <string.h>
#include <wolfssl/ssl.h>

#include "clock.h"

enum {
    SECOND = 1000000,
    MUST_HAVE_ONE = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT
};

struct end {
    WOLFSSL_CTX *context;
    WOLFSSL *ssl;
    struct queue *in, *out;
    enum end_state state;
    uint64_t has_sent; /* when it last said something */
};

/* --- the wire ------------------------------------------------------------------------- */

static int wire_send(WOLFSSL *ssl, char *bytes, int len, void *pointer)
{
    struct end *end = pointer;

    (void)ssl;
    queue_put(end->out, bytes, (size_t)len);
    end->has_sent = clock_get();
    return len;
}

static int wire_receive(WOLFSSL *ssl, char *bytes, int size, void *pointer)
{
    struct end *end = pointer;
    int len = queue_read(end->in, bytes, (size_t)size);

    (void)ssl;
    return len < 0 ? WOLFSSL_CBIO_ERR_WANT_READ : len;
}

/* --- names ---------------------------------------------------------------------------- */

static const char *suite_name(uint16_t suite)
{
    switch (suite) {
    case 0xc02b:
        return "ECDHE-ECDSA-AES128-GCM-SHA256";
    case 0xc02c:
        return "ECDHE-ECDSA-AES256-GCM-SHA384";
    case 0xc0ac:
        return "ECDHE-ECDSA-AES128-CCM";
    case 0xc0ae:
        return "ECDHE-ECDSA-AES128-CCM-8";
    case 0xc02f:
        return "ECDHE-RSA-AES128-GCM-SHA256";
    case 0xc030:
        return "ECDHE-RSA-AES256-GCM-SHA384";
    case 0xcca8:
        return "ECDHE-RSA-CHACHA20-POLY1305";
    case 0xcca9:
        return "ECDHE-ECDSA-CHACHA20-POLY1305";
    default:
        return "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
    }
}

/* The groups by their IANA numbers, which are wolfSSL's too. */
static bool use_groups(WOLFSSL_CTX *context, uint16_t first)
{
    static const word16 groups[] = { WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1,
                                     WOLFSSL_ECC_SECP384R1 };
    bool good =
        first == 0 || wolfSSL_CTX_UseSupportedCurve(context, first) == WOLFSSL_SUCCESS;

    for (size_t i = 0; good && i < sizeof groups / sizeof *groups; i++)
        good = groups[i] == first
            || wolfSSL_CTX_UseSupportedCurve(context, groups[i]) == WOLFSSL_SUCCESS;
    return good;
}

/* --- use_srtp, where it was built in -------------------------------------------------- */

#ifdef WOLFSSL_SRTP
enum { ABILITIES = CAN_SRTP | CAN_SRTP_GCM };

static const char *profile_name(uint16_t profile)
{
    switch (profile) {
    case SRTP_AEAD_AES_128_GCM:
        return "SRTP_AEAD_AES_128_GCM";
    case SRTP_AEAD_AES_256_GCM:
        return "SRTP_AEAD_AES_256_GCM";
    case SRTP_AES128_CM_SHA1_32:
        return "SRTP_AES128_CM_SHA1_32";
    default:
        return "SRTP_AES128_CM_SHA1_80";
    }
}

static bool use_profile(WOLFSSL_CTX *context, uint16_t profile)
{
    return wolfSSL_CTX_set_tlsext_use_srtp(context, profile_name(profile))
        == WOLFSSL_SUCCESS;
}

static uint16_t profile_of(WOLFSSL *ssl)
{
    const WOLFSSL_SRTP_PROTECTION_PROFILE *profile = wolfSSL_get_selected_srtp_profile(ssl);

    return profile != NULL ? (uint16_t)profile->id : 0;
}
#else
enum { ABILITIES = CAN_COOKIE };

static bool use_profile(WOLFSSL_CTX *context, uint16_t profile)
{
    (void)context;
    return profile == 0;
}

static uint16_t profile_of(WOLFSSL *ssl)
{
    (void)ssl;
    return 0;
}
#endif

/* --- one end -------------------------------------------------------------------------- */

static int trust_any(int good, WOLFSSL_X509_STORE_CTX *store)
{
    (void)good;
    (void)store;
    return 1;
}

static bool use_credential(WOLFSSL_CTX *context, const struct credential *credential)
{
    const unsigned char *chain = (const unsigned char *)credential->chain;
    const unsigned char *key = (const unsigned char *)credential->key;

    return wolfSSL_CTX_use_certificate_chain_buffer(context, chain,
                                                    (long)strlen(credential->chain))
            == WOLFSSL_SUCCESS
        && wolfSSL_CTX_use_PrivateKey_buffer(context, key, (long)strlen(credential->key),
                                             WOLFSSL_FILETYPE_PEM)
               == WOLFSSL_SUCCESS;
}

static bool configure(WOLFSSL_CTX *context, const struct end_config *config)
{
    int mode = config->asks_nobody ? WOLFSSL_VERIFY_NONE : MUST_HAVE_ONE;

    wolfSSL_CTX_set_verify(context, mode, trust_any);
    wolfSSL_CTX_set_session_cache_mode(context, WOLFSSL_SESS_CACHE_OFF);
    wolfSSL_SetIORecv(context, wire_receive);
    wolfSSL_SetIOSend(context, wire_send);
    return wolfSSL_CTX_set_cipher_list(context, suite_name(config->suite))
            == WOLFSSL_SUCCESS
        && use_groups(context, config->group) && use_profile(context, config->profile)
        && (config->credential == NULL || use_credential(context, config->credential))
        && (!config->tickets || config->server
            || wolfSSL_CTX_UseSessionTicket(context) == WOLFSSL_SUCCESS);
}

static void connect_wire(struct end *end, bool server)
{
    wolfSSL_SetIOReadCtx(end->ssl, end);
    wolfSSL_SetIOWriteCtx(end->ssl, end);
    wolfSSL_dtls_set_using_nonblock(end->ssl, 1);
    wolfSSL_KeepArrays(end->ssl); /* for the exporter */
    if (server)
        wolfSSL_set_accept_state(end->ssl);
    else
        wolfSSL_set_connect_state(end->ssl);
}

static void wolfssl_close(struct end *end)
{
    wolfSSL_free(end->ssl);
    wolfSSL_CTX_free(end->context);
    free(end);
}

static struct end *wolfssl_open(const struct end_config *config, struct wire *wire)
{
    struct end *end = calloc(1, sizeof *end);

    if (end == NULL)
        return NULL;
    end->in = &wire->to_peer;
    end->out = &wire->to_skiff;
    end->context = wolfSSL_CTX_new(config->server ? wolfDTLSv1_2_server_method()
                                                  : wolfDTLSv1_2_client_method());
    if (end->context != NULL && configure(end->context, config))
        end->ssl = wolfSSL_new(end->context);
    if (end->ssl != NULL) {
        connect_wire(end, config->server);
        return end;
    }
    wolfssl_close(end);
    return NULL;
}

static void fire_timer(struct end *end)
{
    uint64_t wait = (uint64_t)wolfSSL_dtls_get_current_timeout(end->ssl) * SECOND;

    if (clock_get() - end->has_sent < wait)
        return;
    end->has_sent = clock_get();
    if (wolfSSL_dtls_got_timeout(end->ssl) != WOLFSSL_SUCCESS)
        end->state = END_FAILED;
}

static enum end_state wolfssl_go_on(struct end *end)
{
    if (end->state != END_WAITS)
        return end->state;

    int done = wolfSSL_SSL_do_handshake(end->ssl);
    if (done == WOLFSSL_SUCCESS)
        end->state = END_READY;
    else if (wolfSSL_get_error(end->ssl, done) != WOLFSSL_ERROR_WANT_READ)
        end->state = END_FAILED;
    else
        fire_timer(end);
    return end->state;
}

static bool wolfssl_write(struct end *end, const void *bytes, size_t len)
{
    return wolfSSL_write(end->ssl, bytes, (int)len) == (int)len;
}

static int wolfssl_read(struct end *end, void *bytes, size_t size)
{
    int len = wolfSSL_read(end->ssl, bytes, (int)size);

    if (len > 0)
        return len;
    switch (wolfSSL_get_error(end->ssl, len)) {
    case WOLFSSL_ERROR_WANT_READ:
        return READ_NOTHING;
    case WOLFSSL_ERROR_ZERO_RETURN:
        return READ_CLOSED;
    default:
        return READ_FAILED;
    }
}

static void wolfssl_shut(struct end *end)
{
    wolfSSL_shutdown(end->ssl);
}

static bool wolfssl_export(struct end *end, const char *label, uint8_t *out, size_t len)
{
    return wolfSSL_export_keying_material(end->ssl, out, len, label, strlen(label), NULL, 0,
                                          0)
        == WOLFSSL_SUCCESS;
}

static uint16_t wolfssl_profile(struct end *end)
{
    return profile_of(end->ssl);
}

static int wolfssl_alert(struct end *end)
{
    WOLFSSL_ALERT_HISTORY history;

    if (wolfSSL_get_alert_history(end->ssl, &history) != WOLFSSL_SUCCESS)
        return NO_ALERT;
    return history.last_rx.code;
}

const struct peer peer = {
    .name = "wolfSSL " LIBWOLFSSL_VERSION_STRING,
    .can = CAN_CCM | ABILITIES,
    .open = wolfssl_open,
    .close = wolfssl_close,
    .go_on = wolfssl_go_on,
    .write = wolfssl_write,
    .read = wolfssl_read,
    .shut = wolfssl_shut,
    .export = wolfssl_export,
    .profile = wolfssl_profile,
    .alert = wolfssl_alert,
};
