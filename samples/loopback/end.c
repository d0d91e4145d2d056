/* end.c - one end of a call: its identity, its agent, and what it signals. */
#include "end.h"

#include <stdio.h>
#include <time.h>

enum { POOL_PACKETS = 192, LARGEST_PACKET = 8192, CERTIFICATE_DAYS = 30 };

static void on_candidate(void *user, const char *sdp)
{
    struct end *end = user;
    char line[512];

    if (sdp == NULL)
        snprintf(line, sizeof line, "a=end-of-candidates\n");
    else
        snprintf(line, sizeof line, "a=candidate:%s\n", sdp);
    end->send(end->user, end, line);
}

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct end *end = user;

    end->on_packet(end->user, end, packet, kind);
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct end *end = user;

    (void)bytes;
    end->connected = end->connected || event == SKIFF_DTLS_CONNECTED;
    end->closed = end->closed || event == SKIFF_DTLS_CLOSED;
    end->failed = end->failed || event == SKIFF_DTLS_FAILED;
}

static void on_trace(void *user, const skiff_trace *event)
{
    struct end *end = user;

    trace_file_write(&end->trace, event);
}

static skiff_status make_context(struct end *end, const struct options *options)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = end->identity;
    config.pool = end->pool;
    config.max_version = options->max_version;
    config.profiles = options->profiles;
    config.num_profiles = options->num_profiles;
    config.trace = end->trace.file != NULL ? on_trace : NULL;
    config.user = end;
    return skiff_context_new(&config, &end->context);
}

static skiff_status make_agent(struct end *end, const struct options *options,
                               GMainContext *loop)
{
    const char *address = options->six ? "::1" : "127.0.0.1";
    skiff_ice_config config = skiff_ice_defaults();

    config.context = end->context;
    config.main_context = loop;
    config.controlling = end->offers;
    config.role = end->role;
    config.addresses = &address;
    config.num_addresses = 1;
    config.first_port = end->offers ? options->port : 0;
    config.user = end;
    config.on_candidate = on_candidate;
    config.on_media = on_media;
    config.on_event = on_event;
    config.trace = end->trace.file != NULL ? on_trace : NULL;
    return skiff_ice_new(&config, &end->ice);
}

bool end_open(struct end *end, const struct options *options, GMainContext *loop)
{
    skiff_pool_config pool = skiff_pool_defaults();

    pool.packets = POOL_PACKETS;
    pool.limit = LARGEST_PACKET;
    end->role = end->offers ? options->role : SKIFF_ROLE_ACTPASS;
    return skiff_identity_generate((int64_t)time(NULL), CERTIFICATE_DAYS, &end->identity)
            == SKIFF_OK
        && skiff_pool_new(&pool, &end->pool) == SKIFF_OK
        && make_context(end, options) == SKIFF_OK
        && make_agent(end, options, loop) == SKIFF_OK;
}

void end_describe(struct end *end)
{
    struct description ours = { .num_fingerprints = 1,
                                .setup = end->role,
                                .ssrc = end->ssrc };
    const char *ufrag, *password;
    char text[SDP_MOST];

    skiff_ice_credentials(end->ice, &ufrag, &password);
    snprintf(ours.ufrag, sizeof ours.ufrag, "%s", ufrag);
    snprintf(ours.pwd, sizeof ours.pwd, "%s", password);
    snprintf(ours.cname, sizeof ours.cname, "%s", end->name);
    skiff_identity_fingerprint(end->identity, &ours.fingerprints[0]);
    sdp_write(&ours, text);
    end->send(end->user, end, text);
}

static bool set_role(struct end *end, skiff_role role)
{
    end->role = role;
    return skiff_dtls_set_role(skiff_transport_dtls(skiff_ice_transport(end->ice)), role)
        == SKIFF_OK;
}

/* RFC 8842 section 5.3. Who has offered actpass and is answered with active has nothing to
 * do: it becomes the server at the first ClientHello, also before the answer. */
static bool read_setup(struct end *end)
{
    skiff_role theirs = end->peer.setup;

    if (!end->offers)
        return set_role(end, theirs == SKIFF_ROLE_ACTIVE ? SKIFF_ROLE_PASSIVE
                                                         : SKIFF_ROLE_ACTIVE);
    if (end->role == SKIFF_ROLE_ACTPASS && theirs == SKIFF_ROLE_PASSIVE)
        return set_role(end, SKIFF_ROLE_ACTIVE);
    return theirs != SKIFF_ROLE_ACTPASS && theirs != end->role;
}

static bool apply_description(struct end *end, const char *text)
{
    return sdp_read(&end->peer, text) && read_setup(end)
        && skiff_ice_set_peer(end->ice, end->peer.ufrag, end->peer.pwd,
                              end->peer.fingerprints, end->peer.num_fingerprints)
               == SKIFF_OK;
}

bool end_apply_description(struct end *end, const char *text)
{
    char line[512];

    if (strncmp(text, "a=end-of-candidates", 19) == 0)
        return skiff_ice_add_candidate(end->ice, NULL) == SKIFF_OK;
    if (sscanf(text, "a=candidate:%511[^\n]", line) == 1)
        return skiff_ice_add_candidate(end->ice, line) == SKIFF_OK;
    return apply_description(end, text);
}

void end_close(struct end *end)
{
    skiff_ice_free(end->ice);
    skiff_context_free(end->context);
    skiff_pool_free(end->pool);
    skiff_identity_free(end->identity);
}
