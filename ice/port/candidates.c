/* candidates.c - the addresses at which a port is reached. */
#define _DEFAULT_SOURCE
#include "candidates.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>

/*
 * RFC 8445 5.1.2.1. The local preferences of one kind count down from the highest. By RFC
 * 6544 4.2 that of TCP has its direction in the three upper bits, 4 for a passive host, and
 * its type is preferred less than that of UDP.
 */
static const struct candidate_transport {
    const char *transport, *extension;
    uint32_t type_preference, local_preference;
} kinds[CANDIDATE_KINDS] = {
    [CANDIDATE_UDP] = { "UDP", "", 126, 65535 },
    [CANDIDATE_TCP_PASSIVE] = { "TCP", " tcptype passive", 90, 4 << 13 | 8191 },
};

/* The addresses, in the order of preference. */
struct found {
    size_t num;
    union address addresses[MAX_CANDIDATE_ADDRESSES];
};

/* --- one address ---------------------------------------------------------------------- */

static in_port_t port_of(const union address *address)
{
    return address->any.sa_family == AF_INET6 ? address->six.sin6_port
                                              : address->four.sin_port;
}

static bool is_wildcard(const union address *address)
{
    return address->any.sa_family == AF_INET6
             ? IN6_IS_ADDR_UNSPECIFIED(&address->six.sin6_addr)
             : address->four.sin_addr.s_addr == htonl(INADDR_ANY);
}

static uint32_t four_of(const union address *address)
{
    return ntohl(address->four.sin_addr.s_addr);
}

/* 169.254.0.0/16 (RFC 3927), fe80::/10 */
static bool is_link_local(const union address *address)
{
    return address->any.sa_family == AF_INET6
             ? IN6_IS_ADDR_LINKLOCAL(&address->six.sin6_addr)
             : four_of(address) >> 16 == 0xa9fe;
}

/* Neither multicast nor unspecified. RFC 8445 5.1.1.1 excludes two deprecated kinds of
 * IPv6. */
static bool is_usable(const union address *address)
{
    const struct in6_addr *six = &address->six.sin6_addr;

    if (address->any.sa_family == AF_INET6)
        return !IN6_IS_ADDR_UNSPECIFIED(six) && !IN6_IS_ADDR_MULTICAST(six)
            && !IN6_IS_ADDR_SITELOCAL(six) && !IN6_IS_ADDR_V4COMPAT(six);
    return four_of(address) >> 24 != 0 && !IN_MULTICAST(four_of(address))
        && four_of(address) != INADDR_BROADCAST;
}

/* --- which there are ------------------------------------------------------------------ */

static void add(struct found *found, const union address *address)
{
    for (size_t i = 0; i < found->num; i++)
        if (address_equal(&found->addresses[i], address)) /* RFC 8445 5.1.3 */
            return;
    if (found->num < MAX_CANDIDATE_ADDRESSES)
        found->addresses[found->num++] = *address;
}

/* "203.0.113.5" and "[2001:db8::1]" have the port number of the socket. */
static bool read_announced(const char *text, const union address *bound,
                           union address *address)
{
    char full[ADDRESS_TEXT];
    size_t len = text != NULL ? strlen(text) : 0;

    if (len == 0 || len + sizeof ":65535" > sizeof full)
        return false;
    bool whole = strchr(text, ':') != NULL && text[len - 1] != ']';
    if (whole)
        memcpy(full, text, len + 1);
    else
        snprintf(full, sizeof full, "%s:%u", text, ntohs(port_of(bound)));
    return skf_address_read(full, address) && port_of(address) != 0 && is_usable(address)
        && strchr(text, '%') == NULL;
}

static skiff_status find_announced(struct found *found, const skiff_port_config *config,
                                   const union address *bound)
{
    if (config->announced == NULL || config->num_announced > MAX_CANDIDATE_ADDRESSES)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "announced: NULL, or its ",
                                      config->num_announced, " are over 32");
    for (size_t i = 0; i < config->num_announced; i++) {
        union address address;
        if (!read_announced(config->announced[i], bound, &address))
            return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "announced: \"",
                                        config->announced[i],
                                        "\" is no address that others can send to");
        add(found, &address);
    }
    return SKIFF_OK;
}

/* Those of one family. Loopback is used only if the host has nothing else. */
static void add_family(struct found *found, const struct ifaddrs *all, int family,
                       bool loopback)
{
    for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) {
        union address address;
        if (at->ifa_addr == NULL || (at->ifa_flags & IFF_UP) == 0
            || at->ifa_addr->sa_family != family
            || ((at->ifa_flags & IFF_LOOPBACK) != 0) != loopback
            || !skf_address_from_sockaddr(at->ifa_addr, &address))
            continue;
        if (!is_link_local(&address) && is_usable(&address))
            add(found, &address);
    }
}

/* RFC 8421: IPv6 first, and the families alternate, so that neither waits for the other. */
static void interleave(struct found *out, const struct found *six, const struct found *four)
{
    for (size_t i = 0; i < six->num || i < four->num; i++) {
        if (i < six->num)
            add(out, &six->addresses[i]);
        if (i < four->num)
            add(out, &four->addresses[i]);
    }
}

static void add_host(struct found *found, const struct ifaddrs *all, bool dual,
                     bool loopback)
{
    struct found six = { 0 }, four = { 0 };

    if (dual)
        add_family(&six, all, AF_INET6, loopback);
    add_family(&four, all, AF_INET, loopback);
    interleave(found, &six, &four);
}

static void find_host(struct found *found, const union address *bound,
                      const struct ifaddrs *host)
{
    bool dual = bound->any.sa_family == AF_INET6;

    add_host(found, host, dual, false);
    if (found->num == 0)
        add_host(found, host, dual, true);
    for (size_t i = 0; i < found->num; i++)
        *(found->addresses[i].any.sa_family == AF_INET6
              ? &found->addresses[i].six.sin6_port
              : &found->addresses[i].four.sin_port) = port_of(bound);
}

static skiff_status find(struct found *found, const skiff_port_config *config,
                         const union address *bound, const struct ifaddrs *host)
{
    if (config->num_announced > 0)
        return find_announced(found, config, bound);
    if (is_wildcard(bound))
        find_host(found, bound, host);
    else
        add(found, bound);
    return SKIFF_OK;
}

/* --- how they are written ------------------------------------------------------------- */

static void write_host(const union address *address, char text[INET6_ADDRSTRLEN])
{
    bool six = address->any.sa_family == AF_INET6;

    text[0] = '\0';
    inet_ntop(address->any.sa_family,
              six ? (const void *)&address->six.sin6_addr : &address->four.sin_addr, text,
              INET6_ADDRSTRLEN);
}

/* Candidates of one kind with the same IP address have the same foundation, and no others
 * (RFC 8445 5.1.1.3): it is the number of the first of them. */
static size_t foundation_of(const struct found *found, size_t index,
                            enum candidate_kind kind)
{
    char text[INET6_ADDRSTRLEN], other[INET6_ADDRSTRLEN];
    size_t first = 0;

    write_host(&found->addresses[index], text);
    write_host(&found->addresses[0], other);
    while (strcmp(text, other) != 0)
        write_host(&found->addresses[++first], other);
    return first * CANDIDATE_KINDS + kind + 1;
}

static void write_candidate(const struct found *found, size_t index,
                            enum candidate_kind kind, char text[CANDIDATE_TEXT])
{
    const struct candidate_transport *as = &kinds[kind];
    uint32_t priority = as->type_preference << 24
                      | (as->local_preference - (uint32_t)index) << 8
                      | 255; /* component 1 */
    char host[INET6_ADDRSTRLEN];

    write_host(&found->addresses[index], host);
    snprintf(text, CANDIDATE_TEXT, "%zu 1 %s %u %s %u typ host%s",
             foundation_of(found, index, kind), as->transport, priority, host,
             ntohs(port_of(&found->addresses[index])), as->extension);
}

static skiff_status write_all(struct candidates *candidates, const struct found *found,
                              size_t num_kinds)
{
    size_t num = found->num * num_kinds;

    if (num == 0)
        return SKIFF_OK;
    candidates->texts = skf_acquire(candidates->memory, num * sizeof *candidates->texts);
    if (candidates->texts == NULL)
        return SKIFF_ERR_MEMORY;
    candidates->num = num;
    for (size_t i = 0; i < num; i++)
        write_candidate(found, i % found->num, (enum candidate_kind)(i / found->num),
                        candidates->texts[i]);
    return SKIFF_OK;
}

skiff_status skf_candidates_of(struct candidates *candidates,
                               const skiff_port_config *config, const union address *bound,
                               const struct ifaddrs *host)
{
    struct found found = { 0 };
    skiff_status status = find(&found, config, bound, host);

    if (status != SKIFF_OK)
        return status;
    return write_all(candidates, &found,
                     config->tcp_connections > 0 ? CANDIDATE_KINDS : CANDIDATE_UDP + 1);
}

skiff_status skf_candidates_find(struct candidates *candidates,
                                 const skiff_port_config *config,
                                 const union address *bound)
{
    struct ifaddrs *host;

    if (config->num_announced > 0 || !is_wildcard(bound))
        return skf_candidates_of(candidates, config, bound, NULL);
    if (getifaddrs(&host) != 0) {
        if (errno == ENOMEM)
            return SKIFF_ERR_MEMORY;
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "address: those of the host cannot be listed (errno)");
    }
    skiff_status status = skf_candidates_of(candidates, config, bound, host);
    freeifaddrs(host);
    return status;
}

void skf_candidates_clear(struct candidates *candidates)
{
    skf_release(candidates->memory, candidates->texts,
                candidates->num * sizeof *candidates->texts);
    candidates->texts = NULL;
    candidates->num = 0;
}
