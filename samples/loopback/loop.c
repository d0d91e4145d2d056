/* loop.c - several main contexts, iterated in one thread.
 *
 * Each agent has a context of its own, because a packet costs as much as its context has
 * sources. A server polls the file descriptors of many contexts and iterates those that are
 * ready; this is that loop with two or three. */
#include "loop.h"

GMainContext *loop_add(struct loop *loop)
{
    GMainContext *context = g_main_context_new();

    g_main_context_acquire(context);
    loop->contexts[loop->num++] = context;
    return context;
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

void loop_iterate(struct loop *loop, int most)
{
    gint priority[LOOP_CONTEXTS] = { 0 }, num[LOOP_CONTEXTS] = { 0 };
    gint used = 0, wait = most;

    for (size_t i = 0; i < loop->num; i++) {
        gint timeout = -1;
        g_main_context_prepare(loop->contexts[i], &priority[i]);
        num[i] = g_main_context_query(loop->contexts[i], priority[i], &timeout,
                                      loop->fds + used, LOOP_FDS - used);
        num[i] = MIN(num[i], LOOP_FDS - used);
        used += num[i];
        wait = sooner(wait, timeout);
    }
    g_poll(loop->fds, (guint)used, wait);

    gint at = 0;
    for (size_t i = 0; i < loop->num; i++) {
        if (g_main_context_check(loop->contexts[i], priority[i], loop->fds + at, num[i]))
            g_main_context_dispatch(loop->contexts[i]);
        at += num[i];
    }
}

void loop_clear(struct loop *loop)
{
    for (size_t i = 0; i < loop->num; i++) {
        while (g_main_context_iteration(loop->contexts[i], FALSE))
            continue;
        g_main_context_release(loop->contexts[i]);
        g_main_context_unref(loop->contexts[i]);
    }
    loop->num = 0;
}
