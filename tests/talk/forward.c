/* forward.c - peers of samples/forward: what each sends reaches all others, and nobody
 * else; one goes, and the others stay. Takes the program to start. */
#include "server.h"

#include <glib.h>
#include <signal.h>
#include <sys/wait.h>

enum { PEERS = 3, PACKETS = 20, PACKET = 172, SECONDS = 20 };

struct peer {
    skiff_ice *ice;
    uint8_t index; /* its SSRC */
    bool connected, closed;
    unsigned received[PEERS]; /* of each sender */
};

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct peer *peer = user;

    must(kind == SKIFF_RTP && packet->len == PACKET && packet->data[11] < PEERS,
         "a packet that nobody has sent");
    peer->received[packet->data[11]]++;
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct peer *peer = user;

    (void)bytes;
    must(event != SKIFF_DTLS_FAILED, "DTLS has failed");
    peer->connected |= event == SKIFF_DTLS_CONNECTED;
    peer->closed |= event == SKIFF_DTLS_CLOSED;
}

static gboolean on_late(void *user)
{
    (void)user;
    must(false, "it takes too long");
    return G_SOURCE_REMOVE;
}

/* --- the server --------------------------------------------------------------------- */

static void join(const struct server *server, const struct basics *basics, skiff_ice *ice)
{
    char line[512], own[SKIFF_FINGERPRINT_TEXT], theirs[257];
    const char *ufrag, *password;

    skiff_ice_credentials(ice, &ufrag, &password);
    own_fingerprint(basics, own);
    snprintf(line, sizeof line, "%s %s", ufrag, own);
    server_ask(server, line, ice, theirs);
}

/* --- the peers ---------------------------------------------------------------------- */

static void open_peer(struct peer *peer, skiff_context *context)
{
    skiff_ice_config config = caller_config(context);

    config.user = peer;
    config.on_media = on_media;
    config.on_event = on_event;
    must(worked(skiff_ice_new(&config, &peer->ice), "an agent"), "no call");
}

static void send_from(const struct peer *peer, skiff_pool *pool, unsigned first)
{
    size_t sent;

    for (unsigned i = 0; i < PACKETS; i++) {
        skiff_packet *packet = skiff_pool_take(pool);
        memset(packet->data, 0x55, PACKET);
        memcpy(packet->data,
               (uint8_t[]){ 0x80, 0, 0, (uint8_t)(first + i), 0, 0, 0, 0, 0, 0, 0,
                            peer->index },
               12);
        packet->len = PACKET;
        must(skiff_ice_send(peer->ice, &packet, 1, &sent) == SKIFF_OK && sent == 1, "send");
        skiff_packet_release(&packet);
    }
}

/* Runs the loop until all have had so many packets of all others that are there. */
static void wait_for_media(struct peer *peers, unsigned present, unsigned num)
{
    for (unsigned to = 0; to < present; to++)
        for (unsigned from = 0; from < present; from++)
            while (peers[to].received[from] < (from == to ? 0 : num))
                g_main_context_iteration(NULL, TRUE);
}

/* Of those who stayed: nothing of their own, and nothing twice. */
static void check_exactly(const struct peer *peers, unsigned present)
{
    for (unsigned to = 0; to < present; to++)
        for (unsigned from = 0; from < PEERS; from++)
            must(peers[to].received[from]
                     == (from == to       ? 0u
                         : from < present ? 2u * PACKETS
                                          : PACKETS),
                 "a packet too many");
}

static void send_from_all(const struct peer *peers, skiff_pool *pool, unsigned present,
                          unsigned first)
{
    for (unsigned i = 0; i < present; i++)
        send_from(&peers[i], pool, first);
}

static void talk(const struct server *server, const struct basics *basics)
{
    struct peer peers[PEERS] = { 0 };

    for (uint8_t i = 0; i < PEERS; i++) {
        peers[i].index = i;
        open_peer(&peers[i], basics->context);
        join(server, basics, peers[i].ice);
    }
    for (unsigned i = 0; i < PEERS; i++)
        while (!peers[i].connected || !is_confirmed(peers[i].ice))
            g_main_context_iteration(NULL, TRUE);
    send_from_all(peers, basics->pool, PEERS, 0);
    wait_for_media(peers, PEERS, PACKETS);

    skiff_ice_close(peers[PEERS - 1].ice);
    skiff_ice_free(peers[PEERS - 1].ice);
    send_from_all(peers, basics->pool, PEERS - 1, PACKETS);
    wait_for_media(peers, PEERS - 1, 2 * PACKETS);
    check_exactly(peers, PEERS - 1);

    kill(server->pid, SIGTERM);
    for (unsigned i = 0; i < PEERS - 1; i++) {
        while (!peers[i].closed)
            g_main_context_iteration(NULL, TRUE);
        skiff_ice_free(peers[i].ice);
    }
}

int main(int argc, char **argv)
{
    struct basics basics;
    int status = -1;

    must(argc == 2, "usage: forward PROGRAM");
    g_timeout_add_seconds(SECONDS, on_late, NULL);
    must(basics_open(&basics, false), "no basics");
    struct server server = server_start(argv[1], NULL);
    talk(&server, &basics);
    waitpid(server.pid, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the server has not ended well");
    fclose(server.to);
    fclose(server.from);
    basics_close(&basics);
    printf("what each of %d peers sent has reached all others\n", PEERS);
}
