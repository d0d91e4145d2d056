/* skiff.c - us, as a peer among peers: through the public headers alone. */
#include "library.h"

#include <skiff/skiff.h>
#include <stdlib.h>

enum { DAYS = 30 };

static const int64_t a_day_in_2026 = 1767225600;

struct endpoint {
    skiff_identity *identity;
    skiff_context *context;
    skiff_fingerprint fingerprint;
};

struct library_state {
    struct endpoint endpoints[ENDS][CERTIFICATES];
    skiff_allocator memory;
    uint64_t acquired;
};

static void *acquire(void *user, size_t size)
{
    struct library_state *state = user;

    state->acquired++;
    return malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

static uint64_t acquired(const void *state)
{
    return ((const struct library_state *)state)->acquired;
}

static const uint16_t ecdhe_ecdsa_aes_128_gcm_sha256 = 0xc02b, aes_128_gcm_sha256 = 0x1301;

static bool make_endpoint(struct endpoint *endpoint, const skiff_allocator *memory,
                          enum key_share share, const uint16_t *suite)
{
    static const uint16_t groups[] = {
        [SHARE_X25519] = 0x001d, [SHARE_P256] = 0x0017, [SHARE_HYBRID] = 0x11ec
    };
    static const skiff_srtp_profile profile = SKIFF_SRTP_AES128_CM_SHA1_80;
    skiff_context_config config = skiff_context_defaults();

    if (skiff_identity_generate(a_day_in_2026, DAYS, &endpoint->identity) != SKIFF_OK)
        return false;
    skiff_identity_fingerprint(endpoint->identity, &endpoint->fingerprint);
    config.identity = endpoint->identity;
    config.suites = suite; /* each suite is of one version */
    config.num_suites = 1;
    config.groups = &groups[share];
    config.num_groups = 1;
    config.profiles = &profile;
    config.num_profiles = 1;
    config.mtu = WIRE_MTU;
    config.memory = memory;
    return skiff_context_new(&config, &endpoint->context) == SKIFF_OK;
}

static void discard(void *of)
{
    struct library_state *state = of;

    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++) {
            skiff_context_free(state->endpoints[side][i].context);
            skiff_identity_free(state->endpoints[side][i].identity);
        }
    free(state);
}

static void *prepare(enum key_share share, const uint16_t *suite)
{
    struct library_state *state = calloc(1, sizeof *state);

    if (state == NULL)
        return NULL;
    state->memory = (skiff_allocator){ acquire, release, state };
    for (int side = 0; side < ENDS; side++)
        for (size_t i = 0; i < CERTIFICATES; i++)
            if (!make_endpoint(&state->endpoints[side][i], &state->memory, share, suite)) {
                discard(state);
                return NULL;
            }
    return state;
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
    const struct library_state *state = of;
    const struct endpoint *ours = &state->endpoints[end->side][certificate];
    const struct endpoint *theirs = &state->endpoints[!end->side][certificate];
    skiff_role role = end->side == CLIENT_END ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    skiff_dtls *dtls = NULL;

    if (skiff_dtls_new(ours->context, role, 0, &dtls) != SKIFF_OK)
        return false;
    end->handle = dtls;
    return skiff_dtls_expect(dtls, &theirs->fingerprint, 1) == SKIFF_OK;
}

/* Says all there is to say; the virtual clock stands still. */
static enum step send_flights(struct end *end)
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
    enum step at = send_flights(end);
    struct datagram *datagram;

    while (at == STEP_MORE && (datagram = wire_receive(end->wire, end->side)) != NULL) {
        skiff_packet packet;
        if (skiff_packet_wrap(datagram->bytes, datagram->len, sizeof datagram->bytes,
                              &packet)
                != SKIFF_OK
            || skiff_dtls_receive(end->handle, 0, &packet) != SKIFF_OK)
            return STEP_FAILED;
        at = send_flights(end);
    }
    return at;
}

static bool keys(const struct end *end, uint8_t out[KEYING_MATERIAL])
{
    return skiff_dtls_export(end->handle, "EXTRACTOR-dtls_srtp", (skiff_bytes){ NULL, 0 },
                             out, KEYING_MATERIAL)
        == SKIFF_OK;
}

static void close_end(struct end *end)
{
    skiff_dtls_free(end->handle);
    end->handle = NULL;
}

const struct library library_skiff = { "skiff", prepare_12, discard,   open_end,
                                       step,    keys,       close_end, acquired };
const struct library library_skiff13 = { "skiff, DTLS 1.3", prepare_13, discard,
                                         open_end,          step,       keys,
                                         close_end,         acquired };
