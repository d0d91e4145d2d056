/* crowd_guest.c - one guest: checks from three addresses, DTLS and media from the one that
 * was nominated, and whatever else comes to its mind. */
#include "crowd_parts.h"

#include "asker.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAM = 1500, RTP_HEADER = 12, RTP_LEN = 60 };

/* --- addresses ------------------------------------------------------------------------ */

/* What was sent is read in the round after it, and what is handed over in one more. */
static bool is_quiet(const struct crowd *crowd, const struct rested *rested)
{
    bool quiet = true;

    for (unsigned i = 0; i < CROWD_THREADS; i++)
        quiet &= atomic_load(&crowd->round[i]) >= rested->since[i] + QUIET;
    return quiet;
}

/* What came for whoever was there before is nobody's. */
static void drain(int fd)
{
    uint8_t bytes[DATAGRAM];

    while (fd >= 0 && recv(fd, bytes, sizeof bytes, 0) >= 0)
        continue;
}

static int take_rested(struct crowd *crowd, unsigned more_than)
{
    int fd = -1;

    pthread_mutex_lock(&crowd->mutex);
    if (crowd->num_rested > more_than && is_quiet(crowd, &crowd->rested[0])) {
        fd = crowd->rested[0].fd;
        crowd->num_rested--;
        memmove(crowd->rested, crowd->rested + 1,
                crowd->num_rested * sizeof crowd->rested[0]);
    }
    pthread_mutex_unlock(&crowd->mutex);
    drain(fd);
    return fd;
}

/* Is never closed before the end: the kernel would give the port to somebody else. */
static void leave_spot(struct worker *worker, struct spot *spot)
{
    struct crowd *crowd = worker->crowd;
    struct rested rested = { .fd = spot->fd };

    for (unsigned i = 0; i < CROWD_THREADS; i++)
        rested.since[i] = atomic_load(&crowd->round[i]);
    pthread_mutex_lock(&crowd->mutex);
    if (crowd->num_rested < RESTED)
        crowd->rested[crowd->num_rested++] = rested;
    pthread_mutex_unlock(&crowd->mutex);
    *spot = (struct spot){ .fd = -1 };
}

static void take_spot(struct worker *worker, struct spot *spot)
{
    int fd = take_rested(worker->crowd, crowd_random(worker, 2) == 0 ? 0 : RESTED / 2);
    const struct sockaddr_in *to = &worker->crowd->address;

    worker->result.reused += fd >= 0;
    if (fd < 0) {
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(fd, (const struct sockaddr *)to, sizeof *to);
    }
    *spot = (struct spot){ .fd = fd, .since = worker->round };
}

/* A check from there was answered. Whoever was there before may have been sent something
 * until then; that has come by now, too. */
static bool is_ours(const struct worker *worker, const struct spot *spot)
{
    return spot->good && worker->round >= spot->since + QUIET;
}

/* --- checks and DTLS ------------------------------------------------------------------ */

static void check(const struct guest *guest, unsigned n)
{
    uint8_t bytes[DATAGRAM];
    size_t len = asker_check(bytes, guest->name, guest->pwd, n == guest->active);

    (void)!send(guest->spots[n].fd, bytes, len, 0);
}

static void check_all(const struct guest *guest)
{
    for (unsigned n = 0; n < SPOTS; n++)
        check(guest, n);
}

static void poll_transport(struct worker *worker, struct guest *guest)
{
    skiff_dtls_event event = SKIFF_DTLS_SEND;
    skiff_bytes bytes;

    while (event != SKIFF_DTLS_NOTHING) {
        skiff_packet *packet = skiff_pool_take(worker->pool);
        if (packet == NULL)
            return;
        event = skiff_transport_poll(guest->transport, crowd_now(worker), packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            (void)!send(guest->spots[guest->active].fd, packet->data, packet->len, 0);
        guest->connected |= event == SKIFF_DTLS_CONNECTED;
        skiff_packet_give(&packet);
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

static void read_name(struct guest *guest)
{
    const char *ufrag, *pwd;

    skiff_peer_credentials(guest->seat->peer, &ufrag, &pwd);
    snprintf(guest->name, sizeof guest->name, "%s:them", ufrag);
    snprintf(guest->pwd, sizeof guest->pwd, "%s", pwd);
}

static bool sit_down(struct worker *worker, struct guest *guest, struct seat *seat)
{
    const struct crowd *crowd = worker->crowd;

    if (skiff_peer_new(worker->port, SKIFF_ROLE_PASSIVE, crowd_now(worker), &seat->peer)
        != SKIFF_OK)
        return false;
    skiff_peer_set_user(seat->peer, seat);
    if (skiff_peer_set_remote(seat->peer, "them", &crowd->fingerprint, 1) == SKIFF_OK
        && skiff_transport_new(worker->theirs, SKIFF_ROLE_ACTIVE, NULL, crowd_now(worker),
                               &guest->transport) == SKIFF_OK
        && skiff_dtls_expect(skiff_transport_dtls(guest->transport), &crowd->fingerprint,
                             1) == SKIFF_OK)
        return true;
    crowd_clear_seat(worker, seat);
    return false;
}

void guest_come(struct worker *worker, struct guest *guest)
{
    struct seat *seat = free_seat(worker);

    if (seat == NULL)
        return;
    *guest = (struct guest){ .seat = seat, .anchor = guest->anchor };
    *seat = (struct seat){ 0 };
    if (!sit_down(worker, guest, seat))
        return;
    guest->here = true;
    guest->id = seat->id = ++worker->ids * CROWD_THREADS + worker->number;
    read_name(guest);
    for (unsigned n = 0; n < SPOTS; n++)
        take_spot(worker, &guest->spots[n]);
    check_all(guest);
    worker->result.met++;
}

/* Without a word its peer stays until it is silent. */
void guest_go(struct worker *worker, struct guest *guest, bool politely)
{
    if (politely && guest->connected) {
        skiff_dtls_close(skiff_transport_dtls(guest->transport), crowd_now(worker));
        poll_transport(worker, guest);
    }
    if (politely)
        guest->seat->free_at = worker->round + 1 + crowd_random(worker, 100);
    for (unsigned n = 0; n < SPOTS; n++)
        leave_spot(worker, &guest->spots[n]);
    skiff_transport_free(guest->transport);
    guest->here = false;
    worker->result.left += politely;
    worker->result.vanished += !politely;
}

/* To another address, which is nominated once a check from there was good. */
static void move(struct worker *worker, struct guest *guest)
{
    unsigned n = crowd_random(worker, SPOTS);

    leave_spot(worker, &guest->spots[n]);
    take_spot(worker, &guest->spots[n]);
    for (unsigned i = 0; n == guest->active && i < SPOTS; i++)
        if (guest->spots[i].good)
            guest->active = i;
    guest->next = n;
    check(guest, n);
    worker->result.moved++;
}

static void restart(struct worker *worker, struct guest *guest)
{
    if (skiff_peer_restart(guest->seat->peer) != SKIFF_OK
        || skiff_peer_set_remote(guest->seat->peer, "them", NULL, 0) != SKIFF_OK)
        return;
    read_name(guest);
    check_all(guest);
    worker->result.restarted++;
}

/* Anybody can write the address of an anchor on a check of his own. */
static void steal(struct worker *worker, struct guest *guest)
{
    int fd = atomic_load(&worker->crowd->anchors[crowd_random(worker, CROWD_THREADS)]);
    struct spot own = guest->spots[0];

    if (fd == 0)
        return;
    guest->spots[0].fd = fd;
    check(guest, 0);
    guest->spots[0] = own;
    worker->result.stolen++;
}

/* From when its path is settled others know where it is: until then, any may be taken. */
static void drop_anchor(struct worker *worker, const struct guest *guest)
{
    bool settled = guest->here && guest->connected;

    for (unsigned n = 0; n < SPOTS; n++)
        settled &= guest->spots[n].good
                   && worker->round >= guest->spots[n].since + SETTLED_AFTER;
    if (settled)
        atomic_store(&worker->crowd->anchors[worker->number],
                     guest->spots[guest->active].fd);
}

void guest_act(struct worker *worker, struct guest *guest)
{
    uint32_t dice = crowd_random(worker, 400);

    if (guest->anchor)
        drop_anchor(worker, guest);
    if (guest->anchor && guest->here)
        return;
    if (!guest->here && dice < 20)
        guest_come(worker, guest);
    else if (guest->here && dice < 4)
        move(worker, guest);
    else if (guest->here && guest->connected && dice < 6)
        restart(worker, guest);
    else if (guest->here && dice < 8)
        guest_go(worker, guest, true);
    else if (guest->here && dice < 9)
        guest_go(worker, guest, false);
    else if (guest->here && dice < 14)
        steal(worker, guest);
}

/* --- datagrams ------------------------------------------------------------------------ */

static void take_stun(struct worker *worker, struct guest *guest, unsigned n,
                      const skiff_packet *packet)
{
    bool first = !guest->spots[n].good;

    if (packet->data[0] != 1 || packet->data[1] != 1 || !first)
        return;
    guest->spots[n].good = true;
    guest->spots[n].since = worker->round;
    if (n == guest->next || !guest->spots[guest->active].good) {
        guest->active = n;
        check(guest, n);
    }
}

/* What was under way to who was here before cannot be opened, and is nobody's. */
static void take_other(struct worker *worker, struct guest *guest, skiff_packet *packet)
{
    skiff_kind kind = SKIFF_SPENT;
    uint32_t id;

    if (skiff_transport_receive(guest->transport, crowd_now(worker), packet, &kind)
        != SKIFF_OK)
        return;
    if (kind == SKIFF_RTP) {
        memcpy(&id, packet->data + RTP_HEADER, sizeof id);
        worker->result.wrong += id != guest->id;
    } else if (kind == SKIFF_SPENT) {
        poll_transport(worker, guest);
    }
}

static void read_spot(struct worker *worker, struct guest *guest, unsigned n)
{
    skiff_packet *packet = skiff_pool_take(worker->pool);
    ssize_t len;

    while (packet != NULL
           && (len = recv(guest->spots[n].fd, packet->data, packet->limit, 0)) > 0) {
        packet->len = (uint32_t)len;
        if (packet->data[0] <= 3)
            take_stun(worker, guest, n, packet);
        else if (is_ours(worker, &guest->spots[n]))
            take_other(worker, guest, packet);
    }
    skiff_packet_give(&packet);
}

/* One that no check from has been answered for longer than any peer stays is blocked. */
static void look_at(struct worker *worker, struct spot *spot)
{
    if (spot->good || worker->round < spot->since + BLOCKED_AFTER)
        return;
    worker->result.blocked++;
    spot->since = worker->round;
}

void guest_turn(struct worker *worker, struct guest *guest)
{
    if (guest->seat->free_at != 0) {                /* its peer has ended */
        guest_go(worker, guest, false);
        worker->result.ended++;
        return;
    }
    for (unsigned n = 0; n < SPOTS; n++)
        read_spot(worker, guest, n);
    if (skiff_transport_deadline(guest->transport) <= crowd_now(worker)
        && is_ours(worker, &guest->spots[guest->active]))
        poll_transport(worker, guest);
    if ((worker->round + guest->id) % CHECK_EVERY == 0)
        check_all(guest);
    for (unsigned n = 0; n < SPOTS; n++)
        look_at(worker, &guest->spots[n]);
}

static bool write_media(struct guest *guest, skiff_packet *packet)
{
    const uint8_t header[RTP_HEADER] = { 0x80, 96, (uint8_t)(guest->sequence >> 8),
                                         (uint8_t)guest->sequence, [11] = 1 };

    guest->sequence++;
    memset(packet->data, 0, RTP_LEN);
    memcpy(packet->data, header, sizeof header);
    memcpy(packet->data + RTP_HEADER, &guest->id, sizeof guest->id);
    packet->len = RTP_LEN;
    return skiff_transport_protect(guest->transport, packet) == SKIFF_OK;
}

static void speak_from(struct worker *worker, struct guest *guest, const struct spot *spot)
{
    skiff_packet *packet = skiff_pool_take(worker->pool);

    if (packet != NULL && write_media(guest, packet)
        && send(spot->fd, packet->data, packet->len, 0) == (ssize_t)packet->len) {
        worker->result.sent++;
        guest->sent++;
    }
    skiff_packet_give(&packet);
}

void guest_speak(struct worker *worker, struct guest *guest, bool from_all)
{
    for (unsigned n = 0; guest->connected && n < SPOTS; n++)
        if ((from_all || n == guest->active) && is_ours(worker, &guest->spots[n]))
            speak_from(worker, guest, &guest->spots[n]);
}
