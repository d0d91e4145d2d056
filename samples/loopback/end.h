/* end.h - one end of a call: its identity, its agent, and what it signals. */
#ifndef LOOPBACK_END_H
#define LOOPBACK_END_H

#include "options.h"
#include "sdp.h"

#include "../common/trace_file.h"

#include <skiff/ice.h>

#include <glib.h>

struct end {
    const char *name;
    struct trace_file trace;
    bool offers;
    uint32_t ssrc;
    void *user; /* handed to both of these */
    void (*send)(void *user, struct end *from, const char *text);
    void (*on_packet)(void *user, struct end *at, skiff_packet *packet, skiff_kind kind);

    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_ice *ice;
    skiff_role role; /* ours, in a=setup */
    struct description peer;
    bool connected, closed, failed;
};

/* Makes the end, of which the first group is set. Callbacks come from `loop`. */
bool end_open(struct end *end, const struct options *options, GMainContext *loop);

/* Says who we are, to be carried to the peer. */
void end_describe(struct end *end);

/* Takes the description of the peer; the end that did not offer answers. */
bool end_apply_description(struct end *end, const char *text);

void end_close(struct end *end);

#endif
