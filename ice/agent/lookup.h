/* lookup.h - a name is looked up on a thread of GLib, with the resolver of the system.
 * Knows no servers and no candidates. */
#ifndef SKF_LOOKUP_H
#define SKF_LOOKUP_H

#include <nice/agent.h>

enum { MAX_LOOKUP_ADDRESSES = 4 }; /* more addresses of a name are left out */

struct lookup;

/* Called once, while the loop is iterated; `num` is 0 if the name has no address. */
typedef void (*lookup_done)(void *user, const NiceAddress *addresses, unsigned num);

/* Looks up. NULL without memory. */
struct lookup *skf_lookup_new(GMainContext *loop, const char *name, lookup_done done,
                              void *user);

/* Cancels it: the callback is not called any more. Also allowed afterwards, and for
 * NULL. */
void skf_lookup_free(struct lookup *lookup);

#endif
