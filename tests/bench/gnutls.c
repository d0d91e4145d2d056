/* gnutls.c - GnuTLS: credentials per certificate, shared by all sessions that use it. */
#include "library.h"

#include <errno.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY = 86400 };

struct library_state {
    gnutls_priority_t priorities;
    gnutls_certificate_credentials_t credentials[ENDS][CERTIFICATES];
};

/* --- credentials ---------------------------------------------------------------------- */

static bool certify(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    static const uint8_t serial[] = { 1, 2, 3, 4 };

    const unsigned curve = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);

    return gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, curve, 0) == 0
        && gnutls_x509_crt_set_version(crt, 3) == 0
        && gnutls_x509_crt_set_serial(crt, serial, sizeof serial) == 0
        && gnutls_x509_crt_set_activation_time(crt, time(NULL) - DAY) == 0
        && gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 30 * DAY) == 0
        && gnutls_x509_crt_set_dn(crt, "CN=WebRTC", NULL) == 0
        && gnutls_x509_crt_set_issuer_dn(crt, "CN=WebRTC", NULL) == 0
        && gnutls_x509_crt_set_key(crt, key) == 0
        && gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) == 0;
}

static bool use_certificate(gnutls_certificate_credentials_t credentials)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    bool ok = gnutls_x509_privkey_init(&key) == 0 && gnutls_x509_crt_init(&crt) == 0
           && certify(crt, key)
           && gnutls_certificate_set_x509_key(credentials, &crt, 1, key) == 0;

    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return ok;
}

static bool set_priorities(struct library_state *state, enum key_share share)
{
    static const char *const texts[] = {
        [SHARE_X25519] = "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AEAD"
                         ":+SIGN-ECDSA-SHA256:+COMP-NULL:+CTYPE-X509"
                         ":+GROUP-X25519:+GROUP-SECP256R1",
        [SHARE_P256] = "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AEAD"
                       ":+SIGN-ECDSA-SHA256:+COMP-NULL:+CTYPE-X509:+GROUP-SECP256R1",
    };

    return gnutls_priority_init(&state->priorities, texts[share], NULL) == 0;
}

static void discard(void *of)
{
    struct library_state *state = of;

    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++)
            if (state->credentials[side][i] != NULL)
                gnutls_certificate_free_credentials(state->credentials[side][i]);
    if (state->priorities != NULL)
        gnutls_priority_deinit(state->priorities);
    free(state);
}

static bool make_credentials(struct library_state *state, enum key_share share)
{
    if (!set_priorities(state, share))
        return false;
    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++)
            if (gnutls_certificate_allocate_credentials(&state->credentials[side][i]) != 0
                || !use_certificate(state->credentials[side][i]))
                return false;
    return true;
}

static void *prepare(enum key_share share)
{
    struct library_state *state = calloc(1, sizeof *state);

    if (state != NULL && !make_credentials(state, share)) {
        discard(state);
        return NULL;
    }
    return state;
}

/* --- the wire; the transport pointer is the session, its pointer the end -------------- */

static ssize_t push(gnutls_transport_ptr_t transport, const void *bytes, size_t len)
{
    const struct end *end = gnutls_session_get_ptr(transport);

    return wire_send(end->wire, !end->side, bytes, len) ? (ssize_t)len : -1;
}

static ssize_t pull(gnutls_transport_ptr_t transport, void *bytes, size_t space)
{
    const struct end *end = gnutls_session_get_ptr(transport);
    struct datagram *datagram = wire_receive(end->wire, end->side);

    if (datagram == NULL) {
        gnutls_transport_set_errno(transport, EAGAIN);
        return -1;
    }
    size_t len = datagram->len < space ? datagram->len : space;
    memcpy(bytes, datagram->bytes, len);
    return (ssize_t)len;
}

static int pull_waits(gnutls_transport_ptr_t transport, unsigned milliseconds)
{
    const struct end *end = gnutls_session_get_ptr(transport);

    (void)milliseconds;
    return wire_waits(end->wire, end->side);
}

/* --- ends ----------------------------------------------------------------------------- */

static void connect_wire(gnutls_session_t session, struct end *end)
{
    gnutls_session_set_ptr(session, end);
    gnutls_dtls_set_mtu(session, WIRE_MTU);
    gnutls_transport_set_ptr(session, session);
    gnutls_transport_set_push_function(session, push);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_pull_timeout_function(session, pull_waits);
}

static bool open_end(void *of, size_t certificate, struct end *end)
{
    const struct library_state *state = of;
    unsigned side = end->side == SERVER_END ? GNUTLS_SERVER : GNUTLS_CLIENT;
    gnutls_session_t session;

    if (gnutls_init(&session, side | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS)
        != 0)
        return false;
    end->handle = session;
    connect_wire(session, end);
    if (end->side == SERVER_END)
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    return gnutls_priority_set(session, state->priorities) == 0
        && gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
                                  state->credentials[end->side][certificate])
               == 0
        && gnutls_srtp_set_profile(session, GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80) == 0;
}

static enum step step(struct end *end)
{
    int status = gnutls_handshake(end->handle);

    if (status == 0)
        return STEP_DONE;
    return gnutls_error_is_fatal(status) ? STEP_FAILED : STEP_MORE;
}

static bool keys(const struct end *end, uint8_t out[KEYING_MATERIAL])
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    gnutls_srtp_profile_t profile;

    return gnutls_srtp_get_selected_profile(end->handle, &profile) == 0
        && gnutls_prf_rfc5705(end->handle, sizeof label - 1, label, 0, NULL,
                              KEYING_MATERIAL, (char *)out)
               == 0;
}

static void close_end(struct end *end)
{
    gnutls_deinit(end->handle);
    end->handle = NULL;
}

const struct library library_gnutls = { "GnuTLS", prepare, discard,   open_end,
                                        step,     keys,    close_end, NULL };
