/* skiff.c - us, as a peer among peers: through the public headers alone. */
#include "peer.h"

#include <skiff/skiff.h>
#include <stdlib.h>

enum { DAYS = 30 };

static const int64_t a_day_in_2026 = 1767225600;

struct boat {
    skiff_identity   *identity;
    skiff_context    *context;
    skiff_fingerprint fingerprint;
};

struct fleet {
    struct boat     boats[ENDS][CERTIFICATES];
    skiff_allocator memory;
    uint64_t        acquired;
};

static void *acquire(void *user, size_t size)
{
    struct fleet *fleet = user;

    fleet->acquired++;
    return malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

static uint64_t acquired(const void *fleet)
{
    return ((const struct fleet *)fleet)->acquired;
}

static const uint16_t ecdhe_ecdsa_aes_128_gcm_sha256 = 0xc02b, aes_128_gcm_sha256 = 0x1301;

static bool launch(struct boat *boat, const skiff_allocator *memory, enum key_share share,
                   const uint16_t *suite)
{
    static const uint16_t groups[] = { [SHARE_X25519] = 0x001d, [SHARE_P256] = 0x0017 };
    static const skiff_srtp_profile profile = SKIFF_SRTP_AES128_CM_SHA1_80;
    skiff_context_config config = skiff_context_defaults();

    if (skiff_identity_generate(a_day_in_2026, DAYS, &boat->identity) != SKIFF_OK)
        return false;
    skiff_identity_fingerprint(boat->identity, &boat->fingerprint);
    config.identity = boat->identity;
    config.suites = suite;                     /* each suite is of one version */
    config.num_suites = 1;
    config.groups = &groups[share];
    config.num_groups = 1;
    config.profiles = &profile;
    config.num_profiles = 1;
    config.mtu = WIRE_MTU;
    config.memory = memory;
    return skiff_context_new(&config, &boat->context) == SKIFF_OK;
}

static void discard(void *of)
{
    struct fleet *fleet = of;

    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++) {
            skiff_context_free(fleet->boats[side][i].context);
            skiff_identity_free(fleet->boats[side][i].identity);
        }
    free(fleet);
}

static void *prepare(enum key_share share, const uint16_t *suite)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    if (fleet == NULL)
        return NULL;
    fleet->memory = (skiff_allocator){ acquire, release, fleet };
    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++)
            if (!launch(&fleet->boats[side][i], &fleet->memory, share, suite)) {
                discard(fleet);
                return NULL;
            }
    return fleet;
}

static void *prepare_12(enum key_share share)
{
    return prepare(share, &ecdhe_ecdsa_aes_128_gcm_sha256);
}

static void *prepare_13(enum key_share share)
{
    return prepare(share, &aes_128_gcm_sha256);
}

static bool open_end(void *of, size_t certificate, struct end *end)
{
    const struct fleet *fleet = of;
    const struct boat *ours = &fleet->boats[end->side][certificate];
    const struct boat *theirs = &fleet->boats[!end->side][certificate];
    skiff_role role = end->side == CLIENT_END ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    skiff_dtls *dtls = NULL;

    if (skiff_dtls_new(ours->context, role, 0, &dtls) != SKIFF_OK)
        return false;
    end->handle = dtls;
    return skiff_dtls_expect(dtls, &theirs->fingerprint, 1) == SKIFF_OK;
}

/* Says all there is to say; the virtual clock stands still. */
static enum step speak(struct end *end)
{
    enum step at = STEP_MORE;
    skiff_bytes bytes;

    for (;;) {
        struct datagram *slot = wire_slot(end->wire, !end->side);
        skiff_packet packet;
        if (slot == NULL
            || skiff_packet_wrap(slot->bytes, 0, sizeof slot->bytes, &packet) != SKIFF_OK)
            return STEP_FAILED;

        skiff_dtls_event event = skiff_dtls_poll(end->handle, 0, &packet, &bytes);
        if (event == SKIFF_DTLS_FAILED || event == SKIFF_DTLS_CLOSED)
            return STEP_FAILED;
        if (event == SKIFF_DTLS_NOTHING)
            return at;
        if (event == SKIFF_DTLS_CONNECTED)
            at = STEP_DONE;
        if (event == SKIFF_DTLS_SEND) {
            slot->len = packet.len;
            wire_sent(end->wire, !end->side);
        }
    }
}

static enum step step(struct end *end)
{
    enum step at = speak(end);
    struct datagram *datagram;

    while (at == STEP_MORE && (datagram = wire_take(end->wire, end->side)) != NULL) {
        skiff_packet packet;
        if (skiff_packet_wrap(datagram->bytes, datagram->len, sizeof datagram->bytes,
                              &packet) != SKIFF_OK
            || skiff_dtls_receive(end->handle, 0, &packet) != SKIFF_OK)
            return STEP_FAILED;
        at = speak(end);
    }
    return at;
}

static bool keys(const struct end *end, uint8_t out[KEYING_MATERIAL])
{
    return skiff_dtls_export(end->handle, "EXTRACTOR-dtls_srtp", (skiff_bytes){ NULL, 0 },
                             out, KEYING_MATERIAL) == SKIFF_OK;
}

static void close_end(struct end *end)
{
    skiff_dtls_free(end->handle);
    end->handle = NULL;
}

const struct peer peer_skiff = { "skiff",   prepare_12, discard,   open_end, step,
                                 keys, close_end, acquired };
const struct peer peer_skiff13 = { "skiff, DTLS 1.3", prepare_13, discard,  open_end, step,
                                   keys, close_end, acquired };
