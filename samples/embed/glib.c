/*
 * glib.c - a port in a main loop of GLib.
 *
 *     embed_glib [ADDRESS]           such as 192.0.2.1:5000; without it 0.0.0.0 and any
 * port
 *
 * It shows a GSource with the descriptor and the deadline of a port. It leaves out
 * signalling that arrives in parts (lines on stdin, see signalling.h). An agent (skiff_ice)
 * needs no such source: it has its own in the GMainContext of its config.
 */
#include "signalling.h"

#include "../common/clock.h"
#include "../common/interrupt.h"

#include <unistd.h>

/* begin: glib */
struct port_source {
    GSource base;
    skiff_port *port;
    gpointer descriptor;
};

/* GLib calls it before each wait. `timeout` is in milliseconds; -1 means no timeout. */
static gboolean prepare(GSource *source, gint *timeout)
{
    skiff_port *port = ((struct port_source *)source)->port;

    skiff_port_flush(port); /* what other sources have queued */
    *timeout = skiff_wait_ms(skiff_port_deadline(port), clock_now());
    return *timeout == 0;
}

static gboolean check(GSource *source)
{
    const struct port_source *own = (struct port_source *)source;

    return g_source_query_unix_fd(source, own->descriptor) != 0
        || skiff_port_deadline(own->port) <= clock_now();
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
    (void)callback;
    (void)user;
    skiff_port_run(((struct port_source *)source)->port, clock_now(), BATCH);
    return G_SOURCE_CONTINUE;
}

/* The caller destroys and unrefs the source before it frees the port. */
static GSource *attach_port(skiff_port *port, GMainContext *context)
{
    static const GSourceFuncs functions = { .prepare = prepare,
                                            .check = check,
                                            .dispatch = dispatch };
    GSource *source = g_source_new((GSourceFuncs *)&functions, sizeof(struct port_source));
    struct port_source *own = (struct port_source *)source;

    own->port = port;
    own->descriptor = g_source_add_unix_fd(source, skiff_port_fd(port), G_IO_IN);
    g_source_attach(source, context);
    return source;
}
/* end: glib */

struct program {
    struct echo_server server;
    bool over;
};

static gboolean on_line(gint fd, GIOCondition condition, gpointer user)
{
    struct program *program = user;

    (void)fd;
    (void)condition;
    program->over |= !signalling_read_line(&program->server, stdin);
    return program->over ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static bool serve(void *user)
{
    struct program *program = user;
    GSource *source = attach_port(program->server.port, NULL);

    setvbuf(stdin, NULL, _IONBF, 0);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_line, program);
    end_at_interrupt(&program->over);
    while (!program->over)
        g_main_context_iteration(NULL, TRUE);
    g_source_destroy(source);
    g_source_unref(source);
    return true;
}

int main(int argc, char **argv)
{
    struct program program = { 0 };

    return echo_server_main(argc, argv, &program.server, serve, &program);
}
