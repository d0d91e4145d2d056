/* hidden.c - candidates whose address is hidden behind a .local name. */
#include "hidden.h"

#include "candidate.h"
#include "lookup.h"

#define LOOKUP_TIME SKIFF_MSEC(5000)

static void forget(struct hidden_name *name)
{
    skf_lookup_free(name->lookup);
    g_free(name->sdp);
    *name = (struct hidden_name){ .hidden = name->hidden };
}

/* The first address: a host that hides behind one name has one for each of them. */
static void on_found(void *context, const NiceAddress *addresses, unsigned num)
{
    struct hidden_name *name = context;
    struct hidden *hidden = name->hidden;
    gchar ip[NICE_ADDRESS_STRING_LEN];
    NiceCandidate *candidate = NULL;

    if (num > 0) {
        nice_address_to_string(&addresses[0], ip);
        (void)skf_candidate_read_at(name->sdp, ip, &candidate);
    }
    forget(name);
    hidden->found(hidden->user, candidate);
}

static struct hidden_name *vacant(struct hidden *hidden)
{
    for (unsigned i = 0; i < HIDDEN_MOST; i++)
        if (hidden->names[i].lookup == NULL)
            return &hidden->names[i];
    return NULL;
}

bool skf_hidden_add(struct hidden *hidden, skiff_time now, const char *sdp)
{
    char host[CANDIDATE_HIDDEN_NAME];
    struct hidden_name *name = vacant(hidden);

    if (name == NULL || !skf_candidate_hides(sdp, host))
        return false;
    name->hidden = hidden;
    name->sdp = g_strdup(sdp);
    name->due = now + LOOKUP_TIME;
    name->lookup = skf_lookup_new(hidden->loop, host, on_found, name);
    if (name->lookup != NULL)
        return true;
    forget(name);
    return false;
}

void skf_hidden_run(struct hidden *hidden, skiff_time now)
{
    for (unsigned i = 0; i < HIDDEN_MOST; i++)
        if (hidden->names[i].lookup != NULL && now >= hidden->names[i].due)
            on_found(&hidden->names[i], NULL, 0);
}

skiff_time skf_hidden_due(const struct hidden *hidden)
{
    skiff_time due = SKIFF_NEVER;

    for (unsigned i = 0; i < HIDDEN_MOST; i++)
        if (hidden->names[i].lookup != NULL)
            due = MIN(due, hidden->names[i].due);
    return due;
}

void skf_hidden_end(struct hidden *hidden)
{
    for (unsigned i = 0; i < HIDDEN_MOST; i++)
        forget(&hidden->names[i]);
}
