/* cipher_kernel_test.c - the kernels compute the same, for packets of any size and on any
 * thread. */
#include "suite.h"

#include "call.h"
#include "srtp/cipher_kernel.h"
#include "srtp/kernel.h"

#include <pthread.h>
#include <string.h>

enum { SSRC = 5, LONGEST = 1500, ROUNDS = 4000, KEY = 32, HEADER = 200 };

/* All that run here. The first is libcrypto, with which the others are compared. It is also
 * compared with itself, as it may be alone. */
static struct kernels {
    const struct cipher_kernel *list[3];
    size_t num;
} kernels;

static void find_kernels(void)
{
    skf_kernel_prepare();
    kernels = (struct kernels){ { &skf_libcrypto }, 1 };
    if (skf_provider_kernel() != NULL)
        kernels.list[kernels.num++] = skf_provider_kernel();
    if (skf_ipsec_mb() != NULL)
        kernels.list[kernels.num++] = skf_ipsec_mb();
}

/* --- chance --------------------------------------------------------------------------- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * UINT32_C(1664525) + UINT32_C(1013904223);
    return (random_state >> 8) % limit;
}

static void fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)random_below(256);
}

/* --- packets of one kernel for the other ---------------------------------------------- */

struct random_packet {
    enum cipher cipher;
    uint8_t key[KEY], header[HEADER], counter[CTR_BLOCK];
    uint8_t plain[LONGEST];
    size_t first, second, len; /* of the header, in pieces */
    unsigned tag_len;
};

static void make_packet(struct random_packet *packet, enum cipher cipher)
{
    packet->cipher = cipher;
    fill(packet->key, sizeof packet->key);
    fill(packet->header, sizeof packet->header);
    fill(packet->counter, sizeof packet->counter);
    packet->len = random_below(2) == 0 ? random_below(130) : random_below(LONGEST + 1);
    fill(packet->plain, packet->len);
    packet->first = 1 + random_below(HEADER / 2);
    packet->second = random_below(2) == 0 ? 0 : random_below(HEADER / 2);
    packet->tag_len = random_below(2) == 0 ? 8 : 16;
}

static struct gcm_packet gcm_of(const struct random_packet *random, uint8_t *bytes)
{
    struct gcm_packet packet = { .tag_len = random->tag_len, .bytes = bytes };

    memcpy(packet.nonce, random->counter, GCM_NONCE);
    packet.header[0] = (skiff_bytes){ random->header, random->first };
    packet.header[1] = (skiff_bytes){ random->header + random->first, random->second };
    packet.len = random->len;
    return packet;
}

static void forget(enum cipher cipher, uintptr_t id)
{
    skf_schedule_forget(&skf_libcrypto.kinds[cipher], id);
}

static bool crosses_gcm(const struct cipher_kernel *from, const struct cipher_kernel *to,
                        const struct random_packet *random)
{
    struct schedule_key key = { skf_schedule_new_id(&skf_libcrypto.kinds[random->cipher]),
                                random->key };
    uint8_t bytes[LONGEST], tag[GCM_TAG];
    struct gcm_packet packet = gcm_of(random, bytes);

    memcpy(bytes, random->plain, random->len);
    bool crossed = from->seal(random->cipher, key, &packet, tag)
                && to->open(random->cipher, key, &packet, tag) == GCM_OPENED
                && memcmp(bytes, random->plain, random->len) == 0;
    forget(random->cipher, key.id);
    return crossed;
}

static void what_one_kernel_seals_the_other_opens(void)
{
    struct random_packet packet;

    find_kernels();
    random_state = 1;
    for (unsigned i = 0; i < suite_rounds(ROUNDS); i++) {
        make_packet(&packet, i % 2 == 0 ? CIPHER_GCM_128 : CIPHER_GCM_256);
        for (size_t k = 0; k < kernels.num; k++) {
            CU_ASSERT_TRUE(crosses_gcm(&skf_libcrypto, kernels.list[k], &packet));
            CU_ASSERT_TRUE(crosses_gcm(kernels.list[k], &skf_libcrypto, &packet));
        }
    }
}

static bool is_forged(const struct cipher_kernel *kernel,
                      const struct random_packet *random, struct schedule_key key,
                      const uint8_t *tag)
{
    uint8_t bytes[LONGEST];
    struct gcm_packet packet = gcm_of(random, bytes);

    memcpy(bytes, random->plain, random->len);
    return kernel->open(random->cipher, key, &packet, tag) == GCM_FORGED;
}

static void a_tag_that_is_wrong_in_any_byte_is_refused_by_all(void)
{
    struct random_packet random;
    uint8_t tag[GCM_TAG], sealed[LONGEST];

    find_kernels();
    random_state = 2;
    for (unsigned i = 0; i < 64; i++) {
        make_packet(&random, i % 2 == 0 ? CIPHER_GCM_128 : CIPHER_GCM_256);
        struct schedule_key key = {
            skf_schedule_new_id(&skf_libcrypto.kinds[random.cipher]), random.key
        };
        struct gcm_packet packet = gcm_of(&random, sealed);

        memcpy(sealed, random.plain, random.len);
        CU_ASSERT_TRUE(skf_libcrypto.seal(random.cipher, key, &packet, tag));
        memcpy(random.plain, sealed, random.len);
        for (size_t k = 0; k < kernels.num; k++)
            CU_ASSERT_FALSE(is_forged(kernels.list[k], &random, key, tag));
        for (unsigned at = 0; at < random.tag_len && at < sizeof tag; at++) {
            tag[at] ^= (uint8_t)(1 + random_below(255));
            for (size_t k = 0; k < kernels.num; k++)
                CU_ASSERT_TRUE(is_forged(kernels.list[k], &random, key, tag));
        }
        forget(random.cipher, key.id);
    }
}

static bool counts_alike(const struct cipher_kernel *other,
                         const struct random_packet *random)
{
    struct schedule_key key = { skf_schedule_new_id(&skf_libcrypto.kinds[random->cipher]),
                                random->key };
    uint8_t ours[LONGEST], theirs[LONGEST];

    memcpy(ours, random->plain, random->len);
    memcpy(theirs, random->plain, random->len);
    bool alike =
        skf_libcrypto.count(random->cipher, key, random->counter, ours, random->len)
        && other->count(random->cipher, key, random->counter, theirs, random->len)
        && memcmp(ours, theirs, random->len) == 0;
    forget(random->cipher, key.id);
    return alike;
}

/* Also where the last bytes of the counter come to their end. */
static void all_have_one_key_stream(void)
{
    struct random_packet random;

    find_kernels();
    random_state = 3;
    for (unsigned i = 0; i < suite_rounds(ROUNDS); i++) {
        make_packet(&random, (enum cipher)(CIPHER_CTR_128 + i % 3));
        if (i % 4 == 0)
            memset(random.counter + random_below(CTR_BLOCK), 0xff, 1);
        if (i % 8 == 0)
            memset(random.counter + 2, 0xff, CTR_BLOCK - 2);
        for (size_t k = 0; k < kernels.num; k++)
            CU_ASSERT_TRUE(counts_alike(kernels.list[k], &random));
    }
}

/* As libsrtp does it with header extensions: set_iv once, then parts of the packet. */
static void a_key_stream_goes_on_in_the_middle_of_a_packet(void)
{
    uint8_t key[30], iv[CTR_BLOCK] = { 0 }, whole[LONGEST] = { 0 }, parts[LONGEST] = { 0 };
    unsigned len = LONGEST;
    srtp_cipher_t *cipher = NULL;

    random_state = 4;
    fill(key, sizeof key);
    skf_kernel_prepare();
    CU_ASSERT_EQUAL_FATAL(skf_icm_128.alloc(&cipher, sizeof key, 0), 0);
    CU_ASSERT_EQUAL(skf_icm_128.init(cipher->state, key), 0);
    CU_ASSERT_EQUAL(skf_icm_128.set_iv(cipher->state, iv, srtp_direction_encrypt), 0);
    CU_ASSERT_EQUAL(skf_icm_128.encrypt(cipher->state, whole, &len), 0);
    for (int round = 0; round < 200; round++) {
        memset(parts, 0, sizeof parts);
        CU_ASSERT_EQUAL(skf_icm_128.set_iv(cipher->state, iv, srtp_direction_encrypt), 0);
        for (unsigned at = 0; at < LONGEST; at += len) {
            unsigned most = LONGEST - at;
            len = random_below(40);
            len = len < most ? len : most;
            CU_ASSERT_EQUAL(skf_icm_128.encrypt(cipher->state, parts + at, &len), 0);
        }
        CU_ASSERT_EQUAL(memcmp(whole, parts, LONGEST), 0);
    }
    skf_icm_128.dealloc(cipher);
}

/* --- sessions ------------------------------------------------------------------------- */

/* Packets that each kernel protects and the next one opens, and the last one's the first.
 */
static bool crosses(struct call *call, uint16_t seq)
{
    bool crossed = true;

    find_kernels();
    for (size_t i = 0; i < kernels.num && crossed; i++) {
        struct test_packet plain, rtp, rtcp;

        test_packet_rtp(&plain, SSRC, (uint16_t)(kernels.num * seq + i), 100);
        test_packet_copy(&rtp, &plain);
        test_packet_rtcp(&rtcp, SSRC, 60);
        skf_cipher_kernel_use(kernels.list[i]);
        crossed = skiff_srtp_protect(call->alice, &rtp.packet) == SKIFF_OK
               && skiff_srtp_protect(call->alice, &rtcp.packet) == SKIFF_OK;
        skf_cipher_kernel_use(kernels.list[(i + 1) % kernels.num]);
        crossed = crossed && skiff_srtp_open(call->bob, &rtp.packet) == SKIFF_OK
               && skiff_srtp_open(call->bob, &rtcp.packet) == SKIFF_OK
               && test_packet_same(&rtp, &plain);
    }
    skf_cipher_kernel_use(NULL);
    return crossed;
}

/* The schedules of all do not fit, so that each packet may find those of others. */
static void more_sessions_than_schedules_understand_each_other(void)
{
    enum { CALLS = SCHEDULES_MAX / 3 };
    static struct call calls[CALLS];

    for (int p = 0; p < CALL_PROFILES; p += 2) {
        for (int i = 0; i < CALLS; i++)
            CU_ASSERT_TRUE_FATAL(call_begin(&calls[i], call_profiles[p], NULL));
        for (uint16_t seq = 1; seq <= 3; seq++)
            for (int i = 0; i < CALLS; i++)
                CU_ASSERT_TRUE(crosses(&calls[i], seq));
        for (int i = 0; i < CALLS; i++)
            call_end(&calls[i]);
    }
}

static void *on_another_thread(void *(*work)(void *), struct call *call)
{
    pthread_t thread;
    void *result = NULL;

    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, work, call), 0);
    CU_ASSERT_EQUAL(pthread_join(thread, &result), 0);
    return result;
}

/* The ids in the places of a table of this thread. */
static void note_places(enum cipher cipher, uintptr_t places[SCHEDULES_MAX])
{
    const struct schedule_table *table =
        &skf_schedule_tables[skf_cipher_kernel()->kinds[cipher].number];

    memset(places, 0, SCHEDULES_MAX * sizeof *places);
    for (size_t i = 0; i < table->num_sets * SCHEDULE_WAYS; i++)
        places[i] = table->sets[i / SCHEDULE_WAYS].ids[i % SCHEDULE_WAYS];
}

static bool carries_both_ways(struct call *call, uint16_t seq)
{
    struct call back = { call->bob, call->alice };

    return call_carries(call, SSRC, seq) && call_carries(&back, SSRC + 1, seq);
}

static bool keep_their_places(skiff_srtp_profile profile, enum cipher cipher)
{
    enum { CALLS = 100 };
    static uintptr_t before[SCHEDULES_MAX], after[SCHEDULES_MAX];
    static struct call calls[CALLS];
    bool carried = true;

    for (int i = 0; i < CALLS; i++)
        CU_ASSERT_TRUE_FATAL(call_begin(&calls[i], profile, NULL));
    for (uint16_t seq = 1; seq <= 2; seq++) {
        note_places(cipher, before);
        for (int i = 0; i < CALLS; i++)
            carried = carries_both_ways(&calls[i], seq) && carried;
        note_places(cipher, after);
    }
    for (int i = 0; i < CALLS; i++)
        call_end(&calls[i]);
    return carried && memcmp(before, after, sizeof before) == 0;
}

/* libsrtp derives keys with AES-CM whatever the profile is, and that takes no place away.
 */
static void *keep_places(void *user)
{
    bool keep = keep_their_places(SKIFF_SRTP_AES128_CM_SHA1_80, CIPHER_CTR_128)
             && keep_their_places(SKIFF_SRTP_AEAD_AES_128_GCM, CIPHER_GCM_128)
             && keep_their_places(SKIFF_SRTP_AES128_CM_SHA1_80, CIPHER_CTR_128);

    return keep ? user : NULL;
}

static void sessions_that_have_places_keep_them(void)
{
    CU_ASSERT_PTR_NOT_NULL(on_another_thread(keep_places, (struct call[1]){ 0 }));
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    size_t i = 0;

    while (i < len && bytes[i] == 0)
        i++;
    return i == len;
}

/* Whether a schedule is wiped: bytes are zeros. What the kernel made has a key of zeros:
 * its place gets the id again, for one key stream. */
static bool is_wiped(const struct cipher_kernel *kernel, struct schedule_key key,
                     struct schedule_set *set, unsigned way)
{
    static const uint8_t zeros[KEY];
    const uint8_t counter[CTR_BLOCK] = { 0 };
    const struct schedule_kind *kind = &kernel->kinds[CIPHER_CTR_128];
    struct schedule_key zero = { skf_schedule_new_id(kind), zeros };
    uint8_t of_zeros[64] = { 0 }, stream[64] = { 0 };

    if (kind->make == NULL)
        return is_zero(set->schedules[way], kind->size);
    set->ids[way] = key.id;
    CU_ASSERT_TRUE(kernel->count(CIPHER_CTR_128, key, counter, stream, sizeof stream));
    skf_schedule_forget(kind, key.id);
    CU_ASSERT_TRUE(kernel->count(CIPHER_CTR_128, zero, counter, of_zeros, sizeof of_zeros));
    skf_schedule_forget(kind, zero.id);
    return memcmp(stream, of_zeros, sizeof stream) == 0;
}

static void a_key_that_is_forgotten_leaves_nothing_in_its_schedule(void)
{
    const uint8_t counter[CTR_BLOCK] = { 0 };
    uint8_t bytes[KEY], stream[64] = { 0 };

    find_kernels();
    random_state = 6;
    fill(bytes, sizeof bytes);
    for (size_t k = 0; k < kernels.num; k++) {
        const struct cipher_kernel *kernel = kernels.list[k];
        const struct schedule_kind *kind = &kernel->kinds[CIPHER_CTR_128];
        struct schedule_key key = { skf_schedule_new_id(kind), bytes };
        unsigned way = 0;

        CU_ASSERT_TRUE(kernel->count(CIPHER_CTR_128, key, counter, stream, sizeof stream));
        struct schedule_set *set =
            schedule_set_of(&skf_schedule_tables[kind->number], key.id);
        while (way < SCHEDULE_WAYS - 1 && set->ids[way] != key.id)
            way++;
        CU_ASSERT_EQUAL(set->ids[way], key.id);
        skf_schedule_forget(kind, key.id);
        CU_ASSERT_NOT_EQUAL(set->ids[way], key.id);
        CU_ASSERT_TRUE(is_wiped(kernel, key, set, way));
    }
}

/* Sessions come and go where others were, with other keys. */
static void a_session_at_the_address_of_another_has_its_own_keys(void)
{
    struct call call;

    for (int p = 0; p < CALL_PROFILES; p++)
        for (int i = 0; i < 100; i++) {
            skiff_srtp_keys keys = call_keys(call_profiles[p]), back;
            skiff_srtp_config config = skiff_srtp_defaults();

            keys.ours[0] = (uint8_t)i;
            back = call_mirrored(keys);
            CU_ASSERT_EQUAL_FATAL(skiff_srtp_new(&config, &keys, &call.alice), SKIFF_OK);
            CU_ASSERT_EQUAL_FATAL(skiff_srtp_new(&config, &back, &call.bob), SKIFF_OK);
            CU_ASSERT_TRUE(crosses(&call, 1));
            call_end(&call);
        }
}

/* An object gets a second key, as in srtp_update. */
static void an_object_with_a_new_key_uses_it(void)
{
    uint8_t keys[2][28], nonce[GCM_NONCE] = { 0 }, sealed[3][64], tag[GCM_TAG];
    srtp_cipher_t *ciphers[2] = { NULL, NULL };

    random_state = 5;
    fill(keys[0], sizeof keys);
    skf_kernel_prepare();
    for (int i = 0; i < 3; i++) {
        srtp_cipher_t **cipher = &ciphers[i / 2];
        unsigned len = sizeof sealed[i];
        uint32_t tag_len;

        if (*cipher == NULL)
            CU_ASSERT_EQUAL_FATAL(skf_gcm_128.alloc(cipher, 28, 16), 0);
        memset(sealed[i], 0, sizeof sealed[i]);
        CU_ASSERT_EQUAL(skf_gcm_128.init((*cipher)->state, keys[i > 0]), 0);
        CU_ASSERT_EQUAL(skf_gcm_128.set_iv((*cipher)->state, nonce, srtp_direction_encrypt),
                        0);
        CU_ASSERT_EQUAL(skf_gcm_128.encrypt((*cipher)->state, sealed[i], &len), 0);
        CU_ASSERT_EQUAL(skf_gcm_128.get_tag((*cipher)->state, tag, &tag_len), 0);
    }
    CU_ASSERT_NOT_EQUAL(memcmp(sealed[0], sealed[1], sizeof sealed[0]), 0);
    CU_ASSERT_EQUAL(memcmp(sealed[1], sealed[2], sizeof sealed[1]), 0);
    skf_gcm_128.dealloc(ciphers[0]);
    skf_gcm_128.dealloc(ciphers[1]);
}

/* --- threads -------------------------------------------------------------------------- */

static uint16_t next_seq;

static void *carry_on(void *user)
{
    bool carried = true;

    for (int i = 0; i < 20; i++)
        carried = carried && crosses(user, next_seq++);
    return carried ? user : NULL;
}

static void *carry_and_end(void *user)
{
    void *carried = carry_on(user);

    call_end(user);
    return carried;
}

/* Made here, used there and here, freed there. */
static void a_session_may_change_its_thread(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        next_seq = 1;
        CU_ASSERT_PTR_NOT_NULL(carry_on(&call));
        CU_ASSERT_PTR_NOT_NULL(on_another_thread(carry_on, &call));
        CU_ASSERT_PTR_NOT_NULL(carry_on(&call));
        CU_ASSERT_PTR_NOT_NULL(on_another_thread(carry_and_end, &call));
    }
}

/* --- the choice ----------------------------------------------------------------------- */

static bool count_wrongly(enum cipher cipher, struct schedule_key key,
                          const uint8_t counter[CTR_BLOCK], uint8_t *bytes, size_t len)
{
    bool counted = skf_libcrypto.count(cipher, key, counter, bytes, len);

    if (cipher == CIPHER_CTR_256 && len > 1000)
        bytes[len - 1] ^= 1;
    return counted;
}

static bool seal_wrongly(enum cipher cipher, struct schedule_key key,
                         const struct gcm_packet *packet, uint8_t tag[GCM_TAG])
{
    bool sealed = skf_libcrypto.seal(cipher, key, packet, tag);

    tag[GCM_TAG - 1] ^= packet->len > 1000 ? 1 : 0;
    return sealed;
}

static enum gcm_opening open_everything(enum cipher cipher, struct schedule_key key,
                                        const struct gcm_packet *packet, const uint8_t *tag)
{
    (void)skf_libcrypto.open(cipher, key, packet, tag);
    return GCM_OPENED;
}

static void a_kernel_that_computes_otherwise_is_not_chosen(void)
{
    struct cipher_kernel wrong[3] = { skf_libcrypto, skf_libcrypto, skf_libcrypto };

    skf_kernel_prepare();
    wrong[0].count = count_wrongly;
    wrong[1].seal = seal_wrongly;
    wrong[2].open = open_everything;
    for (int i = 0; i < 3; i++)
        CU_ASSERT_FALSE(skf_cipher_kernel_agrees(&wrong[i]));
    find_kernels();
    for (size_t k = 0; k < kernels.num; k++)
        CU_ASSERT_TRUE(skf_cipher_kernel_agrees(kernels.list[k]));
}

static void the_first_kernel_that_agrees_is_chosen(void)
{
    struct cipher_kernel wrong = skf_libcrypto, right = skf_libcrypto;
    const struct cipher_kernel *const lists[][2] = { { NULL, NULL },
                                                     { &wrong, NULL },
                                                     { &wrong, &right },
                                                     { NULL, &right },
                                                     { &right, &wrong } };
    const struct cipher_kernel *const chosen[] = { &skf_libcrypto, &skf_libcrypto, &right,
                                                   &right, &right };

    skf_kernel_prepare();
    wrong.count = count_wrongly;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        CU_ASSERT_PTR_EQUAL(skf_cipher_kernel_first(lists[i], 2), chosen[i]);
}

static void the_kernel_that_runs_has_a_name(void)
{
    const char *name = skiff_srtp_kernel();

    find_kernels();
    CU_ASSERT_STRING_EQUAL(name, kernels.list[kernels.num - 1]->name());
    CU_ASSERT_TRUE(strcmp(name, "libcrypto") == 0
                   || strcmp(name, "libcrypto, without EVP") == 0
                   || strncmp(name, "libipsec-mb, ", 13) == 0);
}

CU_TestInfo cipher_kernel_tests[] = {
    TEST(what_one_kernel_seals_the_other_opens),
    TEST(a_tag_that_is_wrong_in_any_byte_is_refused_by_all),
    TEST(all_have_one_key_stream),
    TEST(a_key_stream_goes_on_in_the_middle_of_a_packet),
    TEST(more_sessions_than_schedules_understand_each_other),
    TEST(sessions_that_have_places_keep_them),
    TEST(a_key_that_is_forgotten_leaves_nothing_in_its_schedule),
    TEST(a_session_at_the_address_of_another_has_its_own_keys),
    TEST(an_object_with_a_new_key_uses_it),
    TEST(a_session_may_change_its_thread),
    TEST(a_kernel_that_computes_otherwise_is_not_chosen),
    TEST(the_first_kernel_that_agrees_is_chosen),
    TEST(the_kernel_that_runs_has_a_name),
    CU_TEST_INFO_NULL,
};
