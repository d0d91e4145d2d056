/*
 * sent_checks.h - checks of the pair that is in use, and their responses (RFC 8445 7.2,
 * RFC 7675 5.1), by libnice's STUN library. Knows no sockets and no timers.
 *
 * Two agents that both control resolve that by libnice's own checks. The checks here change
 * no role of the peer: their tie-breakers are such that the peer responds with 487, and the
 * next check has the other role.
 */
#ifndef SKF_SENT_CHECKS_H
#define SKF_SENT_CHECKS_H

#include <skiff/packet.h>

/* With a check each second, all those of the 30 s of consent are remembered. */
enum { CHECKS = 32, CHECK_LIMIT = 1280 };

struct check;

/* What must be known of a check when its response comes. */
struct check_sent {
    uint8_t id[12];
    bool valid;
    uint16_t target; /* the caller's number for the address */
    skiff_time at;
};

enum check_response {
    CHECK_NOTHING, /* not for a check of ours, or not authentic */
    CHECK_GOOD,
    CHECK_CONFLICT, /* 487; the next check has the other role */
    CHECK_FORBIDDEN /* 403: the peer revokes its consent (RFC 7675 5.2) */
};

/* The credentials of checks. The texts are copied; NULL without memory. */
struct check_credentials {
    const char *ours, *theirs, *password; /* both ufrags; the peer's password */
    uint32_t priority;                    /* RFC 8445 7.1.1 */
    bool controlling;
};
struct check *skf_check_new(const struct check_credentials *credentials);

/* Wipes the password. NULL is allowed. */
void skf_check_free(struct check *check);

/* Writes the next check into a packet with space for CHECK_LIMIT bytes; false if it
 * failed. */
bool skf_check_write(struct check *check, skiff_time now, uint16_t target,
                     skiff_packet *packet);

/* Forgets the checks that were sent: their responses mean nothing any more. */
void skf_check_forget(struct check *check, skiff_time before);

/* A check has its response: older ones to the same target mean nothing more than it. */
void skf_check_on_response(struct check *check, const struct check_sent *sent);

/* Whether there are any without a response. */
bool skf_check_is_pending(const struct check *check);

/* What a datagram is; `sent` is then the check that it responds to. */
enum check_response skf_check_read(struct check *check, skiff_bytes datagram,
                                   struct check_sent *sent);

#endif
