/*
 * forward.c - a server for many peers: what one of them sends goes to all others.
 *
 *     forward [ADDRESS]              such as 192.0.2.1:5000; without it 0.0.0.0 and any
 * port
 *
 * Each peer joins by a line on stdin, with its ufrag and the fingerprint of its
 * certificate. Two lines on stdout answer: ufrag, password and fingerprint of the server;
 * its candidate. Peers are agents of ICE and the clients of DTLS, as browsers are.
 *
 * It shows skiff_port: one UDP socket for all peers, a callback for media, a copy of a
 * packet for each receiver, and what becomes of a peer that goes. It leaves out SDP, SSRCs
 * that two peers have in common, and RTCP (docs/first-server.md, "What is yours").
 */
#include "../common/basics.h"
#include "../common/wait.h"

#include <skiff/port.h>

#include <unistd.h>

enum { MAX_PEERS = 64, BATCH = 256, MAX_LINE = 512 };

struct server {
    struct basics basics;
    skiff_port *port;
    skiff_peer *peers[MAX_PEERS];
    size_t num_peers;
};

/* Each receiver has other keys, and so a copy of its own. One that is not connected yet
 * gets none: nobody waits for media. */
static void on_media(void *user, skiff_peer *from, skiff_packet *packet, skiff_kind kind)
{
    const skiff_packet *plain = packet;
    struct server *server = user;

    for (size_t i = 0; i < server->num_peers && kind == SKIFF_RTP; i++)
        if (server->peers[i] != from)
            (void)!skiff_peer_send_copies(server->peers[i], &plain, 1, NULL, NULL);
}

static void remove_peer(struct server *server, skiff_peer *peer)
{
    for (size_t i = 0; i < server->num_peers; i++)
        if (server->peers[i] == peer)
            server->peers[i--] = server->peers[--server->num_peers];
    skiff_peer_free(peer); /* says close_notify, where there is somebody to hear it */
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    skiff_failure failure;
    skiff_peer_info info;

    (void)bytes;
    skiff_peer_get_info(peer, &info, sizeof info);
    fprintf(stderr, "%s %s\n", skiff_peer_event_name(event), info.remote);
    if (event == SKIFF_PEER_FAILED) {
        skiff_transport_failure(skiff_peer_transport(peer), &failure, sizeof failure);
        print_failure(&failure);
    }
    if (event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
        || event == SKIFF_PEER_CONSENT_LOST)
        remove_peer(user, peer);
}

static void answer(const struct server *server, const skiff_peer *peer)
{
    const char *ufrag, *password, *candidate = skiff_port_candidate(server->port);
    char own[SKIFF_FINGERPRINT_TEXT];

    skiff_peer_credentials(peer, &ufrag, &password);
    own_fingerprint(&server->basics, own);
    printf("%s %s %s\n%s\n", ufrag, password, own, candidate != NULL ? candidate : "");
    fflush(stdout);
}

static void join(struct server *server, const char *line)
{
    char ufrag[257] = "", text[SKIFF_FINGERPRINT_TEXT] = "";
    skiff_fingerprint theirs;
    skiff_peer *peer = NULL;

    (void)sscanf(line, "%256s %199[^\n]", ufrag, text);
    if (!worked(skiff_fingerprint_parse(text, &theirs), "a line is UFRAG FINGERPRINT")
        || !worked(skiff_peer_new(server->port, SKIFF_ROLE_PASSIVE, clock_now(), &peer),
                   "another peer"))
        return;
    server->peers[server->num_peers++] = peer;
    if (worked(skiff_peer_set_remote(peer, ufrag, &theirs, 1), "the ufrag"))
        answer(server, peer);
    else
        remove_peer(server, peer);
}

static bool open_port(struct server *server, const char *address)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = address;
    config.context = server->basics.context;
    config.peers = MAX_PEERS;
    config.user = server;
    config.on_media = on_media;
    config.on_event = on_event;
    return port_worked(skiff_port_new(&config, &server->port), address);
}

static void serve(struct server *server)
{
    struct pollfd fds[] = { { skiff_port_fd(server->port), POLLIN, 0 },
                            { STDIN_FILENO, POLLIN, 0 } };
    char line[MAX_LINE];

    setvbuf(stdin, NULL, _IONBF, 0); /* what waits in a buffer wakes no poll */
    while (wait_until(fds, 2, skiff_port_deadline(server->port))) {
        skiff_port_run(server->port, clock_now(), BATCH);
        if (fds[1].revents == 0)
            continue;
        if (fgets(line, sizeof line, stdin) == NULL)
            break; /* stdin has ended */
        join(server, line);
    }
}

int main(int argc, char **argv)
{
    struct server server = { 0 };

    if (argc > 2) {
        fprintf(stderr, "usage: forward [ADDRESS]\n");
        return 2;
    }
    hold_interrupts();
    bool opened = basics_open(&server.basics, false)
               && open_port(&server, argc > 1 ? argv[1] : "0.0.0.0:0");
    if (opened) {
        fprintf(stderr, "media at %s\n", skiff_port_address(server.port));
        serve(&server);
    }
    skiff_port_free(server.port); /* says close_notify to all peers */
    basics_close(&server.basics);
    return opened ? 0 : 1;
}
