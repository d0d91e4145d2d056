/* port.c - opening a port, closing it, and looking at it. */
#include "port_state.h"

#include "admission.h"
#include "base/memory.h"
#include "forwarding.h"
#include "port_tcp.h"

#include <errno.h>
#include <sys/random.h>

/* How often a number is tried that neither UDP nor TCP uses. */
enum { TRIES = 16 };

enum { DEFAULT_PEERS = 1024, MAX_PEERS = 1 << 20 };

/* One packet of the pool is kept aside. Every reply must fit into it. */
static skiff_status reserve_packet(skiff_port *port)
{
    port->spare = skiff_pool_take(port->config.pool);
    if (port->spare == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "pool: no packet is left");
    port->spare_initial = *port->spare;
    if (port->spare->limit < STUN_MAX_RESPONSE)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "pool: its packets hold fewer than ",
                                      STUN_MAX_RESPONSE, " bytes");
    return SKIFF_OK;
}

static skiff_status copy_config(skiff_port *port, const skiff_port_config *config)
{
    port->config = *config;
    port->config.address = NULL;
    port->config.announced = NULL;
    if (port->config.pool == NULL)
        port->config.pool = skiff_context_pool(config->context);
    if (port->config.peers == 0)
        port->config.peers = DEFAULT_PEERS;
    if (config->srtp != NULL) {
        port->srtp = *config->srtp;
        port->config.srtp = &port->srtp;
    }
    if (port->config.pool == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "pool: required here or in the context");
    if (config->send_queue > UDP_MAX_QUEUE)
        return skiff_fault_set_number(
            SKIFF_ERR_ARGUMENT, "send_queue: ", config->send_queue, " are over 32,768");
    if (port->config.peers > MAX_PEERS)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "peers: ", port->config.peers,
                                      " are over 1,048,576");
    return reserve_packet(port);
}

static skiff_status allocate(skiff_port *port)
{
    uint32_t peers = port->config.peers;

    if (getrandom(&port->hash_key, sizeof port->hash_key, 0)
        != (ssize_t)sizeof port->hash_key)
        return SKIFF_ERR_CRYPTO;
    port->id_hash_key = port->hash_key;
    skf_credentials_table_init(&port->credentials, port->memory,
                               peers * CREDENTIALS_OF_PEER, &port->hash_key);
    port->peers = skf_acquire(port->memory, peers * sizeof *port->peers);
    port->vacant = skf_acquire(port->memory, peers * sizeof *port->vacant);
    if (port->peers == NULL || port->vacant == NULL
        || !skf_routes_init(&port->routes, port->memory, PORT_ROUTES(peers),
                            &port->hash_key))
        return SKIFF_ERR_MEMORY;
    for (uint32_t slot = peers; slot > 0; slot--)
        port->vacant[port->num_vacant++] = slot - 1;
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
    struct udp_options options = { .pool = port->config.pool,
                                   .memory = port->memory,
                                   .queue = config->send_queue,
                                   .hash_key = port->hash_key,
                                   .receive_buffer = config->receive_buffer,
                                   .send_buffer = config->send_buffer,
                                   .reuse_port = config->group != NULL,
                                   .no_offload = config->no_offload,
                                   .no_fragments = config->no_fragments };

    if (!skf_address_read(config->address, &options.address))
        return refuse_address(config->address);

    skiff_status status = skf_udp_open(&options, &port->udp);
    if (status != SKIFF_OK)
        return status;

    skf_address_write(skf_udp_address(port->udp), port->address);
    return SKIFF_OK;
}

/* The system may choose a number that another process uses for TCP. */
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
            status = skf_port_tcp_open(port);
    } while (status == SKIFF_ERR_STATE && any && ++tries < TRIES);
    return status;
}

static skiff_status set_up(skiff_port *port, const skiff_port_config *config)
{
    skiff_status status = copy_config(port, config);

    if (status == SKIFF_OK)
        status = allocate(port);
    if (status == SKIFF_OK)
        status = skf_admission_open(port);
    if (status == SKIFF_OK)
        status = skf_forward_join(port);
    if (status == SKIFF_OK)
        status = open_sockets(port, config);
    if (status == SKIFF_OK)
        status = skf_candidates_find(&port->candidates, config, skf_udp_address(port->udp));
    if (status == SKIFF_OK)
        status = skf_forward_watch(port);
    if (status == SKIFF_OK)
        status = skf_port_tcp_watch(port);
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
    if (config->context == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "context: required");
    if (config->address == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "address: required");
    if ((unsigned)config->takeover > SKIFF_TAKEOVER_NEWEST)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "takeover: none of skiff_takeover");
    if (skiff_context_has_rrc(config->context))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "context: rrc is off where ICE moves peers (RFC 9853 3.1)");
    return SKIFF_OK;
}

skiff_status skiff_port_new(const skiff_port_config *config, skiff_port **port)
{
    skiff_status status = check_required(config, port);
    if (status != SKIFF_OK)
        return status;

    /* All that is due in the context is polled as a peer of this port. */
    status = skiff_context_claim(config->context);
    if (status != SKIFF_OK)
        return status;

    const skiff_allocator *memory = skiff_context_memory(config->context);
    skiff_port *made = skf_acquire(memory, sizeof *made);
    if (made == NULL) {
        skiff_context_unclaim(config->context);
        return SKIFF_ERR_MEMORY;
    }
    made->memory = made->candidates.memory = memory;
    made->wake = -1;

    made->config.context = config->context;
    status = set_up(made, config);
    if (status != SKIFF_OK) {
        int saved = errno;
        skiff_port_free(made);
        errno = saved;
        return status;
    }
    *port = made;
    return SKIFF_OK;
}

static void free_peers(skiff_port *port)
{
    for (uint32_t slot = 0; port->peers != NULL && slot < port->config.peers; slot++)
        skiff_peer_free(port->peers[slot]);
}

void skiff_port_free(skiff_port *port)
{
    if (port == NULL)
        return;

    uint32_t peers = port->config.peers;
    skf_admission_close(port); /* the hook is not called any more */
    free_peers(port);
    if (port->udp != NULL && port->joined)
        skf_port_retire(port);
    skf_credentials_table_clear(&port->credentials);
    skf_forward_leave(port);
    if (port->udp != NULL)
        skiff_port_flush(port);
    skf_port_tcp_close(port);
    skf_udp_close(port->udp);
    skf_candidates_clear(&port->candidates);
    skiff_packet_release(&port->spare);
    skf_routes_clear(&port->routes);
    skf_stun_free(&port->stun);
    skf_release(port->memory, port->peers, peers * sizeof *port->peers);
    skf_release(port->memory, port->vacant, peers * sizeof *port->vacant);
    skiff_context_unclaim(port->config.context);
    skf_release(port->memory, port, sizeof *port);
}

int skiff_port_fd(const skiff_port *port)
{
    return port->wake >= 0 ? port->wake : skf_udp_fd(port->udp);
}

skiff_time skiff_port_deadline(const skiff_port *port)
{
    skiff_time deadline =
        MIN(skiff_context_deadline(port->config.context), skf_port_consent_deadline(port));

    if (port->has_unread || port->woken.length > 0 || skf_port_tcp_is_due(port))
        return port->now;
    if (port->read_progress.waits_since != 0)
        deadline = skf_read_progress_deadline(port);
    return MIN(deadline, skf_port_tcp_deadline(port));
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

/* The counters of the socket, as those of a port. */
static void add_socket(skiff_port_counters *counters, const struct udp_counters *udp)
{
    counters->datagrams_read = udp->received;
    counters->datagrams_sent = udp->sent;
    counters->drop_oversized += udp->drop_truncated;
    counters->drop_control = udp->drop_control;
    counters->drop_receive_buffer = udp->drop_receive_buffer;
    counters->drop_unsent = udp->lost_full + udp->lost_oversized + udp->lost_refused
                          + udp->lost_unreached + udp->lost_otherwise;
}

void skiff_port_get_counters(const skiff_port *port, skiff_port_counters *counters,
                             size_t size)
{
    skiff_port_counters full = port->counters;

    struct udp_counters udp = skf_udp_counters(port->udp);

    add_socket(&full, &udp);
    skf_port_tcp_count(port, &full);
    full.unsteered = port->group_paths.unsteered;
    memcpy(counters, &full, MIN(size, sizeof full));
}
