/* owner_test.c - who may have a context: a port alone, agents and bare handles together. */
#include "suite.h"

#include "../port/loopback.h"

#include <skiff/ice.h>
#include <skiff/port.h>

#include <glib.h>

/* Each kind of handle that a context can have. */
enum kind { PORT, AGENT, TRANSPORT, DTLS, KINDS };

struct handle {
    enum kind kind;
    skiff_port *port;
    skiff_ice *ice;
    skiff_transport *transport;
    skiff_dtls *dtls;
};

struct environment {
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    GMainContext *loop;
};

static void environment_new_with(struct environment *environment, skiff_rrc rrc)
{
    skiff_pool_config pool = skiff_pool_defaults();
    skiff_context_config config = skiff_context_defaults();

    config.connection_ids = rrc != SKIFF_RRC_OFF;
    config.connection_id_len = config.connection_ids ? 8 : 0;
    config.rrc = rrc;
    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(0, 30, &environment->identity), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &environment->pool), SKIFF_OK);
    config.identity = environment->identity;
    config.pool = environment->pool;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &environment->context), SKIFF_OK);
    environment->loop = g_main_context_new();
}

static void environment_new(struct environment *environment)
{
    environment_new_with(environment, SKIFF_RRC_OFF);
}

/* An agent leaves its main context in later turns. */
static void environment_free(struct environment *environment)
{
    while (g_main_context_iteration(environment->loop, FALSE))
        continue;
    g_main_context_unref(environment->loop);
    skiff_context_free(environment->context);
    skiff_pool_free(environment->pool);
    skiff_identity_free(environment->identity);
}

static skiff_status new_port(const struct environment *environment, skiff_port **port)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = "127.0.0.1:0";
    config.context = environment->context;
    return skiff_port_new(&config, port);
}

static skiff_status new_agent(const struct environment *environment, skiff_ice **ice)
{
    static const char *const here[] = { "127.0.0.1" };
    skiff_ice_config config = skiff_ice_defaults();

    config.context = environment->context;
    config.main_context = environment->loop;
    config.addresses = here;
    config.num_addresses = 1;
    return skiff_ice_new(&config, ice);
}

static skiff_status make(const struct environment *environment, enum kind kind,
                         struct handle *made)
{
    *made = (struct handle){ .kind = kind };
    switch (kind) {
    case PORT:
        return new_port(environment, &made->port);
    case AGENT:
        return new_agent(environment, &made->ice);
    case TRANSPORT:
        return skiff_transport_new(environment->context, SKIFF_ROLE_PASSIVE, NULL, 0,
                                   &made->transport);
    case DTLS:
        return skiff_dtls_new(environment->context, SKIFF_ROLE_PASSIVE, 0, &made->dtls);
    case KINDS:
        break;
    }
    return SKIFF_ERR_FAILED;
}

/* What was not made is NULL. */
static void drop(struct handle *made)
{
    skiff_port_free(made->port);
    skiff_ice_free(made->ice);
    skiff_transport_free(made->transport);
    skiff_dtls_free(made->dtls);
}

static skiff_status expected(enum kind first, enum kind second)
{
    return first == PORT || second == PORT ? SKIFF_ERR_STATE : SKIFF_OK;
}

/* Every pair in both orders; and again once the first is gone. */
static void a_port_has_its_context_alone_and_all_others_use_one_together(void)
{
    for (int pair = 0; pair < KINDS * KINDS; pair++) {
        enum kind first = (enum kind)(pair / KINDS), second = (enum kind)(pair % KINDS);
        struct handle before, refused, after;
        struct environment environment;

        environment_new(&environment);
        CU_ASSERT_EQUAL(make(&environment, first, &before), SKIFF_OK);
        CU_ASSERT_EQUAL(make(&environment, second, &refused), expected(first, second));
        drop(&refused);
        drop(&before);
        CU_ASSERT_EQUAL(make(&environment, second, &after), SKIFF_OK);
        drop(&after);
        environment_free(&environment);
    }
}

/* Peers are handles of the port's own, and come and go while others are refused. */
static void a_port_with_peers_refuses_others_as_well(void)
{
    struct handle port, other;
    struct environment environment;
    skiff_peer *peer;

    environment_new(&environment);
    CU_ASSERT_EQUAL_FATAL(make(&environment, PORT, &port), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_new(port.port, SKIFF_ROLE_PASSIVE, 0, &peer), SKIFF_OK);
    for (int kind = 0; kind < KINDS; kind++)
        CU_ASSERT_EQUAL(make(&environment, (enum kind)kind, &other), SKIFF_ERR_STATE);
    skiff_peer_free(peer);
    for (int kind = 0; kind < KINDS; kind++)
        CU_ASSERT_EQUAL(make(&environment, (enum kind)kind, &other), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_new(port.port, SKIFF_ROLE_PASSIVE, 0, &peer), SKIFF_OK);
    drop(&port);
    CU_ASSERT_EQUAL(make(&environment, DTLS, &other), SKIFF_OK);
    drop(&other);
    environment_free(&environment);
}

static void a_port_that_cannot_be_made_leaves_the_context_free(void)
{
    skiff_port_config config = skiff_port_defaults();
    struct handle other;
    struct environment environment;
    skiff_port *port = NULL;

    environment_new(&environment);
    config.context = environment.context;
    config.address = "192.0.2.1:0"; /* of no host (RFC 5737) */
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_STATE);
    config.address = "nowhere";
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_ARGUMENT);
    for (int kind = 0; kind < KINDS; kind++) {
        CU_ASSERT_EQUAL(make(&environment, (enum kind)kind, &other), SKIFF_OK);
        drop(&other);
    }
    environment_free(&environment);
}

/* RFC 9853 section 3.1: ICE proves addresses itself, and ports and agents send where ICE
 * says. */
static void ports_and_agents_refuse_a_context_whose_ends_ask_about_paths(void)
{
    struct handle made;
    struct environment environment;

    environment_new_with(&environment, SKIFF_RRC_BASIC);
    CU_ASSERT_EQUAL(make(&environment, PORT, &made), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(made.port);
    CU_ASSERT_EQUAL(make(&environment, AGENT, &made), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(made.ice);
    for (enum kind kind = TRANSPORT; kind < KINDS; kind++) {
        CU_ASSERT_EQUAL(make(&environment, kind, &made), SKIFF_OK);
        drop(&made);
    }
    environment_free(&environment);
}

CU_TestInfo owner_tests[] = {
    TEST(a_port_has_its_context_alone_and_all_others_use_one_together),
    TEST(a_port_with_peers_refuses_others_as_well),
    TEST(a_port_that_cannot_be_made_leaves_the_context_free),
    TEST(ports_and_agents_refuse_a_context_whose_ends_ask_about_paths),
    CU_TEST_INFO_NULL,
};
