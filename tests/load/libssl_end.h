/* libssl_end.h - ends of DTLS 1.2 by OpenSSL's own libssl, as WebRTC stacks have them: a
 * self-signed certificate each, chains not verified, use_srtp, datagrams by a BIO. Knows no
 * socket. */
#ifndef LIBSSL_END_H
#define LIBSSL_END_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* What all ends of one context are. Lists are as libssl reads them. */
struct libssl_config {
    bool server;
    const char *groups, *srtp;
    long serial;                                      /* of the certificate */
    int (*judge)(X509_STORE_CTX *theirs, void *user); /* 1: takes them */
    void *user;                                       /* of judge */
};

/* A context with a P-256 certificate of its own; NULL when it cannot be made. */
SSL_CTX *libssl_context(const struct libssl_config *config);

/* How datagrams leave and come; `user` below is the data of the BIO. */
BIO_METHOD *libssl_datagrams(int (*write)(BIO *bio, const char *bytes, int len),
                             int (*read)(BIO *bio, char *bytes, int space));

/* One end; NULL when it cannot be made. */
SSL *libssl_end(SSL_CTX *context, const BIO_METHOD *datagrams, long mtu, void *user);

/* Keying material for SRTP (RFC 5764 4.2); false when use_srtp was not agreed upon. */
bool libssl_srtp_keys(SSL *ssl, uint8_t *keys, size_t len);

#endif
