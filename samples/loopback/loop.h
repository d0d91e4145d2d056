/* loop.h - several main contexts, iterated in one thread. */
#ifndef LOOPBACK_LOOP_H
#define LOOPBACK_LOOP_H

#include <glib.h>

enum { LOOP_CONTEXTS = 3, LOOP_FDS = 64 };

struct loop {
    GMainContext *contexts[LOOP_CONTEXTS];
    size_t num;
    GPollFD fds[LOOP_FDS];
};

/* Makes one more context; the loop keeps it. */
GMainContext *loop_add(struct loop *loop);

/* Waits until one of them has something to do, or `most` milliseconds, and lets it. */
void loop_iterate(struct loop *loop, int most);

void loop_clear(struct loop *loop);

#endif
