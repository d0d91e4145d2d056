/* server.h - what the tests of a server sample have in common: the server as a process, a
 * line to it with the answer, and agents that call it. Knows no sample and no media. */
#ifndef TESTS_TALK_SERVER_H
#define TESTS_TALK_SERVER_H

#include "samples/common/basics.h"

#include <skiff/ice.h>

#include <stdlib.h>
#include <unistd.h>

/* The process, and its stdin and stdout. */
struct server {
    pid_t pid;
    FILE *to, *from;
};

/* Ends the test with a line unless this holds. */
static inline void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* Starts the program at a port of its own on loopback. `argument` may be NULL. */
static inline struct server server_start(const char *program, const char *argument)
{
    struct server server;
    int to[2], from[2];

    must(pipe(to) == 0 && pipe(from) == 0, "pipes");
    server.pid = fork();
    if (server.pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        execl(program, program, "127.0.0.1:0", argument, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    server.to = fdopen(to[1], "w");
    server.from = fdopen(from[0], "r");
    return server;
}

/* Sends a line, and tells the agent what the two lines of the answer contain. `ufrag`
 * becomes the server's. */
static inline void server_ask(const struct server *server, const char *line, skiff_ice *ice,
                              char ufrag[257])
{
    char password[257], text[SKIFF_FINGERPRINT_TEXT], candidate[256];
    skiff_fingerprint expected;

    fprintf(server->to, "%s\n", line);
    fflush(server->to);
    must(fscanf(server->from, "%256s %256s %199[^\n] %255[^\n]", ufrag, password, text,
                candidate)
             == 4,
         "the server does not answer");
    must(skiff_fingerprint_parse(text, &expected) == SKIFF_OK
             && skiff_ice_set_peer(ice, ufrag, password, &expected, 1) == SKIFF_OK
             && skiff_ice_add_candidate(ice, candidate) == SKIFF_OK
             && skiff_ice_add_candidate(ice, NULL) == SKIFF_OK,
         "its answer is none");
}

/* The config of a caller on loopback; its callbacks are still to be set. */
static inline skiff_ice_config caller_config(skiff_context *context)
{
    static const char *const addresses[] = { "127.0.0.1" };
    skiff_ice_config config = skiff_ice_defaults();

    config.context = context;
    config.controlling = true;
    config.role = SKIFF_ROLE_ACTIVE;
    config.addresses = addresses;
    config.num_addresses = 1;
    return config;
}

/* Whether the server has the last flight of this client too, and so accepts its media. */
static inline bool is_confirmed(skiff_ice *ice)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(skiff_ice_transport(ice)), &info, sizeof info);
    return info.confirmed;
}

#endif
