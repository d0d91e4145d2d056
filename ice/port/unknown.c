/* unknown.c - checks for ufrags that no peer has. */
#include "unknown.h"

#include "memory.h"

enum {
    DEFAULT_RATE = 1000, DEFAULT_RATE_EACH = 10, MOST_A_SECOND = 1000000,
    PREFIX_OF_SITE = 8        /* bytes of an IPv6 address: a site has a /64 at least */
};

/* --- how often ------------------------------------------------------------------------ */

skiff_status skf_unknown_open(skiff_port *port)
{
    const skiff_port_config *config = &port->config;
    uint32_t all = config->unknown_rate != 0 ? config->unknown_rate : DEFAULT_RATE;
    uint32_t each = config->unknown_rate_each != 0 ? config->unknown_rate_each
                                                   : DEFAULT_RATE_EACH;

    if (all > MOST_A_SECOND || each > MOST_A_SECOND)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "unknown_rate, unknown_rate_each: ",
                                      MAX(all, each), " is over 1,000,000 a second");
    if (config->on_unknown_ufrag == NULL)
        return SKIFF_OK;
    port->unknown = skf_ice_acquire(port->memory, sizeof *port->unknown);
    if (port->unknown == NULL)
        return SKIFF_ERR_MEMORY;
    port->unknown->port_rate = rate_of(all);
    port->unknown->source_rate = rate_of(each);
    return SKIFF_OK;
}

void skf_unknown_close(skiff_port *port)
{
    skf_ice_release(port->memory, port->unknown, sizeof *port->unknown);
    port->unknown = NULL;
}

static struct bucket *bucket_of(skiff_port *port, const union address *source)
{
    bool six = source->any.sa_family == AF_INET6;
    uint64_t mixed = six ? mix_bytes(&port->mix, &source->six.sin6_addr, PREFIX_OF_SITE)
                         : mix_bytes(&port->mix, &source->four.sin_addr,
                                     sizeof source->four.sin_addr);

    return &port->unknown->sources[(mixed >> 32) % UNKNOWN_BUCKETS];
}

/* A source that may not ask takes nothing from the others. */
static bool may_ask(skiff_port *port, const union address *source)
{
    struct unknown *unknown = port->unknown;
    struct bucket *bucket = bucket_of(port, source);

    if (!bucket_has(bucket, &unknown->source_rate, port->now)
        || !bucket_has(&unknown->port_bucket, &unknown->port_rate, port->now))
        return false;
    bucket_take(bucket, &unknown->source_rate, port->now);
    bucket_take(&unknown->port_bucket, &unknown->port_rate, port->now);
    return true;
}

/* --- who ------------------------------------------------------------------------------ */

static bool ask(skiff_port *port, const union address *source,
                const struct stun_claim *claim, skiff_admission *admission)
{
    char address[ADDRESS_TEXT];
    const skiff_unknown_ufrag unknown = { claim->ours, claim->theirs, address };

    skf_address_write(source, address);
    port->counters.unknown_asked++;
    bool known = port->config.on_unknown_ufrag(port->config.context, &unknown, admission);
    admission->password[sizeof admission->password - 1] = '\0';
    return known;
}

/* Whether the password has signed it: an error is answered here. */
static bool holds(skiff_port *port, const struct udp_arrival *arrival,
                  const struct stun_claim *claim, const char *password)
{
    skiff_packet *reply = skf_port_control_packet(port);
    enum stun_verdict verdict = skf_stun_answer(&port->stun, claim, password,
                                                &arrival->path->remote, reply);

    if (verdict == STUN_REFUSED) {
        port->counters.checks_refused++;
        skf_port_queue(port, arrival->path, &reply);
        return false;
    }
    skf_port_give_back(port, &reply);
    port->counters.drop_integrity += verdict == STUN_UNSIGNED;
    return verdict != STUN_UNSIGNED;
}

/* Asked and made as one: what the hook has written is wiped by the caller. */
static skiff_peer *admit(skiff_port *port, const struct udp_arrival *arrival,
                         const struct stun_claim *claim, skiff_admission *admission)
{
    char ufrag[UFRAG_LONGEST + 1] = "";
    const skiff_credentials credentials = { ufrag, admission->password };
    skiff_peer *peer = NULL;

    memcpy(ufrag, claim->ours.ptr, claim->ours.len);
    if (!ask(port, &arrival->path->remote, claim, admission)
        || !skf_credentials_hold(&credentials)) {
        port->counters.drop_name++;
        return NULL;
    }
    if (!holds(port, arrival, claim, admission->password))
        return NULL;
    if (skiff_peer_new_with(port, admission->role, &credentials, port->now, &peer)
        != SKIFF_OK) {
        port->counters.drop_unadmitted++;
        return NULL;
    }
    skiff_peer_set_user(peer, admission->user);
    return peer;
}

skiff_peer *skf_unknown_admit(skiff_port *port, const struct udp_arrival *arrival,
                              const struct stun_claim *claim)
{
    skiff_admission admission = { .role = SKIFF_ROLE_ACTPASS };

    if (port->unknown == NULL || !skf_ufrag_holds(claim->ours)) {
        port->counters.drop_name++;
        return NULL;
    }
    if (port->num_vacant == 0 || !may_ask(port, &arrival->path->remote)) {
        port->counters.drop_unasked++;
        return NULL;
    }

    skiff_peer *peer = admit(port, arrival, claim, &admission);
    skf_ice_wipe(&admission, sizeof admission);
    port->unknown->admitted = peer;
    port->unknown->theirs = claim->theirs;
    return peer;
}

/* --- telling of it -------------------------------------------------------------------- */

bool skf_unknown_is_untold(const skiff_port *port, const skiff_peer *peer)
{
    return port->unknown != NULL && port->unknown->admitted == peer;
}

bool skf_unknown_announces(skiff_port *port, const skiff_peer *peer, skiff_bytes *theirs)
{
    struct unknown *unknown = port->unknown;

    if (!skf_unknown_is_untold(port, peer))
        return false;
    unknown->admitted = NULL;
    *theirs = unknown->theirs;
    port->counters.peers_admitted++;
    return true;
}

void skf_unknown_end(skiff_port *port)
{
    skiff_peer *untold = port->unknown->admitted;

    port->unknown->admitted = NULL;
    skiff_peer_free(untold);
}
