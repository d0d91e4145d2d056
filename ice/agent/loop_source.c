/* loop_source.c - GLib may dispatch the source while it is dispatched, and so leaves its
 * descriptor in the context: the source itself asks for no events meanwhile. */
#include "loop_source.h"

#include <stdbool.h>

struct readable {
    GSource source;
    GPollFD poll;
    bool dispatching;
    bool ready_again; /* its ready time came meanwhile */
};

static struct readable *readable_of(GSource *source)
{
    return (struct readable *)(void *)source;
}

static gboolean prepare(GSource *source, gint *timeout)
{
    struct readable *readable = readable_of(source);

    readable->poll.events = readable->dispatching ? 0 : G_IO_IN;
    *timeout = -1;
    return FALSE;
}

/* An error is reported without being asked for. */
static gboolean check(GSource *source)
{
    const struct readable *readable = readable_of(source);

    return !readable->dispatching && readable->poll.revents != 0;
}

/* GLib does not ask check about a ready time. One that the callback has set, and that comes
 * while it iterates the loop, waits until the callback has returned. */
static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
    struct readable *readable = readable_of(source);
    GUnixFDSourceFunc on_readable = (GUnixFDSourceFunc)(void (*)(void))callback;

    g_source_set_ready_time(source, -1);
    readable->ready_again = readable->dispatching;
    if (readable->dispatching)
        return G_SOURCE_CONTINUE;
    readable->dispatching = true;
    gboolean stays = on_readable(readable->poll.fd, readable->poll.revents, user);
    readable->dispatching = false;
    if (readable->ready_again)
        g_source_set_ready_time(source, 0);
    return stays;
}

GSource *skf_readable_new(GMainContext *loop, int fd, GUnixFDSourceFunc callback,
                          gpointer user)
{
    static const GSourceFuncs funcs = { .prepare = prepare,
                                        .check = check,
                                        .dispatch = dispatch };
    GSource *source = g_source_new((GSourceFuncs *)&funcs, sizeof(struct readable));
    struct readable *readable = readable_of(source);

    readable->poll.fd = fd;
    readable->poll.events = G_IO_IN;
    g_source_add_poll(source, &readable->poll);
    g_source_set_can_recurse(source, TRUE);
    g_source_set_callback(source, G_SOURCE_FUNC(callback), user, NULL);
    g_source_attach(source, loop);
    return source;
}

void skf_source_free(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}
