/* libssl.c - a client on libssl and libsrtp alone, with the calls that docs/embedding.md
 * lists. Its DTLS, RTP and RTCP are served by a program on skiff, which it starts. Takes
 * the program, whose arguments are a port and a fingerprint. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PACKETS = 20, RTP = 172, RTCP = 28, MTU = 1200, SECONDS = 20, DIGEST = 32 };

struct client {
    int fd;
    SSL_CTX *context;
    X509 *certificate;
    SSL *ssl;
    BIO *in, *out;
    srtp_t outgoing, incoming;
    unsigned rtp_returned, rtcp_returned;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* --- once --------------------------------------------------------------------------- */

static X509 *sign_own(EVP_PKEY *key)
{
    X509 *made = X509_new();

    must(made != NULL && ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1
             && X509_gmtime_adj(X509_getm_notBefore(made), 0) != NULL
             && X509_gmtime_adj(X509_getm_notAfter(made), 3600) != NULL
             && X509_set_pubkey(made, key) == 1 && X509_sign(made, key, EVP_sha256()) > 0,
         "a certificate");
    return made;
}

static int accept_any(int preverified, X509_STORE_CTX *store)
{
    (void)preverified;
    (void)store;
    return 1;
}

static void open_context(struct client *client, const char *profile)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    client->certificate = sign_own(key);
    client->context = SSL_CTX_new(DTLS_method());
    must(SSL_CTX_use_certificate(client->context, client->certificate) == 1
             && SSL_CTX_use_PrivateKey(client->context, key) == 1
             && SSL_CTX_set_tlsext_use_srtp(client->context, profile) == 0,
         "the context");
    SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       accept_any);
    EVP_PKEY_free(key);
    must(srtp_init() == srtp_err_status_ok, "srtp_init");
}

/* "sha-256 AB:CD:...", as in SDP. */
static void write_fingerprint(const X509 *certificate, char text[128])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int at = snprintf(text, 128, "sha-256 ");

    must(X509_digest(certificate, EVP_sha256(), digest, &len) == 1 && len == DIGEST,
         "digest");
    for (unsigned i = 0; i < len; i++)
        at += snprintf(text + at, 128 - (size_t)at, i > 0 ? ":%02X" : "%02X", digest[i]);
}

/* --- the peer ----------------------------------------------------------------------- */

static void open_peer(struct client *client)
{
    client->ssl = SSL_new(client->context);
    client->in = BIO_new(BIO_s_mem());
    client->out = BIO_new(BIO_s_mem());
    SSL_set_bio(client->ssl, client->in, client->out);
    SSL_set_options(client->ssl, SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(client->ssl, MTU);
    SSL_set_connect_state(client->ssl);
}

static void send_pending(struct client *client)
{
    char datagram[2048];
    int len;

    while (BIO_ctrl_pending(client->out) > 0
           && (len = BIO_read(client->out, datagram, sizeof datagram)) > 0)
        must(send(client->fd, datagram, (size_t)len, 0) == len, "send");
}

static void open_media(struct client *client, uint8_t *bytes, int len)
{
    bool is_rtcp = bytes[1] >= 192 && bytes[1] <= 223;
    srtp_err_status_t status = is_rtcp ? srtp_unprotect_rtcp(client->incoming, bytes, &len)
                                       : srtp_unprotect(client->incoming, bytes, &len);

    must(status == srtp_err_status_ok && len == (is_rtcp ? RTCP : RTP), "unprotect");
    client->rtcp_returned += is_rtcp ? 1 : 0;
    client->rtp_returned += is_rtcp ? 0 : 1;
}

/* Waits for a datagram or for the timer of libssl, and handles either. */
static void wait_for_datagram(struct client *client)
{
    struct pollfd readable = { .fd = client->fd, .events = POLLIN };
    struct timeval left = { 1, 0 };
    uint8_t bytes[2048];

    (void)DTLSv1_get_timeout(client->ssl, &left);
    (void)poll(&readable, 1, (int)(left.tv_sec * 1000 + left.tv_usec / 1000 + 1));
    ssize_t len = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (len <= 0)
        (void)DTLSv1_handle_timeout(client->ssl);
    else if (bytes[0] >= 20 && bytes[0] <= 63)
        (void)BIO_write(client->in, bytes, (int)len);
    else if (client->incoming != NULL && bytes[0] >= 128 && bytes[0] <= 191)
        open_media(client, bytes, (int)len);
    send_pending(client);
}

static void handshake(struct client *client)
{
    int result;

    while ((result = SSL_do_handshake(client->ssl)) != 1) {
        must(SSL_get_error(client->ssl, result) == SSL_ERROR_WANT_READ, "the handshake");
        send_pending(client);
        wait_for_datagram(client);
    }
    send_pending(client);
}

static void check_server(const struct client *client, const char *expected)
{
    X509 *certificate = SSL_get1_peer_certificate(client->ssl);
    char text[128];

    write_fingerprint(certificate, text);
    must(strcmp(text, expected) == 0, "the certificate is another one");
    X509_free(certificate);
}

static srtp_t create(const SRTP_PROTECTION_PROFILE *chosen, srtp_ssrc_type_t direction,
                     uint8_t *key_and_salt)
{
    srtp_profile_t profile = (srtp_profile_t)chosen->id;
    srtp_policy_t policy = { .ssrc = { direction, 0 }, .key = key_and_salt };
    srtp_t made;

    must(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) == 0
             && srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) == 0
             && srtp_create(&made, &policy) == 0,
         "srtp_create");
    return made;
}

/* RFC 5764 section 4.2: two keys, then two salts; the client's first. */
static void create_sessions(struct client *client)
{
    const SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(client->ssl);
    srtp_profile_t profile = (srtp_profile_t)chosen->id;
    size_t key = srtp_profile_get_master_key_length(profile);
    size_t salt = srtp_profile_get_master_salt_length(profile);
    uint8_t material[2 * SRTP_MAX_KEY_LEN], own[SRTP_MAX_KEY_LEN], theirs[SRTP_MAX_KEY_LEN];

    must(SSL_export_keying_material(client->ssl, material, 2 * (key + salt),
                                    "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0)
             == 1,
         "the keys");
    memcpy(own, material, key);
    memcpy(theirs, material + key, key);
    memcpy(own + key, material + 2 * key, salt);
    memcpy(theirs + key, material + 2 * key + salt, salt);
    client->outgoing = create(chosen, ssrc_any_outbound, own);
    client->incoming = create(chosen, ssrc_any_inbound, theirs);
}

/* --- a call ------------------------------------------------------------------------- */

static void send_media(struct client *client)
{
    for (uint8_t i = 0; i < PACKETS; i++) {
        uint8_t packet[RTP + SRTP_MAX_TRAILER_LEN] = { 0x80, 111, 0, i, [11] = 7 };
        int len = RTP;
        must(srtp_protect(client->outgoing, packet, &len) == 0, "srtp_protect");
        (void)send(client->fd, packet, (size_t)len, 0);
    }
    uint8_t report[RTCP + SRTP_MAX_TRAILER_LEN] = { 0x80, 200, 0, 6, [7] = 7 };
    int len = RTCP;
    must(srtp_protect_rtcp(client->outgoing, report, &len) == 0, "srtp_protect_rtcp");
    (void)send(client->fd, report, (size_t)len, 0);
}

/* A socket that is connected to a port that was free a moment ago. */
static int connect_to_free_port(char port[8])
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_DGRAM, 0), reserved = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof at;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(reserved, (struct sockaddr *)&at, len) == 0
             && getsockname(reserved, (struct sockaddr *)&at, &len) == 0
             && connect(fd, (struct sockaddr *)&at, len) == 0,
         "sockets");
    close(reserved);
    snprintf(port, 8, "%u", ntohs(at.sin_port));
    return fd;
}

/* Starts the program, and reads its fingerprint from its first line. */
static pid_t start(const char *program, const char *port, const char *own, char theirs[128])
{
    int lines[2];

    must(pipe(lines) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        dup2(lines[1], STDERR_FILENO);
        execl(program, program, port, own, (char *)NULL);
        _exit(127);
    }
    close(lines[1]);
    FILE *output = fdopen(lines[0], "r");
    must(fscanf(output, "this end is %127[^\n]", theirs) == 1, "the program has not begun");
    return child;
}

static void call(struct client *client, const char *program, const char *profile)
{
    char port[8], own[128], theirs[128];
    int status = -1;

    open_context(client, profile);
    client->fd = connect_to_free_port(port);
    write_fingerprint(client->certificate, own);
    pid_t child = start(program, port, own, theirs);
    open_peer(client);
    handshake(client);
    check_server(client, theirs);
    create_sessions(client);
    send_media(client);
    while (client->rtp_returned < PACKETS || client->rtcp_returned < 1)
        wait_for_datagram(client);

    kill(child, SIGINT);
    char byte;
    while (SSL_read(client->ssl, &byte, 1) != 0)
        wait_for_datagram(client);
    must((SSL_get_shutdown(client->ssl) & SSL_RECEIVED_SHUTDOWN) != 0, "no close_notify");
    waitpid(child, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program has not ended well");
    printf("%s %s: %u RTP and %u RTCP packets came back\n", SSL_get_version(client->ssl),
           profile, client->rtp_returned, client->rtcp_returned);
}

static void close_client(struct client *client)
{
    (void)srtp_dealloc(client->outgoing);
    (void)srtp_dealloc(client->incoming);
    SSL_free(client->ssl); /* and both BIOs */
    SSL_CTX_free(client->context);
    X509_free(client->certificate);
    close(client->fd);
    (void)srtp_shutdown();
}

int main(int argc, char **argv)
{
    static const char *const profiles[] = { "SRTP_AES128_CM_SHA1_80",
                                            "SRTP_AEAD_AES_128_GCM" };

    must(argc == 2, "usage: libssl PROGRAM");
    alarm(SECONDS); /* whatever it waits for */
    for (size_t i = 0; i < 2; i++) {
        struct client client = { .fd = -1 };
        call(&client, argv[1], profiles[i]);
        close_client(&client);
    }
}
