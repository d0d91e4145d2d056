/* lookup.c - a name is looked up on a thread of GLib. */
#include "lookup.h"

#include "base/memory.h"

#include <gio/gio.h>

/* GLib calls back for a cancelled lookup too: whichever comes last frees it. */
struct lookup {
    GCancellable *cancellable;
    lookup_done done;
    void *context;
    bool resolved, cancelled;
};

static void release(struct lookup *lookup)
{
    g_object_unref(lookup->cancellable);
    skf_release(NULL, lookup, sizeof *lookup);
}

static bool store_addresses(GInetAddress *from, NiceAddress *address)
{
    const guint8 *bytes = g_inet_address_to_bytes(from);
    guint32 four;

    nice_address_init(address);
    switch (g_inet_address_get_family(from)) {
    case G_SOCKET_FAMILY_IPV4:
        memcpy(&four, bytes, sizeof four);
        nice_address_set_ipv4(address, GUINT32_FROM_BE(four));
        return true;
    case G_SOCKET_FAMILY_IPV6:
        nice_address_set_ipv6(address, bytes);
        return true;
    case G_SOCKET_FAMILY_INVALID:
    case G_SOCKET_FAMILY_UNIX:
        break;
    }
    return false;
}

static void on_resolved(GObject *resolver, GAsyncResult *result, gpointer data)
{
    struct lookup *lookup = data;
    NiceAddress addresses[MAX_LOOKUP_ADDRESSES];
    unsigned num = 0;
    GList *all = g_resolver_lookup_by_name_finish(G_RESOLVER(resolver), result, NULL);

    for (GList *at = all; at != NULL && num < MAX_LOOKUP_ADDRESSES; at = at->next)
        num += store_addresses(at->data, &addresses[num]) ? 1 : 0;
    g_resolver_free_addresses(all);
    if (lookup->cancelled) {
        release(lookup);
        return;
    }
    lookup->resolved = true;
    lookup->done(lookup->context, addresses, num); /* which may free it */
}

struct lookup *skf_lookup_new(GMainContext *loop, const char *name, lookup_done done,
                              void *user)
{
    struct lookup *made = skf_acquire(NULL, sizeof *made);
    GResolver *resolver;

    if (made == NULL)
        return NULL;
    *made = (struct lookup){ .cancellable = g_cancellable_new(),
                             .done = done,
                             .context = user };
    resolver = g_resolver_get_default();
    g_main_context_push_thread_default(loop);
    g_resolver_lookup_by_name_async(resolver, name, made->cancellable, on_resolved, made);
    g_main_context_pop_thread_default(loop);
    g_object_unref(resolver);
    return made;
}

void skf_lookup_free(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    if (lookup->resolved) {
        release(lookup);
        return;
    }
    lookup->cancelled = true;
    g_cancellable_cancel(lookup->cancellable);
}
