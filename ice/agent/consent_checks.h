/*
 * keep.h - keeps consent on the selected pair of one agent of libnice: asks, looks for the
 * answers, and says what they make of the path. Knows no transport.
 *
 * The checks are skiff's own, sent as DTLS and media are: libnice's verdicts on a path that
 * was found are not asked for (docs/decisions/0022).
 */
#ifndef SKF_CONSENT_CHECKS_H
#define SKF_CONSENT_CHECKS_H

#include "received_checks.h"
#include "sent_checks.h"
#include "consent.h"
#include "stun_monitor.h"

/* All zeros: nothing is kept. */
struct consent_checks {
    NiceAgent *agent;
    guint stream;
    GMainContext *loop;
    void (*send)(void *user, skiff_packet *check);
    void (*on_response)(void *user); /* called while GLib asks who is ready */
    void *user;

    struct consent consent;
    struct check *check;
    struct received_checks *received; /* of a lite agent, which sends none */
    struct stun_monitor *monitor;
    uint16_t other_target; /* the target of the last check of skf_consent_checks_write's */
                           /* caller that was answered; 0: none */
    bool revoked;
};

/*
 * From now on the peer is asked on the pair that is selected: a new one, or under new
 * names. A lifetime of 0 is 30 s.
 */
void skf_consent_checks_begin(struct consent_checks *checks, skiff_time now,
                              const struct check_credentials *credentials,
                              skiff_time lifetime);

/* The same for a lite agent, by whose name and password the peer asks. */
void skf_consent_checks_begin_lite(struct consent_checks *checks, skiff_time now,
                                   const char *ufrag, const char *password,
                                   skiff_time lifetime);

/* To be called when due; sends a check where it is time. */
enum consent_state skf_consent_checks_run(struct consent_checks *checks, skiff_time now);

/*
 * Writes a check that the caller sends to another address, by a number for it, not 0. Its
 * answer says nothing of the selected pair, but `other` says it then.
 */
bool skf_consent_checks_write(struct consent_checks *checks, skiff_time now,
                              uint16_t target, skiff_packet *packet);

/* Looks for answers now: to be called where libnice hands out a datagram. */
void skf_consent_checks_read(struct consent_checks *checks);

/* Nothing is asked any more. */
void skf_consent_checks_end(struct consent_checks *checks);

#endif
