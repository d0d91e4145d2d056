/* unknown_hook.c - a port with a hook for unknown ufrags, and a caller that it does not
 * know. */
#include "unknown_hook.h"

#include "suite.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const skiff_credentials carol = { "room7/carol", "the/password/of/carol/7" };

static void keep(char *text, skiff_bytes bytes)
{
    CU_ASSERT_FATAL(bytes.len < 300);
    memcpy(text, bytes.ptr, bytes.len);
    text[bytes.len] = '\0';
}

static void make_peers(struct unknown_hook *hook)
{
    struct server *server = &hook->server;
    skiff_peer *peer;

    while (hook->fills
           && skiff_peer_new(server->port, SKIFF_ROLE_PASSIVE, server->now, &peer)
                  == SKIFF_OK)
        continue;
    if (hook->makes != NULL)
        CU_ASSERT_EQUAL(skiff_peer_new_with(server->port, SKIFF_ROLE_PASSIVE, hook->makes,
                                            server->now, &hook->created),
                        SKIFF_OK);
    hook->makes = NULL;
}

static bool on_unknown(void *user, const skiff_unknown_ufrag *unknown,
                       skiff_admission *admission)
{
    struct unknown_hook *hook = user; /* its server is its first member */

    hook->asked++;
    keep(hook->ours, unknown->ours);
    keep(hook->theirs, unknown->theirs);
    strcpy(hook->address, unknown->address);
    if (hook->password != NULL)
        strcpy(admission->password, hook->password);
    admission->role = SKIFF_ROLE_PASSIVE;
    admission->user = hook;
    make_peers(hook);
    return hook->knows;
}

static void on_event(struct server *server, skiff_peer *peer, skiff_peer_event event)
{
    struct unknown_hook *hook = (struct unknown_hook *)(void *)server;

    if (event == SKIFF_PEER_PATH)
        hook->path_opened = peer;
    if (event != SKIFF_PEER_NEW)
        return;
    CU_ASSERT_PTR_NULL(hook->path_opened); /* NEW comes first */
    CU_ASSERT_PTR_EQUAL(skiff_peer_user(peer), hook);
    hook->created = peer;
    if (hook->frees)
        skiff_peer_free(peer);
    else
        CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", &server->fingerprint, 1),
                        SKIFF_OK);
}

void unknown_hook_new(struct unknown_hook *hook)
{
    memset(hook, 0, sizeof *hook);
    server_new(&hook->server);
    hook->server.config.on_unknown_ufrag = on_unknown;
    hook->server.config.peers = 4;
    hook->server.on_event = on_event;
    hook->knows = true;
    hook->password = carol.password;
}

void unknown_hook_open(struct unknown_hook *hook)
{
    server_open(&hook->server);
    caller_new_unknown(&hook->caller, &hook->server, &carol);
}

void unknown_hook_close(struct unknown_hook *hook)
{
    caller_free(&hook->caller);
    server_free(&hook->server);
}

unsigned unknown_hook_vacancies(struct unknown_hook *hook)
{
    struct server *server = &hook->server;
    skiff_peer *peers[8];
    unsigned num = 0;

    while (skiff_peer_new(server->port, SKIFF_ROLE_PASSIVE, server->now, &peers[num])
           == SKIFF_OK)
        num++;
    for (unsigned i = 0; i < num; i++)
        skiff_peer_free(peers[i]);
    return num;
}

void unknown_hook_check(struct unknown_hook *hook)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(&hook->caller, bytes, caller_check(&hook->caller, true, bytes));
    server_run(&hook->server);
    caller_run(&hook->caller);
}

void unknown_hook_move(struct unknown_hook *hook, const char *host)
{
    struct caller *caller = &hook->caller;
    struct sockaddr_in from = { .sin_family = AF_INET };

    CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET, host, &from.sin_addr), 1);
    close(caller->fd);
    caller->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CU_ASSERT_EQUAL_FATAL(bind(caller->fd, (struct sockaddr *)&from, sizeof from), 0);
    CU_ASSERT_EQUAL_FATAL(
        connect(caller->fd, (struct sockaddr *)&caller->port, caller->port_len), 0);
}
