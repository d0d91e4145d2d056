/* resolver.h - a resolver of the test, which asks no network: most names are unknown. */
#ifndef TESTS_ICE_RESOLVER_H
#define TESTS_ICE_RESOLVER_H

#include <gio/gio.h>

/*
 * Takes the place of GLib's until resolver_end. It knows "loopback.test" and each name that
 * ends in ".local" and begins with "0" as 127.0.0.1; it never answers for "slow.test" and
 * for names in ".local" that begin with "f".
 */
GResolver *resolver_begin(void);
void resolver_end(GResolver *before);

#endif
