/* peer_gnutls.c - GnuTLS, 3.7 and later. Sends each message in a datagram of its own. */
#include "peer.h"

#include <errno.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRIORITY_MAX = 256, RETRANSMIT_MS = 1000, GIVE_UP_MS = 60000 };

struct end {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credential;
    gnutls_datum_t cookie_key, ticket_key;
    struct queue *in, *out;
    enum end_state state;
    bool awaits_cookie;
    int alert;
};

/* --- the wire ------------------------------------------------------------------------- */

static ssize_t wire_push(gnutls_transport_ptr_t pointer, const void *bytes, size_t len)
{
    struct end *end = pointer;

    queue_put(end->out, bytes, len);
    return (ssize_t)len;
}

static ssize_t wire_pull(gnutls_transport_ptr_t pointer, void *bytes, size_t size)
{
    struct end *end = pointer;
    int len = queue_read(end->in, bytes, size);

    if (len < 0)
        gnutls_transport_set_errno(end->session, EAGAIN);
    return len;
}

static int wire_wait(gnutls_transport_ptr_t pointer, unsigned ms)
{
    const struct end *end = pointer;

    (void)ms;
    return queue_look(end->in) != NULL;
}

/* --- names ---------------------------------------------------------------------------- */

static const char *suite_words(uint16_t suite)
{
    switch (suite) {
    case 0xc02b:
        return "+ECDHE-ECDSA:+AES-128-GCM";
    case 0xc02c:
        return "+ECDHE-ECDSA:+AES-256-GCM";
    case 0xc0ac:
        return "+ECDHE-ECDSA:+AES-128-CCM";
    case 0xc0ae:
        return "+ECDHE-ECDSA:+AES-128-CCM-8";
    case 0xc02f:
        return "+ECDHE-RSA:+AES-128-GCM";
    case 0xc030:
        return "+ECDHE-RSA:+AES-256-GCM";
    case 0xcca8:
        return "+ECDHE-RSA:+CHACHA20-POLY1305";
    case 0xcca9:
        return "+ECDHE-ECDSA:+CHACHA20-POLY1305";
    default:
        return "+ECDHE-ECDSA:+ECDHE-RSA:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305";
    }
}

static const char *group_words(uint16_t first)
{
    switch (first) {
    case 23:
        return "+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-X25519";
    case 24:
        return "+GROUP-SECP384R1:+GROUP-SECP256R1:+GROUP-X25519";
    default:
        return "+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1";
    }
}

static bool set_priority(struct end *end, const struct end_config *config)
{
    char text[PRIORITY_MAX];

    snprintf(text, sizeof text,
             "NONE:+VERS-DTLS1.2:+AEAD:+SIGN-ALL:+COMP-NULL:+CTYPE-X509:%s:%s%s",
             suite_words(config->suite), group_words(config->group),
             config->without_ems ? ":%NO_SESSION_HASH" : "");
    return gnutls_priority_set_direct(end->session, text, NULL) == 0;
}

/* --- one end -------------------------------------------------------------------------- */

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){ (unsigned char *)text, (unsigned)strlen(text) };
}

static bool set_credential(struct end *end, const struct credential *credential)
{
    if (gnutls_certificate_allocate_credentials(&end->credential) != 0)
        return false;
    if (credential != NULL) {
        gnutls_datum_t chain = datum(credential->chain), key = datum(credential->key);
        if (gnutls_certificate_set_x509_key_mem(end->credential, &chain, &key,
                                                GNUTLS_X509_FMT_PEM)
            < 0)
            return false;
    }
    return gnutls_credentials_set(end->session, GNUTLS_CRD_CERTIFICATE, end->credential)
        == 0;
}

static bool set_server(struct end *end, const struct end_config *config)
{
    gnutls_certificate_server_set_request(
        end->session, config->asks_nobody ? GNUTLS_CERT_IGNORE : GNUTLS_CERT_REQUIRE);
    end->awaits_cookie = config->cookie;
    return gnutls_key_generate(&end->cookie_key, GNUTLS_COOKIE_KEY_SIZE) == 0
        && (!config->tickets
            || (gnutls_session_ticket_key_generate(&end->ticket_key) == 0
                && gnutls_session_ticket_enable_server(end->session, &end->ticket_key)
                       == 0));
}

static bool set_extensions(struct end *end, const struct end_config *config)
{
    gnutls_datum_t protocol = { 0 };

    if (config->protocol != NULL)
        protocol = datum(config->protocol);
    return (config->server_name == NULL
            || gnutls_server_name_set(end->session, GNUTLS_NAME_DNS, config->server_name,
                                      strlen(config->server_name))
                   == 0)
        && (config->protocol == NULL
            || gnutls_alpn_set_protocols(end->session, &protocol, 1, GNUTLS_ALPN_MANDATORY)
                   == 0)
        && (config->max_record == 0
            || gnutls_record_set_max_recv_size(end->session, config->max_record) == 0)
        && (config->profile == 0
            || gnutls_srtp_set_profile(end->session, (gnutls_srtp_profile_t)config->profile)
                   == 0);
}

static bool configure(struct end *end, const struct end_config *config)
{
    unsigned flags = GNUTLS_DATAGRAM | GNUTLS_NONBLOCK
                   | (config->server ? GNUTLS_SERVER : GNUTLS_CLIENT)
                   | (config->tickets ? 0 : GNUTLS_NO_TICKETS);

    if (gnutls_init(&end->session, flags) != 0)
        return false;
    gnutls_dtls_set_mtu(end->session, config->mtu);
    gnutls_dtls_set_timeouts(end->session, RETRANSMIT_MS, GIVE_UP_MS);
    gnutls_transport_set_ptr(end->session, end);
    gnutls_transport_set_push_function(end->session, wire_push);
    gnutls_transport_set_pull_function(end->session, wire_pull);
    gnutls_transport_set_pull_timeout_function(end->session, wire_wait);
    return set_priority(end, config) && set_credential(end, config->credential)
        && (!config->server || set_server(end, config)) && set_extensions(end, config);
}

static void gnutls_end_close(struct end *end)
{
    if (end->session != NULL)
        gnutls_deinit(end->session);
    if (end->credential != NULL)
        gnutls_certificate_free_credentials(end->credential);
    gnutls_free(end->cookie_key.data);
    gnutls_free(end->ticket_key.data);
    free(end);
}

static struct end *gnutls_end_open(const struct end_config *config, struct wire *wire)
{
    struct end *end = calloc(1, sizeof *end);

    if (end == NULL)
        return NULL;
    end->in = &wire->to_peer;
    end->out = &wire->to_skiff;
    end->alert = NO_ALERT;
    if (configure(end, config))
        return end;
    gnutls_end_close(end);
    return NULL;
}

/* Answers first datagrams until one shows the cookie; that one is left to the handshake. */
static bool cookie_was_shown(struct end *end)
{
    static char client[] = "192.0.2.1:5000";
    const struct datagram *hello;
    gnutls_dtls_prestate_st prestate = { 0 };

    while (end->awaits_cookie && (hello = queue_look(end->in)) != NULL) {
        if (gnutls_dtls_cookie_verify(&end->cookie_key, client, sizeof client,
                                      (void *)hello->bytes, hello->len, &prestate)
            == 0) {
            gnutls_dtls_prestate_set(end->session, &prestate);
            end->awaits_cookie = false;
            break;
        }
        gnutls_dtls_cookie_send(&end->cookie_key, client, sizeof client, &prestate, end,
                                wire_push);
        queue_remove(end->in);
    }
    return !end->awaits_cookie;
}

/* Keeps an alert that a call has stumbled over. */
static int noted(struct end *end, int result)
{
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED
        || result == GNUTLS_E_WARNING_ALERT_RECEIVED)
        end->alert = (int)gnutls_alert_get(end->session);
    return result;
}

static void shake_hands(struct end *end)
{
    int result = noted(end, gnutls_handshake(end->session));

    if (result == 0)
        end->state = END_READY;
    else if (gnutls_error_is_fatal(result))
        end->state = END_FAILED;
}

static enum end_state gnutls_end_go_on(struct end *end)
{
    if (end->state == END_WAITS && cookie_was_shown(end))
        shake_hands(end);
    return end->state;
}

static bool gnutls_end_write(struct end *end, const void *bytes, size_t len)
{
    return gnutls_record_send(end->session, bytes, len) == (ssize_t)len;
}

static int gnutls_end_read(struct end *end, void *bytes, size_t size)
{
    int len;

    do
        len = noted(end, (int)gnutls_record_recv(end->session, bytes, size));
    while (len == GNUTLS_E_WARNING_ALERT_RECEIVED);
    if (len > 0)
        return len;
    if (len == 0)
        return READ_CLOSED;
    return gnutls_error_is_fatal(len) ? READ_FAILED : READ_NOTHING;
}

static void gnutls_end_shut(struct end *end)
{
    gnutls_bye(end->session, GNUTLS_SHUT_WR);
}

/* A server sends HelloRequest and goes on; a client begins anew. */
static void gnutls_end_renegotiate(struct end *end)
{
    if (gnutls_rehandshake(end->session) == GNUTLS_E_INVALID_REQUEST)
        end->state = END_WAITS;
}

static bool gnutls_end_export(struct end *end, const char *label, uint8_t *out, size_t len)
{
    return gnutls_prf_rfc5705(end->session, strlen(label), label, 0, NULL, len, (char *)out)
        == 0;
}

static uint16_t gnutls_end_profile(struct end *end)
{
    gnutls_srtp_profile_t profile;

    if (gnutls_srtp_get_selected_profile(end->session, &profile) != 0)
        return 0;
    return (uint16_t)profile;
}

static int gnutls_end_alert(struct end *end)
{
    return end->alert;
}

const struct peer peer = {
    .name = "GnuTLS " GNUTLS_VERSION,
    .can = CAN_ASK_ANY | CAN_SRTP | CAN_COOKIE | CAN_MTU | CAN_CUT_HELLO | CAN_RENEGOTIATE
         | CAN_OMIT_EMS | CAN_LOSE_ANY | CAN_CCM | CAN_JOIN_HELLO | CAN_OMIT_SRTP | CAN_ALPN
         | CAN_LIMIT,
    .open = gnutls_end_open,
    .close = gnutls_end_close,
    .go_on = gnutls_end_go_on,
    .write = gnutls_end_write,
    .read = gnutls_end_read,
    .shut = gnutls_end_shut,
    .renegotiate = gnutls_end_renegotiate,
    .export = gnutls_end_export,
    .profile = gnutls_end_profile,
    .alert = gnutls_end_alert,
};
