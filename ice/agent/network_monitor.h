/* network_monitor.h - reports that local addresses or interfaces have changed, some time
 * after the first of several changes. Knows no agent. */
#ifndef SKF_NETWORK_MONITOR_H
#define SKF_NETWORK_MONITOR_H

#include "networks.h"

#include <glib.h>

struct network_monitor;

/* `changed` is called while the loop is iterated. NULL if the kernel does not support
 * it. */
struct network_monitor *skf_network_monitor_new(GMainContext *loop,
                                                void (*changed)(void *user), void *user);

/* NULL is allowed. */
void skf_network_monitor_free(struct network_monitor *monitor);

#endif
