/* call.c - two agents that find each other and then only count what they hear. */
#include "call.h"

#include "testbed.h"
#include "raw.h"

#define PATH_TIMEOUT SKIFF_MSEC(10000)

static struct call_end *other(struct call_end *end)
{
    return end == &end->call->ends[0] ? &end->call->ends[1] : &end->call->ends[0];
}

static void on_candidate(void *user, const char *sdp)
{
    demand(skiff_ice_add_candidate(other(user)->ice, sdp) == SKIFF_OK, "a candidate");
}

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct call_end *end = user;

    (void)packet, (void)kind;
    end->media++;
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct call_end *end = user;

    (void)bytes;
    end->connected |= event == SKIFF_DTLS_CONNECTED;
}

static void make_end(struct call *call, struct call_end *end)
{
    static const char *const here[] = { "127.0.0.1" };
    skiff_context_config context = skiff_context_defaults();
    skiff_ice_config config = skiff_ice_defaults();

    end->call = call;
    end->loop = g_main_context_new();
    demand(skiff_identity_generate(1700000000, 30, &end->identity) == SKIFF_OK,
           "skiff_identity_generate");
    context.identity = end->identity;
    context.pool = call->pool;
    demand(skiff_context_new(&context, &end->context) == SKIFF_OK, "skiff_context_new");
    config.context = end->context;
    config.main_context = end->loop;
    config.controlling = end == &call->ends[0];
    config.role = config.controlling ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    config.user = end;
    config.on_candidate = on_candidate;
    config.on_media = on_media;
    config.on_event = on_event;
    config.addresses = here;
    config.num_addresses = 1;
    config.receive_buffer = 4u << 20;
    demand(skiff_ice_new(&config, &end->ice) == SKIFF_OK, "skiff_ice_new");
}

static void introduce(struct call_end *end)
{
    const char *ufrag, *password;
    skiff_fingerprint fingerprint;

    skiff_ice_credentials(other(end)->ice, &ufrag, &password);
    skiff_identity_fingerprint(other(end)->identity, &fingerprint);
    demand(skiff_ice_set_peer(end->ice, ufrag, password, &fingerprint, 1) == SKIFF_OK,
           "skiff_ice_set_peer");
}

static bool is_there(const struct call_end *end)
{
    skiff_ice_info info;

    skiff_ice_get_info(end->ice, &info, sizeof info);
    return end->connected && info.bypass;
}

void call_open(struct call *call)
{
    skiff_pool_config pool = skiff_pool_defaults();
    skiff_time begun = testbed_now();

    *call = (struct call){ 0 };
    demand(skiff_pool_new(&pool, &call->pool) == SKIFF_OK, "skiff_pool_new");
    make_end(call, &call->ends[0]);
    make_end(call, &call->ends[1]);
    introduce(&call->ends[0]);
    introduce(&call->ends[1]);
    while (!is_there(&call->ends[0]) || !is_there(&call->ends[1])) {
        g_main_context_iteration(call->ends[0].loop, FALSE);
        g_main_context_iteration(call->ends[1].loop, FALSE);
        demand(testbed_now() - begun < PATH_TIMEOUT, "a call on sockets beside libnice's");
    }
}

static void free_end(struct call_end *end)
{
    skiff_ice_free(end->ice);
    skiff_context_free(end->context);
    skiff_identity_free(end->identity);
    while (g_main_context_iteration(end->loop, FALSE))
        continue;
    g_main_context_unref(end->loop);
}

void call_close(struct call *call)
{
    free_end(&call->ends[0]);
    free_end(&call->ends[1]);
    skiff_pool_free(call->pool);
}
