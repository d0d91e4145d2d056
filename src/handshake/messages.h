/* messages.h - table: message -> its number, which function writes it, which one judges it.
 */
#ifndef SKF_MESSAGES_H
#define SKF_MESSAGES_H

#include "handshake/handshake.h"

/* ChangeCipherSpec is no handshake message. */
enum { NO_HANDSHAKE_TYPE = 0xff };

/* One message of the script in one version. */
struct message {
    uint8_t type; /* HandshakeType, or NO_HANDSHAKE_TYPE */
    /* Writes the body. */
    bool (*say)(struct handshake *hs, struct walk *w);
    /* Used instead of `say` if the body is encoded already. */
    skiff_bytes (*quote)(const struct handshake *hs);
    /* Judges the body. NULL for a ClientHello, which chooses the version and so the table:
     * see version.h. */
    enum verdict (*hear)(struct handshake *hs, skiff_bytes body);
    /* What follows once the message is in the transcript. */
    bool (*then)(struct handshake *hs);
};

/* Which message of the script this is; MSG_COUNT when there is none. */
enum msg skf_message_of(uint8_t type, skiff_bytes body);

/* client_hello.c: of both versions. What is judged is read, with its extensions, and leaves
 * facts; the version is not chosen yet: see version.h. */
bool skf_say_client_hello(struct handshake *hs, struct walk *w);
enum verdict skf_read_client_hello(struct handshake *hs, skiff_bytes body,
                                   struct client_hello *m);

/* hello12.c */
enum verdict skf_judge_hello12(struct handshake *hs, const struct client_hello *m);
bool skf_has_other_cookie(const struct handshake *hs, skiff_bytes body);
enum verdict skf_hear_hello_verify_request(struct handshake *hs, skiff_bytes body);
bool skf_say_server_hello(struct handshake *hs, struct walk *w);
enum verdict skf_hear_server_hello(struct handshake *hs, skiff_bytes body);

/* hello13.c */
enum verdict skf_judge_hello13(struct handshake *hs, const struct client_hello *m);
bool skf_say_hello_retry_request(struct handshake *hs, struct walk *w);
enum verdict skf_hear_hello_retry_request(struct handshake *hs, skiff_bytes body);
bool skf_say_server_hello13(struct handshake *hs, struct walk *w);
enum verdict skf_hear_server_hello13(struct handshake *hs, skiff_bytes body);

/* auth12.c */
skiff_bytes skf_quote_certificate(const struct handshake *hs);
enum verdict skf_hear_certificate(struct handshake *hs, skiff_bytes body);
bool skf_say_certificate_request(struct handshake *hs, struct walk *w);
enum verdict skf_hear_certificate_request(struct handshake *hs, skiff_bytes body);
bool skf_say_certificate_verify(struct handshake *hs, struct walk *w);
enum verdict skf_hear_certificate_verify(struct handshake *hs, skiff_bytes body);

/* auth13.c */
skiff_bytes skf_quote_certificate13(const struct handshake *hs);
enum verdict skf_hear_certificate13(struct handshake *hs, skiff_bytes body);
bool skf_say_certificate_request13(struct handshake *hs, struct walk *w);
enum verdict skf_hear_certificate_request13(struct handshake *hs, skiff_bytes body);
bool skf_say_certificate_verify13(struct handshake *hs, struct walk *w);
enum verdict skf_hear_certificate_verify13(struct handshake *hs, skiff_bytes body);

/* encrypted.c */
bool skf_say_encrypted_extensions(struct handshake *hs, struct walk *w);
enum verdict skf_hear_encrypted_extensions(struct handshake *hs, skiff_bytes body);

/* exchange.c */
bool skf_say_server_key_exchange(struct handshake *hs, struct walk *w);
enum verdict skf_hear_server_key_exchange(struct handshake *hs, skiff_bytes body);
bool skf_say_server_hello_done(struct handshake *hs, struct walk *w);
enum verdict skf_hear_server_hello_done(struct handshake *hs, skiff_bytes body);
bool skf_say_client_key_exchange(struct handshake *hs, struct walk *w);
enum verdict skf_hear_client_key_exchange(struct handshake *hs, skiff_bytes body);

/* finished.c */
bool skf_say_finished(struct handshake *hs, struct walk *w);
enum verdict skf_hear_finished(struct handshake *hs, skiff_bytes body);
bool skf_say_finished13(struct handshake *hs, struct walk *w);
enum verdict skf_hear_finished13(struct handshake *hs, skiff_bytes body);

/* schedule12.c: from the premaster secret to the keys of epoch 1 */
bool skf_schedule12_keys(struct handshake *hs);
bool skf_schedule12_verify_data(struct handshake *hs, enum role sender,
                                uint8_t *verify_data);

/* traffic_secrets13.c: from the shared secret to the keys of epochs 2 and 3 */
bool skf_schedule13_handshake(struct handshake *hs); /* then, behind ServerHello */
bool skf_schedule13_finished(struct handshake *hs);  /* then, behind each Finished */
bool skf_schedule13_verify_data(struct handshake *hs, enum role sender,
                                uint8_t *verify_data);

/* The leaf of a well-formed list, judged: its key taken, its digest compared. */
enum verdict skf_judge_peer_certificate(struct handshake *hs, skiff_bytes end_entity);

#endif
