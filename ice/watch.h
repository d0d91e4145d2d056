/*
 * watch.h - hears from the kernel that local addresses or interfaces have changed, some
 * time after the first of several changes. Knows no agent.
 */
#ifndef SKF_WATCH_H
#define SKF_WATCH_H

#include "networks.h"

#include <glib.h>

struct watch;

/* `changed` is called while the loop is iterated. NULL where the kernel does not tell. */
struct watch *skf_watch_new(GMainContext *loop, void (*changed)(void *user), void *user);

/* NULL is allowed. */
void skf_watch_free(struct watch *watch);

#endif
