/*
 * lookup.h - a name that is looked up on a thread of GLib's, by whatever the system
 * resolves names with. Knows no servers and no candidates.
 */
#ifndef SKF_LOOKUP_H
#define SKF_LOOKUP_H

#include <nice/agent.h>

enum { MAX_LOOKUP_ADDRESSES = 4 }; /* addresses of a name that are passed on */

struct lookup;

/* Called once, while the loop is iterated; `num` is 0 where the name has no address. */
typedef void (*lookup_done)(void *user, const NiceAddress *addresses, unsigned num);

/* Looks up. NULL without memory. */
struct lookup *skf_lookup_new(GMainContext *loop, const char *name, lookup_done done,
                              void *user);

/* From here on nothing is called; also after it was. NULL is allowed. */
void skf_lookup_free(struct lookup *lookup);

#endif
