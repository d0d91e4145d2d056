/* plaintext.h - opens sealed records of 1.3, edits them and seals them again, with the
 * sender's keys. */
#ifndef TESTS_DTLS_PLAINTEXT_H
#define TESTS_DTLS_PLAINTEXT_H

#include "association/association_state.h"
#include "story.h"
#include "wire/handshake.h"
#include "wire/numbers.h"

/* One record, opened. */
struct opened_record {
    bool sealed;
    uint8_t type;
    uint32_t epoch;
    uint64_t number;
    size_t len;
    uint8_t body[WORLD_DATAGRAM];
};

/* The record of a datagram at `at`, which begins with zero; false behind the last. The
 * datagram is one that its sender has just sent. */
bool plaintext_next(const struct world *world, const struct world_datagram *d, size_t *at,
                    struct opened_record *record);

/* The fragment at `at` of a handshake record, which begins with zero; false behind the
 * last, and when it is something else. Its bytes are the record's. */
bool plaintext_fragment(const struct opened_record *record, size_t *at,
                        struct handshake_header *header, const uint8_t **bytes);

/* Seals as an end does in one of its epochs; returns its length. */
size_t plaintext_seal(struct skiff_dtls *dtls, uint32_t epoch, uint8_t type,
                      skiff_bytes body, uint8_t *out);

/* Seals as the end `from` does in its newest epoch, and delivers it to the other. */
skiff_status plaintext_send_record(struct world *world, int from, uint8_t type,
                                   const void *body, size_t len);

/* The body of a record: as many fragments as are put into it. */
struct record_body {
    size_t len;
    uint8_t bytes[WORLD_DATAGRAM - 64];
};

/* Puts a message into a body, whole, or with `part` of its bytes from the first on. */
void plaintext_put(struct record_body *fragments, uint8_t type, uint16_t seq,
                   skiff_bytes body);
void plaintext_put_part(struct record_body *fragments, uint8_t type, uint16_t seq,
                        skiff_bytes body, uint32_t part);

/* Seals a body as an end does in one of its epochs, lets the other end receive it, and
 * returns its number. */
uint64_t plaintext_send(struct world *world, int from, uint32_t epoch,
                        const struct record_body *fragments);

/* A string literal and its length, as an edit has them. */
#define BYTES(text) (text), sizeof(text) - 1

/* What is done to a message on its way. PATCH lays bytes over the body at `at`, from its
 * end when that is negative; the others change its extensions (`at` is the type). */
enum message_change {
    REPLACE_BODY,
    PATCH_BODY,
    DROP_EXTENSION,
    SET_EXTENSION,
    ADD_EXTENSION
};

struct message_edit {
    int from;
    uint8_t type; /* HandshakeType */
    enum message_change change;
    int at;
    const char *bytes;
    size_t len;
    unsigned most, edits; /* how often: 0 always */
};

/* Writes the edited body of a message and returns its length. */
size_t plaintext_change(const struct message_edit *edit, skiff_bytes body, uint8_t *out);

/* Lets the extensions of a message come in the opposite order. */
void plaintext_turn_extensions(uint8_t type, uint8_t *body, size_t len);

/* A meddler whose `user` is an edit; the message has to be whole. */
void plaintext_send_edited(struct world *world, struct world_datagram *datagram);

/* An edit that the other end must refuse, and the alert with which. */
struct refused_edit {
    int from;
    uint8_t type; /* HandshakeType */
    enum message_change change;
    int at;
    const char *bytes;
    size_t len;
    int alert;
};

/* Makes the edit in a story that is prepared. `begin` begins the handshake, with `user`.
 * False, and a line about it: the other end did not fail with that alert, or the sender did
 * not receive it. */
bool plaintext_is_refused(struct story *s, const struct refused_edit *refused,
                          void (*begin)(struct story *s, void *user), void *user);

#endif
