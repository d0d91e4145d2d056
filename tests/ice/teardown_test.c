/* teardown_test.c - agents that go at the worst of moments. */
#include "suite.h"

#include "pair.h"

#include "ice/agent/agent_state.h"

static const char *const here[] = { "127.0.0.1" };

static void one_less(gpointer living, GObject *where_it_was)
{
    (void)where_it_was;
    *(unsigned *)living -= 1;
}

/* From now on `living` says how many agents of libnice the pair has. */
static void watch(struct pair *pair, unsigned *living)
{
    *living = 2;
    g_object_weak_ref(G_OBJECT(pair->a.ice->current->agent), one_less, living);
    g_object_weak_ref(G_OBJECT(pair->b.ice->current->agent), one_less, living);
}

static void an_agent_may_go_before_it_has_begun(void)
{
    struct pair pair;
    unsigned living;

    pair_new(&pair, here);
    pair_start(&pair);
    watch(&pair, &living);
    pair_free(&pair);
    CU_ASSERT_EQUAL(living, 0);
    CU_ASSERT_EQUAL(pair.a.candidates, 0);
}

static bool b_has_stated_all(const struct pair *pair)
{
    return pair->b.last_candidates > 0;
}

/* It goes on gathering, and nobody learns of it. */
static void an_agent_that_is_closed_states_no_candidate(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair_start(&pair);
    skiff_ice_close(pair.a.ice);
    CU_ASSERT_TRUE(pair_until(&pair, b_has_stated_all));
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(pair.a.candidates, 0);
    CU_ASSERT_EQUAL(pair.a.last_candidates, 0);
    pair_free(&pair);
}

static void step(struct pair *pair, unsigned steps)
{
    for (unsigned i = 0; i < steps && !both_connected(pair); i++)
        g_main_context_iteration(pair->loop, TRUE);
}

static void agents_may_go_after_any_step(void)
{
    bool connected = false;

    for (unsigned steps = 1; !connected && steps < 200; steps++) {
        struct pair pair;
        unsigned living;

        pair_new(&pair, here);
        pair_start(&pair);
        watch(&pair, &living);
        step(&pair, steps);
        connected = both_connected(&pair);
        pair_free(&pair);
        CU_ASSERT_EQUAL(living, 0);
    }
    CU_ASSERT_TRUE(connected);
}

static bool b_is_gone(const struct pair *pair)
{
    return pair->b.ice == NULL;
}

static void frees_itself_in(enum end_callback callback)
{
    struct pair pair;
    unsigned living;

    pair_new(&pair, here);
    pair.b.free_in = callback;
    pair_start(&pair);
    watch(&pair, &living);
    if (callback == IN_MEDIA) {
        CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
        CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    }
    CU_ASSERT_TRUE(pair_until(&pair, b_is_gone));
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(living, 1);
    pair_free(&pair);
    CU_ASSERT_EQUAL(living, 0);
}

static void an_agent_may_free_itself_when_it_states_a_candidate(void)
{
    frees_itself_in(IN_CANDIDATE);
}

static void an_agent_may_free_itself_when_it_states_the_last_candidate(void)
{
    frees_itself_in(IN_LAST_CANDIDATE);
}

static void an_agent_may_free_itself_when_it_is_connected(void)
{
    frees_itself_in(IN_EVENT);
}

static void an_agent_may_free_itself_when_media_arrives(void)
{
    frees_itself_in(IN_MEDIA);
}

static bool a_is_gone(const struct pair *pair)
{
    return pair->a.ice == NULL;
}

static void an_agent_may_free_itself_when_it_fails(void)
{
    struct pair pair;
    unsigned living;

    pair_new(&pair, here);
    pair.config_a.path_timeout = 1;
    pair.a.free_in = IN_EVENT;
    pair_start(&pair);
    watch(&pair, &living);
    CU_ASSERT_TRUE(pair_until(&pair, a_is_gone));
    CU_ASSERT_EQUAL(pair.a.failed, 1);
    pair_free(&pair);
    CU_ASSERT_EQUAL(living, 0);
}

/* --- callbacks that iterate the main context ------------------------------------------ */

struct nested {
    unsigned num, living; /* packets that came; agents of libnice that were watched */
    unsigned living_inside;
};

static void run(struct pair *pair)
{
    for (unsigned i = 0; i < 50; i++)
        g_main_context_iteration(pair->loop, FALSE);
}

/* The restart replaces the session that the packet came from. */
static void restart_and_iterate(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct end *end = user;
    struct nested *nested = end->pair->user;
    const struct ice_session *previous = end->ice->previous;

    (void)packet, (void)kind;
    if (nested->num++ > 0 || previous == NULL)
        return;
    nested->living = 1;
    g_object_weak_ref(G_OBJECT(previous->agent), one_less, &nested->living);
    end_restart(end);
    CU_ASSERT_PTR_NULL(end->ice->previous);
    run(end->pair);
    nested->living_inside = nested->living;
}

static bool both_have_left_a_path(const struct pair *pair)
{
    return pair->a.ice->previous != NULL && pair->b.ice->previous != NULL;
}

static bool a_has_a_packet(const struct pair *pair)
{
    return ((const struct nested *)pair->user)->num > 0;
}

/* As media that was on its way when the path was left. */
static void send_on_the_path_before(struct end *end)
{
    skiff_packet *packet = skiff_pool_take(end->pair->pool);
    struct ice_session *previous = end->ice->previous;
    static const uint8_t rtp[16] = { 0x80, 96, 0, 1 };

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    memcpy(packet->data, rtp, sizeof rtp);
    packet->len = sizeof rtp;
    CU_ASSERT_EQUAL(skiff_transport_protect(skiff_ice_transport(end->ice), packet),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skf_bypass_send(&previous->bypass, &packet, 1), 1);
    skiff_packet_release(&packet);
}

static bool both_are_beside(const struct pair *pair)
{
    return both_connected(pair) && skf_ice_is_bypassed(pair->a.ice)
        && skf_ice_is_bypassed(pair->b.ice);
}

static void a_session_stays_while_a_callback_of_its_packet_iterates(void)
{
    struct nested nested = { .living_inside = 0 };
    struct pair pair;

    pair_new(&pair, here);
    pair.user = &nested;
    pair.config_a.on_media = restart_and_iterate;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_are_beside));
    pair_restart(&pair);
    run(&pair);
    pair_introduce(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_have_left_a_path));
    send_on_the_path_before(&pair.b);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_a_packet));
    CU_ASSERT_EQUAL(nested.living_inside, 1);
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(nested.living, 0);
    pair_free(&pair);
}

/* --- servers -------------------------------------------------------------------------- */

static bool nobody_lives(const struct pair *pair)
{
    return *(const unsigned *)pair->user == 0;
}

/* Nothing answers at the port of discard; its allocation never comes to be. */
static void an_agent_may_go_while_a_turn_server_is_asked(void)
{
    static const char *const servers[] = { "turn:127.0.0.1:9", "stun:127.0.0.1:9" };
    struct pair pair;
    unsigned living;

    pair_new(&pair, here);
    pair.config_a.servers = servers;
    pair.config_a.num_servers = 2;
    pair.config_a.turn_user = "user";
    pair.config_a.turn_password = "password";
    pair_start(&pair);
    watch(&pair, &living);
    step(&pair, 3);
    end_free(&pair.a);
    end_free(&pair.b);
    pair.user = &living;
    CU_ASSERT_TRUE(pair_until(&pair, nobody_lives));
    pair_free(&pair);
}

CU_TestInfo teardown_tests[] = {
    TEST(an_agent_may_go_before_it_has_begun),
    TEST(an_agent_that_is_closed_states_no_candidate),
    TEST(agents_may_go_after_any_step),
    TEST(an_agent_may_free_itself_when_it_states_a_candidate),
    TEST(an_agent_may_free_itself_when_it_states_the_last_candidate),
    TEST(an_agent_may_free_itself_when_it_is_connected),
    TEST(an_agent_may_free_itself_when_media_arrives),
    TEST(an_agent_may_free_itself_when_it_fails),
    TEST(a_session_stays_while_a_callback_of_its_packet_iterates),
    TEST(an_agent_may_go_while_a_turn_server_is_asked),
    CU_TEST_INFO_NULL,
};
