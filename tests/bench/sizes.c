/* sizes.c - what each handle takes from the heap when it is made: docs/memory.md.
 *
 * A line is "name ours all": bytes asked of the allocator in the config, and bytes that all
 * libraries of the process took together, as the heap rounds them.
 */
#include "count.h"

#include <skiff/skiff.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAYS = 30, HANDSHAKE_SLOTS = 64, SSRC = 7, RTP_HEADER = 12, LIMIT = 100 };

static const int64_t a_day_in_2026 = 1767225600;

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "sizes: %s failed\n", what);
    exit(EXIT_FAILURE);
}

/* --- weighing ------------------------------------------------------------------------- */

struct weight {
    int64_t ours, all;
};

static void *acquire(void *user, size_t size)
{
    int64_t *ours = user;

    *ours += (int64_t)size;
    return malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    int64_t *ours = user;

    *ours -= (int64_t)size;
    free(block);
}

static struct weight weigh(const skiff_allocator *memory)
{
    const int64_t *ours = memory->user;

    return (struct weight){ *ours, count_now().live };
}

static struct weight less(struct weight a, struct weight b)
{
    return (struct weight){ a.ours - b.ours, a.all - b.all };
}

static void print(const char *name, struct weight w)
{
    printf("%-24s %8lld %8lld\n", name, (long long)w.ours, (long long)w.all);
}

/* --- what DTLS takes ------------------------------------------------------------------ */

static struct weight weigh_context(const skiff_allocator *memory, const skiff_identity *me,
                                   uint32_t slots, skiff_context **context)
{
    skiff_context_config config = skiff_context_defaults();
    struct weight before = weigh(memory);

    config.identity = me;
    config.max_handshakes = slots;
    config.memory = memory;
    demand(skiff_context_new(&config, context) == SKIFF_OK, "skiff_context_new");
    return less(weigh(memory), before);
}

/* What twice as many slots take: of one alone the pages of the heap would count. */
static void weigh_contexts(const skiff_allocator *memory, const skiff_identity *me)
{
    skiff_context *contexts[3];

    (void)weigh_context(memory, me, HANDSHAKE_SLOTS,
                        &contexts[0]); /* made once in a process */
    struct weight few = weigh_context(memory, me, HANDSHAKE_SLOTS, &contexts[1]);
    struct weight more =
        less(weigh_context(memory, me, 2 * HANDSHAKE_SLOTS, &contexts[2]), few);
    print("context_64_rooms", few);
    print("  room",
          (struct weight){ more.ours / HANDSHAKE_SLOTS, more.all / HANDSHAKE_SLOTS });
    for (int i = 0; i < 3; i++)
        skiff_context_free(contexts[i]);
}

static void weigh_ends(const skiff_allocator *memory, const skiff_identity *me)
{
    skiff_transport *transport = NULL;
    skiff_context *context = NULL;
    skiff_dtls *dtls = NULL;

    (void)weigh_context(memory, me, HANDSHAKE_SLOTS, &context);
    demand(skiff_transport_new(context, SKIFF_ROLE_ACTIVE, NULL, 0, &transport) == SKIFF_OK,
           "skiff_transport_new");
    skiff_transport_free(transport); /* it has set libsrtp up */

    struct weight before = weigh(memory);
    demand(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, 0, &dtls) == SKIFF_OK,
           "skiff_dtls_new");
    print("dtls", less(weigh(memory), before));
    skiff_dtls_free(dtls);
    demand(skiff_transport_new(context, SKIFF_ROLE_ACTIVE, NULL, 0, &transport) == SKIFF_OK,
           "skiff_transport_new");
    print("transport_with_dtls", less(weigh(memory), before));
    skiff_transport_free(transport);
    skiff_context_free(context);
}

static void weigh_pool(const skiff_allocator *memory)
{
    skiff_pool_config config = skiff_pool_defaults();
    struct weight before = weigh(memory);
    skiff_pool *pool = NULL;

    config.memory = memory;
    demand(skiff_pool_new(&config, &pool) == SKIFF_OK, "skiff_pool_new");
    print("pool_512_packets", less(weigh(memory), before));
    skiff_pool_free(pool);
}

/* --- what SRTP takes ------------------------------------------------------------------ */

static skiff_srtp *open_session(const skiff_allocator *memory, skiff_srtp_profile profile,
                                uint8_t len)
{
    skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = { .profile = profile, .len = len };
    skiff_srtp *srtp = NULL;

    config.memory = memory;
    demand(skiff_srtp_new(&config, &keys, &srtp) == SKIFF_OK, "skiff_srtp_new");
    return srtp;
}

/* The session sends to itself: all of its keys are zeros, in both directions. */
static void weigh_ssrcs(const skiff_allocator *memory, skiff_srtp *srtp)
{
    uint8_t bytes[LIMIT + SKIFF_TAIL] = { 0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, SSRC };
    skiff_packet packet = { .data = bytes, .len = RTP_HEADER, .limit = LIMIT };
    struct weight before = weigh(memory);

    demand(skiff_srtp_protect(srtp, &packet) == SKIFF_OK, "skiff_srtp_protect");
    struct weight sent = weigh(memory);
    demand(skiff_srtp_open(srtp, &packet) == SKIFF_OK, "skiff_srtp_open");
    print("  ssrc_sent", less(sent, before));
    print("  ssrc_received", less(weigh(memory), sent));
}

static void weigh_sessions(const skiff_allocator *memory)
{
    static const struct {
        const char *name;
        skiff_srtp_profile profile;
        uint8_t len;
    } sessions[] = {
        { "srtp_cm80", SKIFF_SRTP_AES128_CM_SHA1_80, 30 },
        { "srtp_cm32", SKIFF_SRTP_AES128_CM_SHA1_32, 30 },
        { "srtp_gcm128", SKIFF_SRTP_AEAD_AES_128_GCM, 28 },
        { "srtp_gcm256", SKIFF_SRTP_AEAD_AES_256_GCM, 44 },
    };

    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
        skiff_srtp_free(open_session(memory, sessions[i].profile, sessions[i].len));
        struct weight before = weigh(memory);
        skiff_srtp *srtp = open_session(memory, sessions[i].profile, sessions[i].len);
        print(sessions[i].name, less(weigh(memory), before));
        weigh_ssrcs(memory, srtp);
        skiff_srtp_free(srtp);
    }
}

int main(void)
{
    int64_t ours = 0;
    const skiff_allocator memory = { acquire, release, &ours };
    skiff_identity *me = NULL;

    demand(count_works(), "counting");
    demand(skiff_identity_generate(a_day_in_2026, DAYS, &me) == SKIFF_OK,
           "skiff_identity_generate");
    weigh_pool(&memory);
    weigh_contexts(&memory, me);
    weigh_ends(&memory, me);
    weigh_sessions(&memory);
    skiff_identity_free(me);
    return EXIT_SUCCESS;
}
