/* load.c - all ends of a run and their loop. */
#define _GNU_SOURCE
#include "load.h"

#include "../../../samples/common/clock.h"
#include "../../../samples/rtp/rtcp.h"
#include "complain.h"
#include "intake.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    AT_ONCE = 16,         /* ends that are being opened */
    CHECK_AGAIN = 250000, /* microseconds */
    CONSENT = 2500000,    /* between two checks, as browsers have it */
    PATIENCE = 30000000,  /* until all must be connected */
    BETWEEN = 4000,       /* from one POST to the next */
    TICK = 1000000,       /* nanoseconds */
    BEHIND = 8,           /* frames that are sent late; more are left out */
    PUBLISHER_SSRC = 0x10ad10ad
};

struct load {
    const struct options *options;
    struct service service;
    struct shared shared;
    skiff_identity *identity;
    char fingerprint[SKIFF_FINGERPRINT_TEXT];
    struct intake *intake;
    struct udp *sockets[LOAD_SOCKETS];
    struct pollfd fds[LOAD_SOCKETS];
    struct end *ends; /* the publisher, then the watchers */
    uint32_t num, opened;
    bool publishes;
    struct stream stream;
    skiff_time next_frame, next_report, next_turn;
    uint64_t turns; /* ends that had their regular check */
};

/* --- making ------------------------------------------------------------------------ */

static bool make_context(struct load *load)
{
    static const uint16_t groups[] = { 0x001d, 0x0017 }; /* X25519; P-256 to sign by */
    skiff_context_config config = skiff_context_defaults();
    skiff_fingerprint own;

    if (skiff_identity_generate((int64_t)time(NULL), 30, &load->identity) != SKIFF_OK)
        return complain("the certificate", "could not be made");
    skiff_identity_fingerprint(load->identity, &own);
    skiff_fingerprint_format(&own, load->fingerprint);
    config.identity = load->identity;
    config.profiles = &load->options->profile;
    config.num_profiles = 1;
    config.groups = groups;
    config.num_groups = sizeof groups / sizeof *groups;
    config.initial_timeout = SKIFF_MSEC(500);
    config.max_handshakes = 4 * AT_ONCE;
    return skiff_context_new(&config, &load->shared.context) == SKIFF_OK
        || complain("the context", skiff_fault());
}

static bool open_sockets(struct load *load)
{
    size_t granted;

    for (size_t i = 0; i < LOAD_SOCKETS; i++) {
        load->sockets[i] = udp_new(0, &granted);
        if (load->sockets[i] == NULL)
            return complain("a socket", strerror(errno));
        intake_prepare(udp_fd(load->sockets[i]));
        load->fds[i] = (struct pollfd){ udp_fd(load->sockets[i]), POLLIN, 0 };
    }
    return true;
}

static bool set_up(struct load *load)
{
    load->num = load->options->watchers + 1;
    load->ends = calloc(load->num, sizeof *load->ends);
    load->shared.stun = stun_new();
    load->intake = intake_new();
    load->service = (struct service){ .options = load->options, .http = http_new() };
    if (load->ends == NULL || load->shared.stun == NULL || load->intake == NULL
        || load->service.http == NULL)
        return complain("the load", "no memory");
    if (!make_context(load) || !open_sockets(load))
        return false;
    for (uint32_t i = 0; i < load->num; i++)
        end_prepare(&load->ends[i], &load->shared, load->sockets[i % LOAD_SOCKETS],
                    load->options->from + i);
    load->stream = (struct stream){ .ssrc = PUBLISHER_SSRC, .frame = load->options->frame };
    return true;
}

struct load *load_new(const struct options *options)
{
    struct load *load = calloc(1, sizeof *load);

    if (load == NULL)
        return NULL;
    load->options = options;
    if (set_up(load))
        return load;
    load_free(load);
    return NULL;
}

void load_free(struct load *load)
{
    if (load == NULL)
        return;
    for (uint32_t i = 0; load->ends != NULL && i < load->num; i++)
        end_free(&load->ends[i]);
    for (size_t i = 0; i < LOAD_SOCKETS; i++)
        udp_free(load->sockets[i]);
    skiff_context_free(load->shared.context);
    skiff_identity_free(load->identity);
    stun_free(load->shared.stun);
    intake_free(load->intake);
    http_free(load->service.http);
    free(load->ends);
    free(load);
}

/* --- what is sent by the clock ----------------------------------------------------- */

static void send_frame(struct load *load, skiff_time now)
{
    struct end *publisher = &load->ends[0];

    for (uint32_t i = 0; i < load->stream.frame; i++) {
        skiff_packet *packet = udp_blank(publisher->udp);
        stream_write(&load->stream, now, packet);
        end_send(publisher, packet);
    }
    udp_flush(publisher->udp);
}

/* The publisher's sender report, once a second. */
static void report(struct load *load, skiff_time now)
{
    struct end *publisher = &load->ends[0];
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    skiff_packet *packet = udp_blank(publisher->udp);
    struct bytes_out out = { packet->data, 0, packet->limit };
    const struct rtcp_sender_info info = {
        .ntp = rtcp_ntp((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000),
        .timestamp = stream_timestamp(&load->stream),
        .packets = (uint32_t)load->stream.number,
        .octets = (uint32_t)load->stream.number * STREAM_PAYLOAD,
    };
    load->next_report = now + SKIFF_MSEC(1000);
    if (!rtcp_write_report(&out, PUBLISHER_SSRC, &info, NULL, 0)
        || !rtcp_write_cname(&out, PUBLISHER_SSRC, "load"))
        return;
    packet->len = (uint32_t)out.len;
    end_send(publisher, packet);
}

static void publish(struct load *load, skiff_time now)
{
    skiff_time interval = (skiff_time)load->stream.frame * STREAM_PACKET_US;

    if (!load->publishes)
        return;
    if (load->next_report <= now)
        report(load, now);
    if (load->next_frame + BEHIND * interval < now)
        load->next_frame = now;
    for (; load->next_frame <= now; load->next_frame += interval)
        send_frame(load, now);
}

/* Each end has its turn once in the time of CONSENT, evenly. */
static void give_turns(struct load *load, skiff_time now)
{
    skiff_time interval = CONSENT / load->num;

    if (load->next_turn == 0 || load->next_turn + CONSENT < now)
        load->next_turn = now;
    for (; load->next_turn <= now; load->next_turn += interval) {
        struct end *end = &load->ends[load->turns++ % load->num];
        if (end->state == END_OPEN || end->state == END_CONNECTED)
            end_check(end, now);
        end_report(end);
    }
}

static void run_timers(struct load *load, skiff_time now)
{
    skiff_transport *due;

    while ((due = skiff_transport_due(load->shared.context, now)) != NULL)
        end_due(skiff_transport_user(due), now);
    for (uint32_t i = 0; i < load->opened; i++) {
        struct end *end = &load->ends[i];
        if (end->state == END_CHECKING && now >= end->checked + CHECK_AGAIN)
            end_check(end, now);
    }
}

/* --- the loop ---------------------------------------------------------------------- */

static void read_socket(struct load *load, struct udp *udp)
{
    struct udp_path path;
    skiff_packet *packet;

    while (intake_read(load->intake, udp_fd(udp))) {
        skiff_time now = clock_now();
        while ((packet = intake_next(load->intake, &path)) != NULL) {
            uint32_t slot = path.near - load->options->from;
            if (slot < load->opened && load->ends[slot].udp == udp)
                end_receive(&load->ends[slot], now, packet, &path);
        }
    }
    udp_flush(udp);
}

static void flush_sockets(struct load *load)
{
    for (size_t i = 0; i < LOAD_SOCKETS; i++)
        udp_flush(load->sockets[i]);
}

static skiff_time deadline(const struct load *load, skiff_time until)
{
    skiff_time first = skiff_context_deadline(load->shared.context);

    first = first < until ? first : until;
    return load->next_turn < first ? load->next_turn : first;
}

static void turn(struct load *load, skiff_time until)
{
    int ms = skiff_wait_ms(deadline(load, until), clock_now());

    if (poll(load->fds, LOAD_SOCKETS, ms) > 0)
        for (size_t i = 0; i < LOAD_SOCKETS; i++)
            if (load->fds[i].revents != 0)
                read_socket(load, load->sockets[i]);
    skiff_time now = clock_now();
    publish(load, now);
    give_turns(load, now);
    run_timers(load, now);
    flush_sockets(load);
}

/* Who waits for a socket is woken by each datagram, at the cost of its sender. So the
 * sockets are read by the clock, as a network card with many datagrams interrupts by the
 * clock. */
void load_run(struct load *load, skiff_time until)
{
    const struct timespec tick = { 0, TICK };

    load->publishes = true;
    while (clock_now() < until) {
        nanosleep(&tick, NULL);
        turn(load, 0);
    }
}

/* --- opening and closing ----------------------------------------------------------- */

static bool open_next(struct load *load)
{
    uint32_t slot = load->opened;
    struct end *end = &load->ends[slot];
    struct sdp_remote remote;
    struct sdp_local local = {
        .ufrag = end->ufrag,
        .password = end->password,
        .fingerprint = load->fingerprint,
        .sends = slot == 0,
        .ssrc = PUBLISHER_SSRC,
        .address = end->path.near,
        .port = udp_port(end->udp),
    };

    if (!(slot == 0 ? service_publish : service_watch)(&load->service, &local, &remote))
        return false;
    if (slot == 0)
        load->stream.payload_type = remote.payload_type;
    load->opened++;
    end_begin(end, clock_now(), &remote);
    flush_sockets(load);
    return true;
}

/* Runs until no more than so many of the opened ends are on their way. At least a while,
 * since servers refuse too many requests a second. */
static bool await(struct load *load, uint32_t under_way)
{
    skiff_time limit = clock_now() + PATIENCE, next = clock_now() + BETWEEN;

    while (load->shared.connected + under_way < load->opened || clock_now() < next) {
        if (load->shared.failed > 0 || clock_now() > limit)
            return complain("the ends", "not all of them are connected");
        turn(load, next);
    }
    return true;
}

bool load_open(struct load *load)
{
    if (!open_next(load) || !await(load, 0))
        return false;
    while (load->opened < load->num)
        if (!open_next(load) || !await(load, AT_ONCE))
            return false;
    return await(load, 0);
}

void load_close(struct load *load)
{
    for (uint32_t i = load->opened; i > 0; i--)
        end_close(&load->ends[i - 1], clock_now());
    flush_sockets(load);
}

/* --- what counts ------------------------------------------------------------------- */

uint64_t load_begin_window(struct load *load)
{
    load->shared.arrivals.first = load->stream.number;
    load->shared.arrivals.last = UINT64_MAX;
    return load->stream.number;
}

uint64_t load_end_window(struct load *load)
{
    load->shared.arrivals.last = load->stream.number;
    return load->stream.number;
}

const struct arrivals *load_arrivals(const struct load *load)
{
    return &load->shared.arrivals;
}

uint64_t load_drops(const struct load *load)
{
    uint64_t drops = 0;

    for (size_t i = 0; i < LOAD_SOCKETS; i++) {
        uint32_t info[SK_MEMINFO_VARS] = { 0 };
        socklen_t len = sizeof info;
        if (getsockopt(load->fds[i].fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
            drops += info[SK_MEMINFO_DROPS];
    }
    return drops;
}

uint32_t load_watching(const struct load *load)
{
    uint32_t num = 0;

    for (uint32_t i = 1; i < load->num; i++)
        num += load->ends[i].watcher.next > 0;
    return num;
}
