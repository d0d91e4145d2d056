/* forward.c - peers of samples/forward: what each sends reaches all others, and nobody
 * else; one goes, and the others stay. Takes the program to start. */
#include "samples/common/basics.h"

#include <skiff/ice.h>

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PEERS = 3, PACKETS = 20, PACKET = 172, SECONDS = 20 };

struct peer {
    skiff_ice *ice;
    uint8_t index; /* its SSRC */
    bool connected, closed;
    unsigned received[PEERS]; /* of each sender */
};

struct server {
    pid_t pid;
    FILE *to, *from;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

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

/* --- the server ------------------------------------------------------------------------
 */

static struct server start(const char *program)
{
    struct server server;
    int to[2], from[2];

    must(pipe(to) == 0 && pipe(from) == 0, "pipes");
    server.pid = fork();
    if (server.pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        execl(program, program, "127.0.0.1:0", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    server.to = fdopen(to[1], "w");
    server.from = fdopen(from[0], "r");
    return server;
}

static void join(const struct server *server, const struct basics *basics, skiff_ice *ice)
{
    char own[SKIFF_FINGERPRINT_TEXT], ours[257], theirs[257], text[200], candidate[256];
    const char *ufrag, *password;
    skiff_fingerprint expected;

    skiff_ice_credentials(ice, &ufrag, &password);
    own_fingerprint(basics, own);
    fprintf(server->to, "%s %s\n", ufrag, own);
    fflush(server->to);
    must(fscanf(server->from, "%256s %256s %199[^\n] %255[^\n]", ours, theirs, text,
                candidate)
             == 4,
         "the server does not answer");
    must(skiff_fingerprint_parse(text, &expected) == SKIFF_OK
             && skiff_ice_set_peer(ice, ours, theirs, &expected, 1) == SKIFF_OK
             && skiff_ice_add_candidate(ice, candidate) == SKIFF_OK
             && skiff_ice_add_candidate(ice, NULL) == SKIFF_OK,
         "its answer is none");
}

/* --- the peers -------------------------------------------------------------------------
 */

static void open_peer(struct peer *peer, skiff_context *context)
{
    const char *address = "127.0.0.1";
    skiff_ice_config config = skiff_ice_defaults();

    config.context = context;
    config.controlling = true;
    config.role = SKIFF_ROLE_ACTIVE;
    config.addresses = &address;
    config.num_addresses = 1;
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

/* The server has the last flight of this client, too, and forwards to it. */
static bool is_confirmed(const struct peer *peer)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(skiff_ice_transport(peer->ice)), &info,
                        sizeof info);
    return peer->connected && info.confirmed;
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
        while (!is_confirmed(&peers[i]))
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
    struct server server = start(argv[1]);
    talk(&server, &basics);
    waitpid(server.pid, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the server has not ended well");
    fclose(server.to);
    fclose(server.from);
    basics_close(&basics);
    printf("what each of %d peers sent has reached all others\n", PEERS);
}
