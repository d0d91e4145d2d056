/* admission.c - checks for ufrags that no peer has. */
#include "admission.h"

#include "port_trace.h"

#include "base/memory.h"

enum {
    DEFAULT_RATE = 1000,
    DEFAULT_RATE_EACH = 10,
    MAX_RATE = 1000000,
    SITE_PREFIX = 8 /* bytes of an IPv6 address: a site has at least a /64 */
};

/* --- how often ------------------------------------------------------------------------ */

skiff_status skf_admission_open(skiff_port *port)
{
    const skiff_port_config *config = &port->config;
    uint32_t all = config->unknown_rate != 0 ? config->unknown_rate : DEFAULT_RATE;
    uint32_t each =
        config->unknown_rate_each != 0 ? config->unknown_rate_each : DEFAULT_RATE_EACH;

    if (all > MAX_RATE || each > MAX_RATE)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "unknown_rate, unknown_rate_each: ", MAX(all, each),
                                      " is over 1,000,000 a second");
    if (config->on_unknown_ufrag == NULL)
        return SKIFF_OK;
    port->admission = skf_acquire(port->memory, sizeof *port->admission);
    if (port->admission == NULL)
        return SKIFF_ERR_MEMORY;
    port->admission->port_rate = rate_of(all);
    port->admission->source_rate = rate_of(each);
    return SKIFF_OK;
}

void skf_admission_close(skiff_port *port)
{
    skf_release(port->memory, port->admission, sizeof *port->admission);
    port->admission = NULL;
}

static struct bucket *bucket_of(skiff_port *port, const union address *source)
{
    bool six = source->any.sa_family == AF_INET6;
    uint64_t hash = six ? seeded_hash(&port->hash_key, &source->six.sin6_addr, SITE_PREFIX)
                        : seeded_hash(&port->hash_key, &source->four.sin_addr,
                                      sizeof source->four.sin_addr);

    return &port->admission->sources[(hash >> 32) % ADMISSION_BUCKETS];
}

/* A source that is over its own rate takes no tokens of the others. */
static bool within_rate(skiff_port *port, const union address *source)
{
    struct admission *state = port->admission;
    struct bucket *bucket = bucket_of(port, source);

    if (!bucket_has_token(bucket, &state->source_rate, port->now)
        || !bucket_has_token(&state->port_bucket, &state->port_rate, port->now))
        return false;
    bucket_spend(bucket, &state->source_rate, port->now);
    bucket_spend(&state->port_bucket, &state->port_rate, port->now);
    return true;
}

/* --- asking the owner ----------------------------------------------------------------- */

static bool query_owner(skiff_port *port, const union address *source,
                        const struct stun_check *request, skiff_admission *admission)
{
    char address[ADDRESS_TEXT];
    const skiff_unknown_ufrag unknown = { request->ours, request->theirs, address };

    skf_address_write(source, address);
    port->counters.unknown_asked++;
    bool known = port->config.on_unknown_ufrag(port->config.user, &unknown, admission);
    admission->password[sizeof admission->password - 1] = '\0';
    return known;
}

/* Whether MESSAGE-INTEGRITY is right for this password. An error response is sent here. */
static bool has_integrity(skiff_port *port, const struct udp_arrival *arrival,
                          const struct stun_check *request, const char *password)
{
    skiff_packet *reply = skf_port_take_control_packet(port);
    enum stun_verdict verdict =
        skf_stun_respond(&port->stun, request, password, &arrival->path->remote, reply);

    if (verdict == STUN_REFUSED) {
        port->counters.checks_refused++;
        skf_port_queue(port, arrival->path, &reply);
        return false;
    }
    skf_port_release_packet(port, &reply);
    if (verdict == STUN_WRONG_INTEGRITY)
        PORT_DROP(port, NULL, drop_integrity);
    return verdict != STUN_WRONG_INTEGRITY;
}

/* Asks the owner and makes the peer. The caller wipes what the hook has written. */
static skiff_peer *admit(skiff_port *port, const struct udp_arrival *arrival,
                         const struct stun_check *request, skiff_admission *admission)
{
    char ufrag[UFRAG_MAX + 1] = "";
    const skiff_credentials credentials = { ufrag, admission->password };
    skiff_peer *peer = NULL;

    memcpy(ufrag, request->ours.ptr, request->ours.len);
    if (!query_owner(port, &arrival->path->remote, request, admission)
        || !skf_credentials_are_valid(&credentials)) {
        PORT_DROP(port, NULL, drop_ufrag);
        return NULL;
    }
    if (!has_integrity(port, arrival, request, admission->password))
        return NULL;
    if (skiff_peer_new_with(port, admission->role, &credentials, port->now, &peer)
        != SKIFF_OK) {
        PORT_DROP(port, NULL, drop_unadmitted);
        return NULL;
    }
    skiff_peer_set_user(peer, admission->user);
    return peer;
}

skiff_peer *skf_admission_admit(skiff_port *port, const struct udp_arrival *arrival,
                                const struct stun_check *request)
{
    skiff_admission admission = { .role = SKIFF_ROLE_ACTPASS };

    if (port->admission == NULL || !skf_ufrag_is_valid(request->ours)) {
        PORT_DROP(port, NULL, drop_ufrag);
        return NULL;
    }
    if (port->num_vacant == 0 || !within_rate(port, &arrival->path->remote)) {
        PORT_DROP(port, NULL, drop_unknown_limit);
        return NULL;
    }

    skiff_peer *peer = admit(port, arrival, request, &admission);
    skf_wipe(&admission, sizeof admission);
    port->admission->admitted = peer;
    port->admission->theirs = request->theirs;
    return peer;
}

/* --- reporting it --------------------------------------------------------------------- */

bool skf_admission_is_unreported(const skiff_port *port, const skiff_peer *peer)
{
    return port->admission != NULL && port->admission->admitted == peer;
}

bool skf_admission_report_due(skiff_port *port, const skiff_peer *peer, skiff_bytes *theirs)
{
    struct admission *state = port->admission;

    if (!skf_admission_is_unreported(port, peer))
        return false;
    state->admitted = NULL;
    *theirs = state->theirs;
    port->counters.peers_admitted++;
    return true;
}

void skf_admission_end(skiff_port *port)
{
    skiff_peer *peer = port->admission->admitted;

    port->admission->admitted = NULL;
    skiff_peer_free(peer);
}
