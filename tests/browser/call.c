/* call.c - a skiff_ice agent that answers checks only, or a peer of a port; counts what a
 * browser sends. */
#include "call.h"

#include "gate.h"
#include "relay.h"

#include <skiff/ice.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { CERTIFICATE_DAYS = 30 };

struct call {
    struct wishes   wishes;
    skiff_identity *identity;
    skiff_pool     *pool;
    skiff_context  *context;
    skiff_ice      *ice;             /* or the gate */
    struct gate    *gate;
    struct relay   *relay;           /* where there are obstacles */
    GString        *candidates;
    bool            gathered;
    struct offer    offer;
    unsigned        packets[MOST_SECTIONS];
    unsigned        strays;          /* of a payload type that was not answered */
    unsigned        rtcp;
    const char     *ended;           /* how, or NULL */
};

static void add_candidate(struct call *call, const char *sdp)
{
    g_string_append_printf(call->candidates, "a=candidate:%s\r\n", sdp);
}

/* Says the first candidate of IPv4 only, with the relay's port for its own. */
static void add_relay(struct call *call, const char *sdp)
{
    struct obstacles obstacles = { .losses = call->wishes.losses,
                                   .percent = call->wishes.percent,
                                   .door = call->wishes.door ? call->context : NULL };
    char before[64], address[64], after[256];
    unsigned port;

    if (call->relay != NULL
        || sscanf(sdp, "%63[^ ] 1 UDP %*u %63[0-9.] %u %255[^\n]", before, address, &port,
                  after) != 4)
        return;
    call->relay = relay_new(address, (guint16)port, &obstacles);
    if (call->relay == NULL)
        return;

    char *line = g_strdup_printf("%s 1 UDP 2130706431 %s %u %s", before, address,
                                 relay_port(call->relay), after);
    add_candidate(call, line);
    g_free(line);
}

static void on_candidate(void *context, const char *sdp)
{
    struct call *call = context;

    if (sdp == NULL)
        call->gathered = true;
    else if (call->wishes.losses[0] != '\0' || call->wishes.percent > 0
             || call->wishes.door)
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
    call->strays++;
}

static void on_media(void *context, skiff_packet *packet, skiff_kind kind)
{
    struct call *call = context;

    if (kind == SKIFF_RTP)
        count_rtp(call, packet->data[1] & 0x7f);
    else
        call->rtcp++;
}

static void on_event(void *context, skiff_dtls_event event, skiff_bytes bytes)
{
    struct call *call = context;

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
    config.oldest = call->wishes.oldest;
    config.newest = call->wishes.newest;
    config.groups = &call->wishes.group;
    config.num_groups = call->wishes.group != 0;
    config.alpn = &call->wishes.protocol;
    config.num_alpn = call->wishes.protocol != NULL;
    return skiff_context_new(&config, &call->context) == SKIFF_OK;
}

static bool make_agent(struct call *call)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.shared = call->context;
    config.lite = true;
    config.role = call->wishes.role;
    config.context = call;
    config.on_candidate = on_candidate;
    config.on_media = on_media;
    config.on_event = on_event;
    return skiff_ice_new(&config, &call->ice) == SKIFF_OK;
}

static bool make_gate(struct call *call)
{
    struct gate_listener listener = { call, on_media, on_event };

    call->gate = gate_new(call->context, call->wishes.role, &listener);
    if (call->gate == NULL)
        return false;
    for (size_t i = 0; gate_candidate(call->gate, i) != NULL; i++)
        on_candidate(call, gate_candidate(call->gate, i));
    on_candidate(call, NULL);
    return true;
}

struct call *call_new(const struct wishes *wishes)
{
    skiff_pool_config pool = skiff_pool_defaults();
    struct call *call = g_new0(struct call, 1);

    call->wishes = *wishes;
    if (call->wishes.role == 0)
        call->wishes.role = SKIFF_ROLE_PASSIVE;
    if (call->wishes.losses == NULL)
        call->wishes.losses = "";
    call->candidates = g_string_new(NULL);
    if (skiff_identity_generate((int64_t)time(NULL), CERTIFICATE_DAYS, &call->identity)
            != SKIFF_OK
        || skiff_pool_new(&pool, &call->pool) != SKIFF_OK || !make_context(call)
        || !(wishes->tcp ? make_gate(call) : make_agent(call))) {
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
    gate_free(call->gate);
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
    if (call->gate != NULL)
        return gate_take(call->gate, theirs->ufrag, &theirs->fingerprint);
    return skiff_ice_set_peer(call->ice, theirs->ufrag, theirs->pwd, &theirs->fingerprint,
                              1) == SKIFF_OK;
}

bool call_take(struct call *call, const char *offer, GString *answer)
{
    struct ourselves us = { .role = call->wishes.role,
                            .candidates = call->candidates->str };
    struct offer *theirs = &call->offer;

    if (!offer_read(theirs, offer) || !expect(call, theirs))
        return false;
    if (call->gate != NULL)
        gate_credentials(call->gate, &us.ufrag, &us.pwd);
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
static void say(GString *json, const char *name, const char *format, ...)
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
    say(json, "version", "\"%04x\"", info->version);
    say(json, "cipher", "\"%04x\"", info->cipher_suite);
    say(json, "group", "\"%04x\"", info->group);
    say(json, "srtp", "\"%04x\"", info->srtp_profile);
    say(json, "alpn", "\"%s\"", info->alpn != NULL ? info->alpn : "");
    say(json, "handshake_us", "%u", (unsigned)info->handshake_time);
    say(json, "flights_resent", "%u", info->flights_resent);
}

static void report_media(const struct call *call, GString *json)
{
    for (size_t i = 0; i < call->offer.num_sections; i++)
        say(json, call->offer.sections[i].kind, "%u", call->packets[i]);
    say(json, "strays", "%u", call->strays);
    say(json, "rtcp", "%u", call->rtcp);
    if (call->relay != NULL) {
        say(json, "lost", "%u", relay_lost(call->relay));
        say(json, "asked", "%u", relay_asked(call->relay));
    }
}

/* The drops that happened, by their names in docs/drops.md. */
static void report_drops(skiff_transport *transport, GString *json)
{
    skiff_counters counters;

    skiff_transport_counters(transport, &counters, sizeof counters);
#define X(name, text)                                          \
    if (counters.name > 0 && g_str_has_prefix(#name, "drop_")) \
        say(json, #name, "%u", counters.name);
    SKIFF_COUNTER_LIST(X)
#undef X
}

static void report_gate(const struct gate *gate, GString *json)
{
    skiff_port_counters counters = gate_counters(gate);

    say(json, "tcp", "%s", gate_is_tcp(gate) ? "true" : "false");
    say(json, "datagrams", "%u", (unsigned)counters.datagrams_read);
    say(json, "frames", "%u", (unsigned)counters.frames_read);
    say(json, "connections", "%u", (unsigned)counters.tcp_accepted);
    say(json, "connections_ended", "%u", (unsigned)counters.tcp_closed);
}

static void report_end(const struct call *call, skiff_transport *transport, GString *json)
{
    skiff_failure why;

    if (call->ice != NULL)
        skiff_ice_failure(call->ice, &why, sizeof why);
    else
        skiff_transport_failure(transport, &why, sizeof why);
    say(json, "ended", "\"%s\"", call->ended);
    say(json, "alert", "%d", why.alert);
    if (why.what != NULL)
        say(json, "what", "\"%s (%s)\"", why.what, why.spec);
}

void call_report(struct call *call, GString *json)
{
    skiff_transport *transport = call->gate != NULL ? gate_transport(call->gate)
                                                    : skiff_ice_transport(call->ice);
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(transport), &info, sizeof info);
    report_agreed(&info, json);
    report_media(call, json);
    report_drops(transport, json);
    if (call->gate != NULL)
        report_gate(call->gate, json);
    if (call->ended != NULL)
        report_end(call, transport, json);
}
