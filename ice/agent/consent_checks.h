/*
 * consent_checks.h - keeps consent on the selected pair of one agent of libnice: sends
 * checks, reads the responses, and judges the path by them. Knows no transport.
 *
 * The checks are skiff's own, sent as DTLS and media are. libnice's state of a path that
 * was found is not used (docs/decisions/0022).
 */
#ifndef SKF_CONSENT_CHECKS_H
#define SKF_CONSENT_CHECKS_H

#include "consent.h"
#include "received_checks.h"
#include "sent_checks.h"
#include "stun_monitor.h"

/* Zeros: no consent is kept. */
struct consent_checks {
    NiceAgent *agent;
    guint stream;
    GMainContext *loop;
    void (*send)(void *user, skiff_packet *check);
    void (*on_response)(void *user); /* called while GLib looks which sources are ready */
    void *user;

    struct consent consent;
    struct check *check;
    struct received_checks *received; /* of a lite agent, which sends none */
    struct stun_monitor *monitor;
    /* The target of the last check by skf_consent_checks_write that has a response; 0:
     * none. */
    uint16_t other_target;
    bool revoked;
};

/* From now on the selected pair is checked: a new one, or with new credentials. A lifetime
 * of 0 means 30 s. */
void skf_consent_checks_begin(struct consent_checks *checks, skiff_time now,
                              const struct check_credentials *credentials,
                              skiff_time lifetime);

/* The same for a lite agent, which the peer checks with these credentials. */
void skf_consent_checks_begin_lite(struct consent_checks *checks, skiff_time now,
                                   const char *ufrag, const char *password,
                                   skiff_time lifetime);

/* To be called when due; sends a check when it is time. */
enum consent_state skf_consent_checks_run(struct consent_checks *checks, skiff_time now);

/* Writes a check that the caller sends to another address, for which `target` is a number
 * that is not 0. Its response says nothing about the selected pair; other_target has the
 * number then. */
bool skf_consent_checks_write(struct consent_checks *checks, skiff_time now,
                              uint16_t target, skiff_packet *packet);

/* Reads responses now: to be called when libnice returns a datagram. */
void skf_consent_checks_read(struct consent_checks *checks);

/* From now on nothing is checked. */
void skf_consent_checks_end(struct consent_checks *checks);

#endif
