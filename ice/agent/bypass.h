/*
 * bypass.h - media and DTLS beside libnice: on the address of a selected pair a socket of
 * our own, to which the kernel gives what begins as DTLS, RTP or RTCP (RFC 7983) and which
 * leaves the rest to libnice's. Knows no transport.
 *
 * libnice finds the path and keeps it; what it does for each datagram is done here. DTLS is
 * heard from addresses that were the peer's end of a selected pair; media, which proves
 * itself by its tag, from all that the peer has named or checked from, so that a peer may
 * leave a path before we do. Pairs through a TURN
 * server of ours and over TCP stay with libnice, as does everything where the kernel has no
 * SO_ATTACH_REUSEPORT_CBPF.
 */
#ifndef SKF_BYPASS_H
#define SKF_BYPASS_H

#include "ice/net/udp.h"

#include <glib-unix.h>
#include <nice/agent.h>

enum { BYPASS_SOCKETS = 4, BYPASS_REMOTES = 8, BYPASS_CANDIDATES = 16 };

/* One address of ours. */
struct bypass_socket {
    GSocket *theirs; /* libnice's socket */
    struct udp *udp; /* ours; NULL: it could not be had */
    GSource *source; /* that it is readable */
};

/* Of zeros, and what is said of the agent: nothing is split. */
struct bypass {
    bool dtls_connected; /* DTLS is: what counts of it now has a tag, as media has */
    NiceAgent *agent;
    guint stream;
    GMainContext *loop;
    GUnixFDSourceFunc on_readable;
    gpointer user;
    uint32_t receive_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF; bytes */
    struct bypass_socket sockets[BYPASS_SOCKETS];
    unsigned num_sockets;
    const struct bypass_socket *selected;  /* of the selected pair, or NULL */
    struct path path;                      /* of the selected pair, or turned */
    union address selected_remote;         /* its other end, as libnice has it */
    bool redirected;                       /* to another one by skf_bypass_redirect */
    union address remotes[BYPASS_REMOTES]; /* of selected pairs, newest first */
    unsigned num_remotes;
    union address candidates[BYPASS_CANDIDATES]; /* remote candidates */
    unsigned num_candidates;
    skiff_time candidates_read_at; /* when libnice was asked for them */
    uint32_t num_unknown_sources;  /* datagrams from anywhere else */
    uint32_t remaining;            /* datagrams, until begin */
};

/*
 * Goes where the selected pair of libnice is now. A new leg is made when that is `settled`:
 * before, libnice is the better one, which hears the peer on every pair that it has proven.
 */
void skf_bypass_follow(struct bypass *bypass, bool ready);

/* Whether what came on this path came from elsewhere than the selected pair leads to. */
bool skf_bypass_is_other_address(const struct bypass *bypass, const struct path *path);

/* Whether it came from there, but for the port. */
bool skf_bypass_is_other_port(const struct bypass *bypass, const union address *remote);

/* Leads the path to another address of the peer, until libnice selects another pair. */
void skf_bypass_redirect(struct bypass *bypass, const union address *remote);

/* Sends one packet to an address, from where the selected pair begins. */
void skf_bypass_send_to(struct bypass *bypass, const union address *remote,
                        skiff_packet *packet);

/* From now on next reads `most` datagrams at this descriptor, those of strangers among
 * them: whoever floods it must not keep the loop. */
void skf_bypass_begin(struct bypass *bypass, int fd, uint32_t most);

/* The next datagram at this descriptor, as skf_udp_next says it, of who may be heard. */
bool skf_bypass_next(struct bypass *bypass, int fd, skiff_time now,
                     struct udp_arrival *arrival);

/* Whether next must be called again, behind another begin: see skf_udp_pending. */
bool skf_bypass_pending(const struct bypass *bypass, int fd);

/* Sends all packets on the selected pair, which must be a leg; says how many went. */
size_t skf_bypass_send(struct bypass *bypass, skiff_packet *const *packets, size_t num);

/* From here on nothing is said to be readable; what was said stays where it is. */
void skf_bypass_stop(struct bypass *bypass);

/* Leaves all to libnice again, and frees what there is. */
void skf_bypass_close(struct bypass *bypass);

#endif
