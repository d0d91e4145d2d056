/* servers.c - the STUN and TURN servers of one session, and the outcome of each. */
#include "servers.h"

#include "base/memory.h"
#include "error_text.h"
#include "lookup.h"
#include "server_query.h"
#include "server_uri.h"
#include "source_address.h"
#include "turn_proxy.h"

#define LOOKUP_TIME  SKIFF_MSEC(5000)  /* after that a name does not resolve */
#define LIBNICE_TIME SKIFF_MSEC(2000)  /* for libnice, before a query of ours */
#define QUERY_TIME   SKIFF_MSEC(6000)  /* longer than any query takes */
#define PROXY_TIME   SKIFF_MSEC(2000)  /* for a relay by another local port */
#define GATHER_TIME  SKIFF_MSEC(10000) /* then gathering ends, whatever comes */

enum { FAMILIES = 2, MAX_PROXIES = 3, STALE_NONCE = 438 }; /* RFC 8656 7.4 */

enum server_stage { STAGE_LOOKUP, STAGE_LIBNICE, STAGE_QUERY, STAGE_PROXY, STAGE_DONE };

/* One server of the config. */
struct server_entry {
    struct servers *servers;
    gchar *text;
    struct server server;
    bool first; /* the first STUN server: libnice asks only one */
    enum server_stage stage;
    skiff_time due; /* when the stage ends */
    NiceAddress addresses[FAMILIES];
    unsigned num_addresses;
    unsigned numbers; /* of libnice for it, a bit each */
    unsigned direct;  /* numbers of the server itself */
    unsigned proxies;
    struct lookup *lookup;
    struct server_query *query;
    bool reported, good;
    uint16_t code;
    const char *what;
};

struct servers {
    struct servers_options options;
    NiceAddress from[FAMILIES]; /* local addresses of the config */
    unsigned num_from;
    gchar *user, *password;
    bool is_lite; /* of a lite agent */
    bool relays_only;
    struct server_entry *entries;
    size_t num;
    unsigned num_relays; /* given to libnice */
    skiff_time now;      /* when it was last called */
    skiff_time deadline;
    bool begun, gathered;
    bool stuck; /* libnice will never report that gathering is done */
};

static const char not_resolved[] = "the server's name does not resolve";
static const char no_response[] = "the server does not respond";
static const char unreachable[] = "the server cannot be reached";
static const char no_relay[] = "the server responds, but gave the agent no relay";
static const char too_many[] = "libnice uses no more than eight TURN servers";
static const char not_wanted[] = "the server is not asked: only relays are wanted";
static const char not_lite[] = "the server is not asked: a lite agent needs none";
static const char a_relay[] = "the server gave a relay";
static const char proxied_relay[] = "the server gave a relay for another local port";
static const char an_address[] = "the server reported the address that it sees";
static const char one_relay[] = "the server responds; one relay of it is there already";
static const char a_second[] = "the server responds; candidates come from the first one";

/* --- outcomes ------------------------------------------------------------------------- */

static void cancel(struct server_entry *entry)
{
    skf_lookup_free(entry->lookup);
    skf_server_query_free(entry->query);
    entry->lookup = NULL;
    entry->query = NULL;
}

static void conclude(struct server_entry *entry, bool good, const char *what)
{
    cancel(entry);
    entry->stage = STAGE_DONE;
    entry->due = SKIFF_NEVER;
    entry->good = good;
    entry->what = what;
    entry->servers->options.wake(entry->servers->options.user);
}

/* --- queries of ours ------------------------------------------------------------------ */

static const NiceAddress *local_for(const struct servers *servers,
                                    const NiceAddress *server)
{
    for (unsigned i = 0; i < servers->num_from; i++)
        if (nice_address_ip_version(&servers->from[i]) == nice_address_ip_version(server))
            return &servers->from[i];
    return NULL;
}

static void on_queried(void *user, enum server_query_result result, uint16_t code);

static void query(struct server_entry *entry)
{
    struct servers *servers = entry->servers;
    const NiceAddress *from = local_for(servers, &entry->addresses[0]);
    struct server_query_options options = {
        .loop = servers->options.loop,
        .server = entry->addresses[0],
        .turn = entry->server.turn,
        .tcp = entry->server.turn && entry->server.transport == NICE_RELAY_TYPE_TURN_TCP,
        .user = servers->user,
        .password = servers->password,
        .done = on_queried,
        .context = entry,
    };

    nice_address_init(&options.from);
    if (from != NULL)
        options.from = *from;
    skf_server_query_free(entry->query);
    entry->stage = STAGE_QUERY;
    entry->due = servers->now + QUERY_TIME;
    entry->query = skf_server_query_new(&options);
    servers->options.wake(servers->options.user);
}

static bool add_relay(struct server_entry *entry, const NiceAddress *address)
{
    struct servers *servers = entry->servers;
    gchar ip[NICE_ADDRESS_STRING_LEN];

    nice_address_to_string(address, ip);
    if (servers->num_relays == NICE_CANDIDATE_MAX_TURN_SERVERS
        || !nice_agent_set_relay_info(servers->options.agent, servers->options.stream,
                                      NICE_COMPONENT_TYPE_RTP, ip,
                                      nice_address_get_port(address), servers->user,
                                      servers->password, entry->server.transport))
        return false;
    entry->numbers |= 1u << servers->num_relays++;
    return true;
}

/* The proxy lives as long as the agent, which releases its allocation through it. */
static bool add_proxy(struct server_entry *entry)
{
    struct servers *servers = entry->servers;
    const NiceAddress *server = &entry->addresses[0], *from = local_for(servers, server);
    NiceAddress natural;
    struct turn_proxy *proxy;

    if (from == NULL && !skf_source_address(server, &natural))
        return false;
    proxy =
        skf_turn_proxy_new(servers->options.loop, from != NULL ? from : &natural, server);
    if (proxy == NULL)
        return false;
    gchar *name = g_strdup_printf("skiff-detour-%p", (void *)proxy);
    g_object_set_data_full(G_OBJECT(servers->options.agent), name, proxy,
                           (GDestroyNotify)skf_turn_proxy_free);
    g_free(name);
    return add_relay(entry, skf_turn_proxy_address(proxy));
}

/* The server responds to our query, and libnice has no relay of it: the port is what
 * differs (RFC 8656 7.4). */
static void try_another_port(struct server_entry *entry)
{
    if (entry->server.transport != NICE_RELAY_TYPE_TURN_UDP
        || entry->proxies++ == MAX_PROXIES || !add_proxy(entry)) {
        conclude(entry, false, no_relay);
        return;
    }
    entry->stage = STAGE_PROXY;
    entry->due = entry->servers->now + PROXY_TIME;
    entry->servers->options.wake(entry->servers->options.user);
}

/* libnice discards a second relay that has the IP address of the first. */
static bool has_relay_of_address(const struct server_entry *entry)
{
    const struct servers *servers = entry->servers;

    for (size_t i = 0; i < servers->num; i++) {
        const struct server_entry *other = &servers->entries[i];
        if (other != entry && other->good && other->server.turn
            && nice_address_equal_no_port(&other->addresses[0], &entry->addresses[0]))
            return true;
    }
    return false;
}

static void on_success(struct server_entry *entry)
{
    if (entry->server.turn && has_relay_of_address(entry))
        conclude(entry, true, one_relay);
    else if (entry->server.turn)
        try_another_port(entry);
    else
        conclude(entry, true, entry->first ? an_address : a_second);
}

static void on_queried(void *user, enum server_query_result result, uint16_t code)
{
    struct server_entry *entry = user;

    entry->servers->now = (skiff_time)g_get_monotonic_time();
    skf_server_query_free(entry->query);
    entry->query = NULL;
    switch (result) {
    case QUERY_GOOD:
        on_success(entry);
        break;
    case QUERY_REFUSED:
        entry->code = code;
        entry->servers->stuck = entry->servers->stuck || code == STALE_NONCE;
        conclude(entry, false, skf_stun_error_text(code));
        break;
    case QUERY_TIMEOUT:
        conclude(entry, false, no_response);
        break;
    case QUERY_UNREACHABLE:
        conclude(entry, false, unreachable);
        break;
    }
}

/* --- libnice -------------------------------------------------------------------------- */

static bool add_relays(struct server_entry *entry)
{
    for (unsigned i = 0; i < entry->num_addresses; i++)
        (void)add_relay(entry, &entry->addresses[i]);
    entry->direct = entry->numbers;
    return entry->numbers != 0;
}

static void use_addresses(struct server_entry *entry)
{
    if (!entry->server.turn) {
        query(entry);
        return;
    }
    if (!add_relays(entry)) {
        conclude(entry, false, too_many);
        return;
    }
    entry->stage = STAGE_LIBNICE;
    entry->due = entry->servers->now + LIBNICE_TIME;
}

/* The first of each family, as libnice would ask all of them. */
static void add_address(struct server_entry *entry, NiceAddress address)
{
    int version = nice_address_ip_version(&address);

    for (unsigned i = 0; i < entry->num_addresses; i++)
        if (nice_address_ip_version(&entry->addresses[i]) == version)
            return;
    nice_address_set_port(&address, entry->server.port);
    entry->addresses[entry->num_addresses++] = address;
}

/* Only libnice can look up its STUN server, and it never recovers if that fails. */
static void fail_lookup(struct server_entry *entry)
{
    entry->servers->stuck = entry->servers->stuck || entry->first;
    conclude(entry, false, not_resolved);
}

static void on_looked_up(void *user, const NiceAddress *addresses, unsigned num)
{
    struct server_entry *entry = user;

    entry->servers->now = (skiff_time)g_get_monotonic_time();
    skf_lookup_free(entry->lookup);
    entry->lookup = NULL;
    for (unsigned i = 0; i < num; i++)
        add_address(entry, addresses[i]);
    if (num == 0)
        fail_lookup(entry);
    else
        use_addresses(entry);
}

static void begin_entry(struct server_entry *entry)
{
    struct servers *servers = entry->servers;
    NiceAddress address;

    if (servers->is_lite || (servers->relays_only && !entry->server.turn)) {
        conclude(entry, false, servers->is_lite ? not_lite : not_wanted);
        return;
    }
    if (entry->first)
        g_object_set(servers->options.agent, "stun-server", entry->server.host,
                     "stun-server-port", entry->server.port, NULL);
    nice_address_init(&address);
    if (g_hostname_is_ip_address(entry->server.host)
        && nice_address_set_from_string(&address, entry->server.host)) {
        add_address(entry, address);
        use_addresses(entry);
        return;
    }
    entry->stage = STAGE_LOOKUP;
    entry->due = servers->now + LOOKUP_TIME;
    entry->lookup =
        skf_lookup_new(servers->options.loop, entry->server.host, on_looked_up, entry);
}

void skf_servers_begin(struct servers *servers, skiff_time now)
{
    servers->now = now;
    servers->begun = true;
    servers->deadline = now + GATHER_TIME;
    for (size_t i = 0; i < servers->num; i++)
        begin_entry(&servers->entries[i]);
}

/* --- what libnice has found ----------------------------------------------------------- */

/* Which server a candidate is from: libnice's own call for that follows a pointer that its
 * signal has cleared. It numbers the servers in the order in which they were added, and
 * writes the number into the local preference (RFC 8445 5.1.2.1), bits 6 to 8, to keep
 * priorities apart. */
static unsigned number_of(const NiceCandidate *candidate)
{
    return candidate->priority >> (8 + 6) & (NICE_CANDIDATE_MAX_TURN_SERVERS - 1);
}

void skf_servers_candidate(struct servers *servers, const NiceCandidate *candidate)
{
    unsigned bit = 1u << number_of(candidate);

    if (candidate->type != NICE_CANDIDATE_TYPE_RELAYED)
        return;
    for (size_t i = 0; i < servers->num; i++) {
        struct server_entry *entry = &servers->entries[i];
        if (entry->good || entry->reported || (entry->numbers & bit) == 0)
            continue;
        conclude(entry, true, (entry->direct & bit) != 0 ? a_relay : proxied_relay);
    }
}

void skf_servers_gathered(struct servers *servers)
{
    servers->gathered = true;
    servers->options.wake(servers->options.user);
}

/* --- time ----------------------------------------------------------------------------- */

static void advance(struct server_entry *entry)
{
    switch (entry->stage) {
    case STAGE_LOOKUP:
        fail_lookup(entry);
        break;
    case STAGE_LIBNICE:
        query(entry);
        break;
    case STAGE_QUERY:
        conclude(entry, false, no_response);
        break;
    case STAGE_PROXY:
        try_another_port(entry);
        break;
    case STAGE_DONE:
        break;
    }
}

static bool is_due(const struct server_entry *entry)
{
    const struct servers *servers = entry->servers;

    return servers->now >= entry->due
        || (entry->stage == STAGE_LIBNICE && servers->gathered);
}

static void advance_all(struct servers *servers, skiff_time now)
{
    servers->now = now;
    for (size_t i = 0; i < servers->num; i++)
        if (is_due(&servers->entries[i]))
            advance(&servers->entries[i]);
}

bool skf_servers_next(struct servers *servers, skiff_time now, skiff_ice_event *event)
{
    if (!servers->begun)
        return false;
    advance_all(servers, now);
    for (size_t i = 0; i < servers->num; i++) {
        struct server_entry *entry = &servers->entries[i];
        if (entry->stage != STAGE_DONE || entry->reported)
            continue;
        entry->reported = true;
        *event = (skiff_ice_event){ .kind = SKIFF_ICE_SERVER,
                                    .what = entry->what,
                                    .server = entry->text,
                                    .ok = entry->good,
                                    .code = entry->code };
        return true;
    }
    return false;
}

bool skf_servers_are_done(const struct servers *servers, skiff_time now)
{
    if (!servers->begun)
        return false;
    for (size_t i = 0; i < servers->num; i++)
        if (!servers->entries[i].reported)
            return now >= servers->deadline;
    return servers->gathered || servers->stuck || now >= servers->deadline;
}

skiff_time skf_servers_due(const struct servers *servers)
{
    skiff_time due = servers->begun && !servers->gathered ? servers->deadline : SKIFF_NEVER;

    if (servers->begun && servers->now >= servers->deadline)
        due = SKIFF_NEVER;
    for (size_t i = 0; servers->begun && i < servers->num; i++)
        due = MIN(due, servers->entries[i].due);
    return due;
}

/* --- made and freed ------------------------------------------------------------------- */

static void copy_local_addresses(struct servers *servers, const skiff_ice_config *config)
{
    NiceAddress address;

    for (size_t i = 0; i < config->num_addresses && servers->num_from < FAMILIES; i++) {
        nice_address_init(&address);
        if (nice_address_set_from_string(&address, config->addresses[i])
            && local_for(servers, &address) == NULL)
            servers->from[servers->num_from++] = address;
    }
}

static void copy_servers(struct servers *servers, const skiff_ice_config *config)
{
    bool first = true;

    servers->entries = g_new0(struct server_entry, config->num_servers);
    servers->num = config->num_servers;
    for (size_t i = 0; i < servers->num; i++) {
        struct server_entry *entry = &servers->entries[i];
        entry->servers = servers;
        entry->text = g_strdup(config->servers[i]);
        entry->due = SKIFF_NEVER;
        (void)skf_server_read(entry->text, &entry->server);
        entry->first = first && !entry->server.turn;
        first = first && entry->server.turn;
    }
}

struct servers *skf_servers_new(const struct servers_options *options)
{
    struct servers *made = skf_acquire(NULL, sizeof *made);
    const skiff_ice_config *config = options->config;

    if (made == NULL)
        return NULL;
    made->options = *options;
    made->options.config = NULL;
    made->user = g_strdup(config->turn_user);
    made->password = g_strdup(config->turn_password);
    made->is_lite = config->lite;
    made->relays_only = config->relay_only;
    copy_local_addresses(made, config);
    copy_servers(made, config);
    return made;
}

void skf_servers_free(struct servers *servers)
{
    if (servers == NULL)
        return;
    for (size_t i = 0; i < servers->num; i++) {
        cancel(&servers->entries[i]);
        g_free(servers->entries[i].text);
    }
    g_free(servers->entries);
    if (servers->password != NULL)
        skf_wipe(servers->password, strlen(servers->password));
    g_free(servers->password);
    g_free(servers->user);
    skf_release(NULL, servers, sizeof *servers);
}
