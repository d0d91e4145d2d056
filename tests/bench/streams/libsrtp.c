/* libsrtp.c - a server of the streams as one writes it by hand on libsrtp: of the names
 * that it may have, libsrtp_gso sends a frame to a watcher as one message (UDP_SEGMENT) and
 * many messages in one call (sendmmsg), libsrtp_gso_df also sets DF, and libsrtp sends each
 * packet by itself (sendto). Which crypto libsrtp has is a matter of what this is linked
 * with. */
#define _GNU_SOURCE
#include "../../sfu/load/intake.h"
#include "../raw.h"
#include "plan.h"

#include <poll.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT = 2048 + 64 }; /* so that slots do not alias in caches */

struct relay {
    int fd;
    bool by_runs;
    struct intake *intake;
    struct raw_out *out;
    srtp_t publisher, watchers[PLAN_WATCHERS];
    struct sockaddr_in addresses[PLAN_WATCHERS];
    uint8_t *copies; /* a slot for each packet of a call */
    const uint8_t *frame[RAW_RUN];
    size_t num;
};

static srtp_t session(uint32_t which, srtp_ssrc_type_t direction)
{
    uint8_t key[PLAN_KEY];
    srtp_policy_t policy = { .ssrc = { .type = direction }, .key = key };
    srtp_t made;

    plan_key(which, key);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    demand(srtp_create(&made, &policy) == srtp_err_status_ok, "srtp_create");
    return made;
}

static void protect_copy(struct relay *relay, size_t watcher, const uint8_t *plain,
                         uint8_t *copy)
{
    int len = RTP_PLAIN;

    memcpy(copy, plain, RTP_PLAIN);
    copy[8] = 1;
    demand(srtp_protect(relay->watchers[watcher], copy, &len) == srtp_err_status_ok
               && len == RTP_SEALED,
           "srtp_protect");
}

static void send_run(struct relay *relay, size_t watcher)
{
    uint8_t *slots[RAW_RUN];

    for (size_t i = 0; i < relay->num; i++) {
        slots[i] = relay->copies + (watcher % RAW_SENDS * relay->num + i) * SLOT;
        protect_copy(relay, watcher, relay->frame[i], slots[i]);
    }
    raw_out_add(relay->out, &relay->addresses[watcher], slots, relay->num);
    if (watcher % RAW_SENDS == RAW_SENDS - 1) /* the slots are used again */
        raw_out_flush(relay->out);
}

static void send_each(struct relay *relay, size_t packet)
{
    for (size_t i = 0; i < PLAN_WATCHERS; i++) {
        protect_copy(relay, i, relay->frame[packet], relay->copies);
        (void)!sendto(relay->fd, relay->copies, RTP_SEALED, 0,
                      (const struct sockaddr *)&relay->addresses[i],
                      sizeof relay->addresses[i]);
    }
}

static void forward(struct relay *relay)
{
    for (size_t i = 0; i < PLAN_WATCHERS && relay->by_runs; i++)
        send_run(relay, i);
    if (relay->by_runs)
        raw_out_flush(relay->out);
    for (size_t i = 0; i < relay->num && !relay->by_runs; i++)
        send_each(relay, i);
    relay->num = 0;
}

/* What one read has brought is a frame, or the parts of it that were there. */
static void read_all(struct relay *relay)
{
    struct udp_path path;
    skiff_packet *packet;

    while (intake_read(relay->intake, relay->fd)) {
        while ((packet = intake_next(relay->intake, &path)) != NULL) {
            int len = (int)packet->len;
            if (srtp_unprotect(relay->publisher, packet->data, &len) == srtp_err_status_ok
                && len == RTP_PLAIN)
                relay->frame[relay->num++] = packet->data;
            if (relay->num == RAW_RUN)
                forward(relay);
        }
        forward(relay);
    }
}

static void open_relay(struct relay *relay, const char *name, uint16_t watchers_port)
{
    const int with_df = IP_PMTUDISC_PROBE;
    struct sockaddr_in own;

    demand(srtp_init() == srtp_err_status_ok, "srtp_init");
    relay->by_runs = strcmp(name, "libsrtp") != 0;
    relay->fd = raw_socket(&own, true);
    demand(
        strcmp(name, "libsrtp_gso_df") != 0
            || setsockopt(relay->fd, IPPROTO_IP, IP_MTU_DISCOVER, &with_df, sizeof with_df)
                   == 0,
        "IP_MTU_DISCOVER");
    relay->intake = intake_new();
    relay->out = raw_out_new(relay->fd);
    relay->copies = calloc((size_t)RAW_SENDS * RAW_RUN, SLOT);
    demand(relay->intake != NULL && relay->copies != NULL, "calloc");
    relay->publisher = session(PLAN_PUBLISHER, ssrc_any_inbound);
    for (uint32_t i = 0; i < PLAN_WATCHERS; i++) {
        relay->watchers[i] = session(i, ssrc_any_outbound);
        relay->addresses[i] = plan_address(i, watchers_port);
    }
    printf("%u\n", ntohs(own.sin_port));
    fclose(stdout);
}

int main(int argc, char **argv)
{
    static struct relay relay;

    demand(argc == 3, "libsrtp NAME PORT");
    open_relay(&relay, argv[1], (uint16_t)atoi(argv[2]));
    struct pollfd ready = { relay.fd, POLLIN, 0 };
    for (;;) {
        (void)poll(&ready, 1, -1);
        read_all(&relay);
    }
}
