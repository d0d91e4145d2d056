/* port_server.c - serves with skiff_port: ICE-lite, DTLS and SRTP of all on one socket. */
#include "context.h"
#include "server.h"

#include <skiff/port.h>

#include <stdio.h>
#include <stdlib.h>

enum { PACKETS = 1024, AT_A_TIME = 256, BUFFER = 4 << 20 };

struct ports {
    struct server *server;
    skiff_pool *pool;
    skiff_context *context;
    skiff_port *port;
    skiff_peer **peers; /* by slot; NULL: nobody is there */
};

static uint32_t slot_of(const skiff_peer *peer)
{
    return (uint32_t)(uintptr_t)skiff_peer_user(peer);
}

/* --- what peers do ----------------------------------------------------------------- */

static void remove_peer(struct ports *ports, skiff_peer *peer)
{
    ports->peers[slot_of(peer)] = NULL;
    skiff_peer_free(peer);
}

static void report_failure(const struct ports *ports, skiff_peer *peer)
{
    skiff_failure failure;

    skiff_transport_failure(skiff_peer_transport(peer), &failure, sizeof failure);
    if (ports->server->report.failed == 0)
        fprintf(stderr, "skiff-load: the server's association %u failed: %s (%s)\n",
                (unsigned)slot_of(peer), failure.what, failure.spec);
}

static void count_connect(struct ports *ports, skiff_peer *peer)
{
    struct report *report = &ports->server->report;
    skiff_dtls_info info;

    report->connects++;
    if (report->version != 0)
        return;
    skiff_dtls_get_info(skiff_transport_dtls(skiff_peer_transport(peer)), &info,
                        sizeof info);
    report->version = info.version;
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct ports *ports = user;

    (void)bytes;
    switch (event) {
    case SKIFF_PEER_CONNECTED:
        count_connect(ports, peer);
        break;
    case SKIFF_PEER_CLOSED:
        remove_peer(ports, peer);
        break;
    case SKIFF_PEER_FAILED:
        report_failure(ports, peer);
        ports->server->report.failed++;
        remove_peer(ports, peer);
        break;
    case SKIFF_PEER_CONSENT_LOST:
        ports->server->report.silent++;
        break;
    case SKIFF_PEER_PATH:
    case SKIFF_PEER_CERTIFICATE:
    case SKIFF_PEER_DATA:
    case SKIFF_PEER_TICKET:
    case SKIFF_PEER_NEW:
    case SKIFF_PEER_CONFLICT:
    case SKIFF_PEER_DISPLACED:
    case SKIFF_PEER_HELLO:
    case SKIFF_PEER_RENEWED:
    case SKIFF_PEER_NOT_RENEWED:
        break;
    }
}

/* Every packet goes back as it is, from an SSRC one higher: even ones have no carry. */
static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct ports *ports = user;
    skiff_packet *echo = kind == SKIFF_RTP ? skiff_pool_take(ports->pool) : NULL;

    if (echo == NULL)
        return;
    memcpy(echo->data, packet->data, packet->len);
    echo->len = packet->len;
    echo->data[11]++;
    if (skiff_peer_send(peer, &echo, 1) != SKIFF_OK)
        skiff_packet_release(&echo);
}

static void on_trace(void *user, const skiff_trace *event)
{
    struct ports *ports = user;

    trace_file_write(&ports->server->options->ends[LOAD_SERVER], event);
}

/* --- the service ------------------------------------------------------------------- */

static void close_port(void *of)
{
    struct ports *ports = of;

    skiff_port_free(ports->port);
    skiff_context_free(ports->context);
    skiff_pool_free(ports->pool);
    free(ports->peers);
    free(ports);
}

static bool open_parts(struct ports *ports)
{
    skiff_pool_config pool = skiff_pool_defaults();
    skiff_port_config config = skiff_port_defaults();

    pool.packets = PACKETS;
    if (ports->peers == NULL || skiff_pool_new(&pool, &ports->pool) != SKIFF_OK
        || load_context(ports->server->options, ports->server->me, ports->pool, LOAD_SERVER,
                        &ports->context)
               != SKIFF_OK)
        return false;
    config.address = "127.0.0.1:0";
    config.context = ports->context;
    config.peers = ports->server->options->peers;
    config.receive_buffer = config.send_buffer = BUFFER;
    config.user = ports;
    config.on_media = on_media;
    config.on_event = on_event;
    config.trace = ports->server->options->trace != NULL ? on_trace : NULL;
    return skiff_port_new(&config, &ports->port) == SKIFF_OK;
}

static void *open_port(struct server *server, uint16_t *port)
{
    struct ports *ports = calloc(1, sizeof *ports);

    if (ports == NULL)
        return NULL;
    ports->server = server;
    ports->peers = calloc(server->options->peers, sizeof *ports->peers);
    if (!open_parts(ports)) {
        close_port(ports);
        return NULL;
    }
    *port = (uint16_t)strtoul(strrchr(skiff_port_address(ports->port), ':') + 1, NULL, 10);
    return ports;
}

static int port_fd(const void *of)
{
    return skiff_port_fd(((const struct ports *)of)->port);
}

static skiff_time port_deadline(const void *of)
{
    return skiff_port_deadline(((const struct ports *)of)->port);
}

static void run_port(void *of, skiff_time now)
{
    skiff_port_run(((struct ports *)of)->port, now, AT_A_TIME);
}

static bool introduce(struct ports *ports, skiff_peer *peer, struct signal_message *message)
{
    const char *name, *password;

    if (skiff_peer_set_remote(peer, message->body.credentials.name, &ports->server->client,
                              1)
        != SKIFF_OK)
        return false;
    skiff_peer_credentials(peer, &name, &password);
    if (strlen(name) >= CREDENTIAL_SIZE || strlen(password) >= CREDENTIAL_SIZE)
        return false;
    strcpy(message->body.credentials.name, name);
    strcpy(message->body.credentials.password, password);
    return true;
}

static bool expect_peer(void *of, skiff_time now, uint32_t slot,
                        struct signal_message *message)
{
    struct ports *ports = of;
    skiff_peer *peer = NULL;

    if (ports->peers[slot] != NULL
        || skiff_peer_new(ports->port, SKIFF_ROLE_PASSIVE, now, &peer) != SKIFF_OK)
        return false;
    skiff_peer_set_user(peer, (void *)(uintptr_t)slot);
    ports->peers[slot] = peer;
    if (introduce(ports, peer, message))
        return true;
    remove_peer(ports, peer);
    return false;
}

static void let_peer_go(void *of, skiff_time now, uint32_t slot)
{
    struct ports *ports = of;

    (void)now;
    if (ports->peers[slot] != NULL)
        remove_peer(ports, ports->peers[slot]);
}

const struct service service_port = {
    open_port, close_port, port_fd, port_deadline, run_port, expect_peer, let_peer_go,
};
