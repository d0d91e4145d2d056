/* crowd_client.c - one client: checks from three addresses, DTLS and media from the one
 * that was nominated, and whatever else comes to its mind. */
#include "crowd_parts.h"

#include "stun_client.h"

#include <skiff/demux.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAM = 1500, RTP_HEADER = 12, RTP_LEN = 60 };

/* --- addresses ------------------------------------------------------------------------ */

/* What was sent is read in the round after it, and what is handed over in one more. */
static bool is_quiet(const struct crowd *crowd, const struct idle_socket *idle)
{
    bool quiet = true;

    for (unsigned i = 0; i < CROWD_THREADS; i++)
        quiet &= atomic_load(&crowd->round[i]) >= idle->since[i] + QUIET;
    return quiet;
}

/* What came for whoever was there before is nobody's. */
static void drain(int fd)
{
    uint8_t bytes[DATAGRAM];

    while (fd >= 0 && recv(fd, bytes, sizeof bytes, 0) >= 0)
        continue;
}

static int reuse_socket(struct crowd *crowd, unsigned more_than)
{
    int fd = -1;

    pthread_mutex_lock(&crowd->mutex);
    if (crowd->num_idle > more_than && is_quiet(crowd, &crowd->idle[0])) {
        fd = crowd->idle[0].fd;
        crowd->num_idle--;
        memmove(crowd->idle, crowd->idle + 1, crowd->num_idle * sizeof crowd->idle[0]);
    }
    pthread_mutex_unlock(&crowd->mutex);
    drain(fd);
    return fd;
}

/* Is never closed before the end: the kernel would give the port to somebody else. */
static void give_up_address(struct worker *worker, struct local_address *address)
{
    struct crowd *crowd = worker->crowd;
    struct idle_socket idle = { .fd = address->fd };

    for (unsigned i = 0; i < CROWD_THREADS; i++)
        idle.since[i] = atomic_load(&crowd->round[i]);
    pthread_mutex_lock(&crowd->mutex);
    if (crowd->num_idle < MAX_IDLE)
        crowd->idle[crowd->num_idle++] = idle;
    pthread_mutex_unlock(&crowd->mutex);
    *address = (struct local_address){ .fd = -1 };
}

static void open_address(struct worker *worker, struct local_address *address)
{
    int fd = reuse_socket(worker->crowd, crowd_random(worker, 2) == 0 ? 0 : MAX_IDLE / 2);
    const struct sockaddr_in *to = &worker->crowd->address;

    worker->result.reused += fd >= 0;
    if (fd < 0) {
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(fd, (const struct sockaddr *)to, sizeof *to);
    }
    *address = (struct local_address){ .fd = fd, .since = worker->round };
}

/* A check from there was answered. Whoever was there before may have been sent something
 * until then; that has come by now, too. */
static bool is_ours(const struct worker *worker, const struct local_address *address)
{
    return address->good && worker->round >= address->since + QUIET;
}

/* --- checks and DTLS ------------------------------------------------------------------ */

static void check(const struct client *client, unsigned n)
{
    uint8_t bytes[DATAGRAM];
    size_t len =
        stun_client_check(bytes, client->username, client->pwd, n == client->active);

    (void)!send(client->addresses[n].fd, bytes, len, 0);
}

static void check_all(const struct client *client)
{
    for (unsigned n = 0; n < ADDRESSES; n++)
        check(client, n);
}

static void poll_transport(struct worker *worker, struct client *client)
{
    skiff_dtls_event event = SKIFF_DTLS_SEND;
    skiff_bytes bytes;

    while (event != SKIFF_DTLS_NOTHING) {
        skiff_packet *packet = skiff_pool_take(worker->pool);
        if (packet == NULL)
            return;
        event = skiff_transport_poll(client->transport, crowd_now(worker), packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            (void)!send(client->addresses[client->active].fd, packet->data, packet->len, 0);
        client->connected |= event == SKIFF_DTLS_CONNECTED;
        skiff_packet_release(&packet);
    }
}

/* --- coming and going ----------------------------------------------------------------- */

static struct seat *free_seat(struct worker *worker)
{
    struct seat *seat = worker->seats;

    while (seat < worker->seats + SEATS && seat->peer != NULL)
        seat++;
    return seat < worker->seats + SEATS ? seat : NULL;
}

static void copy_credentials(struct client *client)
{
    const char *ufrag, *password;

    skiff_peer_credentials(client->seat->peer, &ufrag, &password);
    snprintf(client->username, sizeof client->username, "%s:them", ufrag);
    snprintf(client->pwd, sizeof client->pwd, "%s", password);
}

static bool sit_down(struct worker *worker, struct client *client, struct seat *seat)
{
    const struct crowd *crowd = worker->crowd;

    if (skiff_peer_new(worker->port, SKIFF_ROLE_PASSIVE, crowd_now(worker), &seat->peer)
        != SKIFF_OK)
        return false;
    skiff_peer_set_user(seat->peer, seat);
    if (skiff_peer_set_remote(seat->peer, "them", &crowd->fingerprint, 1) == SKIFF_OK
        && skiff_transport_new(worker->theirs, SKIFF_ROLE_ACTIVE, NULL, crowd_now(worker),
                               &client->transport)
               == SKIFF_OK
        && skiff_dtls_expect(skiff_transport_dtls(client->transport), &crowd->fingerprint,
                             1)
               == SKIFF_OK)
        return true;
    crowd_clear_seat(worker, seat);
    return false;
}

void client_join(struct worker *worker, struct client *client)
{
    struct seat *seat = free_seat(worker);

    if (seat == NULL)
        return;
    *client = (struct client){ .seat = seat, .anchor = client->anchor };
    *seat = (struct seat){ 0 };
    if (!sit_down(worker, client, seat))
        return;
    client->here = true;
    client->id = seat->id = ++worker->ids * CROWD_THREADS + worker->number;
    copy_credentials(client);
    for (unsigned n = 0; n < ADDRESSES; n++)
        open_address(worker, &client->addresses[n]);
    check_all(client);
    worker->result.met++;
}

/* Without a word its peer stays until it is silent. */
void client_leave(struct worker *worker, struct client *client, bool politely)
{
    if (politely && client->connected) {
        skiff_dtls_close(skiff_transport_dtls(client->transport), crowd_now(worker));
        poll_transport(worker, client);
    }
    if (politely)
        client->seat->free_at = worker->round + 1 + crowd_random(worker, 100);
    for (unsigned n = 0; n < ADDRESSES; n++)
        give_up_address(worker, &client->addresses[n]);
    skiff_transport_free(client->transport);
    client->here = false;
    worker->result.departed += politely;
    worker->result.vanished += !politely;
}

/* To another address, which is nominated once a check from there was good. */
static void move(struct worker *worker, struct client *client)
{
    unsigned n = crowd_random(worker, ADDRESSES);

    give_up_address(worker, &client->addresses[n]);
    open_address(worker, &client->addresses[n]);
    for (unsigned i = 0; n == client->active && i < ADDRESSES; i++)
        if (client->addresses[i].good)
            client->active = i;
    client->next = n;
    check(client, n);
    worker->result.moved++;
}

static void restart(struct worker *worker, struct client *client)
{
    if (skiff_peer_restart(client->seat->peer) != SKIFF_OK
        || skiff_peer_set_remote(client->seat->peer, "them", NULL, 0) != SKIFF_OK)
        return;
    copy_credentials(client);
    check_all(client);
    worker->result.restarted++;
}

/* Anybody can write the address of an anchor on a check of his own. */
static void check_from_anchor(struct worker *worker, struct client *client)
{
    int fd = atomic_load(&worker->crowd->anchors[crowd_random(worker, CROWD_THREADS)]);
    struct local_address own = client->addresses[0];

    if (fd == 0)
        return;
    client->addresses[0].fd = fd;
    check(client, 0);
    client->addresses[0] = own;
    worker->result.from_anchors++;
}

/* From when its path is settled others know where it is: until then, any may be taken. */
static void publish_anchor(struct worker *worker, const struct client *client)
{
    bool usable = client->here && client->connected;

    for (unsigned n = 0; n < ADDRESSES; n++)
        usable &= client->addresses[n].good
               && worker->round >= client->addresses[n].since + CHOSEN_AFTER;
    if (usable)
        atomic_store(&worker->crowd->anchors[worker->number],
                     client->addresses[client->active].fd);
}

void client_act(struct worker *worker, struct client *client)
{
    uint32_t dice = crowd_random(worker, 400);

    if (client->anchor)
        publish_anchor(worker, client);
    if (client->anchor && client->here)
        return;
    if (!client->here && dice < 20)
        client_join(worker, client);
    else if (client->here && dice < 4)
        move(worker, client);
    else if (client->here && client->connected && dice < 6)
        restart(worker, client);
    else if (client->here && dice < 8)
        client_leave(worker, client, true);
    else if (client->here && dice < 9)
        client_leave(worker, client, false);
    else if (client->here && dice < 14)
        check_from_anchor(worker, client);
}

/* --- datagrams ------------------------------------------------------------------------ */

/* The kernel may keep a datagram for longer than QUIET: the response may be to whoever was
 * here before. It is ours if it has our peer's password (RFC 8489 9.1.4). */
static bool is_our_success(const struct client *client, const skiff_packet *packet)
{
    return packet->data[0] == 1 && packet->data[1] == 1
        && stun_client_finds_signed(packet->data, packet->len, client->pwd);
}

static void read_stun(struct worker *worker, struct client *client, unsigned n,
                      const skiff_packet *packet)
{
    if (client->addresses[n].good || !is_our_success(client, packet))
        return;
    client->addresses[n].good = true;
    client->addresses[n].since = worker->round;
    if (n == client->next || !client->addresses[client->active].good) {
        client->active = n;
        check(client, n);
    }
}

/* What was under way to who was here before cannot be opened, and is nobody's. */
static void receive(struct worker *worker, struct client *client, skiff_packet *packet)
{
    skiff_kind kind = SKIFF_CONSUMED;
    uint32_t id;

    if (skiff_transport_receive(client->transport, crowd_now(worker), packet, &kind)
        != SKIFF_OK)
        return;
    if (kind == SKIFF_RTP) {
        memcpy(&id, packet->data + RTP_HEADER, sizeof id);
        worker->result.wrong += id != client->id;
    } else if (kind == SKIFF_CONSUMED) {
        poll_transport(worker, client);
    }
}

static void read_address(struct worker *worker, struct client *client, unsigned n)
{
    skiff_packet *packet = skiff_pool_take(worker->pool);
    ssize_t len;

    while (packet != NULL
           && (len = recv(client->addresses[n].fd, packet->data, packet->limit, 0)) > 0) {
        packet->len = (uint32_t)len;
        if (skiff_protocol_of(packet->data[0]) == SKIFF_PROTOCOL_STUN)
            read_stun(worker, client, n, packet);
        else if (is_ours(worker, &client->addresses[n]))
            receive(worker, client, packet);
    }
    skiff_packet_release(&packet);
}

/* One that no check from has been answered for longer than any peer stays is blocked. */
static void look_at(struct worker *worker, struct local_address *address)
{
    if (address->good || worker->round < address->since + BLOCKED_AFTER)
        return;
    worker->result.blocked++;
    address->since = worker->round;
}

void client_turn(struct worker *worker, struct client *client)
{
    if (client->seat->free_at != 0) { /* its peer has ended */
        client_leave(worker, client, false);
        worker->result.ended++;
        return;
    }
    for (unsigned n = 0; n < ADDRESSES; n++)
        read_address(worker, client, n);
    if (skiff_transport_deadline(client->transport) <= crowd_now(worker)
        && is_ours(worker, &client->addresses[client->active]))
        poll_transport(worker, client);
    if ((worker->round + client->id) % CHECK_EVERY == 0)
        check_all(client);
    for (unsigned n = 0; n < ADDRESSES; n++)
        look_at(worker, &client->addresses[n]);
}

static bool write_media(struct client *client, skiff_packet *packet)
{
    const uint8_t header[RTP_HEADER] = { 0x80, 96, (uint8_t)(client->sequence >> 8),
                                         (uint8_t)client->sequence, [11] = 1 };

    client->sequence++;
    memset(packet->data, 0, RTP_LEN);
    memcpy(packet->data, header, sizeof header);
    memcpy(packet->data + RTP_HEADER, &client->id, sizeof client->id);
    packet->len = RTP_LEN;
    return skiff_transport_protect(client->transport, packet) == SKIFF_OK;
}

static void send_from(struct worker *worker, struct client *client,
                      const struct local_address *address)
{
    skiff_packet *packet = skiff_pool_take(worker->pool);

    if (packet != NULL && write_media(client, packet)
        && send(address->fd, packet->data, packet->len, 0) == (ssize_t)packet->len) {
        worker->result.sent++;
        client->sent++;
    }
    skiff_packet_release(&packet);
}

void client_send(struct worker *worker, struct client *client, bool from_all)
{
    for (unsigned n = 0; client->connected && n < ADDRESSES; n++)
        if ((from_all || n == client->active) && is_ours(worker, &client->addresses[n]))
            send_from(worker, client, &client->addresses[n]);
}
