/* echo_server.c - a port that sends each peer its own media and messages back. */
#include "echo_server.h"

#include "../common/errors.h"
#include "log.h"

#include <time.h>

/* begin: callbacks */
/* RTCP goes back as well: the peer gets reports of its own packets. */
static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    const skiff_packet *plain = packet;
    struct echo_server *server = user;

    (void)kind;
    if (skiff_peer_send_copies(peer, &plain, 1, NULL, NULL) == SKIFF_OK)
        server->returned++;
}

/* A message is one datagram, which may be lost. A packet that was queued is the port's: the
 * pointer is NULL then. */
static void return_data(const struct echo_server *server, skiff_peer *peer,
                        skiff_bytes message)
{
    skiff_packet *packet = skiff_pool_take(server->pool);

    if (packet == NULL || message.len > packet->limit) {
        skiff_packet_release(&packet);
        return;
    }
    memcpy(packet->data, message.ptr, message.len);
    packet->len = (uint32_t)message.len;
    (void)worked(skiff_peer_send_data(peer, &packet), "a message");
    skiff_packet_release(&packet);
}

void echo_server_remove(struct echo_server *server, skiff_peer *peer)
{
    for (size_t i = 0; i < server->num_peers; i++)
        if (server->peers[i] == peer)
            server->peers[i--] = server->peers[--server->num_peers];
    skiff_peer_free(peer); /* sends a close_notify if the peer is still connected */
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    log_event(peer, event);
    if (event == SKIFF_PEER_DATA)
        return_data(user, peer, bytes);
    if (event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
        || event == SKIFF_PEER_CONSENT_LOST)
        echo_server_remove(user, peer);
}
/* end: callbacks */

/* begin: open */
static bool open_port(struct echo_server *server, const char *address,
                      skiff_port_group *group)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = address;
    config.context = server->context;
    config.peers = MAX_PEERS;
    config.group = group;
    config.user = server;
    config.on_media = on_media;
    config.on_event = on_event;
    return port_worked(skiff_port_new(&config, &server->port), address);
}

bool echo_server_open(struct echo_server *server, const skiff_identity *identity,
                      const char *address, skiff_port_group *group)
{
    skiff_context_config context = skiff_context_defaults();
    skiff_pool_config pool = skiff_pool_defaults();

    *server = (struct echo_server){ .identity = identity };
    if (!worked(skiff_pool_new(&pool, &server->pool), "the pool of packets"))
        return false;
    context.identity = identity;
    context.pool = server->pool;
    return worked(skiff_context_new(&context, &server->context), "the context")
        && open_port(server, address, group);
}
/* end: open */

void echo_server_close(struct echo_server *server)
{
    if (server->port != NULL)
        log_port(server->port);
    skiff_port_free(server->port);
    skiff_context_free(server->context);
    skiff_pool_free(server->pool);
}

int echo_server_main(int argc, char **argv, struct echo_server *server,
                     bool (*serve)(void *program), void *program)
{
    const char *address = argc > 1 ? argv[1] : "0.0.0.0:0";
    skiff_identity *identity = NULL;

    if (argc > 2) {
        fprintf(stderr, "usage: %s [ADDRESS]\n", argv[0]);
        return 2;
    }
    bool served =
        worked(skiff_identity_generate((int64_t)time(NULL), 30, &identity), "a certificate")
        && echo_server_open(server, identity, address, NULL);
    if (served) {
        fprintf(stderr, "media at %s\n", skiff_port_address(server->port));
        served = serve(program);
    }
    echo_server_close(server);
    skiff_identity_free(identity);
    return served ? 0 : 1;
}
