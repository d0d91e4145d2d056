/* call.c - a pair of agents with a way between them. */
#include "call.h"

#include "suite.h"

static const char *const here[] = { "127.0.0.1" };

void call_new(struct call *call, unsigned seed)
{
    skiff_context_config wishes = skiff_context_defaults();

    wishes.max_version = SKIFF_DTLS_1_2;
    call_new_with(call, seed, &wishes);
}

void call_new_with(struct call *call, unsigned seed, const skiff_context_config *wishes)
{
    pair_new_with(&call->pair, here, wishes);
    emulated_path_open(&call->path, call->pair.loop, seed);
    call->pair.path = &call->path;
    call->pair.config_a.consent = call->pair.config_b.consent = CALL_CONSENT;
}

void call_free(struct call *call)
{
    pair_free(&call->pair);
    emulated_path_close(&call->path);
}

static bool have_paths(const struct pair *pair)
{
    const skiff_ice *a = pair->a.ice, *b = pair->b.ice;

    return both_connected(pair) && a->current != NULL && b->current != NULL
        && a->current->state == NICE_COMPONENT_STATE_READY
        && b->current->state == NICE_COMPONENT_STATE_READY;
}

void call_start(struct call *call)
{
    pair_start(&call->pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&call->pair, have_paths));
}

static gboolean on_alarm(gpointer rung)
{
    *(bool *)rung = true;
    return G_SOURCE_REMOVE;
}

void call_pass_time(struct pair *pair, skiff_time time)
{
    GSource *alarm = g_timeout_source_new((guint)(time / 1000));
    bool rung = false;

    g_source_set_callback(alarm, on_alarm, &rung, NULL);
    g_source_attach(alarm, pair->loop);
    while (!rung)
        g_main_context_iteration(pair->loop, TRUE);
    g_source_unref(alarm);
}

static bool both_received(const struct pair *pair)
{
    return pair->a.rtp > 0 && pair->b.rtp > 0;
}

void call_talk(struct pair *pair)
{
    pair->a.rtp = pair->b.rtp = 0;
    CU_ASSERT_EQUAL(end_send(&pair->a, 1), 1);
    CU_ASSERT_EQUAL(end_send(&pair->b, 1), 1);
    CU_ASSERT_TRUE(pair_until(pair, both_received));
}

unsigned call_failed(const struct pair *pair)
{
    return pair->a.failed + pair->b.failed;
}

bool call_both_have_failed(const struct pair *pair)
{
    return pair->a.failed > 0 && pair->b.failed > 0;
}
