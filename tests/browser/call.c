/* call.c - a skiff_ice agent that answers checks only, or a peer of a port; counts what a
 * browser sends. */
#include "call.h"

#include "port_end.h"
#include "relay.h"

#include <skiff/ice.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { CERTIFICATE_DAYS = 30 };

struct call {
    struct call_options options;
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_ice *ice; /* or the port end */
    struct port_end *port_end;
    struct relay *relay; /* where there are obstacles */
    GString *candidates;
    bool gathered;
    struct offer offer;
    unsigned packets[MOST_SECTIONS];
    unsigned unexpected; /* of a payload type that was not answered */
    unsigned rtcp;
    const char *ended; /* how, or NULL */
};

static void add_candidate(struct call *call, const char *sdp)
{
    g_string_append_printf(call->candidates, "a=candidate:%s\r\n", sdp);
}

/* Says the first candidate of IPv4 only, with the relay's port for its own. */
static void add_relay(struct call *call, const char *sdp)
{
    struct impairments obstacles = { .losses = call->options.losses,
                                     .percent = call->options.percent,
                                     .hello_check =
                                         call->options.ask_back ? call->context : NULL };
    char before[64], address[64], after[256];
    unsigned port;

    if (call->relay != NULL
        || sscanf(sdp, "%63[^ ] 1 UDP %*u %63[0-9.] %u %255[^\n]", before, address, &port,
                  after)
               != 4)
        return;
    call->relay = relay_new(address, (guint16)port, &obstacles);
    if (call->relay == NULL)
        return;

    char *line = g_strdup_printf("%s 1 UDP 2130706431 %s %u %s", before, address,
                                 relay_port(call->relay), after);
    add_candidate(call, line);
    g_free(line);
}

static void on_candidate(void *user, const char *sdp)
{
    struct call *call = user;

    if (sdp == NULL)
        call->gathered = true;
    else if (call->options.losses[0] != '\0' || call->options.percent > 0
             || call->options.ask_back)
        add_relay(call, sdp);
    else
        add_candidate(call, sdp);
}

static void count_rtp(struct call *call, unsigned payload_type)
{
    for (size_t i = 0; i < call->offer.num_sections; i++)
        if (call->offer.sections[i].payload_type == payload_type) {
            call->packets[i]++;
            return;
        }
    call->unexpected++;
}

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct call *call = user;

    if (kind == SKIFF_RTP)
        count_rtp(call, packet->data[1] & 0x7f);
    else
        call->rtcp++;
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct call *call = user;

    (void)bytes;
    if (event == SKIFF_DTLS_CLOSED)
        call->ended = "close_notify";
    if (event == SKIFF_DTLS_FAILED)
        call->ended = "failure";
}

static bool make_context(struct call *call)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = call->identity;
    config.pool = call->pool;
    config.min_version = call->options.min_version;
    config.max_version = call->options.max_version;
    config.groups = &call->options.group;
    config.num_groups = call->options.group != 0;
    config.alpn = &call->options.protocol;
    config.num_alpn = call->options.protocol != NULL;
    return skiff_context_new(&config, &call->context) == SKIFF_OK;
}

static bool make_agent(struct call *call)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.context = call->context;
    config.lite = true;
    config.role = call->options.role;
    config.user = call;
    config.on_candidate = on_candidate;
    config.on_media = on_media;
    config.on_event = on_event;
    return skiff_ice_new(&config, &call->ice) == SKIFF_OK;
}

static bool make_port_end(struct call *call)
{
    struct port_end_listener listener = { call, on_media, on_event };

    call->port_end = port_end_new(call->context, call->options.role, &listener);
    if (call->port_end == NULL)
        return false;
    for (size_t i = 0; port_end_candidate(call->port_end, i) != NULL; i++)
        on_candidate(call, port_end_candidate(call->port_end, i));
    on_candidate(call, NULL);
    return true;
}

struct call *call_new(const struct call_options *wishes)
{
    skiff_pool_config pool = skiff_pool_defaults();
    struct call *call = g_new0(struct call, 1);

    call->options = *wishes;
    if (call->options.role == 0)
        call->options.role = SKIFF_ROLE_PASSIVE;
    if (call->options.losses == NULL)
        call->options.losses = "";
    call->candidates = g_string_new(NULL);
    if (skiff_identity_generate((int64_t)time(NULL), CERTIFICATE_DAYS, &call->identity)
            != SKIFF_OK
        || skiff_pool_new(&pool, &call->pool) != SKIFF_OK || !make_context(call)
        || !(wishes->tcp ? make_port_end(call) : make_agent(call))) {
        call_free(call);
        return NULL;
    }
    while (!call->gathered)
        g_main_context_iteration(NULL, TRUE);
    return call;
}

void call_free(struct call *call)
{
    relay_free(call->relay);
    port_end_free(call->port_end);
    skiff_ice_free(call->ice);
    skiff_context_free(call->context);
    skiff_pool_free(call->pool);
    skiff_identity_free(call->identity);
    g_string_free(call->candidates, TRUE);
    g_free(call);
}

/* Names the browser to our end. */
static bool expect(struct call *call, const struct offer *theirs)
{
    if (call->port_end != NULL)
        return port_end_set_remote(call->port_end, theirs->ufrag, &theirs->fingerprint);
    return skiff_ice_set_peer(call->ice, theirs->ufrag, theirs->pwd, &theirs->fingerprint,
                              1)
        == SKIFF_OK;
}

bool call_set_offer(struct call *call, const char *offer, GString *answer)
{
    struct local_description us = { .role = call->options.role,
                                    .candidates = call->candidates->str };
    struct offer *theirs = &call->offer;

    if (!offer_read(theirs, offer) || !expect(call, theirs))
        return false;
    if (call->port_end != NULL)
        port_end_credentials(call->port_end, &us.ufrag, &us.pwd);
    else
        skiff_ice_credentials(call->ice, &us.ufrag, &us.pwd);
    skiff_identity_fingerprint(call->identity, &us.fingerprint);
    answer_write(answer, theirs, &us);
    return true;
}

bool call_has_ended(const struct call *call)
{
    return call->ended != NULL;
}

/* One member of the object. */
G_GNUC_PRINTF(3, 4)
static void add_member(GString *json, const char *name, const char *format, ...)
{
    va_list values;

    if (!g_str_has_suffix(json->str, "{"))
        g_string_append_c(json, ',');
    g_string_append_printf(json, "\"%s\":", name);
    va_start(values, format);
    g_string_append_vprintf(json, format, values);
    va_end(values);
}

static void report_agreed(const skiff_dtls_info *info, GString *json)
{
    add_member(json, "version", "\"%04x\"", info->version);
    add_member(json, "cipher", "\"%04x\"", info->cipher_suite);
    add_member(json, "group", "\"%04x\"", info->group);
    add_member(json, "srtp", "\"%04x\"", info->srtp_profile);
    add_member(json, "alpn", "\"%s\"", info->alpn != NULL ? info->alpn : "");
    add_member(json, "handshake_us", "%u", (unsigned)info->handshake_time);
    add_member(json, "flights_resent", "%u", info->flights_resent);
}

static void report_media(const struct call *call, GString *json)
{
    for (size_t i = 0; i < call->offer.num_sections; i++)
        add_member(json, call->offer.sections[i].kind, "%u", call->packets[i]);
    add_member(json, "strays", "%u", call->unexpected);
    add_member(json, "rtcp", "%u", call->rtcp);
    if (call->relay != NULL) {
        add_member(json, "lost", "%u", relay_lost(call->relay));
        add_member(json, "asked", "%u", relay_asked(call->relay));
    }
}

/* The drops that happened, by their names in docs/drops.md. */
static void report_drops(skiff_transport *transport, GString *json)
{
    skiff_counters counters;

    skiff_transport_get_counters(transport, &counters, sizeof counters);
#define X(name, text)                                                                      \
  if (counters.name > 0 && g_str_has_prefix(#name, "drop_"))                               \
    add_member(json, #name, "%u", counters.name);
    SKIFF_COUNTER_LIST(X)
#undef X
}

static void report_port_end(const struct port_end *end, GString *json)
{
    skiff_port_counters counters = port_end_counters(end);

    add_member(json, "tcp", "%s", port_end_is_tcp(end) ? "true" : "false");
    add_member(json, "datagrams", "%u", (unsigned)counters.datagrams_read);
    add_member(json, "frames", "%u", (unsigned)counters.frames_read);
    add_member(json, "connections", "%u", (unsigned)counters.tcp_accepted);
    add_member(json, "connections_ended", "%u", (unsigned)counters.tcp_closed);
}

static void report_end(const struct call *call, skiff_transport *transport, GString *json)
{
    skiff_failure failure;

    if (call->ice != NULL)
        skiff_ice_failure(call->ice, &failure, sizeof failure);
    else
        skiff_transport_failure(transport, &failure, sizeof failure);
    add_member(json, "ended", "\"%s\"", call->ended);
    add_member(json, "alert", "%d", failure.alert);
    if (failure.what != NULL)
        add_member(json, "what", "\"%s (%s)\"", failure.what, failure.spec);
}

void call_report(struct call *call, GString *json)
{
    skiff_transport *transport = call->port_end != NULL ? port_end_transport(call->port_end)
                                                        : skiff_ice_transport(call->ice);
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(transport), &info, sizeof info);
    report_agreed(&info, json);
    report_media(call, json);
    report_drops(transport, json);
    if (call->port_end != NULL)
        report_port_end(call->port_end, json);
    if (call->ended != NULL)
        report_end(call, transport, json);
}
