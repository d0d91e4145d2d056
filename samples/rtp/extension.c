/* extension.c - the elements of a header extension (RFC 8285), in both forms,
 * and their mapping to the ids of another receiver. Knows no SDP. */
#include "extension.h"

enum {
    ONE_BYTE = 0xbede,  /* section 4.2 */
    TWO_BYTES = 0x1000, /* section 4.3, and four bits of the application */
    RESERVED_ID = 15,
    EXTENSION_BIT = 0x10, /* of the first byte of the packet */
    MAX_BLOCK = EXTENSION_MAX_HEADER - RTP_HEADER - 4 * RTP_MAX_CSRCS
};

/* --- reading ------------------------------------------------------------------------ */

struct extension_walk extension_walk(const struct rtp *rtp, const uint8_t *packet)
{
    struct extension_walk walk = { .two_bytes = (rtp->profile & 0xfff0) == TWO_BYTES };

    if (!rtp->has_extension || (rtp->profile != ONE_BYTE && !walk.two_bytes))
        return walk;
    walk.at = packet + rtp->extension;
    walk.end = walk.at + rtp->extension_len;
    return walk;
}

/* The head of the element at walk->at, which is no padding. Returns its length;
 * 0: what follows is to be ignored. */
static size_t read_head(const struct extension_walk *walk, struct extension *element)
{
    const uint8_t *at = walk->at;

    if (walk->two_bytes) {
        if (walk->end - at < 2)
            return 0;
        element->id = at[0];
        element->value.len = at[1];
        return 2;
    }
    element->id = at[0] >> 4;
    element->value.len = (at[0] & 0x0fu) + 1;
    return element->id == 0 || element->id == RESERVED_ID ? 0 : 1;
}

bool extension_next(struct extension_walk *walk, struct extension *element)
{
    while (walk->at < walk->end && *walk->at == 0)
        walk->at++;
    if (walk->at == walk->end)
        return false;

    size_t head = read_head(walk, element);
    if (head == 0 || element->value.len > (size_t)(walk->end - walk->at) - head) {
        walk->at = walk->end;
        return false;
    }
    element->value.at = walk->at + head;
    walk->at = element->value.at + element->value.len;
    return true;
}

bool extension_find(const struct rtp *rtp, const uint8_t *packet, uint8_t id,
                    struct bytes *value)
{
    struct extension_walk walk = extension_walk(rtp, packet);
    struct extension element;

    while (extension_next(&walk, &element)) {
        if (element.id == id) {
            *value = element.value;
            return true;
        }
    }
    return false;
}

/* --- writing ------------------------------------------------------------------------ */

/* The extension that is being written: its header, then elements. */
struct block {
    uint8_t bytes[MAX_BLOCK];
    size_t len;
    uint16_t ids; /* a bit for each that is in it, or will be */
};

static bool fits_one_byte(uint8_t id, size_t len)
{
    return id >= 1 && id <= EXTENSION_MAX_ID && len >= 1 && len <= EXTENSION_MAX_LEN;
}

/* The ids of `set` are reserved first, so that no element of the sender has
 * one. */
static bool reserve(struct block *block, const struct extension_map *map)
{
    if (map->num_set > EXTENSION_MAX_SET)
        return false;
    for (size_t i = 0; i < map->num_set; i++) {
        uint16_t bit = (uint16_t)(1u << (map->set[i].id & 15u));
        if (!fits_one_byte(map->set[i].id, map->set[i].value.len)
            || (block->ids & bit) != 0)
            return false;
        block->ids |= bit;
    }
    return true;
}

static void append(struct block *block, uint8_t id, struct bytes value)
{
    uint8_t *at = block->bytes + block->len;

    at[0] = (uint8_t)((size_t)id << 4 | (value.len - 1));
    memcpy(at + 1, value.at, value.len);
    block->len += 1 + value.len;
}

static void append_mapped(struct block *block, const struct extension *element,
                          const struct extension_map *map)
{
    uint8_t id = element->id <= EXTENSION_MAX_ID ? map->to[element->id] : 0;
    uint16_t bit = (uint16_t)(1u << (id & 15u));

    if (!fits_one_byte(id, element->value.len) || (block->ids & bit) != 0)
        return;
    block->ids |= bit;
    append(block, id, element->value);
}

static bool write_block(struct block *block, const uint8_t *packet, const struct rtp *rtp,
                        const struct extension_map *map)
{
    struct extension_walk walk = extension_walk(rtp, packet);
    struct extension element;

    block->len = RTP_EXTENSION_HEADER;
    block->ids = 0;
    if (!reserve(block, map))
        return false;
    while (extension_next(&walk, &element))
        append_mapped(block, &element, map);
    for (size_t i = 0; i < map->num_set; i++)
        append(block, map->set[i].id, map->set[i].value);

    if (block->len == RTP_EXTENSION_HEADER) {
        block->len = 0;
        return true;
    }
    while (block->len % 4 != 0)
        block->bytes[block->len++] = 0;
    bytes_put16(block->bytes, ONE_BYTE);
    bytes_put16(block->bytes + 2, (uint16_t)(block->len / 4 - 1));
    return true;
}

static size_t length_before_extension(const struct rtp *rtp)
{
    return RTP_HEADER + 4u * rtp->num_csrcs;
}

static void put_block(uint8_t *packet, const struct rtp *rtp, const struct block *block)
{
    memcpy(packet + length_before_extension(rtp), block->bytes, block->len);
    packet[0] =
        (uint8_t)((packet[0] & ~EXTENSION_BIT) | (block->len > 0 ? EXTENSION_BIT : 0));
}

size_t extension_copy(uint8_t *out, size_t limit, const uint8_t *packet,
                      const struct rtp *rtp, const struct extension_map *map)
{
    struct block block;
    size_t before = length_before_extension(rtp), behind = rtp->payload + rtp->padding;

    if (!write_block(&block, packet, rtp, map) || before + block.len + behind > limit)
        return 0;
    memcpy(out, packet, before);
    put_block(out, rtp, &block);
    memcpy(out + before + block.len, packet + rtp->header, behind);
    return before + block.len + behind;
}

size_t extension_rewrite(uint8_t *packet, size_t len, size_t limit,
                         const struct extension_map *map)
{
    struct block block;
    struct rtp rtp;

    if (!rtp_read(&rtp, packet, len) || !write_block(&block, packet, &rtp, map))
        return 0;
    size_t header = length_before_extension(&rtp) + block.len, behind = len - rtp.header;
    if (header + behind > limit)
        return 0;
    memmove(packet + header, packet + rtp.header, behind);
    put_block(packet, &rtp, &block);
    return header + behind;
}

/* --- values
 * ---------------------------------------------------------------------------
 */

uint32_t extension_abs_send_time(uint64_t now_us)
{
    uint64_t seconds = now_us / 1000000, rest = now_us % 1000000;

    return (uint32_t)((seconds << 18) + (rest << 18) / 1000000) & 0xffffff;
}

bool extension_audio_level(struct bytes value, uint8_t *level, bool *voice)
{
    if (value.len == 0)
        return false;
    *level = value.at[0] & 0x7f;
    *voice = (value.at[0] & 0x80) != 0;
    return true;
}

bool extension_transport_cc(struct bytes value, uint16_t *sequence)
{
    if (value.len < 2)
        return false;
    *sequence = bytes_get16(value.at);
    return true;
}
