#include "network.h"

#include "world/world.h"

#include <skiff/demux.h>

enum { WIRE_MS = 10, POOL_MOST = 64 };

/* --- beginning and end ---------------------------------------------------------------- */

static skiff_status begin_side(struct network *network, unsigned side)
{
    const struct network_config *config = &network->config;
    skiff_context_config context = skiff_context_defaults();
    skiff_pool_config pool = skiff_pool_defaults();

    /* The steps of most tests are counted in the flights of 1.2. */
    context.max_version = config->max_version != 0 ? config->max_version : SKIFF_DTLS_1_2;
    context.resend_jitter = SKIFF_NO_JITTER;
    context.mtu = config->mtu;
    if (config->packets > 0) {
        pool.packets = config->packets;
        pool.memory = config->memory;
        skiff_status status = skiff_pool_new(&pool, &network->pool[side]);
        if (status != SKIFF_OK)
            return status;
    }
    context.identity = world_identity((int)side);
    context.media_optional = config->media_optional;
    context.connection_ids = config->cids;
    context.rrc = config->rrc;
    context.connection_id_len = 4;
    context.pool = network->pool[side];
    context.memory = config->memory;
    context.trace = config->trace;
    context.user = config->user;
    if (config->profile[side] != 0) {
        context.profiles = &config->profile[side];
        context.num_profiles = 1;
    }
    return skiff_context_new(&context, &network->context[side]);
}

static skiff_status begin_end(struct network_end *end)
{
    static const skiff_role roles[NETWORK_SIDES] = { SKIFF_ROLE_ACTIVE,
                                                     SKIFF_ROLE_PASSIVE };
    const struct network *network = end->network;
    const struct network_config *config = &network->config;
    skiff_role role =
        config->role[end->side] != 0 ? config->role[end->side] : roles[end->side];
    skiff_status status = skiff_transport_new(network->context[end->side], role,
                                              config->srtp, network->now, &end->transport);

    if (status != SKIFF_OK)
        return status;
    skiff_transport_set_user(end->transport, end);
    return config->strangers ? SKIFF_OK : network_introduce(end);
}

skiff_status network_begin(struct network *network, const struct network_config *config)
{
    skiff_status status = SKIFF_OK;

    memset(network, 0, sizeof *network);
    network->config = *config;
    if (network->config.lines == 0)
        network->config.lines = 1;
    network->now = SKIFF_MSEC(1000000);
    for (unsigned side = 0; side < NETWORK_SIDES && status == SKIFF_OK; side++)
        status = begin_side(network, side);
    for (unsigned i = 0; i < 2 * network->config.lines && status == SKIFF_OK; i++) {
        struct network_end *end = &network->ends[i % 2][i / 2];

        *end = (struct network_end){ .network = network, .side = i % 2, .line = i / 2 };
        status = begin_end(end);
    }
    return status;
}

void network_end(struct network *network)
{
    for (unsigned i = 0; i < NETWORK_SIDES * NETWORK_LINES; i++)
        skiff_transport_free(network->ends[i % 2][i / 2].transport);
    for (unsigned side = 0; side < NETWORK_SIDES; side++) {
        skiff_context_free(network->context[side]);
        skiff_pool_free(network->pool[side]);
    }
}

skiff_status network_introduce(struct network_end *end)
{
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(1 - (int)end->side), &expected);
    return skiff_dtls_expect(skiff_transport_dtls(end->transport), &expected, 1);
}

struct network_end *network_peer(struct network_end *end)
{
    return &end->network->ends[1 - end->side][end->line];
}

/* --- the ends ------------------------------------------------------------------------- */

static bool is_lost(struct network *network, const struct test_packet *message)
{
    uint64_t *chance = &network->config.seed;

    if (network->config.loss == 0
        || skiff_protocol_of(message->packet.data[0]) == SKIFF_PROTOCOL_MEDIA)
        return false;
    *chance = *chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*chance >> 33) % 1000 < network->config.loss;
}

void network_post(struct network_end *from, const struct test_packet *message)
{
    struct network *network = from->network;

    from->sent++;
    if (network->num_in_flight == NETWORK_MAIL || is_lost(network, message))
        return;
    struct network_datagram *datagram = &network->in_flight[network->num_in_flight++];
    datagram->due = network->now + SKIFF_MSEC(WIRE_MS);
    datagram->to = network_peer(from);
    test_packet_copy(&datagram->datagram, message);
}

/* An empty packet without headroom, as around memory that is not a pool's. */
static void clear(struct test_packet *message)
{
    message->packet = (skiff_packet){ .data = message->bytes, .limit = CALL_LIMIT };
}

static void receive_data(struct network_end *end, skiff_bytes data,
                         const struct test_packet *from)
{
    const uint8_t *begin = from != NULL ? from->bytes : NULL;

    end->messages++;
    memset(end->data, 0, sizeof end->data);
    memcpy(end->data, data.ptr, data.len < sizeof end->data ? data.len : sizeof end->data);
    end->data_in_place = begin != NULL && data.ptr > begin
                      && data.ptr + data.len < begin + sizeof from->bytes;
}

static void receive_media(struct network_end *end, const skiff_packet *packet,
                          skiff_kind kind)
{
    if (kind == SKIFF_RTCP)
        end->rtcp++;
    else
        end->rtp[(packet->data[2] << 8 | packet->data[3]) % NETWORK_SEQS]++;
}

static void receive_held(struct network_end *end)
{
    skiff_packet *packet;
    skiff_kind kind;

    while (skiff_transport_take_held(end->transport, &packet, &kind)) {
        receive_media(end, packet, kind);
        skiff_packet_release(&packet);
    }
}

/* Until there is nothing; `arrived` is what was received just now, or NULL. */
static void poll_until_quiet(struct network_end *end, const struct test_packet *arrived)
{
    skiff_dtls_event event;
    skiff_bytes bytes;
    struct test_packet out;

    do {
        clear(&out);
        event =
            skiff_transport_poll(end->transport, end->network->now, &out.packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            network_post(end, &out);
        if (event == SKIFF_DTLS_DATA)
            receive_data(end, bytes, arrived);
        end->connected |= event == SKIFF_DTLS_CONNECTED;
        end->moved += event == SKIFF_DTLS_MOVED;
        end->closed |= event == SKIFF_DTLS_CLOSED;
        end->failed |= event == SKIFF_DTLS_FAILED;
        end->hellos += event == SKIFF_DTLS_HELLO;
        end->renewed += event == SKIFF_DTLS_RENEWED;
        end->not_renewed += event == SKIFF_DTLS_NOT_RENEWED;
        if (event == SKIFF_DTLS_RENEWED)
            receive_held(end);
    } while (event != SKIFF_DTLS_NOTHING);
}

skiff_status network_deliver(struct network_end *end, struct test_packet *message,
                             skiff_kind *kind)
{
    message->packet.path = network_peer(end)->address;
    skiff_status status =
        skiff_transport_receive(end->transport, end->network->now, &message->packet, kind);

    poll_until_quiet(end, message);
    return status;
}

bool network_carries(struct network_end *from, const struct test_packet *plain)
{
    skiff_kind kind, expected = plain->bytes[1] == 200 ? SKIFF_RTCP : SKIFF_RTP;
    struct test_packet sent;

    test_packet_copy(&sent, plain);
    return skiff_transport_protect(from->transport, &sent.packet) == SKIFF_OK
        && !test_packet_same(&sent, plain)
        && network_deliver(network_peer(from), &sent, &kind) == SKIFF_OK && kind == expected
        && test_packet_same(&sent, plain);
}

/* --- time ----------------------------------------------------------------------------- */

static void land(struct network *network)
{
    struct network_end *to = network->in_flight[0].to;
    struct test_packet message;
    skiff_kind kind;

    test_packet_copy(&message, &network->in_flight[0].datagram);
    network->num_in_flight--;
    memmove(network->in_flight, network->in_flight + 1,
            network->num_in_flight * sizeof *network->in_flight);
    if (network_deliver(to, &message, &kind) == SKIFF_OK && kind != SKIFF_CONSUMED)
        receive_media(to, &message.packet, kind);
}

static void poll_due(struct network *network, unsigned side)
{
    skiff_transport *transport;

    while ((transport = skiff_transport_due(network->context[side], network->now)) != NULL)
        poll_until_quiet(skiff_transport_user(transport), NULL);
}

bool network_step(struct network *network, skiff_time until)
{
    skiff_time due = network->num_in_flight > 0 ? network->in_flight[0].due : SKIFF_NEVER;
    unsigned next = NETWORK_SIDES;

    for (unsigned side = 0; side < NETWORK_SIDES; side++) {
        skiff_time deadline = skiff_context_deadline(network->context[side]);
        if (deadline < due) {
            due = deadline;
            next = side;
        }
    }
    if (due > until)
        return false;
    if (due > network->now)
        network->now = due;
    if (next < NETWORK_SIDES)
        poll_due(network, next);
    else
        land(network);
    return true;
}

void network_pass(struct network *network, skiff_time time)
{
    skiff_time until = network->now + time;

    while (network_step(network, until))
        continue;
    network->now = until;
}

static bool all_connected(const struct network *network)
{
    for (unsigned i = 0; i < 2 * network->config.lines; i++)
        if (!network->ends[i % 2][i / 2].connected)
            return false;
    return true;
}

bool network_connect(struct network *network)
{
    skiff_time until = network->now + SKIFF_MSEC(2000);

    while (!all_connected(network) && network_step(network, until))
        continue;
    return all_connected(network);
}

/* --- looking at it -------------------------------------------------------------------- */

skiff_counters network_counters(const struct network_end *end)
{
    skiff_counters counters;

    skiff_transport_get_counters(end->transport, &counters, sizeof counters);
    return counters;
}

uint32_t network_left(struct network *network, unsigned side)
{
    skiff_packet *packets[POOL_MOST];
    uint32_t left = 0;

    while (left < POOL_MOST
           && (packets[left] = skiff_pool_take(network->pool[side])) != NULL)
        left++;
    for (uint32_t i = 0; i < left; i++)
        skiff_packet_release(&packets[i]);
    return left;
}
