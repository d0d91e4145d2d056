/* resolver.c - a resolver of the test. */
#include "resolver.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    GResolver parent;
} TestNames;
typedef GResolverClass TestNamesClass;

static GType test_names_get_type(void);
G_DEFINE_TYPE(TestNames, test_names, G_TYPE_RESOLVER)

static bool ends_in(const char *name, const char *end)
{
    return g_str_has_suffix(name, end);
}

static gboolean on_cancelled(GCancellable *cancellable, gpointer task)
{
    (void)cancellable;
    (void)g_task_return_error_if_cancelled(task);
    g_object_unref(task);
    return G_SOURCE_REMOVE;
}

static void never_respond(GTask *task)
{
    GSource *source = g_cancellable_source_new(g_task_get_cancellable(task));

    g_source_set_callback(source, G_SOURCE_FUNC(on_cancelled), task, NULL);
    g_source_attach(source, g_task_get_context(task));
    g_source_unref(source);
}

static void look_up(GResolver *resolver, const gchar *name, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user)
{
    GTask *task = g_task_new(resolver, cancellable, callback, user);
    bool local = ends_in(name, ".local");

    if (strcmp(name, "slow.test") == 0 || (local && name[0] == 'f')) {
        never_respond(task);
        return;
    }
    if (strcmp(name, "loopback.test") == 0 || (local && name[0] == '0'))
        g_task_return_pointer(task, g_inet_address_new_from_string("127.0.0.1"),
                              g_object_unref);
    else
        g_task_return_new_error(task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                                "unknown: %s", name);
    g_object_unref(task);
}

static GList *finish(GResolver *resolver, GAsyncResult *result, GError **error)
{
    GInetAddress *address = g_task_propagate_pointer(G_TASK(result), error);

    (void)resolver;
    return address != NULL ? g_list_append(NULL, address) : NULL;
}

static void test_names_class_init(TestNamesClass *class)
{
    class->lookup_by_name_async = look_up;
    class->lookup_by_name_finish = finish;
}

static void test_names_init(TestNames *names)
{
    (void)names;
}

GResolver *resolver_begin(void)
{
    GResolver *before = g_resolver_get_default();
    GResolver *names = g_object_new(test_names_get_type(), NULL);

    g_resolver_set_default(names);
    g_object_unref(names);
    return before;
}

void resolver_end(GResolver *before)
{
    g_resolver_set_default(before);
    g_object_unref(before);
}
