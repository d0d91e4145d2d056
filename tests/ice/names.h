/* names.h - a resolver of the test, which asks no network: most names are unknown. */
#ifndef TESTS_ICE_NAMES_H
#define TESTS_ICE_NAMES_H

#include <gio/gio.h>

/*
 * Takes the place of GLib's until names_end. It knows "loopback.test" and each name that
 * ends in ".local" and begins with "0" as 127.0.0.1; it never answers for "slow.test" and
 * for names in ".local" that begin with "f".
 */
GResolver *names_begin(void);
void names_end(GResolver *before);

#endif
