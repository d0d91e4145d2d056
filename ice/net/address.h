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

/*
 * Of no family (all zeros): no address. What its family has no use for is zero, so that the
 * same address is always the same bytes. IPv4 is plain, never "::ffff:192.0.2.1".
 */
union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* Between which two addresses a datagram goes, as this side sees them. Through a connection
 * of TCP it is another path than by UDP, and than through the next connection. */
struct path {
    union address local, remote;
    uint32_t connection; /* the number of one (tcp.h); 0: UDP */
};

static inline bool address_equal(const union address *a, const union address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* In parts, each of which the compiler compares in place: it is asked for each datagram. */
static inline bool path_equal(const struct path *a, const struct path *b)
{
    return address_equal(&a->remote, &b->remote) && address_equal(&a->local, &b->local)
        && a->connection == b->connection;
}

/* Takes what a system call filled in; false where that is neither IPv4 nor IPv6. */
bool skf_address_from_sockaddr(const void *sockaddr, union address *address);

/* As a socket of the family wants it named: an IPv4 address mapped for AF_INET6. */
socklen_t skf_address_to_sockaddr(const union address *address, int family,
                                  union address *sockname);

/* Reads "192.0.2.1:5000", "[2001:db8::1]:5000", "[fe80::1%eth0]:0"; false for all else. */
bool skf_address_read(const char *text, union address *address);

/* Writes what read reads; "" for no address. */
void skf_address_write(const union address *address, char text[ADDRESS_TEXT]);

#endif
