/* testbed.h - a port and those who have come to it: each at a socket of 127.0.0.1, or all
 * at one socket and each at an address of its own of 127/8. */
#ifndef TESTS_BENCH_TESTBED_H
#define TESTS_BENCH_TESTBED_H

#include <netinet/in.h>
#include <skiff/port.h>
#include <stdalign.h>
#include <sys/socket.h>

struct caller {
    int fd;
    struct sockaddr_in address;
    skiff_transport *transport;
    skiff_peer *peer; /* at the port */
    bool connected;
};

struct testbed {
    skiff_pool *pool;
    skiff_identity *identity;
    skiff_fingerprint fingerprint;
    skiff_context *port_context, *caller_context;
    skiff_port *port;
    struct sockaddr_in address; /* of the port */
    struct testbed *other;      /* another port of its group, which runs too; NULL */
    struct caller *callers;
    size_t num;
    int fd;                         /* of all callers; -1: each has its own */
    size_t media, data;             /* that the port has reported */
    size_t lost;                    /* peers that have ended, or are silent */
    size_t asked_unknown, admitted; /* about unknown ufrags; peers that came of it */
    void (*on_media)(struct testbed *testbed, const skiff_packet *packet); /* or NULL */
};

enum { CALLER_CHECK = 1024 }; /* bytes that a check needs at most */

/* Opens the port, lets all callers in and waits until media may flow to each. A caller has
 * lost consent that has not checked for `consent`; 0 means the default. */
void testbed_open(struct testbed *testbed, size_t callers, skiff_time consent);
void testbed_close(struct testbed *testbed);

/* As that, in other ways. */
struct testbed_options {
    skiff_time consent;
    bool asking; /* about unknown ufrags: every other time nobody */
                 /* is known, else a password has signed nothing */
    skiff_port_group *group;
    struct testbed *other; /* where that is, this is too; NULL: somewhere */
    bool no_steering;
    uint32_t pool_packets; /* 0 means 2,048 */
    uint32_t send_queue;
    bool no_fragments;
    bool one_socket; /* for all callers */
};

void testbed_open_as(struct testbed *testbed, size_t callers,
                     const struct testbed_options *options);

/* Lets the port read and send, and that beside it; or it alone. */
void testbed_run(struct testbed *testbed);
void testbed_run_one(struct testbed *testbed);

/* Sends a packet to the port as it is. */
void caller_sends(const struct testbed *testbed, const struct caller *caller,
                  const skiff_packet *packet);

/* Makes a message leave from where a caller is whose socket others have, too
 * (IP_PKTINFO). */
struct caller_source {
    alignas(struct cmsghdr) uint8_t bytes[64];
};
void caller_sets_source(const struct caller *caller, struct caller_source *source,
                        struct msghdr *header);

/* Writes a new check for a ufrag, which any password may sign; how long it is. Or in a
 * caller's name. */
size_t testbed_check(const char *ufrag, const char *password, uint8_t *bytes);
size_t caller_check(const struct caller *caller, const char *password, uint8_t *bytes);

/* Sends one to the port that its own password has signed, and leaves it in `bytes`. */
size_t caller_checks(const struct testbed *testbed, const struct caller *caller,
                     uint8_t *bytes);

/* From here on the callers' sockets take runs whole (UDP_GRO). */
void testbed_use_gro(struct testbed *testbed);

/* Throws away what the callers have not read. */
void testbed_drain(struct testbed *testbed);

/* The time of the engine. */
skiff_time testbed_now(void);

#endif
