/* heap_test.c - what sessions and packets take from the heap, whoever takes it. */
#include "suite.h"

#include "call.h"
#include "count.h"
#include "srtp/cipher_kernel.h"
#include "srtp/kernel.h"

#include <pthread.h>
#include <stdio.h>

enum { SSRC = 5, ROUNDS = 200 };

/* Whether this build can count, and is the one that makes the promise. */
static bool counted(skiff_srtp_profile profile)
{
    return count_works() && (!HMAC_ALLOCATES || profile >= SKIFF_SRTP_AEAD_AES_128_GCM);
}

/* Carries `ROUNDS` RTP and RTCP packets; false when one did not come through. */
static bool carries_media(struct call *call)
{
    bool carried = true;

    for (uint16_t seq = 1; seq <= ROUNDS; seq++) {
        struct test_packet rtcp;

        test_packet_rtcp(&rtcp, SSRC, 60);
        carried = carried && call_carries(call, SSRC, seq)
               && skiff_srtp_protect(call->alice, &rtcp.packet) == SKIFF_OK
               && skiff_srtp_open(call->bob, &rtcp.packet) == SKIFF_OK;
    }
    return carried;
}

static void no_packet_of_a_known_ssrc_allocates(void)
{
    if (!count_works() || HMAC_ALLOCATES)
        printf("\n    (not counted in this build: %s)\n",
               HMAC_ALLOCATES ? "HMAC-SHA1 by EVP allocates" : "it has its own malloc");
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 0));
        struct count before = count_now();
        CU_ASSERT_TRUE(carries_media(&call));
        struct count after = count_now();
        if (counted(call_profiles[p])) {
            CU_ASSERT_EQUAL(after.allocs, before.allocs);
            CU_ASSERT_EQUAL(after.frees, before.frees);
        }
        call_end(&call);
    }
}

static void the_first_packet_of_an_added_ssrc_allocates_nothing(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet rtp, rtcp;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
        test_packet_rtp(&rtp, SSRC, 1, 100);
        test_packet_rtcp(&rtcp, SSRC, 100);
        struct count before = count_now();
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtp.packet), SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtcp.packet), SKIFF_OK);
        struct count after = count_now();
        if (counted(call_profiles[p]))
            CU_ASSERT_EQUAL(after.allocs, before.allocs);
        call_end(&call);
    }
}

static void forged_ssrcs_allocate_nothing(void)
{
    struct call call;
    struct test_packet forged;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    test_packet_rtp(&forged, 0, 1, 100);
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &forged.packet), SKIFF_ERR_DROPPED);
    int64_t before = count_now().live;
    for (uint32_t ssrc = 1; ssrc < 1000; ssrc++) {
        test_packet_rtp(&forged, ssrc, 1, 100);
        CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &forged.packet), SKIFF_ERR_DROPPED);
    }
    CU_ASSERT_EQUAL(count_now().live, before);
    call_end(&call);
}

static void a_session_is_small_and_leaves_nothing_behind(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        call_end(&call); /* what libraries keep for good */
        int64_t before = count_now().live;
        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        int64_t both = count_now().live - before;
        call_end(&call);
        CU_ASSERT_EQUAL(count_now().live, before);
        CU_ASSERT_TRUE(both / 2 <= 6800 || HMAC_ALLOCATES);
    }
}

/* Ours is the first, libsrtp's the second and the fourth. Refused the third, the list of
   its streams, libsrtp 2.5 follows a NULL. */
static void a_session_without_memory_is_an_error(void)
{
    const skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = call_keys(SKIFF_SRTP_AEAD_AES_128_GCM);
    const uint64_t refused[] = { 1, 2, 4 };
    struct call warm;

    CU_ASSERT_TRUE_FATAL(call_begin(&warm, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    call_end(&warm);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0] && count_works(); i++) {
        skiff_srtp *srtp = NULL;
        int64_t before = count_now().live;

        count_refuse(refused[i]);
        CU_ASSERT_EQUAL(skiff_srtp_new(&config, &keys, &srtp), SKIFF_ERR_MEMORY);
        count_refuse(0);
        CU_ASSERT_PTR_NULL(srtp);
        CU_ASSERT_EQUAL(count_now().live, before);
    }
}

/* Makes one cipher with the n-th allocation refused. */
static bool made_without(const srtp_cipher_type_t *type, int key_len, uint64_t nth)
{
    srtp_cipher_t *cipher = NULL;

    count_refuse(nth);
    bool made = type->alloc(&cipher, key_len, 16) == srtp_err_status_ok;
    count_refuse(0);
    if (made)
        type->dealloc(cipher);
    return made;
}

static const struct {
    const srtp_cipher_type_t *type;
    int key_len;
} types[] = {
    { &skf_icm_128, 30 }, { &skf_icm_256, 46 }, { &skf_gcm_128, 28 }, { &skf_gcm_256, 44 }
};

enum { TYPES = sizeof types / sizeof types[0] };

/* The first error of a thread makes libcrypto's queue of errors, which stays. */
static void a_cipher_without_memory_is_an_error(void)
{
    skf_kernel_prepare();
    (void)made_without(types[0].type, types[0].key_len, 1);
    for (size_t i = 0; i < TYPES && count_works(); i++) {
        CU_ASSERT_TRUE(made_without(types[i].type, types[i].key_len, 0));
        int64_t before = count_now().live;
        CU_ASSERT_FALSE(made_without(types[i].type, types[i].key_len, 1));
        CU_ASSERT_TRUE(made_without(types[i].type, types[i].key_len, 0));
        CU_ASSERT_EQUAL(count_now().live, before);
    }
}

/* One cipher on a thread that has no tables yet. */
struct first_cipher {
    size_t type;
    uint64_t nth; /* the allocation that is refused */
    bool made;
};

static void *make_first_cipher(void *user)
{
    struct first_cipher *first = user;

    first->made =
        made_without(types[first->type].type, types[first->type].key_len, first->nth);
    return NULL;
}

static bool is_made_on_a_new_thread(size_t type, uint64_t nth)
{
    struct first_cipher first = { .type = type, .nth = nth };
    pthread_t thread;

    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, make_first_cipher, &first), 0);
    CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
    return first.made;
}

/* The object, the thread, and the table of its kind. */
static void a_thread_without_memory_for_its_tables_makes_no_cipher(void)
{
    enum { LEAST = 4 };
    const struct cipher_kernel *kernels[] = { &skf_libcrypto, skf_provider_kernel(), NULL };

    skf_kernel_prepare();
    for (size_t i = 0; i < 3 * TYPES && count_works(); i++) {
        uint64_t nth = 1;

        skf_cipher_kernel_use(kernels[i / TYPES]);
        CU_ASSERT_TRUE(is_made_on_a_new_thread(i % TYPES, 0));
        int64_t before = count_now().live;
        while (nth < 100 && !is_made_on_a_new_thread(i % TYPES, nth)) {
            CU_ASSERT_EQUAL(count_now().live, before);
            nth++;
        }
        CU_ASSERT_TRUE(nth > LEAST && nth < 100);
        CU_ASSERT_EQUAL(count_now().live, before);
    }
    skf_cipher_kernel_use(NULL);
}

/* Packets on a thread that has made no session. */
struct borrowed_call {
    struct call call;
    uint64_t nth; /* the allocation that is refused */
    uint16_t seq;
    unsigned carried, failed;
};

/* Whether the packet was carried; if not, libcrypto had no memory. */
static bool carries_or_fails(struct call *call, uint16_t seq)
{
    struct test_packet rtp;

    test_packet_rtp(&rtp, SSRC, seq, 100);
    skiff_status status = skiff_srtp_protect(call->alice, &rtp.packet);
    if (status == SKIFF_OK)
        status = skiff_srtp_open(call->bob, &rtp.packet);
    CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_CRYPTO);
    return status == SKIFF_OK;
}

static void *carry_on_a_new_thread(void *user)
{
    struct borrowed_call *borrowed = user;

    count_refuse(borrowed->nth);
    for (int i = 0; i < 4; i++)
        if (carries_or_fails(&borrowed->call, borrowed->seq++))
            borrowed->carried++;
        else
            borrowed->failed++;
    count_refuse(0);
    return NULL;
}

/* libcrypto needs a context, and a packet fails for each that it did not get. libipsec-mb
 * needs no more than the stack. */
static void a_thread_without_memory_for_its_tables_loses_one_packet_at_most(void)
{
    const struct cipher_kernel *kernels[] = { &skf_libcrypto, skf_provider_kernel(), NULL };

    for (int i = 0; i < 3; i++) {
        struct borrowed_call borrowed = { .seq = 1 };
        unsigned failed = 0;

        skf_cipher_kernel_use(kernels[i]);
        CU_ASSERT_TRUE_FATAL(call_begin(&borrowed.call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
        CU_ASSERT_TRUE(call_carries(&borrowed.call, SSRC, borrowed.seq++));
        for (borrowed.nth = 1; borrowed.nth < 12; borrowed.nth++) {
            pthread_t thread;

            borrowed.carried = borrowed.failed = 0;
            CU_ASSERT_EQUAL_FATAL(
                pthread_create(&thread, NULL, carry_on_a_new_thread, &borrowed), 0);
            CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
            CU_ASSERT_TRUE(borrowed.failed <= 1 && borrowed.carried >= 3);
            failed += borrowed.failed;
        }
        CU_ASSERT_EQUAL(failed > 0,
                        count_works()
                            && skf_cipher_kernel()->kinds[CIPHER_GCM_128].make != NULL);
        call_end(&borrowed.call);
    }
    skf_cipher_kernel_use(NULL);
}

CU_TestInfo heap_tests[] = {
    TEST(no_packet_of_a_known_ssrc_allocates),
    TEST(the_first_packet_of_an_added_ssrc_allocates_nothing),
    TEST(forged_ssrcs_allocate_nothing),
    TEST(a_session_is_small_and_leaves_nothing_behind),
    TEST(a_session_without_memory_is_an_error),
    TEST(a_cipher_without_memory_is_an_error),
    TEST(a_thread_without_memory_for_its_tables_makes_no_cipher),
    TEST(a_thread_without_memory_for_its_tables_loses_one_packet_at_most),
    CU_TEST_INFO_NULL,
};
