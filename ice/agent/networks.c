/* networks.c - the addresses of this host, and which deserve candidates. */
#include "networks.h"

#include "source_address.h"

#include <glib.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <nice/interfaces.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_OF_RANK = 2 }; /* addresses of a low rank, beside better ones */

enum address_rank { RANK_ROUTE, RANK_REAL, RANK_VIRTUAL, RANK_LINK, RANKS };

/* --- which there are ------------------------------------------------------------------ */

static bool same(const NiceAddress *a, const NiceAddress *b)
{
    return nice_address_equal_no_port(a, b);
}

static bool is_link_local(const NiceAddress *address)
{
    return address->s.addr.sa_family == AF_INET6
             ? IN6_IS_ADDR_LINKLOCAL(&address->s.ip6.sin6_addr)
             : ntohl(address->s.ip4.sin_addr.s_addr) >> 16 == 0xa9fe; /* 169.254 */
}

static bool contains(const struct networks *networks, const NiceAddress *address)
{
    for (unsigned i = 0; i < networks->num; i++)
        if (same(&networks->addresses[i], address))
            return true;
    return false;
}

static void add(struct networks *networks, const NiceAddress *address)
{
    if (networks->num < MAX_NETWORKS && !contains(networks, address))
        networks->addresses[networks->num++] = *address;
}

/* All addresses that libnice lists and that can be ranked. */
static void read_all(struct networks *networks, bool with_loopback)
{
    GList *all = nice_interfaces_get_local_ips(with_loopback);
    NiceAddress address;

    networks->num = 0;
    for (GList *at = all; at != NULL; at = at->next) {
        nice_address_init(&address);
        if (nice_address_set_from_string(&address, at->data))
            add(networks, &address);
    }
    g_list_free_full(all, g_free);
}

bool skf_networks_can_rank(const NiceAddress *address)
{
    GList *all = nice_interfaces_get_local_ips(TRUE);
    struct networks ranked;
    guint num = g_list_length(all);

    g_list_free_full(all, g_free);
    read_all(&ranked, true);
    return num < MAX_NETWORKS || contains(&ranked, address);
}

static bool is_listed(const NiceAddress *address, const char *const *listed, size_t num)
{
    NiceAddress wanted;

    for (size_t i = 0; i < num; i++) {
        nice_address_init(&wanted);
        if (nice_address_set_from_string(&wanted, listed[i]) && same(&wanted, address))
            return true;
    }
    return false;
}

void skf_networks_list(struct networks *networks, const char *const *listed, size_t num)
{
    struct networks all;

    read_all(&all, num > 0);
    networks->num = 0;
    for (unsigned i = 0; i < all.num; i++)
        if (num > 0 ? is_listed(&all.addresses[i], listed, num)
                    : !is_link_local(&all.addresses[i]))
            add(networks, &all.addresses[i]);
}

bool skf_networks_include(const struct networks *all, const struct networks *some)
{
    for (unsigned i = 0; i < some->num; i++)
        if (!contains(all, &some->addresses[i]))
            return false;
    return true;
}

/* --- their ranks ---------------------------------------------------------------------- */

/* The driver of an interface: "bridge", "tun", the name of hardware; or "". */
static void read_driver(int fd, const char *interface, char driver[ETHTOOL_BUSINFO_LEN])
{
    struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
    struct ifreq request;

    memset(&request, 0, sizeof request);
    g_strlcpy(request.ifr_name, interface, sizeof request.ifr_name);
    request.ifr_data = (void *)&info;
    driver[0] = '\0';
    if (fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0)
        g_strlcpy(driver, info.driver, ETHTOOL_BUSINFO_LEN);
}

/* The interface leads to no other host, only to containers on this one. */
static bool is_virtual(int fd, const char *interface)
{
    static const char *const drivers[] = { "bridge", "openvswitch" };
    static const char *const names[] = { "br-", "lxcbr", "lxdbr", "cni", "podman" };
    char driver[ETHTOOL_BUSINFO_LEN];

    read_driver(fd, interface, driver);
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++)
        if (strcmp(driver, drivers[i]) == 0)
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_has_prefix(interface, names[i]))
            return true;
    return false;
}

static bool is_on(const struct ifaddrs *interface, const NiceAddress *address)
{
    NiceAddress its;

    if (interface->ifa_addr == NULL
        || interface->ifa_addr->sa_family != address->s.addr.sa_family)
        return false;
    nice_address_init(&its);
    nice_address_set_from_sockaddr(&its, interface->ifa_addr);
    return same(&its, address);
}

/* The addresses for documentation stand for any that is far away: none is a neighbour's. */
static void read_routes(struct networks *routes)
{
    static const char *const far[] = { "203.0.113.1", "2001:db8:ffff::1" };
    NiceAddress target, source;

    routes->num = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(far); i++) {
        nice_address_init(&target);
        if (nice_address_set_from_string(&target, far[i])
            && skf_source_address(&target, &source))
            add(routes, &source);
    }
}

static enum address_rank rank_of(const NiceAddress *address, const struct networks *routes,
                                 const struct ifaddrs *interfaces, int fd)
{
    if (contains(routes, address))
        return RANK_ROUTE;
    if (is_link_local(address))
        return RANK_LINK;
    for (const struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next)
        if (is_on(at, address))
            return is_virtual(fd, at->ifa_name) ? RANK_VIRTUAL : RANK_REAL;
    return RANK_REAL;
}

static void rank_addresses(const struct networks *all,
                           enum address_rank ranks[MAX_NETWORKS])
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifaddrs *interfaces = NULL;
    struct networks routes;

    read_routes(&routes);
    if (getifaddrs(&interfaces) != 0)
        interfaces = NULL;
    for (unsigned i = 0; i < all->num; i++)
        ranks[i] = rank_of(&all->addresses[i], &routes, interfaces, fd);
    if (interfaces != NULL)
        freeifaddrs(interfaces);
    if (fd >= 0)
        close(fd);
}

static unsigned root(unsigned square)
{
    unsigned at = 1;

    while ((at + 1) * (at + 1) <= square)
        at++;
    return at;
}

void skf_networks_choose(struct networks *networks, unsigned pairs)
{
    enum address_rank ranks[MAX_NETWORKS];
    unsigned most = root(pairs);
    struct networks all;

    read_all(&all, false);
    rank_addresses(&all, ranks);
    networks->num = 0;
    for (unsigned rank = 0; rank < RANKS; rank++) {
        if (rank == RANK_VIRTUAL && networks->num > 0)
            most = MIN(most, networks->num + MAX_OF_RANK);
        for (unsigned i = 0; i < all.num && networks->num < most; i++)
            if (ranks[i] == rank)
                add(networks, &all.addresses[i]);
    }
}
