/* pair.h - two agents on one main context. Each gets the signalling of the other. */
#ifndef TESTS_ICE_PAIR_H
#define TESTS_ICE_PAIR_H

#include <skiff/ice.h>

#include "emulated_path.h"

#include <glib.h>

enum end_callback { IN_NONE, IN_CANDIDATE, IN_LAST_CANDIDATE, IN_MEDIA, IN_EVENT, IN_DATA };

enum { END_BYTES = 2048 };

struct end {
    struct pair *pair;
    struct end *peer;
    skiff_identity *identity;
    skiff_ice *ice;
    skiff_fingerprint fingerprint; /* what the other end has to expect */
    enum end_callback free_in;     /* the callback that frees its own agent */
    bool ignores_candidates;       /* takes no candidates of the peer */
    bool introduced;
    bool restart_in_candidate; /* its own agent, once */
    bool restart_in_failure;   /* its own agent, whenever ICE has failed */
    bool echoes;               /* sends back what it receives, from the callback */
    bool even;                 /* sends packets of one length */

    unsigned candidates, last_candidates;
    unsigned connected, closed, failed;
    unsigned hellos, renewed, not_renewed;
    skiff_role renewal_role;                       /* when a hello is reported; 0: never */
    unsigned events[SKIFF_ICE_RESTART_FAILED + 1]; /* by kind of event */
    const char *last_what; /* the text of the last event but DTLS's */
    bool last_ok;
    uint16_t last_code;
    char last_server[64];
    unsigned rtp, rtcp, wrong;
    unsigned data, moved, tickets, certificates; /* events of DTLS */
    bool echoes_data;
    size_t data_len, certificate_len; /* of the last of each */
    uint8_t data_bytes[END_BYTES], certificate[END_BYTES];
    uint16_t sequence;   /* of the next packet that it sends */
    unsigned after_free; /* callbacks that came when none may */
    char first_candidate[256], last_candidate[256];
};

struct pair {
    GMainContext *loop;
    skiff_pool *pool;
    skiff_context *context[2];
    struct end a, b; /* a is controlling and active */
    skiff_ice_config config_a, config_b;
    bool only_tcp;              /* no other candidates reach the other end */
    void *user;                 /* of the test */
    struct emulated_path *path; /* between both; NULL: they meet directly */
};

/* Makes everything but the agents; the configs may be changed before pair_start. */
void pair_new(struct pair *pair, const char *const *address);

/* As that, with contexts that have what `wishes` names; 1.2 otherwise. */
void pair_new_with(struct pair *pair, const char *const *address,
                   const skiff_context_config *wishes);

/* Sends one message of DTLS. */
skiff_status end_send_data(struct end *end, const void *bytes, size_t len);

/* Makes both agents and passes the description of each to the other. */
void pair_start(struct pair *pair);

/* Passes description and candidates of each end to the other, as after a restart. */
void pair_introduce(struct pair *pair);

/* Restarts one; it needs the description of the other again. */
void end_restart(struct end *end);

/* Restarts both; each needs the description of the other again. */
void pair_restart(struct pair *pair);

/* Iterates until the condition holds; false when ten seconds go by first. */
bool pair_until(struct pair *pair, bool (*holds)(const struct pair *));

/* Iterates as long as anything is ready, or on its way. */
void pair_choose_paths(struct pair *pair);

/* Frees one agent, after which it must be silent. */
void end_free(struct end *end);

void pair_free(struct pair *pair);

/* Sends `num` RTP packets of different lengths in one call; how many went out. */
size_t end_send(struct end *end, size_t num);

bool both_connected(const struct pair *pair);

#endif
