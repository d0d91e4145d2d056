/* loop_source_test.c - a source that watches a descriptor, in a loop that its callback may
 * iterate again. */
#include "count.h"
#include "suite.h"

#include "ice/agent/loop_source.h"

#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct watched {
    GMainContext *loop;
    GSource *source;
    int fd;
    unsigned calls, inner_turns;
    bool nests, was_polled;
    unsigned hurries; /* how often the callback sets the ready time before it iterates */
    gboolean result;
};

/* Whether the loop would wait for the descriptor now. */
static bool is_polled(const struct watched *w)
{
    GPollFD fds[8];
    gint timeout, priority;
    bool found = false;

    CU_ASSERT_TRUE(g_main_context_acquire(w->loop));
    (void)g_main_context_prepare(w->loop, &priority);
    gint num = g_main_context_query(w->loop, priority, &timeout, fds, 8);
    for (gint i = 0; i < num && i < 8; i++)
        found |= fds[i].fd == w->fd && fds[i].events != 0;
    g_main_context_release(w->loop);
    return found;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    struct watched *w = user;
    eventfd_t ignored;

    CU_ASSERT_EQUAL(fd, w->fd);
    (void)condition;
    w->calls++;
    if (w->hurries > 0) {
        w->hurries--;
        g_source_set_ready_time(w->source, 0);
    }
    if (w->nests) {
        w->was_polled |= is_polled(w);
        w->inner_turns += (unsigned)g_main_context_iteration(w->loop, FALSE);
    }
    CU_ASSERT_EQUAL(eventfd_read(w->fd, &ignored), 0);
    return w->result;
}

static void open_watched(struct watched *w)
{
    *w = (struct watched){ .loop = g_main_context_new(),
                           .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE),
                           .result = G_SOURCE_CONTINUE };
    w->source = skf_readable_new(w->loop, w->fd, on_readable, w);
}

static void close_watched(struct watched *w)
{
    skf_source_free(&w->source);
    CU_ASSERT_PTR_NULL(w->source);
    skf_source_free(&w->source);
    CU_ASSERT_FALSE(is_polled(w));
    close(w->fd);
    g_main_context_unref(w->loop);
}

static void iterate_all(const struct watched *w)
{
    while (g_main_context_iteration(w->loop, FALSE))
        continue;
}

static void it_is_called_as_long_as_its_descriptor_is_readable(void)
{
    struct watched w;

    open_watched(&w);
    iterate_all(&w);
    CU_ASSERT_EQUAL(w.calls, 0);
    (void)eventfd_write(w.fd, 3);
    iterate_all(&w);
    CU_ASSERT_EQUAL(w.calls, 3);
    (void)eventfd_write(w.fd, 1);
    iterate_all(&w);
    CU_ASSERT_EQUAL(w.calls, 4);
    close_watched(&w);
}

static void a_callback_that_iterates_the_loop_is_not_called_inside_of_itself(void)
{
    struct watched w;

    open_watched(&w);
    w.nests = true;
    (void)eventfd_write(w.fd, 5);
    iterate_all(&w);
    CU_ASSERT_EQUAL(w.calls, 5);
    CU_ASSERT_EQUAL(w.inner_turns, 0);
    close_watched(&w);
}

/* Or the inner loop would never wait. */
static void the_loop_inside_of_a_callback_does_not_wait_for_its_descriptor(void)
{
    struct watched w;

    open_watched(&w);
    w.nests = true;
    (void)eventfd_write(w.fd, 2);
    CU_ASSERT_TRUE(is_polled(&w));
    iterate_all(&w);
    CU_ASSERT_FALSE(w.was_polled);
    CU_ASSERT_TRUE(is_polled(&w));
    close_watched(&w);
}

static void a_ready_time_calls_it_once_unless_it_is_set_again(void)
{
    struct watched w;

    open_watched(&w);
    w.nests = true;
    (void)eventfd_write(w.fd, 1);
    g_source_set_ready_time(w.source, 0);
    iterate_all(&w);
    CU_ASSERT_EQUAL(w.calls, 1);
    CU_ASSERT_EQUAL(w.inner_turns, 0);
    CU_ASSERT_EQUAL(g_source_get_ready_time(w.source), -1);
    close_watched(&w);
}

static void a_ready_time_that_comes_inside_of_the_callback_waits_for_its_end(void)
{
    struct watched w;

    open_watched(&w);
    w.nests = true;
    w.hurries = 2;
    (void)eventfd_write(w.fd, 10);
    g_source_set_ready_time(w.source, 0);
    CU_ASSERT_TRUE(g_main_context_iteration(w.loop, FALSE));
    CU_ASSERT_EQUAL(w.calls, 1);
    CU_ASSERT_EQUAL(g_source_get_ready_time(w.source), 0);
    CU_ASSERT_TRUE(g_main_context_iteration(w.loop, FALSE));
    CU_ASSERT_TRUE(g_main_context_iteration(w.loop, FALSE));
    CU_ASSERT_EQUAL(w.calls, 3);
    CU_ASSERT_EQUAL(g_source_get_ready_time(w.source), -1);
    close_watched(&w);
}

static void a_callback_that_removes_it_is_not_called_again(void)
{
    struct watched w;

    open_watched(&w);
    w.result = G_SOURCE_REMOVE;
    (void)eventfd_write(w.fd, 2);
    iterate_all(&w);
    CU_ASSERT_EQUAL(w.calls, 1);
    CU_ASSERT_TRUE(g_source_is_destroyed(w.source));
    close_watched(&w);
}

static void no_turn_of_the_loop_uses_memory(void)
{
    struct watched w;

    if (!count_works()) {
        CU_PASS("a sanitizer counts instead");
        return;
    }
    open_watched(&w);
    (void)eventfd_write(w.fd, 10);
    iterate_all(&w);
    (void)eventfd_write(w.fd, 10);
    struct count before = count_now();
    iterate_all(&w);
    CU_ASSERT_EQUAL(count_now().allocs, before.allocs);
    CU_ASSERT_EQUAL(w.calls, 20);
    close_watched(&w);
}

CU_TestInfo loop_source_tests[] = {
    TEST(it_is_called_as_long_as_its_descriptor_is_readable),
    TEST(a_callback_that_iterates_the_loop_is_not_called_inside_of_itself),
    TEST(the_loop_inside_of_a_callback_does_not_wait_for_its_descriptor),
    TEST(a_ready_time_calls_it_once_unless_it_is_set_again),
    TEST(a_ready_time_that_comes_inside_of_the_callback_waits_for_its_end),
    TEST(a_callback_that_removes_it_is_not_called_again),
    TEST(no_turn_of_the_loop_uses_memory),
    CU_TEST_INFO_NULL,
};
