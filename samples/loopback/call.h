/* call.h - the whole call, and what is printed about it. */
#ifndef LOOPBACK_CALL_H
#define LOOPBACK_CALL_H

#include "end.h"
#include "loop.h"
#include "network.h"
#include "play.h"

struct call {
    struct options options;
    struct loop loop;
    FILE *trace;             /* NULL: none */
    struct network *network; /* NULL: a good one */
    struct recording description;
    struct end near, far;
    struct play play;
    bool bad_signal;
};

/* Says on stderr what is wrong, and is false. */
bool complain(const char *what, const char *why);

/* Says on stderr why the end has failed, and is false. */
bool complain_of(const struct end *end);

/* Writes the far file and prints what the call was like; true when nothing is wrong. */
bool sum_up(const struct call *call);

#endif
