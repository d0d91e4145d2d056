/* split.c - media and DTLS on sockets of our own, beside libnice's on the same port. */
#define _GNU_SOURCE
#include "split.h"

#include <linux/filter.h>
#include <sys/socket.h>

#define ASK_EVERY SKIFF_MSEC(1000)

enum { READS = 32, THEIRS = 0, OURS = 1 };      /* numbered as they were bound */

/* --- what the kernel does ------------------------------------------------------------ */

#define OCTET(at)           { BPF_LD | BPF_B | BPF_ABS, 0, 0, (at) }
#define BELOW(limit, skips) { BPF_JMP | BPF_JGE | BPF_K, 0, (skips), (limit) }
#define GIVE(whose)         { BPF_RET | BPF_K, 0, 0, (whose) }

/* RFC 7983 section 7. Where there is no octet to look at, the filter answers 0: theirs. */
static bool give_us_media(int fd)
{
    struct sock_filter code[] = {
        OCTET(0),
        BELOW(20, 3),          /* STUN, ZRTP: theirs                                     */
        BELOW(64, 3),          /* DTLS: ours                                             */
        BELOW(128, 1),         /* TURN channels, QUIC: theirs                            */
        BELOW(192, 1),         /* RTP, RTCP: ours                                        */
        GIVE(THEIRS),
        GIVE(OURS),
    };
    struct sock_fprog program;

    memset(&program, 0, sizeof program);            /* what lies between its fields too */
    program.len = G_N_ELEMENTS(code);
    program.filter = code;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program)
           == 0;
}

static bool share_port(int fd, int shared)
{
    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof shared) == 0;
}

/* The kernel lets only those share a port who agree on this. */
static bool is_six_only(int fd)
{
    int only = 0;
    socklen_t size = sizeof only;

    return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0 && only != 0;
}

static bool address_of(int fd, union address *address)
{
    union address name;
    socklen_t size = sizeof name;

    return getsockname(fd, &name.any, &size) == 0 && skf_address_take(&name, address);
}

static struct udp *open_beside(const struct split *split, int theirs)
{
    struct udp_options options = { .reads = READS, .reuse_port = true,
                                   .receive_buffer = split->receive_buffer,
                                   .send_buffer = split->send_buffer };
    struct udp *udp = NULL;

    options.six_only = is_six_only(theirs);
    if (!address_of(theirs, &options.address) || !share_port(theirs, true))
        return NULL;
    if (skf_udp_open(&options, &udp) == SKIFF_OK && give_us_media(skf_udp_fd(udp)))
        return udp;
    skf_udp_close(udp);
    (void)share_port(theirs, false);
    return NULL;
}

/* --- one address of ours ------------------------------------------------------------- */

static struct split_leg *leg_of_socket(struct split *split, const GSocket *theirs)
{
    for (unsigned i = 0; i < split->num_legs; i++)
        if (split->legs[i].theirs == theirs)
            return &split->legs[i];
    return NULL;
}

static struct udp *udp_of(const struct split *split, int fd)
{
    for (unsigned i = 0; i < split->num_legs; i++)
        if (split->legs[i].udp != NULL && skf_udp_fd(split->legs[i].udp) == fd)
            return split->legs[i].udp;
    return NULL;
}

static GSource *watch(const struct split *split, const struct udp *udp)
{
    GSource *source = g_unix_fd_source_new(skf_udp_fd(udp), G_IO_IN);

    g_source_set_callback(source, G_SOURCE_FUNC(split->on_readable), split->user, NULL);
    g_source_attach(source, split->loop);
    return source;
}

/* What could not be had is kept too, so that it is not tried again. */
static struct split_leg *new_leg(struct split *split, GSocket *theirs)
{
    if (split->num_legs == SPLIT_LEGS)
        return NULL;

    struct split_leg *leg = &split->legs[split->num_legs++];
    leg->theirs = g_object_ref(theirs);
    leg->udp = open_beside(split, g_socket_get_fd(theirs));
    leg->source = leg->udp != NULL ? watch(split, leg->udp) : NULL;
    return leg;
}

/* --- the selected pair --------------------------------------------------------------- */

static bool is_among(const union address *all, unsigned num, const union address *address)
{
    for (unsigned i = 0; i < num; i++)
        if (address_equal(&all[i], address))
            return true;
    return false;
}

/* SDP does not say the zone of a link-local address, the kernel does: they are compared
 * without it. That of our own end is the only one that datagrams can come from. */
static void set_zone(union address *address, uint32_t zone)
{
    if (address->any.sa_family == AF_INET6
        && IN6_IS_ADDR_LINKLOCAL(&address->six.sin6_addr))
        address->six.sin6_scope_id = zone;
}

/* What was proven before stays so: the peer may take its time to follow, or not follow. */
static void prove(struct split *split, const union address *remote)
{
    if (is_among(split->remotes, split->num_remotes, remote))
        return;
    if (split->num_remotes < SPLIT_REMOTES)
        split->num_remotes++;
    memmove(&split->remotes[1], &split->remotes[0],
            (split->num_remotes - 1) * sizeof *split->remotes);
    split->remotes[0] = *remote;
}

static void address_of_candidate(const NiceCandidate *candidate, union address *address)
{
    union address name;

    memset(&name, 0, sizeof name);
    nice_address_copy_to_sockaddr(&candidate->addr, &name.any);
    (void)skf_address_take(&name, address);
    set_zone(address, 0);
}

static const struct split_leg *leg_of_pair(struct split *split, bool settled)
{
    GSocket *theirs = nice_agent_get_selected_socket(split->agent, split->stream,
                                                     NICE_COMPONENT_TYPE_RTP);
    struct split_leg *leg = theirs != NULL ? leg_of_socket(split, theirs) : NULL;

    if (theirs != NULL && leg == NULL && settled)
        leg = new_leg(split, theirs);
    g_clear_object(&theirs);
    return leg != NULL && leg->udp != NULL ? leg : NULL;
}

static void lead_to(struct split *split, const union address *remote)
{
    split->path.local = *skf_udp_address(split->selected->udp);
    split->path.remote = *remote;
    set_zone(&split->path.remote, 0);
    prove(split, &split->path.remote);
    set_zone(&split->path.remote, split->path.local.six.sin6_scope_id);
}

void skf_split_follow(struct split *split, bool settled)
{
    NiceCandidate *local, *remote;

    split->selected = NULL;
    if (!nice_agent_get_selected_pair(split->agent, split->stream, NICE_COMPONENT_TYPE_RTP,
                                      &local, &remote)
        || local->transport != NICE_CANDIDATE_TRANSPORT_UDP
        || local->type == NICE_CANDIDATE_TYPE_RELAYED)
        return;

    split->selected = leg_of_pair(split, settled);
    if (split->selected == NULL)
        return;
    union address chosen;
    address_of_candidate(remote, &chosen);
    if (split->turned && address_equal(&chosen, &split->chosen))
        return;
    split->chosen = chosen;
    split->turned = false;
    lead_to(split, &chosen);
}

bool skf_split_is_elsewhere(const struct split *split, const struct path *path)
{
    return split->selected != NULL && !address_equal(&path->remote, &split->path.remote);
}

bool skf_split_is_beside(const struct split *split, const union address *remote)
{
    union address same = split->path.remote;

    if (remote->any.sa_family == AF_INET6)
        same.six.sin6_port = remote->six.sin6_port;
    else
        same.four.sin_port = remote->four.sin_port;
    return split->selected != NULL && address_equal(&same, remote);
}

void skf_split_turn(struct split *split, const union address *remote)
{
    if (split->selected == NULL)
        return;
    split->turned = true;
    lead_to(split, remote);
}

void skf_split_send_to(struct split *split, const union address *remote,
                       skiff_packet *packet)
{
    struct path path = split->path;

    if (split->selected == NULL)
        return;
    path.remote = *remote;
    (void)skf_udp_send(split->selected->udp, &path, &packet, 1);
}

/* --- datagrams ----------------------------------------------------------------------- */

static void ask_for_named(struct split *split)
{
    GSList *all = nice_agent_get_remote_candidates(split->agent, split->stream,
                                                   NICE_COMPONENT_TYPE_RTP);

    split->num_named = 0;
    for (GSList *at = all; at != NULL && split->num_named < SPLIT_NAMED; at = at->next)
        address_of_candidate(at->data, &split->named[split->num_named++]);
    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
}

/* A flood from everywhere must not make libnice tell the same over and over. */
static bool is_named(struct split *split, skiff_time now, const union address *remote)
{
    if (is_among(split->named, split->num_named, remote))
        return true;
    if (split->asked != 0 && now - split->asked < ASK_EVERY)
        return false;
    split->asked = now;
    ask_for_named(split);
    return is_among(split->named, split->num_named, remote);
}

static bool may_be_heard(struct split *split, skiff_time now,
                         const struct udp_arrival *arrival)
{
    union address remote = arrival->path->remote;
    bool has_tag = arrival->packet->data[0] >= 128             /* RFC 7983 section 7 */
                   || split->proven;

    set_zone(&remote, 0);
    return is_among(split->remotes, split->num_remotes, &remote)
           || (has_tag && is_named(split, now, &remote));
}

void skf_split_begin(struct split *split, int fd, uint32_t most)
{
    struct udp *udp = udp_of(split, fd);

    split->left = most;
    if (udp != NULL)
        skf_udp_begin(udp, most);
}

bool skf_split_next(struct split *split, int fd, skiff_time now,
                    struct udp_arrival *arrival)
{
    struct udp *udp = udp_of(split, fd);

    while (udp != NULL && split->left > 0 && skf_udp_next(udp, now, arrival)) {
        split->left--;
        if (may_be_heard(split, now, arrival))
            return true;
        split->strangers++;
    }
    return false;
}

bool skf_split_pending(const struct split *split, int fd)
{
    const struct udp *udp = udp_of(split, fd);

    return udp != NULL && skf_udp_pending(udp);
}

size_t skf_split_send(struct split *split, skiff_packet *const *packets, size_t num)
{
    return skf_udp_send(split->selected->udp, &split->path, packets, num);
}

/* --- the end ------------------------------------------------------------------------- */

void skf_split_stop(struct split *split)
{
    for (unsigned i = 0; i < split->num_legs; i++) {
        if (split->legs[i].source == NULL)
            continue;
        g_source_destroy(split->legs[i].source);
        g_source_unref(split->legs[i].source);
        split->legs[i].source = NULL;
    }
}

void skf_split_close(struct split *split)
{
    skf_split_stop(split);
    for (unsigned i = 0; i < split->num_legs; i++) {
        struct split_leg *leg = &split->legs[i];
        skf_udp_close(leg->udp);
        if (leg->udp != NULL && !g_socket_is_closed(leg->theirs))
            (void)share_port(g_socket_get_fd(leg->theirs), false);
        g_object_unref(leg->theirs);
    }
    memset(split, 0, sizeof *split);
}
