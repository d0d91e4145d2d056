/* srtp_bench.c - SRTP through skiff against the crypto it cannot do without.
 *
 * The floor is the same bytes with EVP's counter mode (context kept, IV set) and SHA-1 from
 * midstates, or EVP's GCM, without libsrtp. Stock is libsrtp as it comes, in the same
 * process: its sessions are made before ours put their ciphers in. A round does the one and
 * the other in turn on 256 packets; a key is the median of the rounds' ratios, and the
 * worse of protect and open. Lower is better. Floor and stock have rounds of their own,
 * since NSS leaves the processor in a state that those who come next can feel. "Best" is
 * the floor with each library that is here, in turn in the same rounds; the one counts that
 * has the least median of times.
 */
#define _POSIX_C_SOURCE 200809L
#define OPENSSL_SUPPRESS_DEPRECATED
#include "count.h"
#include "raw_crypto.h"
#include "srtp/cipher_kernel.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <skiff/srtp.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 256, ROUNDS = 201, WARM_UP = 20, HEADER = 12, LIMIT = 1500, SSRC = 7 };

struct buffered_packet {
    skiff_packet packet;
    _Alignas(16) uint8_t bytes[LIMIT + SKIFF_TAIL];
};

struct floor {
    EVP_CIPHER_CTX *ctr, *gcm;
    SHA_CTX inner, outer;
    uint32_t tag;
};

struct stock {
    srtp_t sender, receiver;
};

struct profile {
    const char *name;
    skiff_srtp_profile id;
    uint8_t len;
    uint32_t tag;
    const EVP_CIPHER *(*gcm)(void);
};

static const struct profile profiles[] = {
    { "cm80", SKIFF_SRTP_AES128_CM_SHA1_80, 30, 10, NULL },
    { "cm32", SKIFF_SRTP_AES128_CM_SHA1_32, 30, 4, NULL },
    { "gcm128", SKIFF_SRTP_AEAD_AES_128_GCM, 28, 16, EVP_aes_128_gcm },
    { "gcm256", SKIFF_SRTP_AEAD_AES_256_GCM, 44, 16, EVP_aes_256_gcm },
};

enum { PROFILES = sizeof profiles / sizeof profiles[0] };

/* Beside one library: its time, and ours by it. */
struct rounds {
    double theirs[ROUNDS], protect[ROUNDS], open[ROUNDS];
};

/* One bench: who takes part, and what they work on. */
struct bench {
    struct buffered_packet *packets;
    uint32_t payload;
    uint32_t seq;
    struct floor floor;
    struct stock stock;
    skiff_srtp *sender, *receiver;
    double protect[ROUNDS], open[ROUNDS]; /* ours by theirs */

    const struct raw_library *libraries[RAW_LIBRARIES];
    size_t num_libraries, best; /* the last that was the fastest; and of each kind: */
    const struct raw_library *best_ctr, *best_gcm;
    void *keys[RAW_LIBRARIES]; /* of each, for the profile at hand */
    struct rounds rounds[RAW_LIBRARIES];
};

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "srtp_bench: %s failed\n", what);
    exit(EXIT_FAILURE);
}

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, ascending);
    return values[ROUNDS / 2];
}

static double worse(double a, double b)
{
    return a > b ? a : b;
}

/* --- packets -------------------------------------------------------------------------- */

static void write_packets_of(struct bench *bench)
{
    for (int i = 0; i < BATCH; i++) {
        struct buffered_packet *buffered = &bench->packets[i];
        uint32_t seq = bench->seq++;

        memset(buffered->bytes, 0, HEADER);
        buffered->bytes[0] = 0x80;
        buffered->bytes[1] = 96;
        buffered->bytes[2] = (uint8_t)(seq >> 8);
        buffered->bytes[3] = (uint8_t)seq;
        buffered->bytes[11] = SSRC;
        buffered->packet.data = buffered->bytes;
        buffered->packet.limit = LIMIT;
        buffered->packet.len = HEADER + bench->payload;
    }
}

/* --- the floor ------------------------------------------------------------------------ */

static void pad(SHA_CTX *state, uint8_t with)
{
    uint8_t block[SHA_CBLOCK];

    memset(block, with, sizeof block);
    SHA1_Init(state);
    SHA1_Update(state, block, sizeof block);
}

static void floor_begin(struct floor *floor, const struct profile *profile)
{
    static const uint8_t key[32] = { 1, 2, 3 };

    *floor = (struct floor){ .ctr = EVP_CIPHER_CTX_new(),
                             .gcm = EVP_CIPHER_CTX_new(),
                             .tag = profile->tag };
    pad(&floor->inner, 0x36);
    pad(&floor->outer, 0x5c);
    demand(EVP_EncryptInit_ex(floor->ctr, EVP_aes_128_ctr(), NULL, key, NULL) == 1, "CTR");
    if (profile->gcm != NULL)
        demand(EVP_EncryptInit_ex(floor->gcm, profile->gcm(), NULL, key, NULL) == 1, "GCM");
}

static void floor_end(struct floor *floor)
{
    EVP_CIPHER_CTX_free(floor->ctr);
    EVP_CIPHER_CTX_free(floor->gcm);
}

static void floor_sha1(struct floor *floor, uint8_t *bytes, size_t payload)
{
    static const uint8_t roc[4];
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX running = floor->inner;

    SHA1_Update(&running, bytes, HEADER + payload);
    SHA1_Update(&running, roc, sizeof roc);
    SHA1_Final(digest, &running);
    running = floor->outer;
    SHA1_Update(&running, digest, sizeof digest);
    SHA1_Final(digest, &running);
    memcpy(bytes + HEADER + payload, digest, floor->tag);
}

static void floor_cm(struct floor *floor, uint8_t *bytes, int payload)
{
    uint8_t iv[16] = { 0 };
    int out;

    memcpy(iv + 8, bytes, 4);
    EVP_EncryptInit_ex(floor->ctr, NULL, NULL, NULL, iv);
    EVP_EncryptUpdate(floor->ctr, bytes + HEADER, &out, bytes + HEADER, payload);
    floor_sha1(floor, bytes, (size_t)payload);
}

static void floor_gcm(struct floor *floor, uint8_t *bytes, int payload)
{
    uint8_t iv[12] = { 0 }, none[16];
    int out;

    memcpy(iv, bytes, 4);
    EVP_EncryptInit_ex(floor->gcm, NULL, NULL, NULL, iv);
    EVP_EncryptUpdate(floor->gcm, NULL, &out, bytes, HEADER);
    EVP_EncryptUpdate(floor->gcm, bytes + HEADER, &out, bytes + HEADER, payload);
    EVP_EncryptFinal_ex(floor->gcm, none, &out);
    EVP_CIPHER_CTX_ctrl(floor->gcm, EVP_CTRL_AEAD_GET_TAG, (int)floor->tag,
                        bytes + HEADER + payload);
}

static double time_floor(struct bench *bench, bool gcm)
{
    int payload = (int)bench->payload;

    write_packets_of(bench);
    double begun = now_ns();
    for (int i = 0; i < BATCH && gcm; i++)
        floor_gcm(&bench->floor, bench->packets[i].bytes, payload);
    for (int i = 0; i < BATCH && !gcm; i++)
        floor_cm(&bench->floor, bench->packets[i].bytes, payload);
    return now_ns() - begun;
}

/* --- each library by itself ----------------------------------------------------------- */

/* SHA-1 is libcrypto's for all: no other has a faster one for a packet alone. */
static void library_cm(struct bench *bench, size_t library, uint8_t *bytes, size_t payload)
{
    uint8_t iv[RAW_BLOCK] = { 0 };

    memcpy(iv + 8, bytes, 4);
    bench->libraries[library]->count(bench->keys[library], iv, bytes + HEADER, payload);
    floor_sha1(&bench->floor, bytes, payload);
}

static void library_gcm(struct bench *bench, size_t library, uint8_t *bytes, size_t payload)
{
    uint8_t iv[RAW_IV] = { 0 };

    memcpy(iv, bytes, 4);
    bench->libraries[library]->seal(bench->keys[library], iv, bytes, payload);
}

static double time_library(struct bench *bench, const struct profile *profile,
                           size_t library)
{
    write_packets_of(bench);
    double begun = now_ns();
    for (int i = 0; i < BATCH && profile->gcm != NULL; i++)
        library_gcm(bench, library, bench->packets[i].bytes, bench->payload);
    for (int i = 0; i < BATCH && profile->gcm == NULL; i++)
        library_cm(bench, library, bench->packets[i].bytes, bench->payload);
    return now_ns() - begun;
}

static void libraries_begin(struct bench *bench, const struct profile *profile)
{
    static const uint8_t key[32] = { 1, 2, 3 };
    size_t len = profile->len == 44 ? 32 : 16;

    for (size_t i = 0; i < bench->num_libraries; i++) {
        const struct raw_library *library = bench->libraries[i];
        bench->keys[i] =
            profile->gcm != NULL ? library->gcm_key(key, len) : library->ctr_key(key);
        demand(bench->keys[i] != NULL, library->name);
    }
}

static void libraries_end(struct bench *bench, const struct profile *profile)
{
    for (size_t i = 0; i < bench->num_libraries; i++)
        if (profile->gcm != NULL)
            bench->libraries[i]->gcm_free(bench->keys[i]);
        else
            bench->libraries[i]->ctr_free(bench->keys[i]);
}

/* --- skiff and stock ------------------------------------------------------------------ */

static skiff_srtp_keys keys_of(const struct profile *profile)
{
    skiff_srtp_keys keys = { .profile = profile->id, .len = profile->len };

    for (uint8_t i = 0; i < keys.len; i++)
        keys.ours[i] = keys.theirs[i] = (uint8_t)(7 * i + 1);
    return keys;
}

static srtp_t stock_session(const struct profile *profile, srtp_ssrc_type_t which)
{
    skiff_srtp_keys keys = keys_of(profile);
    srtp_policy_t policy = { .ssrc = { .type = which }, .key = keys.ours };
    srtp_t session;

    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, (srtp_profile_t)profile->id);
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, (srtp_profile_t)profile->id);
    demand(srtp_create(&session, &policy) == srtp_err_status_ok, "srtp_create");
    return session;
}

static double time_protect(struct bench *bench)
{
    skiff_status status = SKIFF_OK;

    write_packets_of(bench);
    double begun = now_ns();
    for (int i = 0; i < BATCH && status == SKIFF_OK; i++)
        status = skiff_srtp_protect(bench->sender, &bench->packets[i].packet);
    double timing = now_ns() - begun;
    demand(status == SKIFF_OK, "skiff_srtp_protect");
    return timing;
}

static double time_open(struct bench *bench)
{
    skiff_status status = SKIFF_OK;

    double begun = now_ns();
    for (int i = 0; i < BATCH && status == SKIFF_OK; i++)
        status = skiff_srtp_open(bench->receiver, &bench->packets[i].packet);
    double timing = now_ns() - begun;
    demand(status == SKIFF_OK, "skiff_srtp_open");
    return timing;
}

static double time_stock(struct bench *bench, srtp_t session,
                         srtp_err_status_t (*work)(srtp_t, void *, int *))
{
    srtp_err_status_t status = srtp_err_status_ok;

    double begun = now_ns();
    for (int i = 0; i < BATCH && status == srtp_err_status_ok; i++) {
        int len = (int)bench->packets[i].packet.len;
        status = work(session, bench->packets[i].bytes, &len);
        bench->packets[i].packet.len = (uint32_t)len;
    }
    double timing = now_ns() - begun;
    demand(status == srtp_err_status_ok, "stock libsrtp");
    return timing;
}

/* --- rounds --------------------------------------------------------------------------- */

struct timing {
    double protect, open;
};

static struct timing by_floor(struct bench *bench, const struct profile *profile)
{
    double seal = time_floor(bench, profile->gcm != NULL);

    return (struct timing){ seal, seal };
}

static struct timing by_stock(struct bench *bench, const struct profile *profile)
{
    struct timing timing;

    (void)profile;
    write_packets_of(bench);
    timing.protect = time_stock(bench, bench->stock.sender, srtp_protect);
    timing.open = time_stock(bench, bench->stock.receiver, srtp_unprotect);
    return timing;
}

/* The worse ratio to the other. */
static double rounds_against(struct bench *bench, const struct profile *profile,
                             struct timing (*other)(struct bench *, const struct profile *))
{
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        struct timing theirs = other(bench, profile);
        struct timing ours;

        ours.protect = time_protect(bench);
        ours.open = time_open(bench);
        if (round < 0)
            continue;
        bench->protect[round] = ours.protect / theirs.protect;
        bench->open[round] = ours.open / theirs.open;
    }
    return worse(median(bench->protect), median(bench->open));
}

static void time_beside(struct bench *bench, const struct profile *profile, size_t library,
                        int round)
{
    struct rounds *rounds = &bench->rounds[library];
    double theirs = time_library(bench, profile, library);
    double protect = time_protect(bench), open = time_open(bench);

    if (round < 0)
        return;
    rounds->theirs[round] = theirs;
    rounds->protect[round] = protect / theirs;
    rounds->open[round] = open / theirs;
}

/* The worse ratio to the fastest of the libraries: that with the least median of times. */
static double rounds_against_best(struct bench *bench, const struct profile *profile)
{
    double least = 0;

    for (int round = -WARM_UP; round < ROUNDS; round++)
        for (size_t i = 0; i < bench->num_libraries; i++)
            time_beside(bench, profile, i, round);
    for (size_t i = 0; i < bench->num_libraries; i++) {
        double theirs = median(bench->rounds[i].theirs);
        if (i > 0 && theirs >= least)
            continue;
        bench->best = i;
        least = theirs;
    }
    struct rounds *best = &bench->rounds[bench->best];
    return worse(median(best->protect), median(best->open));
}

static void begin_ours(struct bench *bench, const struct profile *profile, uint32_t payload)
{
    const skiff_srtp_config config = skiff_srtp_defaults();
    const skiff_srtp_keys keys = keys_of(profile);

    bench->payload = payload;
    bench->seq = 1;
    demand(skiff_srtp_new(&config, &keys, &bench->sender) == SKIFF_OK
               && skiff_srtp_new(&config, &keys, &bench->receiver) == SKIFF_OK,
           "skiff_srtp_new");
}

static void end_ours(struct bench *bench)
{
    skiff_srtp_free(bench->sender);
    skiff_srtp_free(bench->receiver);
}

/* The kernels that may run instead, each against the floor. A session holds raw keys, so it
 * goes on with another one. */
static void print_kernels(struct bench *bench, const struct profile *profile,
                          uint32_t payload)
{
    const struct {
        const struct cipher_kernel *kernel;
        const char *key;
    } kernels[] = {
        { skf_provider_kernel() != NULL ? skf_provider_kernel() : &skf_libcrypto,
          "libcrypto" },
        { &skf_libcrypto, "evp" },
        { skf_ipsec_mb(), "ipsec_mb" },
    };

    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (kernels[i].kernel == NULL)
            continue;
        skf_cipher_kernel_use(kernels[i].kernel);
        printf("srtp_%s_%s_%u_x_floor %.3f\n", kernels[i].key, profile->name, payload,
               rounds_against(bench, profile, by_floor));
    }
    skf_cipher_kernel_use(NULL);
}

/* Lines that no table shows: what each library needs for a packet alone. */
static void print_times(struct bench *bench, const struct profile *profile,
                        uint32_t payload)
{
    printf("best srtp_%s_%u: %s (", profile->name, payload,
           bench->libraries[bench->best]->name);
    for (size_t i = 0; i < bench->num_libraries; i++)
        printf("%s%s %.0f ns", i == 0 ? "" : ", ", bench->libraries[i]->name,
               median(bench->rounds[i].theirs) / BATCH);
    printf(")\n");
}

static void print_ratios(struct bench *bench, const struct profile *profile,
                         uint32_t payload)
{
    begin_ours(bench, profile, payload);
    floor_begin(&bench->floor, profile);
    printf("srtp_%s_%u_x_floor %.3f\n", profile->name, payload,
           rounds_against(bench, profile, by_floor));
    printf("srtp_%s_%u_x_stock %.3f\n", profile->name, payload,
           rounds_against(bench, profile, by_stock));
    floor_end(&bench->floor);
    end_ours(bench);
}

static void print_x_best(struct bench *bench, const struct profile *profile,
                         uint32_t payload)
{
    begin_ours(bench, profile, payload);
    floor_begin(&bench->floor, profile);
    print_kernels(bench, profile, payload);
    libraries_begin(bench, profile);
    printf("srtp_%s_%u_x_best %.3f\n", profile->name, payload,
           rounds_against_best(bench, profile));
    print_times(bench, profile, payload);
    if (profile->gcm != NULL)
        bench->best_gcm = bench->libraries[bench->best];
    else
        bench->best_ctr = bench->libraries[bench->best];
    libraries_end(bench, profile);
    floor_end(&bench->floor);
    end_ours(bench);
}

/* In words. The values have a line for each profile and size, too. */
static void print_best(const struct bench *bench)
{
    printf("machine Best known crypto: GCM of %s, counter mode of %s, SHA-1 of libcrypto\n",
           bench->best_gcm->name, bench->best_ctr->name);
}

/* The worst of all profiles, both directions. */
static double mallocs_per_packet(struct bench *bench)
{
    double worst = 0;

    for (int p = 0; p < PROFILES; p++) {
        begin_ours(bench, &profiles[p], 1200);
        time_protect(bench);
        time_open(bench);
        uint64_t before = count_now().allocs;
        time_protect(bench);
        time_open(bench);
        worst = worse(worst, (double)(count_now().allocs - before) / (2 * BATCH));
        end_ours(bench);
    }
    return worst;
}

/* Stock sessions are made first, a pair for each profile and size. */
int main(void)
{
    static const uint32_t payloads[] = { 1200, 100 };
    struct stock stock[PROFILES][2];
    struct bench *bench = calloc(1, sizeof *bench);

    demand(bench != NULL, "calloc");
    bench->packets = calloc(BATCH, sizeof *bench->packets);
    demand(bench->packets != NULL && srtp_init() == srtp_err_status_ok, "srtp_init");
    for (int i = 0; i < PROFILES * 2; i++)
        stock[i / 2][i % 2] = (struct stock){
            stock_session(&profiles[i / 2], ssrc_any_outbound),
            stock_session(&profiles[i / 2], ssrc_any_inbound),
        };
    for (int i = 0; i < PROFILES * 2; i++) {
        bench->stock = stock[i / 2][i % 2];
        print_ratios(bench, &profiles[i / 2], payloads[i % 2]);
        srtp_dealloc(bench->stock.sender);
        srtp_dealloc(bench->stock.receiver);
    }
    /* Last: what a library leaves in the registers costs those who come next. */
    bench->num_libraries = raw_libraries(bench->libraries);
    for (int i = 0; i < PROFILES * 2; i++)
        print_x_best(bench, &profiles[i / 2], payloads[i % 2]);
    print_best(bench);
    printf("machine SRTP by: %s\n", skiff_srtp_kernel());
    if (skf_ipsec_mb() == NULL)
        printf("skipped ipsec_mb: libipsec-mb is not here, or not for this processor\n");
    demand(count_works(), "counting");
    printf("srtp_mallocs_per_packet %.3f\n", mallocs_per_packet(bench));
    free(bench->packets);
    free(bench);
    return EXIT_SUCCESS;
}
