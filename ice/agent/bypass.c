/* bypass.c - media and DTLS on sockets of our own, beside libnice's on the same port. */
#define _GNU_SOURCE
#include "bypass.h"

#include <skiff/demux.h>

#include <linux/filter.h>
#include <sys/socket.h>

#define READ_EVERY SKIFF_MSEC(1000)

enum { READS = 32, THEIRS = 0, OURS = 1 }; /* in the order in which they were bound */

/* --- what the kernel does ------------------------------------------------------------ */

#define OCTET(at)                                                                          \
  {                                                                                        \
    BPF_LD | BPF_B | BPF_ABS, 0, 0, (at)                                                   \
  }
#define BELOW(limit, skips)                                                                \
  {                                                                                        \
    BPF_JMP | BPF_JGE | BPF_K, 0, (skips), (limit)                                         \
  }
#define DELIVER(whose)                                                                     \
  {                                                                                        \
    BPF_RET | BPF_K, 0, 0, (whose)                                                         \
  }

/* The kernel delivers DTLS, RTP and RTCP to our socket, and all else to libnice's (RFC 7983
 * section 7). A datagram without bytes goes to libnice, as the filter then returns 0. */
static bool attach_filter(int fd)
{
    /* clang-format off */
    struct sock_filter code[] = {
        OCTET(0),
        BELOW(SKIFF_DEMUX_DTLS_FIRST, 3),     /* STUN, ZRTP: theirs */
        BELOW(SKIFF_DEMUX_DTLS_LAST + 1, 3),  /* DTLS: ours */
        BELOW(SKIFF_DEMUX_MEDIA_FIRST, 1),    /* TURN channels, QUIC: theirs */
        BELOW(SKIFF_DEMUX_MEDIA_LAST + 1, 1), /* RTP, RTCP: ours */
        DELIVER(THEIRS),
        DELIVER(OURS),
    };
    /* clang-format on */
    struct sock_fprog program;

    memset(&program, 0, sizeof program); /* also what lies between its fields */
    program.len = G_N_ELEMENTS(code);
    program.filter = code;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program)
        == 0;
}

static bool set_reuse_port(int fd, int reuse)
{
    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &reuse, sizeof reuse) == 0;
}

/* The kernel lets sockets share a port only if they agree on this. */
static bool is_ipv6_only(int fd)
{
    int only = 0;
    socklen_t size = sizeof only;

    return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0 && only != 0;
}

static bool address_of(int fd, union address *address)
{
    union address sockname;
    socklen_t size = sizeof sockname;

    return getsockname(fd, &sockname.any, &size) == 0
        && skf_address_from_sockaddr(&sockname, address);
}

static struct udp *open_socket(const struct bypass *bypass, int theirs)
{
    struct udp_options options = { .reads = READS,
                                   .reuse_port = true,
                                   .receive_buffer = bypass->receive_buffer,
                                   .send_buffer = bypass->send_buffer };
    struct udp *udp = NULL;

    options.ipv6_only = is_ipv6_only(theirs);
    if (!address_of(theirs, &options.address) || !set_reuse_port(theirs, true))
        return NULL;
    if (skf_udp_open(&options, &udp) == SKIFF_OK && attach_filter(skf_udp_fd(udp)))
        return udp;
    skf_udp_close(udp);
    (void)set_reuse_port(theirs, false);
    return NULL;
}

/* --- one address of ours ------------------------------------------------------------- */

static struct bypass_socket *find_socket(struct bypass *bypass, const GSocket *theirs)
{
    for (unsigned i = 0; i < bypass->num_sockets; i++)
        if (bypass->sockets[i].theirs == theirs)
            return &bypass->sockets[i];
    return NULL;
}

static struct udp *udp_of(const struct bypass *bypass, int fd)
{
    for (unsigned i = 0; i < bypass->num_sockets; i++)
        if (bypass->sockets[i].udp != NULL && skf_udp_fd(bypass->sockets[i].udp) == fd)
            return bypass->sockets[i].udp;
    return NULL;
}

static GSource *watch(const struct bypass *bypass, const struct udp *udp)
{
    return skf_readable_new(bypass->loop, skf_udp_fd(udp), bypass->on_readable,
                            bypass->user);
}

/* A socket that could not be opened is kept too, so that it is not tried again. */
static struct bypass_socket *add_socket(struct bypass *bypass, GSocket *theirs)
{
    if (bypass->num_sockets == BYPASS_SOCKETS)
        return NULL;

    struct bypass_socket *socket = &bypass->sockets[bypass->num_sockets++];
    socket->theirs = g_object_ref(theirs);
    socket->udp = open_socket(bypass, g_socket_get_fd(theirs));
    socket->source = socket->udp != NULL ? watch(bypass, socket->udp) : NULL;
    return socket;
}

/* --- the selected pair --------------------------------------------------------------- */

static bool is_among(const union address *all, unsigned num, const union address *address)
{
    for (unsigned i = 0; i < num; i++)
        if (address_equal(&all[i], address))
            return true;
    return false;
}

/* SDP has no zone for a link-local address, the kernel has: they are compared without it.
 * Datagrams can come only from the zone of our own end. */
static void set_zone(union address *address, uint32_t zone)
{
    if (address->any.sa_family == AF_INET6
        && IN6_IS_ADDR_LINKLOCAL(&address->six.sin6_addr))
        address->six.sin6_scope_id = zone;
}

/* An address that was proven stays so: the peer may take its time to follow, or not
 * follow. */
static void add_remote(struct bypass *bypass, const union address *remote)
{
    if (is_among(bypass->remotes, bypass->num_remotes, remote))
        return;
    if (bypass->num_remotes < BYPASS_REMOTES)
        bypass->num_remotes++;
    memmove(&bypass->remotes[1], &bypass->remotes[0],
            (bypass->num_remotes - 1) * sizeof *bypass->remotes);
    bypass->remotes[0] = *remote;
}

static void address_of_candidate(const NiceCandidate *candidate, union address *address)
{
    union address sockname;

    memset(&sockname, 0, sizeof sockname);
    nice_address_copy_to_sockaddr(&candidate->addr, &sockname.any);
    (void)skf_address_from_sockaddr(&sockname, address);
    set_zone(address, 0);
}

static const struct bypass_socket *socket_of_pair(struct bypass *bypass, bool ready)
{
    GSocket *theirs = nice_agent_get_selected_socket(bypass->agent, bypass->stream,
                                                     NICE_COMPONENT_TYPE_RTP);
    struct bypass_socket *socket = theirs != NULL ? find_socket(bypass, theirs) : NULL;

    if (theirs != NULL && socket == NULL && ready)
        socket = add_socket(bypass, theirs);
    g_clear_object(&theirs);
    return socket != NULL && socket->udp != NULL ? socket : NULL;
}

static void set_remote(struct bypass *bypass, const union address *remote)
{
    bypass->path.local = *skf_udp_address(bypass->selected->udp);
    bypass->path.remote = *remote;
    set_zone(&bypass->path.remote, 0);
    add_remote(bypass, &bypass->path.remote);
    set_zone(&bypass->path.remote, bypass->path.local.six.sin6_scope_id);
}

void skf_bypass_follow(struct bypass *bypass, bool ready)
{
    NiceCandidate *local, *remote;

    bypass->selected = NULL;
    if (!nice_agent_get_selected_pair(bypass->agent, bypass->stream,
                                      NICE_COMPONENT_TYPE_RTP, &local, &remote)
        || local->transport != NICE_CANDIDATE_TRANSPORT_UDP
        || local->type == NICE_CANDIDATE_TYPE_RELAYED)
        return;

    bypass->selected = socket_of_pair(bypass, ready);
    if (bypass->selected == NULL)
        return;
    union address selected;
    address_of_candidate(remote, &selected);
    if (bypass->redirected && address_equal(&selected, &bypass->selected_remote))
        return;
    bypass->selected_remote = selected;
    bypass->redirected = false;
    set_remote(bypass, &selected);
}

bool skf_bypass_is_other_address(const struct bypass *bypass, const struct path *path)
{
    return bypass->selected != NULL && !address_equal(&path->remote, &bypass->path.remote);
}

bool skf_bypass_is_other_port(const struct bypass *bypass, const union address *remote)
{
    union address other = bypass->path.remote;

    if (remote->any.sa_family == AF_INET6)
        other.six.sin6_port = remote->six.sin6_port;
    else
        other.four.sin_port = remote->four.sin_port;
    return bypass->selected != NULL && address_equal(&other, remote);
}

void skf_bypass_redirect(struct bypass *bypass, const union address *remote)
{
    if (bypass->selected == NULL)
        return;
    bypass->redirected = true;
    set_remote(bypass, remote);
}

void skf_bypass_send_to(struct bypass *bypass, const union address *remote,
                        skiff_packet *packet)
{
    struct path path = bypass->path;

    if (bypass->selected == NULL)
        return;
    path.remote = *remote;
    (void)skf_udp_send(bypass->selected->udp, &path, &packet, 1);
}

/* --- datagrams ----------------------------------------------------------------------- */

static void read_candidates(struct bypass *bypass)
{
    GSList *all = nice_agent_get_remote_candidates(bypass->agent, bypass->stream,
                                                   NICE_COMPONENT_TYPE_RTP);

    bypass->num_candidates = 0;
    for (GSList *at = all; at != NULL && bypass->num_candidates < BYPASS_CANDIDATES;
         at = at->next)
        address_of_candidate(at->data, &bypass->candidates[bypass->num_candidates++]);
    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
}

/* A flood from everywhere must not make libnice list its candidates over and over. */
static bool is_candidate(struct bypass *bypass, skiff_time now, const union address *remote)
{
    if (is_among(bypass->candidates, bypass->num_candidates, remote))
        return true;
    if (bypass->candidates_read_at != 0 && now - bypass->candidates_read_at < READ_EVERY)
        return false;
    bypass->candidates_read_at = now;
    read_candidates(bypass);
    return is_among(bypass->candidates, bypass->num_candidates, remote);
}

static bool may_receive(struct bypass *bypass, skiff_time now,
                        const struct udp_arrival *arrival)
{
    union address remote = arrival->path->remote;
    bool has_tag = bypass->dtls_connected
                || skiff_protocol_of(arrival->packet->data[0]) == SKIFF_PROTOCOL_MEDIA;

    set_zone(&remote, 0);
    return is_among(bypass->remotes, bypass->num_remotes, &remote)
        || (has_tag && is_candidate(bypass, now, &remote));
}

void skf_bypass_begin(struct bypass *bypass, int fd, uint32_t most)
{
    struct udp *udp = udp_of(bypass, fd);

    bypass->remaining = most;
    if (udp != NULL)
        skf_udp_begin(udp, most);
}

bool skf_bypass_next(struct bypass *bypass, int fd, skiff_time now,
                     struct udp_arrival *arrival)
{
    struct udp *udp = udp_of(bypass, fd);

    while (udp != NULL && bypass->remaining > 0 && skf_udp_next(udp, now, arrival)) {
        bypass->remaining--;
        if (may_receive(bypass, now, arrival))
            return true;
        bypass->num_unknown_sources++;
    }
    return false;
}

bool skf_bypass_pending(const struct bypass *bypass, int fd)
{
    const struct udp *udp = udp_of(bypass, fd);

    return udp != NULL && skf_udp_pending(udp);
}

size_t skf_bypass_send(struct bypass *bypass, skiff_packet *const *packets, size_t num)
{
    return skf_udp_send(bypass->selected->udp, &bypass->path, packets, num);
}

/* --- the end ------------------------------------------------------------------------- */

void skf_bypass_stop(struct bypass *bypass)
{
    for (unsigned i = 0; i < bypass->num_sockets; i++)
        skf_source_free(&bypass->sockets[i].source);
}

void skf_bypass_close(struct bypass *bypass)
{
    skf_bypass_stop(bypass);
    for (unsigned i = 0; i < bypass->num_sockets; i++) {
        struct bypass_socket *socket = &bypass->sockets[i];
        skf_udp_close(socket->udp);
        if (socket->udp != NULL && !g_socket_is_closed(socket->theirs))
            (void)set_reuse_port(g_socket_get_fd(socket->theirs), false);
        g_object_unref(socket->theirs);
    }
    memset(bypass, 0, sizeof *bypass);
}
