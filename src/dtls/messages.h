/* messages.h - table: message -> its number, who says it how, who judges it how. */
#ifndef SKF_MESSAGES_H
#define SKF_MESSAGES_H

#include "dtls/handshake.h"

/* ChangeCipherSpec is no handshake message. */
enum { NO_HANDSHAKE_TYPE = 0xff };

/* One message of the script in one version. */
struct message {
    uint8_t type;                                   /* HandshakeType, or NO_HANDSHAKE_TYPE    */
    bool  (*say)(struct handshake *hs, struct walk *w);    /* writes the body,               */
    skiff_bytes (*quote)(const struct handshake *hs);      /* or says where it lies ready    */
    enum verdict (*hear)(struct handshake *hs, skiff_bytes body);
    bool  (*then)(struct handshake *hs);            /* once it is in the transcript          */
};

extern const struct message messages12[MSG_COUNT];

/* The message that has this HandshakeType; MSG_COUNT when there is none. */
enum msg message_of(uint8_t type);

/* hello.c */
bool say_client_hello(struct handshake *hs, struct walk *w);
enum verdict hear_client_hello(struct handshake *hs, skiff_bytes body);
bool brings_another_cookie(const struct handshake *hs, skiff_bytes body);
enum verdict hear_hello_verify_request(struct handshake *hs, skiff_bytes body);
bool say_server_hello(struct handshake *hs, struct walk *w);
enum verdict hear_server_hello(struct handshake *hs, skiff_bytes body);
bool say_server_hello_done(struct handshake *hs, struct walk *w);
enum verdict hear_server_hello_done(struct handshake *hs, skiff_bytes body);

/* auth.c */
skiff_bytes quote_certificate(const struct handshake *hs);
enum verdict hear_certificate(struct handshake *hs, skiff_bytes body);
bool say_certificate_request(struct handshake *hs, struct walk *w);
enum verdict hear_certificate_request(struct handshake *hs, skiff_bytes body);
bool say_certificate_verify(struct handshake *hs, struct walk *w);
enum verdict hear_certificate_verify(struct handshake *hs, skiff_bytes body);

/* exchange.c */
bool say_server_key_exchange(struct handshake *hs, struct walk *w);
enum verdict hear_server_key_exchange(struct handshake *hs, skiff_bytes body);
bool say_client_key_exchange(struct handshake *hs, struct walk *w);
enum verdict hear_client_key_exchange(struct handshake *hs, skiff_bytes body);

/* finished.c */
bool say_finished(struct handshake *hs, struct walk *w);
enum verdict hear_finished(struct handshake *hs, skiff_bytes body);

/* schedule12.c: from the premaster secret to the keys of epoch 1 */
bool schedule12_keys(struct handshake *hs);
bool schedule12_verify_data(struct handshake *hs, enum role whose, uint8_t *verify_data);

#endif
