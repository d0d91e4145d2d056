/* interrupt.h - Ctrl-C for a program with a GLib loop: a flag that its loop looks at. */
#ifndef SAMPLES_INTERRUPT_H
#define SAMPLES_INTERRUPT_H

#include <glib-unix.h>
#include <stdbool.h>

static inline gboolean set_flag(void *flag)
{
    *(bool *)flag = true;
    return G_SOURCE_CONTINUE;
}

/* From now on Ctrl-C and kill set the flag, by a source of the default main context. */
static inline void end_at_interrupt(bool *over)
{
    g_unix_signal_add(SIGINT, set_flag, over);
    g_unix_signal_add(SIGTERM, set_flag, over);
}

#endif
