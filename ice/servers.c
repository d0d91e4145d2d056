/* servers.c - the STUN and TURN servers of one gathering, and what comes of each. */
#include "servers.h"

#include "detour.h"
#include "lookup.h"
#include "port/memory.h"
#include "probe.h"
#include "refusal.h"
#include "route.h"
#include "server.h"

#define LOOKUP_TIME SKIFF_MSEC(5000)    /* then a name does not resolve */
#define ALONE_TIME  SKIFF_MSEC(2000)    /* what libnice has, before we ask too */
#define PROBE_TIME  SKIFF_MSEC(6000)    /* longer than any probe takes */
#define DETOUR_TIME SKIFF_MSEC(2000)    /* for a relay by another port */
#define GATHER_TIME SKIFF_MSEC(10000)   /* then all candidates are there, whatever comes */

enum { FAMILIES = 2, MOST_DETOURS = 3, STALE_NONCE = 438 };        /* RFC 8656 7.4 */

enum stage { STAGE_LOOKUP, STAGE_LIBNICE, STAGE_PROBE, STAGE_DETOUR, STAGE_OVER };

/* One server of the config. */
struct ask {
    struct servers *servers;
    gchar          *text;
    struct server   server;
    bool            first;              /* of the STUN servers: libnice asks one          */
    enum stage      stage;
    skiff_time      due;                /* when the stage ends                            */
    NiceAddress     addresses[FAMILIES];
    unsigned        num_addresses;
    unsigned        numbers;            /* that libnice has for it, a bit each            */
    unsigned        direct;             /* those of the server itself                     */
    unsigned        detours;
    struct lookup  *lookup;
    struct probe   *probe;
    bool            told, good;
    uint16_t        code;
    const char     *what;
};

struct servers {
    struct servers_of of;
    NiceAddress       from[FAMILIES];   /* local ones of the config                       */
    unsigned          num_from;
    gchar            *user, *password;
    bool              unwanted;         /* by a lite agent                                */
    bool              relays_only;
    struct ask       *asks;
    size_t            num;
    unsigned          num_given;        /* to libnice                                     */
    skiff_time        now;              /* when it was last called                        */
    skiff_time        bound;
    bool              begun, gathered;
    bool              stuck;            /* libnice will never say that it is done         */
};

static const char name_unknown[] = "the server's name does not resolve";
static const char no_answer[] = "the server does not answer";
static const char no_way[] = "the server cannot be reached";
static const char no_relay[] = "the server answers, but gave the agent no relay";
static const char too_many[] = "libnice takes no more than eight TURN servers";
static const char not_wanted[] = "the server is not asked: only relays are wanted";
static const char not_lite[] = "the server is not asked: a lite agent needs none";
static const char a_relay[] = "the server gave a relay";
static const char a_detour[] = "the server gave a relay for another local port";
static const char an_address[] = "the server told the address that it sees";
static const char one_relay[] = "the server answers; one relay of it is there already";
static const char a_second[] = "the server answers; candidates come from the first one";

/* --- outcomes ------------------------------------------------------------------------- */

static void end_asking(struct ask *ask)
{
    skf_lookup_free(ask->lookup);
    skf_probe_free(ask->probe);
    ask->lookup = NULL;
    ask->probe = NULL;
}

static void conclude(struct ask *ask, bool good, const char *what)
{
    end_asking(ask);
    ask->stage = STAGE_OVER;
    ask->due = SKIFF_NEVER;
    ask->good = good;
    ask->what = what;
    ask->servers->of.wake(ask->servers->of.user);
}

/* --- asking by ourselves -------------------------------------------------------------- */

static const NiceAddress *local_for(const struct servers *servers,
                                    const NiceAddress *server)
{
    for (unsigned i = 0; i < servers->num_from; i++)
        if (nice_address_ip_version(&servers->from[i]) == nice_address_ip_version(server))
            return &servers->from[i];
    return NULL;
}

static void on_probed(void *context, enum probe_result result, uint16_t code);

static void probe(struct ask *ask)
{
    struct servers *servers = ask->servers;
    const NiceAddress *from = local_for(servers, &ask->addresses[0]);
    struct probe_question question = {
        .loop = servers->of.loop, .server = ask->addresses[0], .turn = ask->server.turn,
        .tcp = ask->server.turn && ask->server.transport == NICE_RELAY_TYPE_TURN_TCP,
        .user = servers->user, .password = servers->password,
        .done = on_probed, .context = ask,
    };

    nice_address_init(&question.from);
    if (from != NULL)
        question.from = *from;
    skf_probe_free(ask->probe);
    ask->stage = STAGE_PROBE;
    ask->due = servers->now + PROBE_TIME;
    ask->probe = skf_probe_new(&question);
    servers->of.wake(servers->of.user);
}

static bool give_to_libnice(struct ask *ask, const NiceAddress *address)
{
    struct servers *servers = ask->servers;
    gchar ip[NICE_ADDRESS_STRING_LEN];

    nice_address_to_string(address, ip);
    if (servers->num_given == NICE_CANDIDATE_MAX_TURN_SERVERS
        || !nice_agent_set_relay_info(servers->of.agent, servers->of.stream,
                                      NICE_COMPONENT_TYPE_RTP, ip,
                                      nice_address_get_port(address), servers->user,
                                      servers->password, ask->server.transport))
        return false;
    ask->numbers |= 1u << servers->num_given++;
    return true;
}

/* The detour lives as long as the agent, which says goodbye to the server through it. */
static bool add_detour(struct ask *ask)
{
    struct servers *servers = ask->servers;
    const NiceAddress *server = &ask->addresses[0], *from = local_for(servers, server);
    NiceAddress natural;
    struct detour *detour;

    if (from == NULL && !skf_route_source(server, &natural))
        return false;
    detour = skf_detour_new(servers->of.loop, from != NULL ? from : &natural, server);
    if (detour == NULL)
        return false;
    gchar *name = g_strdup_printf("skiff-detour-%p", (void *)detour);
    g_object_set_data_full(G_OBJECT(servers->of.agent), name, detour,
                           (GDestroyNotify)skf_detour_free);
    g_free(name);
    return give_to_libnice(ask, skf_detour_address(detour));
}

/* It answers us, and gave libnice nothing: our port is what differs (RFC 8656 7.4). */
static void try_another_port(struct ask *ask)
{
    if (ask->server.transport != NICE_RELAY_TYPE_TURN_UDP || ask->detours++ == MOST_DETOURS
        || !add_detour(ask)) {
        conclude(ask, false, no_relay);
        return;
    }
    ask->stage = STAGE_DETOUR;
    ask->due = ask->servers->now + DETOUR_TIME;
    ask->servers->of.wake(ask->servers->of.user);
}

/* libnice throws a second relay away that has the IP address of the first. */
static bool has_twin(const struct ask *ask)
{
    const struct servers *servers = ask->servers;

    for (size_t i = 0; i < servers->num; i++) {
        const struct ask *twin = &servers->asks[i];
        if (twin != ask && twin->good && twin->server.turn
            && nice_address_equal_no_port(&twin->addresses[0], &ask->addresses[0]))
            return true;
    }
    return false;
}

static void take_success(struct ask *ask)
{
    if (ask->server.turn && has_twin(ask))
        conclude(ask, true, one_relay);
    else if (ask->server.turn)
        try_another_port(ask);
    else
        conclude(ask, true, ask->first ? an_address : a_second);
}

static void on_probed(void *context, enum probe_result result, uint16_t code)
{
    struct ask *ask = context;

    ask->servers->now = (skiff_time)g_get_monotonic_time();
    skf_probe_free(ask->probe);
    ask->probe = NULL;
    switch (result) {
    case PROBE_GOOD:
        take_success(ask);
        break;
    case PROBE_REFUSED:
        ask->code = code;
        ask->servers->stuck = ask->servers->stuck || code == STALE_NONCE;
        conclude(ask, false, skf_refusal(code));
        break;
    case PROBE_SILENT:
        conclude(ask, false, no_answer);
        break;
    case PROBE_UNREACHABLE:
        conclude(ask, false, no_way);
        break;
    }
}

/* --- asking by libnice ---------------------------------------------------------------- */

static bool give_all_to_libnice(struct ask *ask)
{
    for (unsigned i = 0; i < ask->num_addresses; i++)
        (void)give_to_libnice(ask, &ask->addresses[i]);
    ask->direct = ask->numbers;
    return ask->numbers != 0;
}

static void take_addresses(struct ask *ask)
{
    if (!ask->server.turn) {
        probe(ask);
        return;
    }
    if (!give_all_to_libnice(ask)) {
        conclude(ask, false, too_many);
        return;
    }
    ask->stage = STAGE_LIBNICE;
    ask->due = ask->servers->now + ALONE_TIME;
}

/* Of each family the first, as libnice would ask all of them. */
static void add_address(struct ask *ask, NiceAddress address)
{
    int version = nice_address_ip_version(&address);

    for (unsigned i = 0; i < ask->num_addresses; i++)
        if (nice_address_ip_version(&ask->addresses[i]) == version)
            return;
    nice_address_set_port(&address, ask->server.port);
    ask->addresses[ask->num_addresses++] = address;
}

/* Only libnice can look its STUN server up, and it never recovers where that fails. */
static void fail_lookup(struct ask *ask)
{
    ask->servers->stuck = ask->servers->stuck || ask->first;
    conclude(ask, false, name_unknown);
}

static void on_looked_up(void *context, const NiceAddress *addresses, unsigned num)
{
    struct ask *ask = context;

    ask->servers->now = (skiff_time)g_get_monotonic_time();
    skf_lookup_free(ask->lookup);
    ask->lookup = NULL;
    for (unsigned i = 0; i < num; i++)
        add_address(ask, addresses[i]);
    if (num == 0)
        fail_lookup(ask);
    else
        take_addresses(ask);
}

static void begin_ask(struct ask *ask)
{
    struct servers *servers = ask->servers;
    NiceAddress address;

    if (servers->unwanted || (servers->relays_only && !ask->server.turn)) {
        conclude(ask, false, servers->unwanted ? not_lite : not_wanted);
        return;
    }
    if (ask->first)
        g_object_set(servers->of.agent, "stun-server", ask->server.host, "stun-server-port",
                     ask->server.port, NULL);
    nice_address_init(&address);
    if (g_hostname_is_ip_address(ask->server.host)
        && nice_address_set_from_string(&address, ask->server.host)) {
        add_address(ask, address);
        take_addresses(ask);
        return;
    }
    ask->stage = STAGE_LOOKUP;
    ask->due = servers->now + LOOKUP_TIME;
    ask->lookup = skf_lookup_new(servers->of.loop, ask->server.host, on_looked_up, ask);
}

void skf_servers_begin(struct servers *servers, skiff_time now)
{
    servers->now = now;
    servers->begun = true;
    servers->bound = now + GATHER_TIME;
    for (size_t i = 0; i < servers->num; i++)
        begin_ask(&servers->asks[i]);
}

/* --- what libnice has found ----------------------------------------------------------- */

/*
 * Which server it is from: libnice's own call for that follows a pointer that its signal
 * has cleared. It numbers them in the order in which it was given them, and writes the
 * number into the local preference (RFC 8445 5.1.2.1), bits 6 to 8, to keep priorities
 * apart.
 */
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
        struct ask *ask = &servers->asks[i];
        if (ask->good || ask->told || (ask->numbers & bit) == 0)
            continue;
        conclude(ask, true, (ask->direct & bit) != 0 ? a_relay : a_detour);
    }
}

void skf_servers_gathered(struct servers *servers)
{
    servers->gathered = true;
    servers->of.wake(servers->of.user);
}

/* --- time ----------------------------------------------------------------------------- */

static void go_on(struct ask *ask)
{
    switch (ask->stage) {
    case STAGE_LOOKUP:
        fail_lookup(ask);
        break;
    case STAGE_LIBNICE:
        probe(ask);
        break;
    case STAGE_PROBE:
        conclude(ask, false, no_answer);
        break;
    case STAGE_DETOUR:
        try_another_port(ask);
        break;
    case STAGE_OVER:
        break;
    }
}

static bool is_due(const struct ask *ask)
{
    const struct servers *servers = ask->servers;

    return servers->now >= ask->due || (ask->stage == STAGE_LIBNICE && servers->gathered);
}

static void go_on_with_all(struct servers *servers, skiff_time now)
{
    servers->now = now;
    for (size_t i = 0; i < servers->num; i++)
        if (is_due(&servers->asks[i]))
            go_on(&servers->asks[i]);
}

bool skf_servers_next(struct servers *servers, skiff_time now, skiff_ice_event *event)
{
    if (!servers->begun)
        return false;
    go_on_with_all(servers, now);
    for (size_t i = 0; i < servers->num; i++) {
        struct ask *ask = &servers->asks[i];
        if (ask->stage != STAGE_OVER || ask->told)
            continue;
        ask->told = true;
        *event = (skiff_ice_event){ .kind = SKIFF_ICE_SERVER, .what = ask->what,
                                    .server = ask->text, .ok = ask->good,
                                    .code = ask->code };
        return true;
    }
    return false;
}

bool skf_servers_are_over(const struct servers *servers, skiff_time now)
{
    if (!servers->begun)
        return false;
    for (size_t i = 0; i < servers->num; i++)
        if (!servers->asks[i].told)
            return now >= servers->bound;
    return servers->gathered || servers->stuck || now >= servers->bound;
}

skiff_time skf_servers_due(const struct servers *servers)
{
    skiff_time due = servers->begun && !servers->gathered ? servers->bound : SKIFF_NEVER;

    if (servers->begun && servers->now >= servers->bound)
        due = SKIFF_NEVER;
    for (size_t i = 0; servers->begun && i < servers->num; i++)
        due = MIN(due, servers->asks[i].due);
    return due;
}

/* --- made and freed ------------------------------------------------------------------- */

static void take_locals(struct servers *servers, const skiff_ice_config *config)
{
    NiceAddress address;

    for (size_t i = 0; i < config->num_addresses && servers->num_from < FAMILIES; i++) {
        nice_address_init(&address);
        if (nice_address_set_from_string(&address, config->addresses[i])
            && local_for(servers, &address) == NULL)
            servers->from[servers->num_from++] = address;
    }
}

static void take_servers(struct servers *servers, const skiff_ice_config *config)
{
    bool first = true;

    servers->asks = g_new0(struct ask, config->num_servers);
    servers->num = config->num_servers;
    for (size_t i = 0; i < servers->num; i++) {
        struct ask *ask = &servers->asks[i];
        ask->servers = servers;
        ask->text = g_strdup(config->servers[i]);
        ask->due = SKIFF_NEVER;
        (void)skf_server_read(ask->text, &ask->server);
        ask->first = first && !ask->server.turn;
        first = first && ask->server.turn;
    }
}

struct servers *skf_servers_new(const struct servers_of *of)
{
    struct servers *made = skf_ice_acquire(NULL, sizeof *made);
    const skiff_ice_config *config = of->config;

    if (made == NULL)
        return NULL;
    made->of = *of;
    made->of.config = NULL;
    made->user = g_strdup(config->turn_user);
    made->password = g_strdup(config->turn_password);
    made->unwanted = config->lite;
    made->relays_only = config->relay_only;
    take_locals(made, config);
    take_servers(made, config);
    return made;
}

void skf_servers_free(struct servers *servers)
{
    if (servers == NULL)
        return;
    for (size_t i = 0; i < servers->num; i++) {
        end_asking(&servers->asks[i]);
        g_free(servers->asks[i].text);
    }
    g_free(servers->asks);
    if (servers->password != NULL)
        skf_ice_wipe(servers->password, strlen(servers->password));
    g_free(servers->password);
    g_free(servers->user);
    skf_ice_release(NULL, servers, sizeof *servers);
}
