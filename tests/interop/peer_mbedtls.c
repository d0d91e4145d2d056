/* peer_mbedtls.c - Mbed TLS, 2.28 and 3. */
#include "peer.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/debug.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#if MBEDTLS_VERSION_MAJOR >= 3
#  include <psa/crypto.h>
#else
#  define MBEDTLS_PRIVATE(member) member
#endif

enum { MASTER_SECRET = 48, RANDOM = 32, GROUPS = 3, DEBUG_ALERTS = 2 };

struct end {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    mbedtls_ssl_cookie_ctx cookies;
    int suites[2];
    mbedtls_ssl_srtp_profile profiles[2];
    struct queue *in, *out;
    enum end_state state;
    int alert;
    uint64_t soon, late; /* of the timer; late is 0 when it is off */
    uint8_t master_secret[MASTER_SECRET], randoms[2 * RANDOM];
    mbedtls_tls_prf_types prf;
};

/* --- what 2.28 and 3 call differently ------------------------------------------------- */

#if MBEDTLS_VERSION_MAJOR >= 3

typedef uint16_t group_number;

enum { JOINS_HELLO = CAN_JOIN_HELLO };

static const group_number groups[][GROUPS + 1] = {
    { MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
      MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE },
    { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
      MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_NONE },
    { MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
      MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_NONE },
};

static void begin_library(void)
{
    psa_crypto_init();
}

static void use_groups(mbedtls_ssl_config *config, const group_number *list)
{
    mbedtls_ssl_conf_groups(config, list);
}

static bool read_key(struct end *end, const char *pem)
{
    const unsigned char *bytes = (const unsigned char *)pem;

    return mbedtls_pk_parse_key(&end->key, bytes, strlen(pem) + 1, NULL, 0,
                                mbedtls_ctr_drbg_random, &end->random)
        == 0;
}

static void keep_keys(void *pointer, mbedtls_ssl_key_export_type type,
                      const unsigned char *secret, size_t len,
                      const unsigned char client[RANDOM],
                      const unsigned char server[RANDOM], mbedtls_tls_prf_types prf)
{
    struct end *end = pointer;

    if (type != MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET || len != MASTER_SECRET)
        return;
    memcpy(end->master_secret, secret, MASTER_SECRET);
    memcpy(end->randoms, client, RANDOM);
    memcpy(end->randoms + RANDOM, server, RANDOM);
    end->prf = prf;
}

static void export_keys(struct end *end)
{
    mbedtls_ssl_set_export_keys_cb(&end->ssl, keep_keys, end);
}

#else

typedef mbedtls_ecp_group_id group_number;

enum { JOINS_HELLO = 0 }; /* "ClientHello fragmentation not supported" */

static const group_number groups[][GROUPS + 1] = {
    { MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
      MBEDTLS_ECP_DP_NONE },
    { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_CURVE25519,
      MBEDTLS_ECP_DP_NONE },
    { MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_CURVE25519,
      MBEDTLS_ECP_DP_NONE },
};

static void begin_library(void)
{
}

static void use_groups(mbedtls_ssl_config *config, const group_number *list)
{
    mbedtls_ssl_conf_curves(config, list);
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
}

static bool read_key(struct end *end, const char *pem)
{
    const unsigned char *bytes = (const unsigned char *)pem;

    return mbedtls_pk_parse_key(&end->key, bytes, strlen(pem) + 1, NULL, 0) == 0;
}

static int keep_keys(void *pointer, const unsigned char *secret, const unsigned char *block,
                     size_t mac_len, size_t key_len, size_t iv_len,
                     const unsigned char client[RANDOM], const unsigned char server[RANDOM],
                     mbedtls_tls_prf_types prf)
{
    struct end *end = pointer;

    (void)block;
    (void)mac_len;
    (void)key_len;
    (void)iv_len;
    memcpy(end->master_secret, secret, MASTER_SECRET);
    memcpy(end->randoms, client, RANDOM);
    memcpy(end->randoms + RANDOM, server, RANDOM);
    end->prf = prf;
    return 0;
}

static void export_keys(struct end *end)
{
    mbedtls_ssl_conf_export_keys_ext_cb(&end->config, keep_keys, end);
}

#endif

static const group_number *groups_from(uint16_t first)
{
    switch (first) {
    case 23:
        return groups[1];
    case 24:
        return groups[2];
    default:
        return groups[0];
    }
}

/* --- the wire and the timer ----------------------------------------------------------- */

static int wire_send(void *pointer, const unsigned char *bytes, size_t len)
{
    struct end *end = pointer;

    queue_put(end->out, bytes, len);
    return (int)len;
}

static int wire_receive(void *pointer, unsigned char *bytes, size_t size)
{
    struct end *end = pointer;
    int len = queue_read(end->in, bytes, size);

    return len < 0 ? MBEDTLS_ERR_SSL_WANT_READ : len;
}

static void set_timer(void *pointer, uint32_t soon_ms, uint32_t late_ms)
{
    struct end *end = pointer;

    end->soon = clock_get() + soon_ms * UINT64_C(1000);
    end->late = late_ms != 0 ? clock_get() + late_ms * UINT64_C(1000) : 0;
}

static int ask_timer(void *pointer)
{
    const struct end *end = pointer;

    if (end->late == 0)
        return -1;
    return (clock_get() >= end->soon) + (clock_get() >= end->late);
}

/* --- one end -------------------------------------------------------------------------- */

/* No call tells which alert came; the log does. */
static void on_log(void *pointer, int level, const char *file, int line, const char *text)
{
    struct end *end = pointer;
    const char *reported = strstr(text, "got an alert message");

    (void)level;
    (void)file;
    (void)line;
    if (reported != NULL)
        sscanf(reported, "got an alert message, type: [%*d:%d]", &end->alert);
}

static int trust_any(void *nothing, mbedtls_x509_crt *chain, int depth, uint32_t *flags)
{
    (void)nothing;
    (void)chain;
    (void)depth;
    *flags = 0;
    return 0;
}

static bool use_credential(struct end *end, const struct credential *credential)
{
    const unsigned char *chain = (const unsigned char *)credential->chain;

    if (mbedtls_x509_crt_parse(&end->chain, chain, strlen(credential->chain) + 1) != 0
        || !read_key(end, credential->key)
        || mbedtls_ssl_conf_own_cert(&end->config, &end->chain, &end->key) != 0)
        return false;
    /* Something has to be there to be trusted; take_any decides. */
    mbedtls_ssl_conf_ca_chain(&end->config, &end->chain, NULL);
    return true;
}

static void use_cookies(struct end *end, bool wanted)
{
    if (wanted)
        mbedtls_ssl_conf_dtls_cookies(&end->config, mbedtls_ssl_cookie_write,
                                      mbedtls_ssl_cookie_check, &end->cookies);
    else
        mbedtls_ssl_conf_dtls_cookies(&end->config, NULL, NULL, NULL);
}

static bool begin(struct end *end, bool server)
{
    return mbedtls_ctr_drbg_seed(&end->random, mbedtls_entropy_func, &end->entropy, NULL, 0)
            == 0
        && mbedtls_ssl_cookie_setup(&end->cookies, mbedtls_ctr_drbg_random, &end->random)
               == 0
        && mbedtls_ssl_config_defaults(
               &end->config, server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
               MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT)
               == 0;
}

static bool configure(struct end *end, const struct end_config *config)
{
    mbedtls_ssl_config *c = &end->config;
    bool asks = config->credential != NULL && !config->asks_nobody;

    mbedtls_ssl_conf_rng(c, mbedtls_ctr_drbg_random, &end->random);
    mbedtls_ssl_conf_dbg(c, on_log, end);
    mbedtls_ssl_conf_authmode(c,
                              asks ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_verify(c, trust_any, NULL);
    mbedtls_ssl_conf_renegotiation(c, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    mbedtls_ssl_conf_extended_master_secret(c, config->without_ems
                                                   ? MBEDTLS_SSL_EXTENDED_MS_DISABLED
                                                   : MBEDTLS_SSL_EXTENDED_MS_ENABLED);
    use_groups(c, groups_from(config->group));
    end->suites[0] = config->suite;
    if (config->suite != 0)
        mbedtls_ssl_conf_ciphersuites(c, end->suites);
    if (config->server)
        use_cookies(end, config->cookie);
    else
        mbedtls_ssl_conf_session_tickets(c, config->tickets);
    end->profiles[0] = config->profile;
    return mbedtls_ssl_conf_dtls_srtp_protection_profiles(c, end->profiles) == 0
        && (config->credential == NULL || use_credential(end, config->credential));
}

static bool set_client_id(struct end *end, bool server)
{
    static const unsigned char client[] = "192.0.2.1:5000";

    return !server
        || mbedtls_ssl_set_client_transport_id(&end->ssl, client, sizeof client) == 0;
}

static bool connect_wire(struct end *end, const struct end_config *config)
{
    if (mbedtls_ssl_setup(&end->ssl, &end->config) != 0
        || mbedtls_ssl_set_hostname(&end->ssl, config->server_name) != 0)
        return false;
    mbedtls_ssl_set_bio(&end->ssl, end, wire_send, wire_receive, NULL);
    mbedtls_ssl_set_timer_cb(&end->ssl, end, set_timer, ask_timer);
    mbedtls_ssl_set_mtu(&end->ssl, config->mtu);
    export_keys(end);
    return set_client_id(end, config->server);
}

static void mbedtls_end_close(struct end *end)
{
    mbedtls_ssl_free(&end->ssl);
    mbedtls_ssl_config_free(&end->config);
    mbedtls_ssl_cookie_free(&end->cookies);
    mbedtls_pk_free(&end->key);
    mbedtls_x509_crt_free(&end->chain);
    mbedtls_ctr_drbg_free(&end->random);
    mbedtls_entropy_free(&end->entropy);
    free(end);
}

static struct end *mbedtls_end_open(const struct end_config *config, struct wire *wire)
{
    struct end *end = calloc(1, sizeof *end);

    if (end == NULL)
        return NULL;
    begin_library();
    mbedtls_debug_set_threshold(DEBUG_ALERTS);
    end->in = &wire->to_peer;
    end->out = &wire->to_skiff;
    end->alert = NO_ALERT;
    mbedtls_ssl_init(&end->ssl);
    mbedtls_ssl_config_init(&end->config);
    mbedtls_ssl_cookie_init(&end->cookies);
    mbedtls_pk_init(&end->key);
    mbedtls_x509_crt_init(&end->chain);
    mbedtls_ctr_drbg_init(&end->random);
    mbedtls_entropy_init(&end->entropy);
    if (begin(end, config->server) && configure(end, config) && connect_wire(end, config))
        return end;
    mbedtls_end_close(end);
    return NULL;
}

static enum end_state mbedtls_end_go_on(struct end *end)
{
    int result;

    if (end->state != END_WAITS)
        return end->state;
    do
        result = mbedtls_ssl_handshake(&end->ssl);
    while (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED
           && mbedtls_ssl_session_reset(&end->ssl) == 0 && set_client_id(end, true));
    if (result == 0)
        end->state = END_READY;
    else if (result != MBEDTLS_ERR_SSL_WANT_READ)
        end->state = END_FAILED;
    return end->state;
}

static bool mbedtls_end_write(struct end *end, const void *bytes, size_t len)
{
    return mbedtls_ssl_write(&end->ssl, bytes, len) == (int)len;
}

static int mbedtls_end_read(struct end *end, void *bytes, size_t size)
{
    int len = mbedtls_ssl_read(&end->ssl, bytes, size);

    if (len > 0)
        return len;
    if (len == 0 || len == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return READ_CLOSED;
    return len == MBEDTLS_ERR_SSL_WANT_READ ? READ_NOTHING : READ_FAILED;
}

static void mbedtls_end_shut(struct end *end)
{
    mbedtls_ssl_close_notify(&end->ssl);
}

static void mbedtls_end_renegotiate(struct end *end)
{
    mbedtls_ssl_renegotiate(&end->ssl);
}

static bool mbedtls_end_export(struct end *end, const char *label, uint8_t *out, size_t len)
{
    return mbedtls_ssl_tls_prf(end->prf, end->master_secret, MASTER_SECRET, label,
                               end->randoms, sizeof end->randoms, out, len)
        == 0;
}

static uint16_t mbedtls_end_profile(struct end *end)
{
    mbedtls_dtls_srtp_info info;

    mbedtls_ssl_get_dtls_srtp_negotiation_result(&end->ssl, &info);
    return info.MBEDTLS_PRIVATE(chosen_dtls_srtp_profile);
}

static int mbedtls_end_alert(struct end *end)
{
    return end->alert;
}

const struct peer peer = {
    .name = MBEDTLS_VERSION_STRING_FULL,
    .can = CAN_ASK_ANY | CAN_SRTP | CAN_COOKIE | CAN_MTU | CAN_RENEGOTIATE | CAN_OMIT_EMS
         | CAN_LOSE_ANY | CAN_CCM | JOINS_HELLO | CAN_OMIT_SRTP,
    .open = mbedtls_end_open,
    .close = mbedtls_end_close,
    .go_on = mbedtls_end_go_on,
    .write = mbedtls_end_write,
    .read = mbedtls_end_read,
    .shut = mbedtls_end_shut,
    .renegotiate = mbedtls_end_renegotiate,
    .export = mbedtls_end_export,
    .profile = mbedtls_end_profile,
    .alert = mbedtls_end_alert,
};
