/* script.h - a handshake is a script, and both roles read the same one. Knows which role
 * sends which message, in which flight and epoch. Knows no bytes. */
#ifndef SKF_SCRIPT_H
#define SKF_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role { CLIENT, SERVER };

enum msg {
    CLIENT_HELLO,
    HELLO_VERIFY_REQUEST,
    HELLO_RETRY_REQUEST,
    SERVER_HELLO,
    ENCRYPTED_EXTENSIONS,
    CERTIFICATE,
    SERVER_KEY_EXCHANGE,
    CERTIFICATE_REQUEST,
    SERVER_HELLO_DONE,
    CLIENT_KEY_EXCHANGE,
    CERTIFICATE_VERIFY,
    CHANGE_CIPHER_SPEC,
    FINISHED,
    MSG_COUNT
};

/* The facts that were learnt so far, and that change the script. */
struct facts {
    uint8_t cookies;     /* HelloVerifyRequests that a client received */
    bool retry_wanted;   /* the server asks for another ClientHello (HelloRetryRequest) */
    bool retry_seen;     /* it has asked */
    bool auth_wanted;    /* the server asks for a certificate */
    bool auth_requested; /* it has asked */
    bool auth_given;     /* the client's Certificate was not empty */
    bool resumed;        /* a ticket stands in for certificates */
};
typedef bool fact(const struct facts *);

/* MAY: the sender decides, the receiver learns it from what arrives. WHEN: both sides
 * know it from the messages before. */
struct line {
    enum role sender;
    enum msg msg;
    uint8_t flight, epoch;
    bool is_optional;
    fact *condition;
};

struct script {
    const char *title;
    const struct line *lines;
    size_t count;
};
extern const struct script skf_dtls12_script, skf_dtls13_script;

struct script_position {
    const struct script *script;
    size_t at;
    enum role role;
    const struct facts *facts;
};

enum next_turn { TURN_SEND, TURN_RECEIVE, TURN_OVER };

/* Whose line is next. */
enum next_turn skf_script_turn(struct script_position *position);

/* The next line, or NULL when the script is over. */
const struct line *skf_script_next(struct script_position *position);

/* Takes my next line; NULL when it is not mine. */
const struct line *skf_script_send(struct script_position *position);

/* The line that message m would be, or NULL: it has no place here. Moves nothing. */
const struct line *skf_script_find(const struct script_position *position, enum msg m);

/* Goes on behind the line that message m is. It may stand in another script than the
 * line that skf_script_find gave: a hello decides the version, and both scripts begin
 * alike. */
void skf_script_received(struct script_position *position, enum msg m);

/* Goes on behind the first line with message m, whichever role sends it: that message
 * was sent before any state was kept. */
void skf_script_resume(struct script_position *position, enum msg m);

extern const char *const skf_msg_names[MSG_COUNT];

#endif
