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
    TEST(an_agent_may_go_while_a_turn_server_is_asked),
    CU_TEST_INFO_NULL,
};
