#include "board.h"

#include "world/world.h"

enum { WIRE_MS = 10, POOL_MOST = 64 };

/* --- beginning and end ---------------------------------------------------------------- */

static skiff_status begin_side(struct board *board, unsigned side)
{
    const struct board_config *config = &board->config;
    skiff_context_config context = skiff_context_defaults();
    skiff_pool_config pool = skiff_pool_defaults();

    /* The steps of most tests are counted in the flights of 1.2. */
    context.newest = config->newest != 0 ? config->newest : SKIFF_DTLS_1_2;
    context.resend_jitter = SKIFF_NO_JITTER;
    context.mtu = config->mtu;
    if (config->packets > 0) {
        pool.packets = config->packets;
        pool.memory = config->memory;
        skiff_status status = skiff_pool_new(&pool, &board->pool[side]);
        if (status != SKIFF_OK)
            return status;
    }
    context.identity = world_identity((int)side);
    context.media_optional = config->media_optional;
    context.connection_ids = config->named;
    context.rrc = config->rrc;
    context.connection_id_len = 4;
    context.pool = board->pool[side];
    context.memory = config->memory;
    if (config->profile[side] != 0) {
        context.profiles = &config->profile[side];
        context.num_profiles = 1;
    }
    return skiff_context_new(&context, &board->context[side]);
}

static skiff_status begin_end(struct board_end *end)
{
    static const skiff_role roles[BOARD_SIDES] = { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE };
    const struct board *board = end->board;
    const struct board_config *config = &board->config;
    skiff_role role = config->role[end->side] != 0 ? config->role[end->side]
                                                   : roles[end->side];
    skiff_status status = skiff_transport_new(board->context[end->side], role, config->srtp,
                                              board->now, &end->transport);

    if (status != SKIFF_OK)
        return status;
    skiff_transport_set_user(end->transport, end);
    return config->strangers ? SKIFF_OK : board_introduce(end);
}

skiff_status board_begin(struct board *board, const struct board_config *config)
{
    skiff_status status = SKIFF_OK;

    memset(board, 0, sizeof *board);
    board->config = *config;
    if (board->config.lines == 0)
        board->config.lines = 1;
    board->now = SKIFF_MSEC(1000000);
    for (unsigned side = 0; side < BOARD_SIDES && status == SKIFF_OK; side++)
        status = begin_side(board, side);
    for (unsigned i = 0; i < 2 * board->config.lines && status == SKIFF_OK; i++) {
        struct board_end *end = &board->ends[i % 2][i / 2];

        *end = (struct board_end){ .board = board, .side = i % 2, .line = i / 2 };
        status = begin_end(end);
    }
    return status;
}

void board_end(struct board *board)
{
    for (unsigned i = 0; i < BOARD_SIDES * BOARD_LINES; i++)
        skiff_transport_free(board->ends[i % 2][i / 2].transport);
    for (unsigned side = 0; side < BOARD_SIDES; side++) {
        skiff_context_free(board->context[side]);
        skiff_pool_free(board->pool[side]);
    }
}

skiff_status board_introduce(struct board_end *end)
{
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(1 - (int)end->side), &expected);
    return skiff_dtls_expect(skiff_transport_dtls(end->transport), &expected, 1);
}

struct board_end *board_peer(struct board_end *end)
{
    return &end->board->ends[1 - end->side][end->line];
}

/* --- the ends ------------------------------------------------------------------------- */

static bool is_lost(struct board *board, const struct letter *letter)
{
    enum { FIRST_OF_MEDIA = 128 };
    uint64_t *chance = &board->config.seed;

    if (board->config.loss == 0 || letter->packet.data[0] >= FIRST_OF_MEDIA)
        return false;
    *chance = *chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*chance >> 33) % 1000 < board->config.loss;
}

void board_post(struct board_end *from, const struct letter *letter)
{
    struct board *board = from->board;

    from->sent++;
    if (board->mails == BOARD_MAIL || is_lost(board, letter))
        return;
    struct board_mail *mail = &board->mail[board->mails++];
    mail->due = board->now + SKIFF_MSEC(WIRE_MS);
    mail->to = board_peer(from);
    letter_copy(&mail->letter, letter);
}

/* An empty packet without headroom, as around memory that is not a pool's. */
static void clear(struct letter *letter)
{
    letter->packet = (skiff_packet){ .data = letter->bytes, .limit = CALL_LIMIT };
}

static void take_data(struct board_end *end, skiff_bytes data, const struct letter *from)
{
    const uint8_t *begin = from != NULL ? from->bytes : NULL;

    end->messages++;
    memset(end->data, 0, sizeof end->data);
    memcpy(end->data, data.ptr, data.len < sizeof end->data ? data.len : sizeof end->data);
    end->data_in_place = begin != NULL && data.ptr > begin
                      && data.ptr + data.len < begin + sizeof from->bytes;
}

static void take_media(struct board_end *end, const skiff_packet *packet, skiff_kind kind)
{
    if (kind == SKIFF_RTCP)
        end->rtcp++;
    else
        end->rtp[(packet->data[2] << 8 | packet->data[3]) % BOARD_SEQS]++;
}

static void take_out_held(struct board_end *end)
{
    skiff_packet *packet;
    skiff_kind kind;

    while (skiff_transport_next(end->transport, &packet, &kind)) {
        take_media(end, packet, kind);
        skiff_packet_give(&packet);
    }
}

/* Until there is nothing; `arrived` is what was received just now, or NULL. */
static void poll_until_quiet(struct board_end *end, const struct letter *arrived)
{
    skiff_dtls_event event;
    skiff_bytes bytes;
    struct letter out;

    do {
        clear(&out);
        event = skiff_transport_poll(end->transport, end->board->now, &out.packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            board_post(end, &out);
        if (event == SKIFF_DTLS_DATA)
            take_data(end, bytes, arrived);
        end->connected |= event == SKIFF_DTLS_CONNECTED;
        end->moved += event == SKIFF_DTLS_MOVED;
        end->closed |= event == SKIFF_DTLS_CLOSED;
        end->failed |= event == SKIFF_DTLS_FAILED;
        end->hellos += event == SKIFF_DTLS_HELLO;
        end->renewed += event == SKIFF_DTLS_RENEWED;
        end->not_renewed += event == SKIFF_DTLS_NOT_RENEWED;
        if (event == SKIFF_DTLS_RENEWED)
            take_out_held(end);
    } while (event != SKIFF_DTLS_NOTHING);
}

skiff_status board_deliver(struct board_end *end, struct letter *letter, skiff_kind *kind)
{
    letter->packet.path = board_peer(end)->address;
    skiff_status status = skiff_transport_receive(end->transport, end->board->now,
                                                  &letter->packet, kind);

    poll_until_quiet(end, letter);
    return status;
}

bool board_carries(struct board_end *from, const struct letter *plain)
{
    skiff_kind kind, expected = plain->bytes[1] == 200 ? SKIFF_RTCP : SKIFF_RTP;
    struct letter sent;

    letter_copy(&sent, plain);
    return skiff_transport_protect(from->transport, &sent.packet) == SKIFF_OK
        && !letter_same(&sent, plain)
        && board_deliver(board_peer(from), &sent, &kind) == SKIFF_OK && kind == expected
        && letter_same(&sent, plain);
}

/* --- time ----------------------------------------------------------------------------- */

static void land(struct board *board)
{
    struct board_end *to = board->mail[0].to;
    struct letter letter;
    skiff_kind kind;

    letter_copy(&letter, &board->mail[0].letter);
    board->mails--;
    memmove(board->mail, board->mail + 1, board->mails * sizeof *board->mail);
    if (board_deliver(to, &letter, &kind) == SKIFF_OK && kind != SKIFF_SPENT)
        take_media(to, &letter.packet, kind);
}

static void poll_due(struct board *board, unsigned side)
{
    skiff_transport *transport;

    while ((transport = skiff_transport_due(board->context[side], board->now)) != NULL)
        poll_until_quiet(skiff_transport_user(transport), NULL);
}

bool board_step(struct board *board, skiff_time until)
{
    skiff_time due = board->mails > 0 ? board->mail[0].due : SKIFF_NEVER;
    unsigned next = BOARD_SIDES;

    for (unsigned side = 0; side < BOARD_SIDES; side++) {
        skiff_time deadline = skiff_context_deadline(board->context[side]);
        if (deadline < due) {
            due = deadline;
            next = side;
        }
    }
    if (due > until)
        return false;
    if (due > board->now)
        board->now = due;
    if (next < BOARD_SIDES)
        poll_due(board, next);
    else
        land(board);
    return true;
}

void board_pass(struct board *board, skiff_time time)
{
    skiff_time until = board->now + time;

    while (board_step(board, until))
        continue;
    board->now = until;
}

static bool all_connected(const struct board *board)
{
    for (unsigned i = 0; i < 2 * board->config.lines; i++)
        if (!board->ends[i % 2][i / 2].connected)
            return false;
    return true;
}

bool board_connect(struct board *board)
{
    skiff_time until = board->now + SKIFF_MSEC(2000);

    while (!all_connected(board) && board_step(board, until))
        continue;
    return all_connected(board);
}

/* --- looking at it -------------------------------------------------------------------- */

skiff_counters board_counters(const struct board_end *end)
{
    skiff_counters counters;

    skiff_transport_counters(end->transport, &counters, sizeof counters);
    return counters;
}

uint32_t board_left(struct board *board, unsigned side)
{
    skiff_packet *taken[POOL_MOST];
    uint32_t left = 0;

    while (left < POOL_MOST && (taken[left] = skiff_pool_take(board->pool[side])) != NULL)
        left++;
    for (uint32_t i = 0; i < left; i++)
        skiff_packet_give(&taken[i]);
    return left;
}
