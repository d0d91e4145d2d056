/*
 * keep.h - keeps consent on the selected pair of one agent of libnice: asks, looks for the
 * answers, and says what they make of the path. Knows no transport.
 *
 * The checks are skiff's own, sent as DTLS and media are: libnice's verdicts on a path that
 * was found are not asked for (docs/decisions/0022).
 */
#ifndef SKF_KEEP_H
#define SKF_KEEP_H

#include "asked.h"
#include "check.h"
#include "consent.h"
#include "peek.h"

/* All zeros: nothing is kept. */
struct keeper {
    NiceAgent      *agent;
    guint           stream;
    GMainContext   *loop;
    void          (*carry)(void *user, skiff_packet *check);
    void          (*answered)(void *user);      /* called while GLib asks who is ready    */
    void           *user;

    struct consent  consent;
    struct check   *check;
    struct asked   *asked;          /* of a lite agent, which sends none                  */
    struct peek    *peek;
    uint16_t        other;          /* the target of the last check of skf_keep_write's   */
                                    /* caller that was answered; 0: none                  */
    bool            revoked;
};

/*
 * From now on the peer is asked on the pair that is selected: a new one, or under new
 * names. A lifetime of 0 is 30 s.
 */
void skf_keep_begin(struct keeper *keeper, skiff_time now, const struct check_names *names,
                    skiff_time lifetime);

/* The same for a lite agent, by whose name and password the peer asks. */
void skf_keep_begin_lite(struct keeper *keeper, skiff_time now, const char *ufrag,
                         const char *password, skiff_time lifetime);

/* To be called when due; sends a check where it is time. */
enum consent_state skf_keep_run(struct keeper *keeper, skiff_time now);

/*
 * Writes a check that the caller sends to another address, by a number for it, not 0. Its
 * answer says nothing of the selected pair, but `other` says it then.
 */
bool skf_keep_write(struct keeper *keeper, skiff_time now, uint16_t target,
                    skiff_packet *packet);

/* Looks for answers now: to be called where libnice hands out a datagram. */
void skf_keep_look(struct keeper *keeper);

/* Nothing is asked any more. */
void skf_keep_end(struct keeper *keeper);

#endif
