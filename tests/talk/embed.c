/* embed.c - peers of a program of samples/embed: the media and messages that each sends
 * come back to it and to nobody else, before and after an ICE restart; one goes, and the
 * others stay. Takes the number of threads that lines of signalling name, 0 for none, and
 * the program to start. */
#include "server.h"

#include <glib.h>
#include <signal.h>
#include <sys/wait.h>

enum { PEERS = 3, PACKETS = 20, PACKET = 172, SECONDS = 20 };

struct peer {
    skiff_ice *ice;
    uint8_t index; /* its SSRC */
    char server_ufrag[257];
    unsigned num_paths, num_sent, num_received, num_messages;
    bool connected, closed;
};

/* The server, and how many threads its lines of signalling name. */
struct called {
    struct server server;
    unsigned threads;
};

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct peer *peer = user;

    must(kind == SKIFF_RTP && packet->len == PACKET && packet->data[11] == peer->index,
         "a packet that this peer has not sent");
    peer->num_received++;
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct peer *peer = user;

    must(event != SKIFF_DTLS_FAILED, "DTLS has failed");
    if (event == SKIFF_DTLS_DATA) {
        must(bytes.len == 1 && bytes.ptr[0] == peer->index, "a message that is another's");
        peer->num_messages++;
    }
    peer->connected |= event == SKIFF_DTLS_CONNECTED;
    peer->closed |= event == SKIFF_DTLS_CLOSED;
}

static void on_ice_event(void *user, const skiff_ice_event *event)
{
    struct peer *peer = user;

    must(event->kind != SKIFF_ICE_FAILED && event->kind != SKIFF_ICE_RESTART_FAILED,
         "ICE has failed");
    peer->num_paths += event->kind == SKIFF_ICE_PATH ? 1 : 0;
}

/* --- the server --------------------------------------------------------------------- */

/* Sends a line for this peer; the answer is what the agent must know of the server. */
static void call(const struct called *called, struct peer *peer, const char *line)
{
    if (called->threads > 0)
        fprintf(called->server.to, "%u ", peer->index % called->threads);
    server_ask(&called->server, line, peer->ice, peer->server_ufrag);
}

static void join(const struct called *called, const struct basics *basics,
                 struct peer *peer)
{
    char line[512], own[SKIFF_FINGERPRINT_TEXT];
    const char *ufrag, *password;

    skiff_ice_credentials(peer->ice, &ufrag, &password);
    own_fingerprint(basics, own);
    snprintf(line, sizeof line, "%s %s", ufrag, own);
    call(called, peer, line);
}

/* Restarts ICE, and waits for the path by the new credentials. */
static void restart(const struct called *called, struct peer *peer)
{
    unsigned paths_before = peer->num_paths;
    char line[768], ours[257];
    const char *ufrag, *password;

    must(skiff_ice_restart(peer->ice) == SKIFF_OK, "no restart");
    skiff_ice_credentials(peer->ice, &ufrag, &password);
    strcpy(ours, peer->server_ufrag);
    snprintf(line, sizeof line, "restart %s %s", ours, ufrag);
    call(called, peer, line);
    must(strcmp(ours, peer->server_ufrag) != 0, "the ufrag is the old one");
    while (peer->num_paths == paths_before)
        g_main_context_iteration(NULL, TRUE);
}

/* --- the peers ---------------------------------------------------------------------- */

static void open_peer(struct peer *peer, skiff_context *context)
{
    skiff_ice_config config = caller_config(context);

    config.user = peer;
    config.on_media = on_media;
    config.on_event = on_event;
    config.on_ice_event = on_ice_event;
    must(worked(skiff_ice_new(&config, &peer->ice), "an agent"), "no call");
}

static void send_media(struct peer *peer, skiff_pool *pool)
{
    size_t sent;

    for (unsigned i = 0; i < PACKETS; i++) {
        skiff_packet *packet = skiff_pool_take(pool);
        memset(packet->data, 0x55, PACKET);
        memcpy(packet->data,
               (uint8_t[]){ 0x80, 0, 0, (uint8_t)peer->num_sent++, 0, 0, 0, 0, 0, 0, 0,
                            peer->index },
               12);
        packet->len = PACKET;
        must(skiff_ice_send(peer->ice, &packet, 1, &sent) == SKIFF_OK && sent == 1, "send");
        skiff_packet_release(&packet);
    }
}

static void send_message(const struct peer *peer, skiff_pool *pool)
{
    skiff_packet *packet = skiff_pool_take(pool);

    packet->data[0] = peer->index;
    packet->len = 1;
    must(skiff_ice_send_data(peer->ice, packet) == SKIFF_OK, "send a message");
    skiff_packet_release(&packet);
}

/* Each of the peers that are there sends packets and a message, and gets all of them back.
 */
static void echo(struct peer *peers, unsigned present, skiff_pool *pool)
{
    for (unsigned i = 0; i < present; i++) {
        peers[i].num_messages = 0;
        send_media(&peers[i], pool);
        send_message(&peers[i], pool);
    }
    for (unsigned i = 0; i < present; i++) {
        while (peers[i].num_received < peers[i].num_sent || peers[i].num_messages == 0)
            g_main_context_iteration(NULL, TRUE);
        must(peers[i].num_received == peers[i].num_sent, "a packet too many");
    }
}

static void talk(const struct called *called, const struct basics *basics)
{
    struct peer peers[PEERS] = { 0 };

    for (uint8_t i = 0; i < PEERS; i++) {
        peers[i].index = i;
        open_peer(&peers[i], basics->context);
        join(called, basics, &peers[i]);
    }
    for (unsigned i = 0; i < PEERS; i++)
        while (!peers[i].connected || !is_confirmed(peers[i].ice))
            g_main_context_iteration(NULL, TRUE);
    echo(peers, PEERS, basics->pool);
    for (unsigned i = 0; i < PEERS; i++)
        restart(called, &peers[i]);
    echo(peers, PEERS, basics->pool);

    skiff_ice_close(peers[PEERS - 1].ice);
    skiff_ice_free(peers[PEERS - 1].ice);
    echo(peers, PEERS - 1, basics->pool);

    kill(called->server.pid, SIGTERM);
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

    must(argc == 3, "usage: embed THREADS PROGRAM");
    alarm(SECONDS); /* whatever it waits for */
    must(basics_open(&basics, false), "no basics");
    struct called called = { .threads = (unsigned)atoi(argv[1]) };
    called.server = server_start(argv[2], called.threads > 0 ? argv[1] : NULL);
    talk(&called, &basics);
    waitpid(called.server.pid, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the server has not ended well");
    fclose(called.server.to);
    fclose(called.server.from);
    basics_close(&basics);
    printf("what each of %d peers sent has come back\n", PEERS);
}
