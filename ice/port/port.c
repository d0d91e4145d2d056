/* port.c - opening a port, closing it, and looking at it. */
#include "port.h"

#include "memory.h"
#include "share.h"
#include "stream.h"
#include "unknown.h"

#include <errno.h>
#include <sys/random.h>

/* Tries to find a number that neither UDP nor TCP has given away. */
enum { TRIES = 16 };

enum { DEFAULT_PEERS = 1024, MOST_PEERS = 1 << 20 };

/* Of the pool's packets one is kept, in which every reply must fit. */
static skiff_status keep_packet(skiff_port *port)
{
    port->kept = skiff_pool_take(port->config.pool);
    if (port->kept == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "pool: no packet is left");
    port->fresh = *port->kept;
    if (port->kept->limit < STUN_REPLY)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "pool: its packets take fewer than ", STUN_REPLY,
                                      " bytes");
    return SKIFF_OK;
}

static skiff_status take_config(skiff_port *port, const skiff_port_config *config)
{
    port->config = *config;
    port->config.address = NULL;
    port->config.announced = NULL;
    if (port->config.pool == NULL)
        port->config.pool = skiff_context_pool(config->shared);
    if (port->config.peers == 0)
        port->config.peers = DEFAULT_PEERS;
    if (config->srtp != NULL) {
        port->srtp = *config->srtp;
        port->config.srtp = &port->srtp;
    }
    if (port->config.pool == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "pool: required here or in the context");
    if (port->config.peers > MOST_PEERS)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "peers: ", port->config.peers,
                                      " are over 1,048,576");
    return keep_packet(port);
}

static skiff_status take_memory(skiff_port *port)
{
    uint32_t peers = port->config.peers;

    if (getrandom(&port->mix, sizeof port->mix, 0) != (ssize_t)sizeof port->mix)
        return SKIFF_ERR_CRYPTO;
    port->id_mix = port->mix;
    skf_chosen_init(&port->chosen, port->memory, peers * CHOSEN_SLOTS, &port->mix);
    port->peers = skf_ice_acquire(port->memory, peers * sizeof *port->peers);
    port->vacant = skf_ice_acquire(port->memory, peers * sizeof *port->vacant);
    if (port->peers == NULL || port->vacant == NULL
        || !skf_routes_init(&port->routes, port->memory, PORT_ROUTES(peers), &port->mix))
        return SKIFF_ERR_MEMORY;
    for (uint32_t place = peers; place > 0; place--)
        port->vacant[port->num_vacant++] = place - 1;
    return SKIFF_OK;
}

static skiff_status refuse_address(const char *text)
{
    const char *bracket = strrchr(text, ']');

    if (strchr(bracket != NULL ? bracket : text, ':') == NULL)
        return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "address: no port in \"", text,
                                    "\"");
    return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "address: \"", text,
                                "\" is not one of IPv4 or, in brackets, of IPv6");
}

static skiff_status open_socket(skiff_port *port, const skiff_port_config *config)
{
    struct udp_options options = { .pool = port->config.pool, .memory = port->memory,
                                   .receive_buffer = config->receive_buffer,
                                   .send_buffer = config->send_buffer,
                                   .reuse_port = config->group != NULL,
                                   .no_offload = config->no_offload };

    if (!skf_address_read(config->address, &options.address))
        return refuse_address(config->address);

    skiff_status status = skf_udp_open(&options, &port->udp);
    if (status != SKIFF_OK)
        return status;

    skf_address_write(skf_udp_address(port->udp), port->address);
    return SKIFF_OK;
}

/* Where the system may choose, it chooses a number that others may have for TCP. */
static skiff_status open_sockets(skiff_port *port, const skiff_port_config *config)
{
    size_t len = strlen(config->address);
    bool any = len >= 2 && strcmp(config->address + len - 2, ":0") == 0;
    skiff_status status;
    unsigned tries = 0;

    do {
        skf_udp_close(port->udp);
        port->udp = NULL;
        status = open_socket(port, config);
        if (status == SKIFF_OK)
            status = skf_stream_open(port);
    } while (status == SKIFF_ERR_STATE && any && ++tries < TRIES);
    return status;
}

static skiff_status set_up(skiff_port *port, const skiff_port_config *config)
{
    skiff_status status = take_config(port, config);

    if (status == SKIFF_OK)
        status = take_memory(port);
    if (status == SKIFF_OK)
        status = skf_unknown_open(port);
    if (status == SKIFF_OK)
        status = skf_share_join(port);
    if (status == SKIFF_OK)
        status = open_sockets(port, config);
    if (status == SKIFF_OK)
        status = skf_candidates_find(&port->candidates, config, skf_udp_address(port->udp));
    if (status == SKIFF_OK)
        status = skf_share_watch(port);
    if (status == SKIFF_OK)
        status = skf_stream_watch(port);
    if (status == SKIFF_OK && !skf_stun_new(&port->stun))
        status = SKIFF_ERR_CRYPTO;
    return status;
}

static skiff_status check_required(const skiff_port_config *config, skiff_port **port)
{
    if (config == NULL || port == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "config, port: must not be NULL");
    if (config->size != sizeof *config)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "size: not what skiff_port_defaults sets");
    if (config->shared == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "shared: required");
    if (config->address == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "address: required");
    if ((unsigned)config->takeover > SKIFF_TAKEOVER_NEWEST)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "takeover: none of skiff_takeover");
    if (skiff_context_has_rrc(config->shared))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "shared: rrc is off where ICE moves peers (RFC 9853 3.1)");
    return SKIFF_OK;
}

skiff_status skiff_port_new(const skiff_port_config *config, skiff_port **port)
{
    skiff_status status = check_required(config, port);
    if (status != SKIFF_OK)
        return status;

    /* All that is due in the context is polled as a peer of this port. */
    status = skiff_context_claim(config->shared);
    if (status != SKIFF_OK)
        return status;

    const skiff_allocator *memory = skiff_context_memory(config->shared);
    skiff_port *made = skf_ice_acquire(memory, sizeof *made);
    if (made == NULL) {
        skiff_context_unclaim(config->shared);
        return SKIFF_ERR_MEMORY;
    }
    made->memory = made->candidates.memory = memory;
    made->wake = -1;

    made->config.shared = config->shared;
    status = set_up(made, config);
    if (status != SKIFF_OK) {
        int kept = errno;
        skiff_port_free(made);
        errno = kept;
        return status;
    }
    *port = made;
    return SKIFF_OK;
}

static void free_peers(skiff_port *port)
{
    for (uint32_t place = 0; port->peers != NULL && place < port->config.peers; place++)
        skiff_peer_free(port->peers[place]);
}

void skiff_port_free(skiff_port *port)
{
    if (port == NULL)
        return;

    uint32_t peers = port->config.peers;
    skf_unknown_close(port);                    /* nobody is asked or admitted any more */
    free_peers(port);
    if (port->udp != NULL && port->joined)
        skf_port_retire(port);
    skf_chosen_clear(&port->chosen);
    skf_share_leave(port);
    if (port->udp != NULL)
        skiff_port_flush(port);
    skf_stream_close(port);
    skf_udp_close(port->udp);
    skf_candidates_clear(&port->candidates);
    skiff_packet_give(&port->kept);
    skf_routes_clear(&port->routes);
    skf_stun_free(&port->stun);
    skf_ice_release(port->memory, port->peers, peers * sizeof *port->peers);
    skf_ice_release(port->memory, port->vacant, peers * sizeof *port->vacant);
    skiff_context_unclaim(port->config.shared);
    skf_ice_release(port->memory, port, sizeof *port);
}

int skiff_port_fd(const skiff_port *port)
{
    return port->wake >= 0 ? port->wake : skf_udp_fd(port->udp);
}

skiff_time skiff_port_deadline(const skiff_port *port)
{
    skiff_time deadline = MIN(skiff_context_deadline(port->config.shared),
                              skf_port_next_silence(port));

    if (port->more || port->woken.length > 0 || skf_stream_is_due(port))
        return port->now;
    if (port->evidence.waits_since != 0)
        deadline = skf_evidence_deadline(port);
    return MIN(deadline, skf_stream_deadline(port));
}

void skiff_port_flush(skiff_port *port)
{
    skf_udp_flush(port->udp);
    if (port->tcp != NULL)
        skf_tcp_flush(port->tcp);
}

const char *skiff_port_address(const skiff_port *port)
{
    return port->address;
}

const char *skiff_port_ice_options(const skiff_port *port)
{
    return port->config.renomination ? "renomination" : NULL;
}

const char *skiff_port_candidate(const skiff_port *port)
{
    return skiff_port_candidate_at(port, 0);
}

const char *skiff_port_candidate_at(const skiff_port *port, size_t index)
{
    return index < port->candidates.num ? port->candidates.texts[index] : NULL;
}

/* What the socket has counted, in the words of a port. */
static void add_socket(skiff_port_counters *counters, const struct udp_counters *udp)
{
    counters->datagrams_read = udp->received;
    counters->datagrams_sent = udp->sent;
    counters->drop_long += udp->drop_truncated;
    counters->drop_control = udp->drop_control;
    counters->drop_kernel = udp->drop_kernel;
    counters->drop_unsent = udp->lost_full + udp->lost_oversized + udp->lost_refused
                            + udp->lost_unreached + udp->lost_otherwise;
}

void skiff_port_get_counters(const skiff_port *port, skiff_port_counters *counters,
                             size_t size)
{
    skiff_port_counters full = port->counters;

    struct udp_counters udp = skf_udp_counters(port->udp);

    add_socket(&full, &udp);
    skf_stream_count(port, &full);
    full.unsteered = port->elsewhere.unsteered;
    memcpy(counters, &full, MIN(size, sizeof full));
}
