/* hello_reply.h - what is done with a first datagram once it is judged: a reply in
 * plaintext, an alert, or a new handle. Keeps nothing for its sender. */
#ifndef SKF_HELLO_REPLY_H
#define SKF_HELLO_REPLY_H

#include "association/context.h"
#include "association/first_hello.h"
#include "record/record.h"
#include "wire/handshake.h"

enum { ADDRESS_MAX = 64 };

/* A first datagram, its sender, and the record of it that is judged now. */
struct first_datagram {
    skiff_bytes peer; /* the caller's bytes for its address */
    skiff_time now;
    struct incoming record;
    struct fragment fragment;
};

/* Writes one handshake message, the first of its sender, into one plaintext record. */
SKIFF_MUST_USE bool skf_write_plain(const struct first_datagram *first, uint8_t type,
                                    skiff_bytes body, skiff_packet *reply);

/* Writes a fatal alert in the place of a reply: 15 bytes, less than any fragment. */
SKIFF_MUST_USE skiff_hello_verdict skf_refuse_first(const struct first_datagram *first,
                                                    int alert, skiff_packet *reply);

/* Judges a hello as a handle would, in a handshake that is forgotten. */
enum verdict skf_judge_as_handle(skiff_context *context, skiff_bytes body,
                                 skiff_failure *failure);

/* Accepts a hello whose cookie is good, if a handle would take it and a slot is free for
 * that. Otherwise the client sends it again, or nothing follows. */
skiff_hello_verdict skf_accept_hello(skiff_context *context,
                                     const struct first_datagram *first, skiff_bytes body);

#endif
