/* pair.c - two agents on one main context, each of which hears what the other says. */
#include "pair.h"

#include "../port/loopback.h"
#include "suite.h"

#include <string.h>

enum { RTP_HEADER = 12, BATCH_MAX = 64 };

static bool arrived_in_time(struct end *end, enum end_callback callback)
{
    if (end->ice == NULL) {
        end->after_free++;
        return false;
    }
    if (end->free_in == callback) {
        end_free(end);
        return false;
    }
    return true;
}

static void on_candidate(void *user, const char *sdp)
{
    struct end *end = user;
    char rewritten[256];

    if (sdp != NULL && end->pair->path != NULL) {
        emulated_path_rewrite(end->pair->path, end, sdp, rewritten, sizeof rewritten);
        sdp = rewritten;
    }
    *(sdp != NULL ? &end->candidates : &end->last_candidates) += 1;
    if (sdp != NULL && end->first_candidate[0] == '\0')
        g_strlcpy(end->first_candidate, sdp, sizeof end->first_candidate);
    if (sdp != NULL)
        g_strlcpy(end->last_candidate, sdp, sizeof end->last_candidate);
    if (end->restart_in_candidate) {
        end->restart_in_candidate = false;
        end->first_candidate[0] = '\0';
        CU_ASSERT_EQUAL(skiff_ice_restart(end->ice), SKIFF_OK);
        return;
    }
    if (!arrived_in_time(end, sdp != NULL ? IN_CANDIDATE : IN_LAST_CANDIDATE))
        return;
    if (end->pair->only_tcp && sdp != NULL && strstr(sdp, " TCP ") == NULL)
        return;
    if (end->peer->ice != NULL && end->peer->introduced && !end->peer->ignores_candidates)
        CU_ASSERT_EQUAL(skiff_ice_add_candidate(end->peer->ice, sdp), SKIFF_OK);
}

/* The sequence number of a packet says how long it is and what it is made of. */
static uint32_t length_of(uint16_t sequence)
{
    return RTP_HEADER + sequence % 200u * 7u;
}

static bool is_as_sent(const skiff_packet *packet)
{
    uint16_t sequence = (uint16_t)(packet->data[2] << 8 | packet->data[3]);

    if (packet->len != length_of(sequence))
        return false;
    for (uint32_t i = RTP_HEADER; i < packet->len; i++)
        if (packet->data[i] != (uint8_t)(sequence + i))
            return false;
    return true;
}

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct end *end = user;
    size_t sent;

    *(kind == SKIFF_RTP ? &end->rtp : &end->rtcp) += 1;
    end->wrong += kind == SKIFF_RTP && !is_as_sent(packet) ? 1 : 0;
    if (arrived_in_time(end, IN_MEDIA) && end->echoes)
        CU_ASSERT_EQUAL(skiff_ice_send(end->ice, &packet, 1, &sent), SKIFF_OK);
}

skiff_status end_send_data(struct end *end, const void *bytes, size_t len)
{
    skiff_packet *packet = skiff_pool_take(end->pair->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    if (len > 0)
        memcpy(packet->data, bytes, len);
    packet->len = (uint32_t)len;
    skiff_status status = skiff_ice_send_data(end->ice, packet);
    skiff_packet_release(&packet);
    return status;
}

static void read_data(struct end *end, skiff_bytes bytes)
{
    end->data++;
    end->data_len = bytes.len;
    CU_ASSERT_FATAL(bytes.len <= END_BYTES);
    if (bytes.len > 0)
        memcpy(end->data_bytes, bytes.ptr, bytes.len);
    if (arrived_in_time(end, IN_DATA) && end->echoes_data)
        CU_ASSERT_EQUAL(end_send_data(end, bytes.ptr, bytes.len), SKIFF_OK);
}

static void read_certificate(struct end *end, skiff_bytes bytes)
{
    end->certificates++;
    end->certificate_len = bytes.len;
    CU_ASSERT_FATAL(bytes.len > 0 && bytes.len <= END_BYTES);
    memcpy(end->certificate, bytes.ptr, bytes.len);
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct end *end = user;

    end->connected += event == SKIFF_DTLS_CONNECTED ? 1 : 0;
    end->closed += event == SKIFF_DTLS_CLOSED ? 1 : 0;
    end->failed += event == SKIFF_DTLS_FAILED ? 1 : 0;
    end->hellos += event == SKIFF_DTLS_HELLO ? 1 : 0;
    end->renewed += event == SKIFF_DTLS_RENEWED ? 1 : 0;
    end->not_renewed += event == SKIFF_DTLS_NOT_RENEWED ? 1 : 0;
    if (event == SKIFF_DTLS_HELLO && end->renewal_role != 0 && end->ice != NULL)
        CU_ASSERT_EQUAL(
            skiff_ice_renew(end->ice, end->renewal_role, &end->peer->fingerprint, 1),
            SKIFF_OK);
    end->moved += event == SKIFF_DTLS_MOVED ? 1 : 0;
    end->tickets += event == SKIFF_DTLS_TICKET && bytes.len > 0 ? 1 : 0;
    if (event == SKIFF_DTLS_DATA)
        read_data(end, bytes);
    else if (event == SKIFF_DTLS_PEER_CERTIFICATE)
        read_certificate(end, bytes);
    else
        (void)arrived_in_time(end, IN_EVENT);
}

void end_restart(struct end *end)
{
    end->introduced = false;
    end->first_candidate[0] = '\0';
    CU_ASSERT_EQUAL(skiff_ice_restart(end->ice), SKIFF_OK);
}

static void on_ice_event(void *user, const skiff_ice_event *event)
{
    struct end *end = user;

    end->events[event->kind]++;
    end->last_what = event->what;
    end->last_ok = event->ok;
    end->last_code = event->code;
    g_strlcpy(end->last_server, event->server != NULL ? event->server : "",
              sizeof end->last_server);
    end->after_free += end->ice == NULL ? 1 : 0;
    if (end->restart_in_failure && event->kind == SKIFF_ICE_FAILED)
        end_restart(end);
}

static void make_end(struct pair *pair, struct end *end, skiff_context **context,
                     const skiff_context_config *wishes)
{
    skiff_context_config config = *wishes;

    end->pair = pair;
    end->peer = end == &pair->a ? &pair->b : &pair->a;
    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(1700000000, 30, &end->identity),
                          SKIFF_OK);
    skiff_identity_fingerprint(end->identity, &end->fingerprint);
    config.identity = end->identity;
    config.pool = pair->pool;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, context), SKIFF_OK);
}

static skiff_ice_config config_of(struct pair *pair, struct end *end,
                                  const char *const *address)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.context = pair->context[end == &pair->a ? 0 : 1];
    config.main_context = pair->loop;
    config.controlling = end == &pair->a;
    config.role = end == &pair->a ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_ACTPASS;
    config.user = end;
    config.on_candidate = on_candidate;
    config.on_media = on_media;
    config.on_event = on_event;
    config.on_ice_event = on_ice_event;
    config.addresses = address;
    config.num_addresses = 1;
    return config;
}

void pair_new(struct pair *pair, const char *const *address)
{
    skiff_context_config wishes = skiff_context_defaults();

    wishes.max_version = SKIFF_DTLS_1_2;
    pair_new_with(pair, address, &wishes);
}

void pair_new_with(struct pair *pair, const char *const *address,
                   const skiff_context_config *wishes)
{
    skiff_pool_config config = skiff_pool_defaults();

    memset(pair, 0, sizeof *pair);
    config.packets = 256;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pair->pool), SKIFF_OK);
    pair->loop = g_main_context_new();
    make_end(pair, &pair->a, &pair->context[0], wishes);
    make_end(pair, &pair->b, &pair->context[1], wishes);
    pair->config_a = config_of(pair, &pair->a, address);
    pair->config_b = config_of(pair, &pair->b, address);
}

static void introduce(struct end *end)
{
    const char *ufrag, *password;

    skiff_ice_credentials(end->peer->ice, &ufrag, &password);
    end->introduced = true;
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(end->ice, ufrag, password, &end->peer->fingerprint, 1),
        SKIFF_OK);
    if (end->peer->first_candidate[0] != '\0')
        CU_ASSERT_EQUAL(skiff_ice_add_candidate(end->ice, end->peer->first_candidate),
                        SKIFF_OK);
}

void pair_introduce(struct pair *pair)
{
    introduce(&pair->a);
    introduce(&pair->b);
}

void pair_restart(struct pair *pair)
{
    end_restart(&pair->a);
    end_restart(&pair->b);
}

void pair_start(struct pair *pair)
{
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair->config_a, &pair->a.ice), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair->config_b, &pair->b.ice), SKIFF_OK);
    pair_introduce(pair);
}

static gboolean on_alarm(gpointer rung)
{
    *(bool *)rung = true;
    return G_SOURCE_REMOVE;
}

bool pair_until(struct pair *pair, bool (*holds)(const struct pair *))
{
    GSource *alarm = g_timeout_source_new_seconds(10);
    bool rung = false;

    g_source_set_callback(alarm, on_alarm, &rung, NULL);
    g_source_attach(alarm, pair->loop);
    while (!holds(pair) && !rung)
        g_main_context_iteration(pair->loop, TRUE);
    g_source_destroy(alarm);
    g_source_unref(alarm);
    return holds(pair);
}

void pair_choose_paths(struct pair *pair)
{
    do
        loopback_wait();
    while (g_main_context_iteration(pair->loop, FALSE));
}

void end_free(struct end *end)
{
    skiff_ice *ice = end->ice;

    end->ice = NULL;
    skiff_ice_free(ice);
}

void pair_free(struct pair *pair)
{
    end_free(&pair->a);
    end_free(&pair->b);
    skiff_context_free(pair->context[0]);
    skiff_context_free(pair->context[1]);
    skiff_identity_free(pair->a.identity);
    skiff_identity_free(pair->b.identity);
    skiff_pool_free(pair->pool);
    pair_choose_paths(pair);
    g_main_context_unref(pair->loop);
    CU_ASSERT_EQUAL(pair->a.after_free + pair->b.after_free, 0);
    CU_ASSERT_EQUAL(pair->a.wrong + pair->b.wrong, 0);
}

static void write_rtp(skiff_packet *packet, uint16_t sequence)
{
    const uint8_t high = (uint8_t)(sequence >> 8), low = (uint8_t)sequence;
    const uint8_t header[RTP_HEADER] = {
        0x80, 96, high, low, 0, 0, 0, 0, 's', 's', 'r', 'c'
    };

    packet->len = length_of(sequence);
    for (uint32_t i = 0; i < packet->len; i++)
        packet->data[i] = (uint8_t)(sequence + i);
    memcpy(packet->data, header, sizeof header);
}

size_t end_send(struct end *end, size_t num)
{
    skiff_packet *packets[BATCH_MAX] = { NULL };
    size_t sent = 0;

    for (size_t i = 0; i < num; i++) {
        packets[i] = skiff_pool_take(end->pair->pool);
        write_rtp(packets[i], end->sequence);
        end->sequence = (uint16_t)(end->sequence + (end->even ? 200 : 1));
    }
    CU_ASSERT_EQUAL(skiff_ice_send(end->ice, packets, num, &sent), SKIFF_OK);
    for (size_t i = 0; i < num; i++)
        skiff_packet_release(&packets[i]);
    return sent;
}

bool both_connected(const struct pair *pair)
{
    return pair->a.connected > 0 && pair->b.connected > 0;
}
