/* fault_test.c - each call into libcrypto fails once: nothing is sealed or opened under a
 * wrong key, and whose fault it was is told as it is. */
#include "suite.h"

#include "handshake/suite.h"
#include "faults.h"
#include "tickets.h"
#include "vector.h"

#include <stdio.h>

enum { UPDATES = 3 };

static const uint16_t x25519_first[] = { 0x001d, 0x0017 }, p256_alone[] = { 0x0017 };
static const uint16_t gcm_12 = 0xc02b, chacha_12 = 0xcca9, ccm_8_12 = 0xc0ae;
static const uint16_t chacha_13 = 0x1303;

/* A kind of handshake. */
struct kind {
    const char *name;
    bool only_13, only_12, rsa;
    const uint16_t *suite; /* the only one; NULL: the defaults */
    const uint16_t *groups[2];
    size_t num_groups[2];
};

static const struct kind kinds[] = {
    { .name = "defaults" },
    { .name = "AES-GCM", .only_12 = true, .suite = &gcm_12 },
    { .name = "ChaCha20", .only_12 = true, .suite = &chacha_12 },
    { .name = "CCM_8", .only_12 = true, .suite = &ccm_8_12 },
    { .name = "RSA", .rsa = true },
    { .name = "P-256", .groups = { p256_alone, p256_alone }, .num_groups = { 1, 1 } },
    { .name = "ChaCha20", .only_13 = true, .suite = &chacha_13 },
    { .name = "retry",
      .only_13 = true,
      .groups = { x25519_first, p256_alone },
      .num_groups = { 2, 1 } },
};

static void prepare(struct story *s, const struct kind *kind)
{
    story_prepare(s);
    for (int i = 0; i < 2; i++) {
        if (kind->rsa)
            s->settings[i].identity = vector_identity("rsa2048");
        if (kind->suite != NULL) {
            s->settings[i].suites = kind->suite;
            s->settings[i].num_suites = 1;
        }
        if (kind->groups[i] != NULL) {
            s->settings[i].groups = kind->groups[i];
            s->settings[i].num_groups = kind->num_groups[i];
        }
    }
}

/* An end that has failed says so of itself: CRYPTO and internal_error; the other one has
 * heard that, or nothing any more. */
static bool reports_truly(const struct story *s, int end)
{
    skiff_failure failure = story_failure(s, end);

    if (failure.status == SKIFF_OK)
        return true;
    if (failure.from_peer)
        return failure.alert == ALERT_INTERNAL_ERROR;
    return (failure.status == SKIFF_ERR_CRYPTO && failure.alert == ALERT_INTERNAL_ERROR)
        || (failure.status == SKIFF_ERR_FAILED && failure.alert == ALERT_NONE);
}

static bool is_well(const struct story *s)
{
    bool well = true;

    for (int end = 0; end < 2; end++)
        well = well && reports_truly(s, end) && s->world.ends[end].dtls->theirs.failed == 0
            && story_counters(s, end).drop_unverified <= 1;
    return well && (!world_both_connected(&s->world) || world_keys_agree(&s->world));
}

/* Says what was wrong, once for each call that failed. */
static unsigned judge(const struct story *s, const char *name, uint64_t n)
{
    if (is_well(s))
        return 0;
    printf("\n    %s, call %u, %s:", name, (unsigned)n, faults_struck());
    for (int end = 0; end < 2; end++) {
        skiff_failure failure = story_failure(s, end);
        printf(" [%s, alert %d%s, %s]", skiff_status_name(failure.status), failure.alert,
               failure.from_peer ? " of the peer" : "",
               failure.what != NULL ? failure.what : "");
    }
    return 1;
}

/* Until the handshake is over either way, and what is said of its end has arrived. */
static void come_to_an_end(struct story *s)
{
    world_run(&s->world, SKIFF_MSEC(60000));
    world_pass(&s->world, SKIFF_MSEC(3000));
}

/* Whether libcrypto has what its ends would want. */
static bool is_there(const struct kind *kind)
{
    return (kind->suite == NULL
            || skf_aead_is_available(skf_suite_find(*kind->suite)->aead))
        && (kind->groups[0] == NULL || skf_group_is_available(kind->groups[0][0]));
}

static void each_call_of_a_handshake_may_fail(void)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool is_13 = world_version() == SKIFF_DTLS_1_3;
        uint64_t calls = 1;
        unsigned wrong = 0;

        if ((is_13 ? kinds[k].only_12 : kinds[k].only_13) || !is_there(&kinds[k]))
            continue;
        for (uint64_t n = 0; n <= calls; n += faults_step(n, calls)) {
            struct story s;
            prepare(&s, &kinds[k]);
            story_begin(&s);
            faults_at(n);
            come_to_an_end(&s);
            calls = n == 0 ? faults_calls() : calls;
            CU_ASSERT_TRUE(n > 0 || world_both_connected(&s.world));
            wrong += judge(&s, kinds[k].name, n);
            faults_at(0);
            story_end(&s);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(calls > 100);
    }
}

static void each_call_of_a_resumed_handshake_may_fail(void)
{
    uint64_t calls = 1;
    unsigned wrong = 0;

    if (world_version() != SKIFF_DTLS_1_3)
        return;
    for (uint64_t n = 0; n <= calls; n += faults_step(n, calls)) {
        struct story s;
        struct ticket ticket = tickets_begin(&s);
        tickets_again(&s, &ticket);
        faults_at(n);
        come_to_an_end(&s);
        calls = n == 0 ? faults_calls() : calls;
        CU_ASSERT_TRUE(n > 0 || tickets_resumed(&s));
        wrong += judge(&s, "resumed", n);
        faults_at(0);
        story_end(&s);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Both ask for new keys of both, and talk under them. */
static void talk(struct story *s)
{
    for (int i = 0; i < UPDATES; i++) {
        for (int end = 0; end < 2; end++) {
            if (world_version() == SKIFF_DTLS_1_3)
                (void)!skiff_dtls_update_keys(s->world.ends[end].dtls, s->world.now,
                                              end == i % 2);
            (void)!world_send(&s->world, end, "hello", 5);
            world_poll(&s->world, end);
        }
        world_pass(&s->world, SKIFF_MSEC(3000));
    }
}

static void each_call_of_live_talk_with_key_updates_may_fail(void)
{
    uint64_t calls = 1;
    unsigned wrong = 0;

    for (uint64_t n = 0; n <= calls; n += faults_step(n, calls)) {
        struct story s = story_live();
        faults_at(n);
        talk(&s);
        calls = n == 0 ? faults_calls() : calls;
        wrong += judge(&s, "talk", n);
        faults_at(0);
        CU_ASSERT_TRUE(n > 0 || story_talks(&s));
        story_end(&s);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void an_end_that_could_not_seal_data_is_due_at_once(void)
{
    struct story s = story_live();
    struct world_end *end = &s.world.ends[CLIENT_END];

    CU_ASSERT_PTR_NULL(skiff_dtls_due(s.context[CLIENT_END], s.world.now));
    faults_at(1);
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "hello", 5), SKIFF_ERR_CRYPTO);
    faults_at(0);
    CU_ASSERT_PTR_EQUAL(skiff_dtls_due(s.context[CLIENT_END], s.world.now), end->dtls);
    story_end(&s);
}

CU_TestInfo fault_tests[] = {
    TEST(each_call_of_a_handshake_may_fail),
    TEST(each_call_of_a_resumed_handshake_may_fail),
    TEST(each_call_of_live_talk_with_key_updates_may_fail),
    TEST(an_end_that_could_not_seal_data_is_due_at_once),
    CU_TEST_INFO_NULL,
};
