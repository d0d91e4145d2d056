/*
 * server_query.c - an agent that says what came of its servers, or of a candidate with a
 * name.
 *
 *   interop_asks USER PASSWORD PORT server URL...   one line for each outcome, and the end
 *   interop_asks USER PASSWORD PORT crash URL...    the same, without releasing anything
 *                                                   at the servers
 *   interop_asks USER PASSWORD PORT hidden NAME     whether the name was found
 */
#include <skiff/ice.h>

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 15, HOST_NAMES_AT = 5 };

struct query_run {
    GMainContext *loop;
    skiff_ice *ice;
    size_t num_reported;
    bool ended, timed_out;
};

static void on_candidate(void *user, const char *sdp)
{
    struct query_run *run = user;

    if (sdp != NULL && strstr(sdp, "typ relay") != NULL)
        printf("relay\n");
    run->ended = run->ended || sdp == NULL;
}

static void on_ice_event(void *user, const skiff_ice_event *event)
{
    struct query_run *run = user;

    if (event->kind != SKIFF_ICE_SERVER)
        return;
    run->num_reported++;
    printf("%s %s %u %s\n", event->server, event->ok ? "good" : "bad", event->code,
           event->what);
}

static gboolean on_alarm(gpointer rung)
{
    *(bool *)rung = true;
    return G_SOURCE_REMOVE;
}

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(2);
}

static skiff_context *make_context(skiff_pool **pool)
{
    skiff_pool_config pool_config = skiff_pool_defaults();
    skiff_context_config config = skiff_context_defaults();
    skiff_identity *identity = NULL;
    skiff_context *context;

    pool_config.packets = 64;
    if (skiff_pool_new(&pool_config, pool) != SKIFF_OK
        || skiff_identity_generate(1700000000, 30, &identity) != SKIFF_OK)
        die("no pool or identity");
    config.identity = identity;
    config.pool = *pool;
    if (skiff_context_new(&config, &context) != SKIFF_OK)
        die("no context");
    return context;
}

static void ask_servers(struct query_run *run, size_t num)
{
    while (!run->timed_out && !(run->ended && run->num_reported >= num))
        g_main_context_iteration(run->loop, TRUE);
    printf("%s\n", run->ended && run->num_reported == num ? "end" : "no end");
}

static void look_up(struct query_run *run, const char *name)
{
    skiff_ice_counters counters = { .candidates_added = 0 };
    gchar *line = g_strdup_printf("1 1 udp 2113937151 %s 5000 typ host", name);

    if (skiff_ice_set_peer(run->ice, "peer", "0123456789012345678901", NULL, 0) != SKIFF_OK
        || skiff_ice_add_candidate(run->ice, line) != SKIFF_OK)
        die("the candidate is refused");
    g_free(line);
    while (!run->timed_out && counters.candidates_added + counters.ignored_name == 0) {
        g_main_context_iteration(run->loop, TRUE);
        skiff_ice_get_counters(run->ice, &counters, sizeof counters);
    }
    printf("%s\n", counters.candidates_added > 0 ? "found" : "not found");
}

static skiff_ice_config read_arguments(struct query_run *run, char **argv, size_t num)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.main_context = run->loop;
    config.user = run;
    config.on_candidate = on_candidate;
    config.on_ice_event = on_ice_event;
    config.turn_user = argv[1];
    config.turn_password = argv[2];
    config.first_port = (uint16_t)strtoul(argv[3], NULL, 10);
    config.resolve_local = true;
    if (strcmp(argv[4], "hidden") != 0) {
        config.servers = (const char *const *)argv + HOST_NAMES_AT;
        config.num_servers = num;
    }
    return config;
}

int main(int argc, char **argv)
{
    struct query_run run = { .loop = g_main_context_new() };
    GSource *alarm = g_timeout_source_new_seconds(PATIENCE);
    size_t num = argc > HOST_NAMES_AT ? (size_t)argc - HOST_NAMES_AT : 0;
    skiff_pool *pool = NULL;

    if (num == 0)
        die("usage: interop_asks USER PASSWORD PORT server|crash|hidden NAME...");
    skiff_ice_config config = read_arguments(&run, argv, num);
    config.context = make_context(&pool);
    if (skiff_ice_new(&config, &run.ice) != SKIFF_OK)
        die("no agent");
    g_source_set_callback(alarm, on_alarm, &run.timed_out, NULL);
    g_source_attach(alarm, run.loop);
    if (strcmp(argv[4], "hidden") == 0)
        look_up(&run, argv[HOST_NAMES_AT]);
    else
        ask_servers(&run, num);
    if (strcmp(argv[4], "crash") == 0)
        return 0;
    skiff_ice_free(run.ice);
    for (unsigned i = 0; i < 20; i++) /* what TURN servers are told */
        g_main_context_iteration(run.loop, FALSE);
    return 0;
}
