/* client.h - the process that calls: opens, keeps alive, reopens, closes. */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "run_result.h"

/* Does all of it with a server at the other end of the signals, and prints how it goes.
 * False when it could not be done at all, which is said on stderr. run->latencies is the
 * caller's to free. */
bool client_run(const struct options *options, struct signalling *signalling,
                struct run *run);

#endif
