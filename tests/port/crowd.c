/* crowd.c - the threads of a crowd, their ports, and what is counted. */
#include "crowd_parts.h"

#include "ice/port/mailbox.h"
#include "ice/port/port_state.h"
#include "loopback.h"
#include "suite.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 2, AWAY = 120 };

uint32_t crowd_random(struct worker *worker, uint32_t below)
{
    worker->seed = worker->seed * 1664525u + 1013904223u;
    return (worker->seed >> 8) % below;
}

/* --- time ----------------------------------------------------------------------------- */

static uint32_t slowest(const struct crowd *crowd)
{
    uint32_t round = UINT32_MAX;

    for (unsigned i = 0; i < CROWD_THREADS; i++) {
        uint32_t its = atomic_load(&crowd->round[i]);
        round = its < round ? its : round;
    }
    return round;
}

skiff_time crowd_now(const struct worker *worker)
{
    return SKIFF_MSEC(1000) + worker->round * ROUND;
}

/* --- the port ------------------------------------------------------------------------- */

static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct worker *worker = user;
    struct seat *seat = skiff_peer_user(peer);
    uint32_t id;

    (void)kind;
    memcpy(&id, packet->data + 12, sizeof id);
    worker->result.wrong += id != seat->id;
    worker->result.reached++;
    seat->reached++;
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct worker *worker = user;
    struct seat *seat = skiff_peer_user(peer);

    (void)bytes;
    if ((event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
         || event == SKIFF_PEER_CONSENT_LOST)
        && seat->free_at == 0)
        seat->free_at = worker->round + 1 + crowd_random(worker, 50);
}

/* Drops of all kinds that media may end as. */
static uint64_t drops_of(const skiff_port *port)
{
    skiff_port_counters counters;

    skiff_port_get_counters(port, &counters, sizeof counters);
    return counters.drop_stranger + counters.drop_queue + counters.drop_receive_buffer
         + counters.drop_oversized + counters.drop_ended;
}

/* Of them, those for which a queue or a socket had no place. */
static uint64_t full_drops_of(const skiff_port *port)
{
    skiff_port_counters counters;

    skiff_port_get_counters(port, &counters, sizeof counters);
    return counters.drop_queue + counters.drop_receive_buffer;
}

void crowd_clear_seat(struct worker *worker, struct seat *seat)
{
    skiff_counters counters;

    skiff_transport_get_counters(skiff_peer_transport(seat->peer), &counters,
                                 sizeof counters);
    worker->result.strange += counters.drop_forged + counters.drop_unverified;
    worker->counted += counters.drop_early + counters.drop_replayed + counters.drop_media
                     + counters.drop_forged;
    skiff_peer_free(seat->peer);
    seat->peer = NULL;
}

static void open_port(struct worker *worker, const char *address)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = address;
    config.context = worker->ours;
    config.group = worker->crowd->group;
    config.no_steering = !worker->crowd->steering;
    config.peers = SEATS;
    config.user = worker;
    config.on_media = on_media;
    config.on_event = on_event;
    if (skiff_port_new(&config, &worker->port) != SKIFF_OK)
        worker->port = NULL;
    worker->result.joined += worker->port != NULL;
}

static void close_port(struct worker *worker)
{
    skiff_port_counters counters;

    if (worker->port == NULL)
        return;
    for (int i = 0; i < CROWD_CLIENTS; i++)
        if (worker->clients[i].here)
            client_leave(worker, &worker->clients[i], false);
    for (int i = 0; i < SEATS; i++)
        if (worker->seats[i].peer != NULL)
            crowd_clear_seat(worker, &worker->seats[i]);
    worker->result.remaining += worker->port->group_paths.used;
    skf_port_retire(worker->port);
    skiff_port_get_counters(worker->port, &counters, sizeof counters);
    worker->counted += drops_of(worker->port);
    worker->result.forwarded += counters.forwarded;
    worker->result.refused += counters.drop_address_in_use;
    skiff_port_free(worker->port);
    worker->port = NULL;
}

/* --- a round -------------------------------------------------------------------------- */

static void run_port(struct worker *worker)
{
    for (int i = 0; i < 2; i++)
        do
            skiff_port_run(worker->port, crowd_now(worker), 64);
        while (worker->port->has_unread);
    for (int i = 0; i < SEATS; i++) {
        struct seat *seat = &worker->seats[i];
        if (seat->peer != NULL && seat->free_at != 0 && worker->round >= seat->free_at)
            crowd_clear_seat(worker, seat);
    }
}

/* A packet to each client now and then, wherever it is said to be. */
static void send_to_client(struct worker *worker, const struct seat *seat)
{
    static const uint8_t header[12] = { 0x80, 96 };
    skiff_packet *packet = skiff_pool_take(worker->pool);

    if (packet == NULL)
        return;
    packet->len = 60;
    memset(packet->data, 0, packet->len);
    memcpy(packet->data, header, sizeof header);
    packet->data[2] = (uint8_t)(worker->round >> 8);
    packet->data[3] = (uint8_t)worker->round;
    memcpy(packet->data + sizeof header, &seat->id, sizeof seat->id);
    (void)!skiff_peer_send(seat->peer, &packet, 1);
    skiff_packet_release(&packet);
}

static void come_or_go(struct worker *worker)
{
    bool chaos = worker->round < worker->crowd->rounds;

    if (worker->port == NULL && (worker->round >= worker->back_at || !chaos))
        open_port(worker, worker->crowd->text);
    else if (chaos && worker->number % 2 == 1 && crowd_random(worker, 500) == 0) {
        worker->back_at = worker->round + 1 + crowd_random(worker, AWAY);
        close_port(worker);
    }
}

static void attend(struct worker *worker, struct client *client)
{
    uint32_t calm = worker->crowd->rounds, measured = calm + CALM;

    if (worker->round < calm)
        client_act(worker, client);
    else if (!client->here && worker->round < calm + 100)
        client_join(worker, client);
    if (!client->here)
        return;
    client_turn(worker, client);
    if (!client->here)
        return;
    if (worker->round == measured) {
        client->calm_sent = client->sent;
        client->calm_reached = client->seat->reached;
    }
    if (worker->round + DRAINED < measured && crowd_random(worker, 2) == 0)
        client_send(worker, client, false);
    else if (worker->round >= measured && worker->round < measured + MEASURED)
        client_send(worker, client, true);
    if (worker->round % 16 == 0 && client->connected)
        send_to_client(worker, client->seat);
}

static void judge(struct worker *worker, const struct client *client)
{
    const uint64_t all = (uint64_t)MEASURED * ADDRESSES;
    uint64_t sent = client->here ? client->sent - client->calm_sent : 0;
    uint64_t reached = client->here ? client->seat->reached - client->calm_reached : 0;

    worker->result.unreported_in_calm += all - sent;
    worker->result.lost_in_calm += sent - (reached < sent ? reached : sent);
    if (client->anchor)
        worker->result.lost_by_anchors += client->sent - client->seat->reached;
}

static void *work(void *data)
{
    struct worker *worker = data;
    struct crowd *crowd = worker->crowd;
    uint32_t last = crowd->rounds + CALM + MEASURED + DRAINED;

    loopback_roam();
    for (; worker->round < last; worker->round++) {
        atomic_store(&crowd->round[worker->number], worker->round);
        while (slowest(crowd) + PATIENCE < worker->round)
            sched_yield();
        come_or_go(worker);
        if (worker->port == NULL)
            continue;
        if (worker->round == last - MEASURED - DRAINED * 3 / 2) /* none is under way */
            worker->full_by_calm = full_drops_of(worker->port);
        run_port(worker);
        for (int i = 0; i < CROWD_CLIENTS; i++)
            attend(worker, &worker->clients[i]);
    }
    worker->result.dropped_in_calm = full_drops_of(worker->port) - worker->full_by_calm;
    for (int i = 0; i < CROWD_CLIENTS; i++)
        judge(worker, &worker->clients[i]);
    atomic_store(&crowd->round[worker->number], UINT32_MAX / 2);
    return NULL;
}

/* --- all of it ------------------------------------------------------------------------ */

static skiff_context *context_of(const struct worker *worker)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    config.identity = worker->crowd->identity;
    config.pool = worker->pool;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &context), SKIFF_OK);
    return context;
}

static void open_worker(struct worker *worker, struct crowd *crowd, unsigned number,
                        uint32_t seed)
{
    skiff_pool_config pool = skiff_pool_defaults();

    *worker = (struct worker){ .crowd = crowd,
                               .number = number,
                               .seed = seed * 2654435761u + number };
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &worker->pool), SKIFF_OK);
    worker->ours = context_of(worker);
    worker->theirs = context_of(worker);
    worker->clients[0].anchor = number % 2 == 0;
    open_port(worker, number == 0 ? "127.0.0.1:0" : crowd->text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(worker->port);
    if (number > 0)
        return;
    snprintf(crowd->text, sizeof crowd->text, "%s", skiff_port_address(worker->port));
    crowd->address =
        (struct sockaddr_in){ .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) },
                              .sin_port =
                                  htons((uint16_t)atoi(strrchr(crowd->text, ':') + 1)) };
}

static void add(struct crowd_result *sum, const struct worker *worker)
{
    const uint64_t *one = (const uint64_t *)(const void *)&worker->result;
    uint64_t *all = (uint64_t *)(void *)sum;

    for (size_t i = 0; i < offsetof(struct crowd_result, steered) / sizeof *all; i++)
        all[i] += one[i];
}

static void close_worker(struct worker *worker)
{
    for (int i = 0; i < CROWD_CLIENTS; i++)
        if (worker->clients[i].here)
            client_leave(worker, &worker->clients[i], true);
    close_port(worker);
    skiff_context_free(worker->ours);
    skiff_context_free(worker->theirs);
    skiff_pool_free(worker->pool);
}

static uint64_t entries_left(struct crowd *crowd)
{
    struct path_table *table = skf_group_get_paths(crowd->group);
    uint64_t left = skf_group_table_used(&table->table);

    for (unsigned i = 0; i < CROWD_THREADS; i++) {
        left += atomic_load(&table->lost[i].num);
        left += skf_mailbox_next(crowd->group, i) != NULL;
    }
    return left + skf_steering_has_any(&table->steering);
}

void crowd_run(uint32_t seed, uint32_t rounds, bool steering, struct crowd_result *result)
{
    static struct crowd crowd;
    static struct worker workers[CROWD_THREADS];
    pthread_t threads[CROWD_THREADS];
    uint64_t counted = 0;

    memset(&crowd, 0, sizeof crowd);
    *result = (struct crowd_result){ 0 };
    crowd.rounds = rounds;
    crowd.steering = steering;
    pthread_mutex_init(&crowd.mutex, NULL);
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(CROWD_THREADS, NULL, &crowd.group),
                          SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(1700000000, 30, &crowd.identity),
                          SKIFF_OK);
    skiff_identity_fingerprint(crowd.identity, &crowd.fingerprint);
    for (unsigned i = 0; i < CROWD_THREADS; i++)
        open_worker(&workers[i], &crowd, i, seed);
    result->steered = skiff_port_group_steers(crowd.group);
    for (unsigned i = 0; i < CROWD_THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (unsigned i = 0; i < CROWD_THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < CROWD_THREADS; i++) {
        close_worker(&workers[i]);
        add(result, &workers[i]);
        counted += workers[i].counted;
    }
    result->lost_in_calm -= result->dropped_in_calm < result->lost_in_calm
                              ? result->dropped_in_calm
                              : result->lost_in_calm;
    if (result->sent > result->reached + counted)
        result->uncounted = result->sent - result->reached - counted;
    result->remaining += entries_left(&crowd);
    for (unsigned i = 0; i < crowd.num_idle; i++)
        close(crowd.idle[i].fd);
    skiff_port_group_free(crowd.group);
    skiff_identity_free(crowd.identity);
    pthread_mutex_destroy(&crowd.mutex);
}
