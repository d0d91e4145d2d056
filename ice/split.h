/*
 * split.h - media and DTLS beside libnice: on the address of a selected pair a socket of
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
#ifndef SKF_SPLIT_H
#define SKF_SPLIT_H

#include "port/udp.h"

#include <glib-unix.h>
#include <nice/agent.h>

enum { SPLIT_LEGS = 4, SPLIT_REMOTES = 8, SPLIT_NAMED = 16 };

/* One address of ours. */
struct split_leg {
    GSocket    *theirs;         /* libnice's socket                                       */
    struct udp *udp;            /* ours; NULL: it could not be had                        */
    GSource    *source;         /* that it is readable                                    */
};

/* Of zeros, and what is said of the agent: nothing is split. */
struct split {
    bool         proven;        /* DTLS is: what counts of it now has a tag, as media has */
    NiceAgent             *agent;
    guint                  stream;
    GMainContext          *loop;
    GUnixFDSourceFunc      on_readable;
    gpointer               user;
    uint32_t               receive_buffer, send_buffer;   /* SO_RCVBUF, SO_SNDBUF; bytes  */
    struct split_leg       legs[SPLIT_LEGS];
    unsigned               num_legs;
    const struct split_leg *selected;                 /* of the selected pair, or NULL    */
    struct path            path;                      /* of the selected pair, or turned  */
    union address          chosen;                    /* its other end, as libnice has it */
    bool                   turned;                    /* to another one by skf_split_turn */
    union address          remotes[SPLIT_REMOTES];    /* of selected pairs, newest first  */
    unsigned               num_remotes;
    union address          named[SPLIT_NAMED];        /* remote candidates                */
    unsigned               num_named;
    skiff_time             asked;                     /* when libnice was asked for them  */
    uint32_t               strangers;                 /* datagrams from anywhere else     */
    uint32_t               left;                      /* datagrams, until begin           */
};

/*
 * Goes where the selected pair of libnice is now. A new leg is made when that is `settled`:
 * before, libnice is the better one, which hears the peer on every pair that it has proven.
 */
void skf_split_follow(struct split *split, bool settled);

/* Whether what came on this path came from elsewhere than the selected pair leads to. */
bool skf_split_is_elsewhere(const struct split *split, const struct path *path);

/* Whether it came from there, but for the port. */
bool skf_split_is_beside(const struct split *split, const union address *remote);

/* Leads the path to another address of the peer, until libnice selects another pair. */
void skf_split_turn(struct split *split, const union address *remote);

/* Sends one packet to an address, from where the selected pair begins. */
void skf_split_send_to(struct split *split, const union address *remote,
                       skiff_packet *packet);

/* From now on next reads `most` datagrams at this descriptor, those of strangers among
 * them: whoever floods it must not keep the loop. */
void skf_split_begin(struct split *split, int fd, uint32_t most);

/* The next datagram at this descriptor, as skf_udp_next says it, of who may be heard. */
bool skf_split_next(struct split *split, int fd, skiff_time now,
                    struct udp_arrival *arrival);

/* Whether next must be called again, behind another begin: see skf_udp_pending. */
bool skf_split_pending(const struct split *split, int fd);

/* Sends all packets on the selected pair, which must be a leg; says how many went. */
size_t skf_split_send(struct split *split, skiff_packet *const *packets, size_t num);

/* From here on nothing is said to be readable; what was said stays where it is. */
void skf_split_stop(struct split *split);

/* Leaves all to libnice again, and frees what there is. */
void skf_split_close(struct split *split);

#endif
