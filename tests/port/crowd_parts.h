/* crowd_parts.h - what the files of the crowd share. For them alone. */
#ifndef TESTS_PORT_CROWD_PARTS_H
#define TESTS_PORT_CROWD_PARTS_H

#include "crowd.h"

#include <skiff/port.h>

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    CROWD_CLIENTS = 10,
    ADDRESSES = 3,
    SEATS = 5 * CROWD_CLIENTS,
    MAX_IDLE = 512,
    CALM = 500,
    MEASURED = 20,
    DRAINED = 60,
    BLOCKED_AFTER = 450,
    CHECK_EVERY = 12,
    QUIET = 4,
    CHOSEN_AFTER = 100
};

#define ROUND SKIFF_MSEC(100)

/* An address that somebody has left, and in which round each thread was then. */
struct idle_socket {
    int fd;
    uint32_t since[CROWD_THREADS];
};

struct crowd {
    skiff_port_group *group;
    struct sockaddr_in address;
    char text[64];
    skiff_identity *identity;
    skiff_fingerprint fingerprint;
    uint32_t rounds; /* of chaos */
    bool steering;
    atomic_uint round[CROWD_THREADS];
    atomic_int anchors[CROWD_THREADS]; /* sockets; 0: none */
    pthread_mutex_t mutex;             /* of the idle */
    struct idle_socket idle[MAX_IDLE];
    unsigned num_idle;
};

/* Who sits at the port: a peer, which may outlive the client. */
struct seat {
    skiff_peer *peer; /* NULL: free */
    uint32_t id;
    uint32_t free_at; /* round; 0: not yet known */
    uint64_t reached;
};

/* An address of a client. */
struct local_address {
    int fd;         /* -1: none */
    bool good;      /* a check was answered */
    uint32_t since; /* that round; or the first check */
};

struct client {
    bool here, anchor;
    struct seat *seat;
    skiff_transport *transport;
    bool connected;
    uint32_t id;
    char username[64], pwd[64];
    struct local_address addresses[ADDRESSES];
    unsigned active, next; /* nominated; to be, once it is good */
    uint16_t sequence;
    uint64_t sent;
    uint64_t calm_sent, calm_reached; /* as they were when all had settled */
};

struct worker {
    struct crowd *crowd;
    unsigned number;
    uint32_t seed, round, back_at;
    skiff_pool *pool;
    skiff_context *ours, *theirs;
    skiff_port *port; /* NULL: it has left */
    struct seat seats[SEATS];
    struct client clients[CROWD_CLIENTS];
    uint32_t ids;
    uint64_t counted;      /* drops, of what is gone */
    uint64_t full_by_calm; /* drops of full queues and sockets by then */
    struct crowd_result result;
};

/* --- crowd.c -------------------------------------------------------------------------- */

uint32_t crowd_random(struct worker *worker, uint32_t below);
skiff_time crowd_now(const struct worker *worker);

/* Gives the peer of a seat up, and counts what it has dropped. */
void crowd_clear_seat(struct worker *worker, struct seat *seat);

/* --- crowd_client.c ------------------------------------------------------------------- */

void client_join(struct worker *worker, struct client *client);
void client_leave(struct worker *worker, struct client *client, bool politely);
void client_turn(struct worker *worker, struct client *client);
void client_act(struct worker *worker, struct client *client);

/* Sends a packet from where it is, or one from each of its addresses. */
void client_send(struct worker *worker, struct client *client, bool from_all);

#endif
