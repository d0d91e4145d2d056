/* protocol.h - what the two versions do differently, once for each. */
#ifndef SKF_PROTOCOL_H
#define SKF_PROTOCOL_H

#include "handshake/script.h"
#include "handshake/transcript.h"

/* The verdict on a message: it was accepted, it changed nothing, or it ends the
 * handshake. */
enum verdict { ACCEPTED, DROPPED, REFUSED };

struct message;
struct handshake;
struct client_hello;

struct protocol {
    uint16_t version;
    const struct script *script;
    const struct message *messages; /* a row for each enum msg */
    enum transcript_form form;
    enum verdict (*judge_hello)(struct handshake *hs, const struct client_hello *m);
    uint16_t last_epoch; /* in which application data goes */

    /* Records with handshake messages are acknowledged (RFC 9147 section 7). */
    bool has_acks;
    /* Under the peer's keys, malformed records and all alerts but user_canceled end the
     * association (RFC 8446 sections 5 and 6). */
    bool is_strict;
    /* Messages follow after the handshake, in either direction (RFC 9147 section 5.8.4). */
    bool has_post_handshake;
    /* A server may give tickets (RFC 8446 section 4.6.1). */
    bool has_tickets;
    /* The traffic secrets are needed after the handshake, for a KeyUpdate (RFC 8446 section
     * 7.2). Otherwise the two randoms are, for the exporter. */
    bool keeps_traffic_secrets;
    /* The exporter has a secret of its own (RFC 8446 section 7.5). Otherwise it uses the
     * master secret (RFC 5705 section 4). */
    bool has_exporter_secret;
    /* A server may send a HelloRequest at any time (RFC 5246 section 7.4.1.1). */
    bool has_hello_request;

    /* The sections that a failure names where both versions fail alike. */
    struct {
        const char *client_hello, *certificate, *closure_alert, *error_alert;
    } spec;
};

extern const struct protocol skf_dtls12, skf_dtls13;

#endif
