/*
 * sent_checks.h - checks of the pair that is in use, and what their answers say (RFC
 * 8445 7.2, RFC 7675 5.1), by libnice's STUN library. Knows no sockets and no timers.
 *
 * Two agents that both control settle that by libnice's own checks. These here move no
 * peer's role: their tie-breakers are such that the peer answers 487, and it is we who ask
 * the other way the next time.
 */
#ifndef SKF_SENT_CHECKS_H
#define SKF_SENT_CHECKS_H

#include <skiff/packet.h>

/* At a check each second, those of the 30 s of consent are remembered. */
enum { CHECKS = 32, CHECK_LIMIT = 1280 };

struct check;

/* What of a check must be known when its answer comes. */
struct check_sent {
    uint8_t id[12];
    bool valid;
    uint16_t target; /* the caller's number for where it went */
    skiff_time at;
};

enum check_response {
    CHECK_NOTHING, /* none of ours, or not signed by the peer */
    CHECK_GOOD,
    CHECK_CONFLICT, /* 487; the next check has the other role */
    CHECK_FORBIDDEN /* 403: the peer wants nothing more (RFC 7675 5.2) */
};

/* Whom it asks, and as whom. The texts are copied; NULL without memory. */
struct check_credentials {
    const char *ours, *theirs, *password; /* both ufrags; the peer's password */
    uint32_t priority;                    /* RFC 8445 7.1.1 */
    bool controlling;
};
struct check *skf_check_new(const struct check_credentials *credentials);

/* Wipes the password. NULL is allowed. */
void skf_check_free(struct check *check);

/* Writes the next check into a packet with room for CHECK_LIMIT bytes; false: it is not. */
bool skf_check_write(struct check *check, skiff_time now, uint16_t target,
                     skiff_packet *packet);

/* Forgets the checks that were sent before: their answers say nothing any more. */
void skf_check_forget(struct check *check, skiff_time before);

/* One was answered: those to the same target that are older say nothing more than it. */
void skf_check_on_response(struct check *check, const struct check_sent *sent);

/* Whether there are any whose answers are awaited. */
bool skf_check_is_pending(const struct check *check);

/* What a datagram says; `sent` is then the check that it answers. */
enum check_response skf_check_read(struct check *check, skiff_bytes datagram,
                                   struct check_sent *sent);

#endif
