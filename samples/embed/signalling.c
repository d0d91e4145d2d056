/* signalling.c - lines of text that make peers and restart their ICE. */
#include "signalling.h"

#include "../common/clock.h"
#include "../common/errors.h"

enum { MAX_LINE = 768 };

static void write_answer(const struct echo_server *server, const skiff_peer *peer)
{
    const char *ufrag, *password, *candidate = skiff_port_candidate(server->port);
    char text[SKIFF_FINGERPRINT_TEXT];
    skiff_fingerprint own;

    skiff_peer_credentials(peer, &ufrag, &password);
    skiff_identity_fingerprint(server->identity, &own);
    skiff_fingerprint_format(&own, text);
    printf("%s %s %s\n%s\n", ufrag, password, text, candidate != NULL ? candidate : "");
    fflush(stdout);
}

/* begin: join */
static skiff_peer *make_peer(struct echo_server *server, const char *ufrag,
                             const char *fingerprint)
{
    skiff_fingerprint theirs;
    skiff_peer *peer;

    if (!worked(skiff_fingerprint_parse(fingerprint, &theirs), "the fingerprint")
        || !worked(skiff_peer_new(server->port, SKIFF_ROLE_PASSIVE, clock_now(), &peer),
                   "another peer"))
        return NULL;
    if (worked(skiff_peer_set_remote(peer, ufrag, &theirs, 1), "the ufrag"))
        return peer;
    skiff_peer_free(peer);
    return NULL;
}
/* end: join */

/* begin: restart */
/* The peer has made a new ufrag. The answer contains a new ufrag and password of ours. */
static bool restart_peer(skiff_peer *peer, const char *ufrag)
{
    return worked(skiff_peer_restart(peer), "the restart")
        && worked(skiff_peer_set_remote(peer, ufrag, NULL, 0), "the new ufrag");
}
/* end: restart */

static skiff_peer *find_peer(const struct echo_server *server, const char *ours)
{
    const char *ufrag, *password;

    for (size_t i = 0; i < server->num_peers; i++) {
        skiff_peer_credentials(server->peers[i], &ufrag, &password);
        if (strcmp(ufrag, ours) == 0)
            return server->peers[i];
    }
    return NULL;
}

static void join(struct echo_server *server, const char *line)
{
    char ufrag[257] = "", fingerprint[SKIFF_FINGERPRINT_TEXT] = "";

    (void)sscanf(line, "%256s %199[^\n]", ufrag, fingerprint);
    if (server->num_peers == MAX_PEERS)
        fprintf(stderr, "another peer: all %d are there\n", MAX_PEERS);
    else if ((server->peers[server->num_peers] = make_peer(server, ufrag, fingerprint))
             != NULL)
        write_answer(server, server->peers[server->num_peers++]);
}

static void restart(struct echo_server *server, const char *line)
{
    char ours[257] = "", theirs[257] = "";

    (void)sscanf(line, "restart %256s %256s", ours, theirs);
    skiff_peer *peer = find_peer(server, ours);
    if (peer == NULL)
        fprintf(stderr, "restart: no peer has the ufrag \"%s\"\n", ours);
    else if (restart_peer(peer, theirs))
        write_answer(server, peer);
}

bool signalling_read_line(struct echo_server *server, FILE *lines)
{
    char line[MAX_LINE];

    if (fgets(line, sizeof line, lines) == NULL)
        return false;
    if (strncmp(line, "restart ", 8) == 0)
        restart(server, line);
    else
        join(server, line);
    return true;
}
