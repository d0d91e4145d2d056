/* wheel_test.c - timers, alone and against a plain list. */
#define _GNU_SOURCE
#include "../suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/wheel.h"

#define DAY SKIFF_MSEC(86400000)

static void an_empty_wheel_is_never_due(void)
{
    struct wheel w;

    skf_wheel_init(&w, 17);
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_NEVER);
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, 17));
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, SKIFF_NEVER - 1));
}

static void a_node_is_due_at_its_microsecond_and_not_before(void)
{
    static const skiff_time after[] = { 1,    999,        1000,  1023,  1024,
                                        1025, 65535,      65536, 65537, SKIFF_MSEC(1000),
                                        DAY,  40000 * DAY };
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        struct wheel w;
        struct wheel_node node = { 0 };
        skiff_time start = 123456789, due = start + after[i];

        skf_wheel_init(&w, start);
        skf_wheel_arm(&w, &node, due);
        CU_ASSERT_EQUAL(skf_wheel_deadline(&w), due);
        CU_ASSERT_PTR_NULL(skf_wheel_due(&w, due - 1));
        CU_ASSERT_EQUAL(skf_wheel_deadline(&w), due);
        CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, due), &node);
        CU_ASSERT_PTR_NULL(skf_wheel_due(&w, due));
        CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_NEVER);
    }
}

static void what_is_due_in_the_past_is_due_at_once(void)
{
    struct wheel w;
    struct wheel_node ancient = { 0 }, present = { 0 };

    skf_wheel_init(&w, DAY);
    skf_wheel_arm(&w, &ancient, 0);
    skf_wheel_arm(&w, &present, DAY);
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), 0);
    CU_ASSERT_PTR_NOT_NULL(skf_wheel_due(&w, DAY));
    CU_ASSERT_PTR_NOT_NULL(skf_wheel_due(&w, DAY));
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, DAY));
}

static void a_moved_node_is_due_only_where_it_was_moved_to(void)
{
    struct wheel w;
    struct wheel_node node = { 0 };

    skf_wheel_init(&w, 0);
    skf_wheel_arm(&w, &node, SKIFF_MSEC(10));
    skf_wheel_arm(&w, &node, SKIFF_MSEC(5000));
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_MSEC(5000));
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, SKIFF_MSEC(4999)));
    skf_wheel_arm(&w, &node, SKIFF_MSEC(4999));
    CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, SKIFF_MSEC(4999)), &node);
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, DAY));
}

static void a_cancelled_node_is_never_due(void)
{
    struct wheel w;
    struct wheel_node stays = { 0 }, goes = { 0 };

    skf_wheel_init(&w, 0);
    skf_wheel_cancel(&w, &goes);
    skf_wheel_arm(&w, &goes, SKIFF_MSEC(100));
    skf_wheel_arm(&w, &stays, SKIFF_MSEC(101));
    skf_wheel_cancel(&w, &goes);
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_MSEC(101));
    CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, DAY), &stays);
    skf_wheel_arm(&w, &goes, DAY + 1);
    skf_wheel_arm(&w, &goes, SKIFF_NEVER);
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_NEVER);
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, SKIFF_NEVER - 1));
}

static void a_clock_that_goes_back_counts_as_the_last_one(void)
{
    struct wheel w;
    struct wheel_node node = { 0 };

    skf_wheel_init(&w, 0);
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, DAY));
    skf_wheel_arm(&w, &node, DAY - 1);
    CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, 5), &node);
}

static void the_whole_range_of_time_is_one_jump(void)
{
    struct wheel w;
    struct wheel_node soon = { 0 }, late = { 0 }, last = { 0 };

    skf_wheel_init(&w, 0);
    skf_wheel_arm(&w, &last, SKIFF_NEVER - 1);
    skf_wheel_arm(&w, &late, SKIFF_NEVER / 2);
    skf_wheel_arm(&w, &soon, 1);
    CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, SKIFF_NEVER - 2), &soon);
    CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, SKIFF_NEVER - 2), &late);
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, SKIFF_NEVER - 2));
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_NEVER - 1);
    CU_ASSERT_PTR_EQUAL(skf_wheel_due(&w, SKIFF_NEVER), &last);
}

static void a_node_may_be_armed_again_while_others_are_due(void)
{
    struct wheel w;
    struct wheel_node nodes[3] = { 0 };

    skf_wheel_init(&w, 0);
    for (size_t i = 0; i < 3; i++)
        skf_wheel_arm(&w, &nodes[i], SKIFF_MSEC(50));
    for (int i = 0; i < 3; i++) {
        struct wheel_node *node = skf_wheel_due(&w, DAY);
        CU_ASSERT_PTR_NOT_NULL_FATAL(node);
        skf_wheel_arm(&w, node, DAY + SKIFF_MSEC(50));
    }
    CU_ASSERT_PTR_NULL(skf_wheel_due(&w, DAY));
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), DAY + SKIFF_MSEC(50));
}

/* --- very many nodes ------------------------------------------------------------------ */

enum { CROWD = 20000, RECENT = 200 };

/* As many as there are, a microsecond after one another, half a minute from `now`. */
static void arm_crowd(struct wheel *w, struct wheel_node *nodes, skiff_time now)
{
    for (unsigned i = 0; i < CROWD; i++)
        skf_wheel_arm(w, &nodes[i], now + SKIFF_MSEC(30000) + i);
}

static void after_many_were_cancelled_it_wakes_early_a_few_times_and_never_late(void)
{
    static struct wheel_node nodes[CROWD];
    struct wheel w;
    skiff_time now = DAY;
    unsigned early = 0;

    memset(nodes, 0, sizeof nodes);
    skf_wheel_init(&w, now);
    arm_crowd(&w, nodes, now);
    for (unsigned i = 0; i < CROWD / 2; i++) {
        skf_wheel_cancel(&w, &nodes[i]);
        CU_ASSERT_PTR_NULL(skf_wheel_due(&w, now));
        CU_ASSERT_TRUE(skf_wheel_deadline(&w) > now);
        CU_ASSERT_TRUE(skf_wheel_deadline(&w) <= nodes[i + 1].due);
    }
    for (unsigned i = CROWD / 2; i < CROWD; i++) {
        struct wheel_node *node;
        now = skf_wheel_deadline(&w);
        while ((node = skf_wheel_due(&w, now)) == NULL && early < CROWD) {
            CU_ASSERT_TRUE(skf_wheel_deadline(&w) > now);
            now = skf_wheel_deadline(&w);
            early++;
        }
        CU_ASSERT_PTR_EQUAL(node, &nodes[i]);
        CU_ASSERT_EQUAL(now, nodes[i].due);
    }
    CU_ASSERT_TRUE(early <= WHEEL_LEVELS);
    CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_NEVER);
}

/* Of so many that none is looked for. A slot of the second level has 65.536 ms, one of the
 * third 4.194304 s. */
static void a_bound_is_not_later_than_the_first_microsecond_of_its_slot(void)
{
    static const skiff_time starts[] = { 1 << 16, 1 << 22, 1 << 28 };
    static struct wheel_node nodes[RECENT];

    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        struct wheel w;
        memset(nodes, 0, sizeof nodes);
        skf_wheel_init(&w, 0);
        for (unsigned i = 0; i < RECENT; i++)
            skf_wheel_arm(&w, &nodes[i], 3 * starts[s] + i);
        CU_ASSERT_PTR_NULL(skf_wheel_due(&w, starts[s]));
        CU_ASSERT_TRUE(skf_wheel_deadline(&w) <= 3 * starts[s]);
        skf_wheel_cancel(&w, &nodes[0]);
        CU_ASSERT_TRUE(skf_wheel_deadline(&w) <= 3 * starts[s]);
        CU_ASSERT_PTR_NULL(skf_wheel_due(&w, starts[s]));
        CU_ASSERT_EQUAL(skf_wheel_deadline(&w), 3 * starts[s]);
        for (unsigned i = 1; i < RECENT; i++)
            skf_wheel_cancel(&w, &nodes[i]);
        CU_ASSERT_EQUAL(skf_wheel_deadline(&w), SKIFF_NEVER);
    }
}

/* The older nodes of a slot come last in it: nobody may read them. */
static void of_very_many_nodes_the_earliest_is_not_looked_for_among_all(void)
{
    static struct wheel_node recent[RECENT];
    size_t size = CROWD * sizeof(struct wheel_node);
    struct wheel_node *old =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct wheel w;

    CU_ASSERT_PTR_NOT_EQUAL_FATAL(old, MAP_FAILED);
    memset(recent, 0, sizeof recent);
    skf_wheel_init(&w, DAY);
    arm_crowd(&w, old, DAY);
    for (unsigned i = 0; i < RECENT; i++)
        skf_wheel_arm(&w, &recent[i], DAY + SKIFF_MSEC(30000) - i);
    CU_ASSERT_EQUAL(mprotect(old, size, PROT_NONE), 0);
    for (unsigned i = RECENT - 1; i > RECENT / 2; i--) {
        skf_wheel_cancel(&w, &recent[i]);
        CU_ASSERT_TRUE(skf_wheel_deadline(&w) <= recent[i - 1].due);
        CU_ASSERT_PTR_NULL(skf_wheel_due(&w, DAY));
        CU_ASSERT_TRUE(skf_wheel_deadline(&w) <= recent[i - 1].due);
    }
    munmap(old, size);
}

/* --- the model: a plain list that is searched from end to end ------------------------- */

enum { NODES = 400, FEW = 40, STEPS = 4000, WORLDS = 25 };

struct model {
    struct wheel wheel;
    struct wheel_node nodes[NODES];
    unsigned num;          /* of them */
    skiff_time due[NODES]; /* SKIFF_NEVER: not armed */
    skiff_time now;
    bool none_due; /* at `now` */
    uint64_t random;
    const char *broken; /* the first rule that did not hold */
};

static uint64_t dice(struct model *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return m->random;
}

/* Anything from a microsecond to centuries, short ones as often as long ones. Of many, most
 * are in one slot. */
static skiff_time some_span(struct model *m)
{
    if (m->num > FEW && dice(m) % 8 != 0)
        return SKIFF_MSEC(20000) + dice(m) % SKIFF_MSEC(1000);
    return dice(m) >> (4 + dice(m) % 60);
}

static void rule(struct model *m, bool holds, const char *what)
{
    if (!holds && m->broken == NULL)
        m->broken = what;
}

static skiff_time earliest_of(const struct model *m)
{
    skiff_time found = SKIFF_NEVER;

    for (int i = 0; i < (int)m->num; i++)
        if (m->due[i] < found)
            found = m->due[i];
    return found;
}

static void arm_one(struct model *m)
{
    size_t i = (size_t)(dice(m) % m->num);
    skiff_time span = some_span(m);
    bool past = dice(m) % 8 == 0;

    if (past)
        m->due[i] = span < m->now ? m->now - span : 0;
    else
        m->due[i] = span < SKIFF_NEVER - m->now ? m->now + span : SKIFF_NEVER;
    skf_wheel_arm(&m->wheel, &m->nodes[i], m->due[i]);
}

static void cancel_one(struct model *m)
{
    size_t i = (size_t)(dice(m) % m->num);

    m->due[i] = SKIFF_NEVER;
    skf_wheel_cancel(&m->wheel, &m->nodes[i]);
}

/* Lets time pass, to a deadline or by chance, and takes some or all of what is due. */
static void pass_time(struct model *m)
{
    skiff_time to = dice(m) % 2 == 0 ? earliest_of(m) : m->now + (some_span(m) >> 20);
    uint64_t most = dice(m) % 4 == 0 ? 1 : NODES;
    struct wheel_node *node = NULL;

    if (to != SKIFF_NEVER && to > m->now)
        m->now = to;
    while (most-- > 0 && (node = skf_wheel_due(&m->wheel, m->now)) != NULL) {
        size_t i = (size_t)(node - m->nodes);
        rule(m, m->due[i] <= m->now, "a node came that was not due");
        m->due[i] = SKIFF_NEVER;
    }
    m->none_due = node == NULL;
    if (node == NULL)
        rule(m, earliest_of(m) > m->now, "a node that is due did not come");
}

/* Among many, the deadline may be early, but it must be in the future. */
static void look_at_deadline(struct model *m)
{
    skiff_time deadline = skf_wheel_deadline(&m->wheel), earliest = earliest_of(m);

    if (m->num <= FEW)
        rule(m, deadline == earliest, "the deadline is another");
    rule(m, deadline <= earliest, "the deadline is too late");
    if (m->none_due && earliest > m->now)
        rule(m, deadline > m->now, "the deadline has passed");
}

static const char *model_run(uint64_t seed, unsigned num)
{
    static struct model m;

    memset(&m, 0, sizeof m);
    m.num = num;
    m.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    m.now = some_span(&m);
    skf_wheel_init(&m.wheel, m.now);
    for (int i = 0; i < NODES; i++)
        m.due[i] = SKIFF_NEVER;
    for (int step = 0; step < STEPS && m.broken == NULL; step++) {
        uint64_t what = dice(&m) % 8;
        if (what < 4)
            arm_one(&m);
        else if (what < 5)
            cancel_one(&m);
        else
            pass_time(&m);
        look_at_deadline(&m);
    }
    return m.broken;
}

static void agree(unsigned num)
{
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        const char *broken = model_run(seed, num);
        if (broken != NULL)
            printf("\n    seed %d of %u: %s\n", (int)seed, num, broken);
        CU_ASSERT_PTR_NULL(broken);
    }
}

static void the_wheel_agrees_with_a_list(void)
{
    agree(FEW);
}

static void a_full_wheel_agrees_with_a_list_but_may_wake_early(void)
{
    agree(NODES);
}

CU_TestInfo wheel_tests[] = {
    TEST(an_empty_wheel_is_never_due),
    TEST(a_node_is_due_at_its_microsecond_and_not_before),
    TEST(what_is_due_in_the_past_is_due_at_once),
    TEST(a_moved_node_is_due_only_where_it_was_moved_to),
    TEST(a_cancelled_node_is_never_due),
    TEST(a_clock_that_goes_back_counts_as_the_last_one),
    TEST(the_whole_range_of_time_is_one_jump),
    TEST(a_node_may_be_armed_again_while_others_are_due),
    TEST(after_many_were_cancelled_it_wakes_early_a_few_times_and_never_late),
    TEST(a_bound_is_not_later_than_the_first_microsecond_of_its_slot),
    TEST(of_very_many_nodes_the_earliest_is_not_looked_for_among_all),
    TEST(the_wheel_agrees_with_a_list),
    TEST(a_full_wheel_agrees_with_a_list_but_may_wake_early),
    CU_TEST_INFO_NULL,
};
