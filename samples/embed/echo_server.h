/* echo_server.h - what the programs of this folder serve, each in another loop: a port that
 * sends each peer its own media and messages back. Knows no loop and no signalling. */
#ifndef SAMPLES_EMBED_ECHO_SERVER_H
#define SAMPLES_EMBED_ECHO_SERVER_H

#include <skiff/port.h>

enum { MAX_PEERS = 64, BATCH = 256 };

/* A thread has one: nothing in it belongs to another thread, except the identity. */
struct echo_server {
    const skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_port *port;
    skiff_peer *peers[MAX_PEERS];
    size_t num_peers;
    uint64_t returned; /* packets */
};

/* Makes the pool, the context and the port. `group` may be NULL. False: a line says why. */
bool echo_server_open(struct echo_server *server, const skiff_identity *identity,
                      const char *address, skiff_port_group *group);

/* Closes what is open, also after a failure. Each peer gets a close_notify. */
void echo_server_close(struct echo_server *server);

/* The main function of a program with one such server. It opens the server at the address
 * that the arguments name, runs `serve` until that returns, and closes the server. `serve`
 * returns false after a failure, about which it has printed a line. Returns the exit code.
 */
int echo_server_main(int argc, char **argv, struct echo_server *server,
                     bool (*serve)(void *program), void *program);

/* Removes a peer. It gets a close_notify if it is still connected. */
void echo_server_remove(struct echo_server *server, skiff_peer *peer);

#endif
