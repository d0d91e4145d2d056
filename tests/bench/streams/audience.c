/* audience.c - reads what the servers send to the watchers. */
#define _GNU_SOURCE
#include "audience.h"

#include "../../sfu/load/intake.h"
#include "../raw.h"

#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

void audience_begin(struct audience *audience, int fd)
{
    const int on = 1;

    *audience = (struct audience){ .fd = fd, .intake = intake_new() };
    demand(audience->intake != NULL
               && setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0,
           "a socket of all watchers");
    intake_prepare(fd);
}

uint16_t audience_port(const struct audience *audience)
{
    struct sockaddr_in own;
    socklen_t size = sizeof own;

    demand(getsockname(audience->fd, (struct sockaddr *)&own, &size) == 0, "getsockname");
    return ntohs(own.sin_port);
}

static void open_packet(struct audience *audience, uint32_t watcher, skiff_packet *packet)
{
    if (watcher < PLAN_WATCHERS
        && skiff_srtp_open(audience->sessions[watcher], packet) == SKIFF_OK)
        audience->opened++;
    else
        audience->refused++;
}

void audience_read(struct audience *audience)
{
    struct udp_path path;
    skiff_packet *packet;

    while (intake_read(audience->intake, audience->fd))
        while ((packet = intake_next(audience->intake, &path)) != NULL)
            if (path.far_port == audience->server_port)
                open_packet(audience, path.near - PLAN_FIRST, packet);
}

uint64_t audience_drops(const struct audience *audience)
{
    uint32_t info[SK_MEMINFO_VARS] = { 0 };
    socklen_t size = sizeof info;

    demand(getsockopt(audience->fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0,
           "SO_MEMINFO");
    return info[SK_MEMINFO_DROPS];
}

skiff_srtp *audience_session(uint32_t which)
{
    const skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = { .profile = SKIFF_SRTP_AEAD_AES_128_GCM, .len = PLAN_KEY };
    skiff_srtp *session = NULL;

    plan_key(which, keys.ours);
    memcpy(keys.theirs, keys.ours, PLAN_KEY);
    demand(skiff_srtp_new(&config, &keys, &session) == SKIFF_OK, "skiff_srtp_new");
    return session;
}
