/* address.h - where datagrams come from and go to: an IP address and a port, also as text.
 * Knows no socket. */
#ifndef SKF_ADDRESS_H
#define SKF_ADDRESS_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { ADDRESS_TEXT = 72 }; /* "[" 45 "%" 15 "]:65535", and the NUL */

/* Of no family (zeros): no address. Bytes that a family does not use are zero, so that the
 * same address always has the same bytes. IPv4 is plain, never "::ffff:192.0.2.1". */
union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* The two addresses of a datagram, as this side sees them. A TCP connection is another path
 * than UDP between the same addresses, and than the next connection. */
struct path {
    union address local, remote;
    uint32_t connection; /* the number of one (tcp.h); 0: UDP */
};

static inline bool address_equal(const union address *a, const union address *b)
{
    /* What a family does not use is zero.
     * NOLINTNEXTLINE(*-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
    return memcmp(a, b, sizeof *a) == 0;
}

/* In parts, each of which the compiler compares in place: it runs for each datagram. */
static inline bool path_equal(const struct path *a, const struct path *b)
{
    return address_equal(&a->remote, &b->remote) && address_equal(&a->local, &b->local)
        && a->connection == b->connection;
}

/* Converts what a system call has written; false if that is neither IPv4 nor IPv6. */
bool skf_address_from_sockaddr(const void *sockaddr, union address *address);

/* Converts to what a socket of the family needs: an IPv4 address is mapped for AF_INET6. */
socklen_t skf_address_to_sockaddr(const union address *address, int family,
                                  union address *sockname);

/* Parses "192.0.2.1:5000", "[2001:db8::1]:5000", "[fe80::1%eth0]:0"; false for all else. */
bool skf_address_read(const char *text, union address *address);

/* Writes what read parses; "" for no address. */
void skf_address_write(const union address *address, char text[ADDRESS_TEXT]);

#endif
