/* address.c - an IP address and a port, as system calls and people write them. */
#include "address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>

enum { MAPPED = 12 }; /* bytes of ::ffff: before the IPv4 address (RFC 4291 2.5.5.2) */

static void from_six(const struct sockaddr_in6 *six, union address *address)
{
    if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        address->four.sin_family = AF_INET;
        address->four.sin_port = six->sin6_port;
        memcpy(&address->four.sin_addr, &six->sin6_addr.s6_addr[MAPPED],
               sizeof address->four.sin_addr);
        return;
    }
    address->six.sin6_family = AF_INET6;
    address->six.sin6_port = six->sin6_port;
    address->six.sin6_addr = six->sin6_addr;
    address->six.sin6_scope_id = six->sin6_scope_id;
}

bool skf_address_from_sockaddr(const void *sockaddr, union address *address)
{
    const union address *from = sockaddr;

    memset(address, 0, sizeof *address);
    if (from->any.sa_family == AF_INET6) {
        from_six(&from->six, address);
        return true;
    }
    if (from->any.sa_family != AF_INET)
        return false;
    address->four.sin_family = AF_INET;
    address->four.sin_port = from->four.sin_port;
    address->four.sin_addr = from->four.sin_addr;
    return true;
}

socklen_t skf_address_to_sockaddr(const union address *address, int family,
                                  union address *sockname)
{
    *sockname = *address;
    if (address->any.sa_family == AF_INET && family == AF_INET6) {
        memset(sockname, 0, sizeof *sockname);
        sockname->six.sin6_family = AF_INET6;
        sockname->six.sin6_port = address->four.sin_port;
        memset(&sockname->six.sin6_addr.s6_addr[MAPPED - 2], 0xff, 2);
        memcpy(&sockname->six.sin6_addr.s6_addr[MAPPED], &address->four.sin_addr,
               sizeof address->four.sin_addr);
    }
    return sockname->any.sa_family == AF_INET ? sizeof sockname->four
                                              : sizeof sockname->six;
}

static bool read_port(const char *text, in_port_t *port)
{
    unsigned value = 0;
    size_t digits = strlen(text);

    if (digits == 0 || digits > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = htons((uint16_t)value);
    return value <= UINT16_MAX;
}

static bool read_ipv6(char *host, union address *address)
{
    char *zone = strchr(host, '%');
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

    if (zone != NULL) {
        *zone = '\0';
        six.sin6_scope_id = if_nametoindex(zone + 1);
        if (six.sin6_scope_id == 0)
            return false;
    }
    if (inet_pton(AF_INET6, host, &six.sin6_addr) != 1)
        return false;
    return skf_address_from_sockaddr(&six, address);
}

static bool read_ipv4(const char *host, union address *address)
{
    address->four.sin_family = AF_INET;
    return inet_pton(AF_INET, host, &address->four.sin_addr) == 1;
}

bool skf_address_read(const char *text, union address *address)
{
    char host[ADDRESS_TEXT];
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    in_port_t port;

    memset(address, 0, sizeof *address);
    if (len < 2 || len >= sizeof host || !read_port(colon + 1, &port))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    bool six = host[0] == '[' && host[len - 1] == ']';
    if (six)
        host[len - 1] = '\0';
    if (!(six ? read_ipv6(host + 1, address) : read_ipv4(host, address)))
        return false;
    *(address->any.sa_family == AF_INET ? &address->four.sin_port
                                        : &address->six.sin6_port) = port;
    return true;
}

static void write_ipv6(const struct sockaddr_in6 *six, char text[ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "", zone[IF_NAMESIZE] = "";
    bool zoned =
        six->sin6_scope_id != 0 && if_indextoname(six->sin6_scope_id, zone) != NULL;

    inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
    snprintf(text, ADDRESS_TEXT, "[%s%s%s]:%u", host, zoned ? "%" : "", zone,
             ntohs(six->sin6_port));
}

void skf_address_write(const union address *address, char text[ADDRESS_TEXT])
{
    char host[INET_ADDRSTRLEN] = "";

    text[0] = '\0';
    if (address->any.sa_family == AF_INET6) {
        write_ipv6(&address->six, text);
    } else if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->four.sin_addr, host, sizeof host);
        snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(address->four.sin_port));
    }
}
