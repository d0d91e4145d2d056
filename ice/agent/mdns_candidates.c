/* mdns_candidates.c - candidates whose address is hidden behind a .local name. */
#include "mdns_candidates.h"

#include "candidate.h"
#include "lookup.h"

#define LOOKUP_TIME SKIFF_MSEC(5000)

static void clear(struct mdns_name *name)
{
    skf_lookup_free(name->lookup);
    g_free(name->sdp);
    *name = (struct mdns_name){ .mdns = name->mdns };
}

/* Uses the first address: a host has a name of this kind for each of its addresses. */
static void on_found(void *user, const NiceAddress *addresses, unsigned num)
{
    struct mdns_name *name = user;
    struct mdns_candidates *mdns = name->mdns;
    gchar ip[NICE_ADDRESS_STRING_LEN];
    NiceCandidate *candidate = NULL;

    if (num > 0) {
        nice_address_to_string(&addresses[0], ip);
        (void)skf_candidate_read_at(name->sdp, ip, &candidate);
    }
    clear(name);
    mdns->found(mdns->user, candidate);
}

static struct mdns_name *free_slot(struct mdns_candidates *mdns)
{
    for (unsigned i = 0; i < MAX_MDNS_NAMES; i++)
        if (mdns->names[i].lookup == NULL)
            return &mdns->names[i];
    return NULL;
}

bool skf_mdns_candidates_add(struct mdns_candidates *mdns, skiff_time now, const char *sdp)
{
    char host[CANDIDATE_MDNS_NAME];
    struct mdns_name *name = free_slot(mdns);

    if (name == NULL || !skf_candidate_is_mdns(sdp, host))
        return false;
    name->mdns = mdns;
    name->sdp = g_strdup(sdp);
    name->due = now + LOOKUP_TIME;
    name->lookup = skf_lookup_new(mdns->loop, host, on_found, name);
    if (name->lookup != NULL)
        return true;
    clear(name);
    return false;
}

void skf_mdns_candidates_run(struct mdns_candidates *mdns, skiff_time now)
{
    for (unsigned i = 0; i < MAX_MDNS_NAMES; i++)
        if (mdns->names[i].lookup != NULL && now >= mdns->names[i].due)
            on_found(&mdns->names[i], NULL, 0);
}

skiff_time skf_mdns_candidates_deadline(const struct mdns_candidates *mdns)
{
    skiff_time due = SKIFF_NEVER;

    for (unsigned i = 0; i < MAX_MDNS_NAMES; i++)
        if (mdns->names[i].lookup != NULL)
            due = MIN(due, mdns->names[i].due);
    return due;
}

void skf_mdns_candidates_end(struct mdns_candidates *mdns)
{
    for (unsigned i = 0; i < MAX_MDNS_NAMES; i++)
        clear(&mdns->names[i]);
}
