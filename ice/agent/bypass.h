/*
 * bypass.h - media and DTLS beside libnice: a socket of our own on the address of a
 * selected pair, to which the kernel gives what begins as DTLS, RTP or RTCP (RFC 7983). The
 * rest goes to libnice's socket. Knows no transport.
 *
 * libnice finds the path and keeps it; what it would do for each datagram is done here.
 * DTLS is received from addresses that were the peer's end of a selected pair. Media, which
 * its tag authenticates, is received from all addresses that the peer has named or checked
 * from, so that a peer may leave a path before we do. Pairs through a TURN server of ours
 * and over TCP stay with libnice, and so does everything if the kernel has no
 * SO_ATTACH_REUSEPORT_CBPF.
 */
#ifndef SKF_BYPASS_H
#define SKF_BYPASS_H

#include "ice/net/udp.h"
#include "loop_source.h"

#include <nice/agent.h>

enum { BYPASS_SOCKETS = 4, BYPASS_REMOTES = 8, BYPASS_CANDIDATES = 16 };

/* One local address. */
struct bypass_socket {
    GSocket *theirs; /* libnice's socket */
    struct udp *udp; /* ours; NULL: it could not be opened */
    GSource *source; /* watches whether it is readable */
};

/* Zeros with an agent: nothing bypasses libnice. */
struct bypass {
    bool dtls_connected; /* records are protected now, so they have a tag as media has */
    NiceAgent *agent;
    guint stream;
    GMainContext *loop;
    GUnixFDSourceFunc on_readable;
    gpointer user;
    uint32_t receive_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF; bytes */
    struct bypass_socket sockets[BYPASS_SOCKETS];
    unsigned num_sockets;
    const struct bypass_socket *selected; /* of the selected pair, or NULL */
    struct path path;                     /* of the selected pair, or redirected */
    union address selected_remote;        /* as libnice has it */
    bool redirected;                      /* by skf_bypass_redirect */
    union address
        remotes[BYPASS_REMOTES]; /* the peer's ends of selected pairs, newest first */
    unsigned num_remotes;
    union address candidates[BYPASS_CANDIDATES]; /* of the peer, without zones */
    unsigned num_candidates;
    skiff_time candidates_read_at; /* when libnice was asked for them */
    uint32_t num_unknown_sources;  /* datagrams from anywhere else */
    uint32_t remaining;            /* datagrams that may be read until the next begin */
};

/* Follows the selected pair of libnice. A new socket is opened only when libnice is
 * `ready`: before, it is the better one, as it receives on every pair that it has
 * proven. */
void skf_bypass_follow(struct bypass *bypass, bool ready);

/* Whether a path comes from another address than the one that the selected pair leads
 * to. */
bool skf_bypass_is_other_address(const struct bypass *bypass, const struct path *path);

/* Whether only the port differs. */
bool skf_bypass_is_other_port(const struct bypass *bypass, const union address *remote);

/* Leads the path to another address of the peer, until libnice selects another pair. */
void skf_bypass_redirect(struct bypass *bypass, const union address *remote);

/* Sends one packet to an address, from the local end of the selected pair. */
void skf_bypass_send_to(struct bypass *bypass, const union address *remote,
                        skiff_packet *packet);

/* From now on next reads `most` datagrams at this descriptor, also those that it drops: a
 * flood must not occupy the loop. */
void skf_bypass_begin(struct bypass *bypass, int fd, uint32_t most);

/* The next datagram at this descriptor, as skf_udp_next returns it, from an address that is
 * accepted. */
bool skf_bypass_next(struct bypass *bypass, int fd, skiff_time now,
                     struct udp_arrival *arrival);

/* Whether next must be called again after another begin: see skf_udp_pending. */
bool skf_bypass_pending(const struct bypass *bypass, int fd);

/* Sends all packets on the selected pair, which must bypass libnice; the result is how many
 * were sent. */
size_t skf_bypass_send(struct bypass *bypass, skiff_packet *const *packets, size_t num);

/* From here on on_readable is not called; the sockets stay open. */
void skf_bypass_stop(struct bypass *bypass);

/* Leaves all to libnice again, and closes the sockets. */
void skf_bypass_close(struct bypass *bypass);

#endif
