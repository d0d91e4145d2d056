/* lobby.c - a port with a hook for unknown ufrags, and a caller that it does not know. */
#include "lobby.h"

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

static void make_peers(struct lobby *lobby)
{
    struct office *office = &lobby->office;
    skiff_peer *peer;

    while (lobby->fills && skiff_peer_new(office->port, SKIFF_ROLE_PASSIVE, office->now,
                                          &peer) == SKIFF_OK)
        continue;
    if (lobby->makes != NULL)
        CU_ASSERT_EQUAL(skiff_peer_new_with(office->port, SKIFF_ROLE_PASSIVE, lobby->makes,
                                            office->now, &lobby->made), SKIFF_OK);
    lobby->makes = NULL;
}

static bool on_unknown(void *context, const skiff_unknown_ufrag *unknown,
                       skiff_admission *admission)
{
    struct lobby *lobby = context;           /* its office is its first member */

    lobby->asked++;
    keep(lobby->ours, unknown->ours);
    keep(lobby->theirs, unknown->theirs);
    strcpy(lobby->address, unknown->address);
    if (lobby->password != NULL)
        strcpy(admission->password, lobby->password);
    admission->role = SKIFF_ROLE_PASSIVE;
    admission->user = lobby;
    make_peers(lobby);
    return lobby->knows;
}

static void on_event(struct office *office, skiff_peer *peer, skiff_peer_event event)
{
    struct lobby *lobby = (struct lobby *)(void *)office;

    if (event == SKIFF_PEER_PATH)
        lobby->opened = peer;
    if (event != SKIFF_PEER_NEW)
        return;
    CU_ASSERT_PTR_NULL(lobby->opened);       /* NEW comes first */
    CU_ASSERT_PTR_EQUAL(skiff_peer_user(peer), lobby);
    lobby->made = peer;
    if (lobby->frees)
        skiff_peer_free(peer);
    else
        CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "them", &office->fingerprint, 1),
                        SKIFF_OK);
}

void lobby_new(struct lobby *lobby)
{
    memset(lobby, 0, sizeof *lobby);
    office_new(&lobby->office);
    lobby->office.config.on_unknown_ufrag = on_unknown;
    lobby->office.config.peers = 4;
    lobby->office.on_event = on_event;
    lobby->knows = true;
    lobby->password = carol.password;
}

void lobby_open(struct lobby *lobby)
{
    office_open(&lobby->office);
    caller_new_unknown(&lobby->caller, &lobby->office, &carol);
}

void lobby_close(struct lobby *lobby)
{
    caller_free(&lobby->caller);
    office_free(&lobby->office);
}

unsigned lobby_vacancies(struct lobby *lobby)
{
    struct office *office = &lobby->office;
    skiff_peer *peers[8];
    unsigned num = 0;

    while (skiff_peer_new(office->port, SKIFF_ROLE_PASSIVE, office->now, &peers[num])
           == SKIFF_OK)
        num++;
    for (unsigned i = 0; i < num; i++)
        skiff_peer_free(peers[i]);
    return num;
}

void lobby_check(struct lobby *lobby)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(&lobby->caller, bytes, caller_check(&lobby->caller, true, bytes));
    office_run(&lobby->office);
    caller_run(&lobby->caller);
}

void lobby_move(struct lobby *lobby, const char *host)
{
    struct caller *caller = &lobby->caller;
    struct sockaddr_in from = { .sin_family = AF_INET };

    CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET, host, &from.sin_addr), 1);
    close(caller->fd);
    caller->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CU_ASSERT_EQUAL_FATAL(bind(caller->fd, (struct sockaddr *)&from, sizeof from), 0);
    CU_ASSERT_EQUAL_FATAL(connect(caller->fd, (struct sockaddr *)&caller->port,
                                  caller->port_len), 0);
}
