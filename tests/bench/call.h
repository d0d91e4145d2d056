/* call.h - two agents on 127.0.0.1 that have found each other, each on its own loop. */
#ifndef SKF_BENCH_CALL_H
#define SKF_BENCH_CALL_H

#include <glib.h>
#include <skiff/ice.h>

struct call;

struct call_end {
    struct call *call;
    GMainContext *loop;
    skiff_identity *identity;
    skiff_context *context;
    skiff_ice *ice;
    bool connected;
    size_t media; /* that it has received */
};

struct call {
    skiff_pool *pool;
    struct call_end ends[2];
};

/* Connects both, and waits until media passes libnice by. */
void call_open(struct call *call);
void call_close(struct call *call);

#endif
