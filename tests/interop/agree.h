/* agree.h - whether two ends that are through with a handshake think the same of it. */
#ifndef SKF_INTEROP_AGREE_H
#define SKF_INTEROP_AGREE_H

#include "talk.h"

/* Both are ready, have what the setup asks for, and export the same keys. Says in one line
 * what was agreed, or what was not. */
bool agree(const struct talk *talk);

/* Opens, shakes hands, compares and closes. */
bool agree_on(const struct setup *setup);

/* The same with skiff as the server and as the client. */
bool agree_both_ways(struct setup setup);

#endif
