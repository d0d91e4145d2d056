/*
 * loop_source.h - a source of a main context that watches whether a descriptor is readable,
 * and allocates nothing when it is dispatched; and the end of any source.
 *
 * A source of g_unix_fd_source_new watches a descriptor, too. But GLib takes its descriptor
 * out of the context for the time of each dispatch, and allocates when it puts it back.
 */
#ifndef SKF_LOOP_SOURCE_H
#define SKF_LOOP_SOURCE_H

#include <glib-unix.h>

/* Attached to `loop`. A callback that iterates the loop is not called inside of itself, and
 * the iteration does not wait for the descriptor; but an error of the descriptor wakes it.
 * The caller has a reference. */
GSource *skf_readable_new(GMainContext *loop, int fd, GUnixFDSourceFunc callback,
                          gpointer user);

/* Destroys *source and gives up the reference; *source is NULL then. Does nothing if it was
 * NULL before. */
void skf_source_free(GSource **source);

#endif
