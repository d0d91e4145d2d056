/* hall.h - a port and those who have come to it, each at a socket of 127.0.0.1. */
#ifndef SKF_BENCH_HALL_H
#define SKF_BENCH_HALL_H

#include <netinet/in.h>
#include <skiff/port.h>

struct visitor {
    int                fd;
    struct sockaddr_in address;
    skiff_transport   *transport;
    skiff_peer        *peer;           /* at the port                                     */
    bool               connected;
};

struct hall {
    skiff_pool        *pool;
    skiff_identity    *identity;
    skiff_fingerprint  fingerprint;
    skiff_context     *ours, *theirs;
    skiff_port        *port;
    struct sockaddr_in address;        /* of the port                                     */
    struct hall       *beside;         /* another port of its group, which runs too; NULL */
    struct visitor    *visitors;
    size_t             num;
    size_t             media, data;    /* that the port has told of                       */
    size_t             lost;           /* peers that have ended, or are silent            */
    size_t             asked, admitted;/* about unknown ufrags; peers that came of it     */
};

enum { VISITOR_CHECK = 1024 };         /* bytes that a check needs at most                */

/* Opens the port, lets all visitors in and waits until media may flow to each. A visitor is
 * silent that has not checked for `consent`; 0 means the default. */
void hall_open(struct hall *hall, size_t visitors, skiff_time consent);
void hall_close(struct hall *hall);

/* As that, in other ways. */
struct hall_options {
    skiff_time        consent;
    bool              asking;          /* about unknown ufrags: every other time nobody   */
                                       /* is known, else a password has signed nothing    */
    skiff_port_group *group;
    struct hall      *beside;          /* where that is, this is too; NULL: somewhere     */
    bool              no_steering;
};

void hall_open_as(struct hall *hall, size_t visitors, const struct hall_options *options);

/* Lets the port read and send, and that beside it; or it alone. */
void hall_run(struct hall *hall);
void hall_run_one(struct hall *hall);

/* Sends a packet to the port as it is. */
void visitor_says(const struct hall *hall, const struct visitor *visitor,
                  const skiff_packet *packet);

/* Writes a new check for a ufrag, which any password may sign; how long it is. Or in a
 * visitor's name. */
size_t hall_check(const char *ufrag, const char *pwd, uint8_t *bytes);
size_t visitor_check(const struct visitor *visitor, const char *pwd, uint8_t *bytes);

/* Sends one to the port that its own password has signed, and leaves it in `bytes`. */
size_t visitor_checks(const struct hall *hall, const struct visitor *visitor,
                      uint8_t *bytes);

/* From here on the visitors' sockets take runs whole (UDP_GRO). */
void hall_take_runs(struct hall *hall);

/* Throws away what the visitors have not read. */
void hall_drain(struct hall *hall);

/* The time of the engine. */
skiff_time hall_now(void);

#endif
