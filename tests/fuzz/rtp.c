/* rtp.c - fuzzes what reads an RTP packet: the header, the elements of its extension and
 * their mapping, retransmissions, the starts of keyframes, the VP8 descriptor.
 *
 * An input is a byte with the space that a mapped packet may need, a table of ids, then the
 * packet.
 */
#include <stdlib.h>

#include "samples/rtp/extension.h"
#include "samples/rtp/payload.h"
#include "samples/rtp/rtx.h"
#include "samples/rtp/vp8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 1 + EXTENSION_MAX_ID };

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Bytes in memory of their own, with space behind them. */
static uint8_t *copy_of(const uint8_t *data, size_t len, size_t space)
{
    uint8_t *copy = malloc(len + space + 1);

    must(copy != NULL);
    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

static bool is_within(struct bytes part, const uint8_t *packet, size_t len)
{
    return part.at >= packet && part.at + part.len <= packet + len;
}

static void elements_are_within(const struct rtp *rtp, const uint8_t *packet)
{
    struct extension_walk walk = extension_walk(rtp, packet);
    struct extension element;

    while (extension_next(&walk, &element)) {
        must(element.id != 0 && is_within(element.value, packet, rtp->header));
        must(extension_find(rtp, packet, element.id, &element.value));
    }
}

/* Both ways of mapping agree, and what they write is a packet with the same payload. */
static void elements_are_mapped(const uint8_t *packet, size_t len, size_t limit,
                                const struct extension_map *map)
{
    uint8_t *out = malloc(limit + 1), *rewritten_bytes = copy_of(packet, len, limit);
    struct rtp before, after;

    must(out != NULL && rtp_read(&before, packet, len));
    size_t copied = extension_copy(out, limit, packet, &before, map);
    size_t rewritten = extension_rewrite(rewritten_bytes, len, limit, map);
    must(copied == rewritten && copied <= limit
         && memcmp(out, rewritten_bytes, copied) == 0);
    if (copied == 0) {
        must(memcmp(rewritten_bytes, packet, len) == 0);
    } else {
        must(rtp_read(&after, out, copied));
        must(after.payload == before.payload && after.padding == before.padding);
        must(memcmp(out + after.header, packet + before.header, after.payload) == 0);
        elements_are_within(&after, out);
    }
    free(rewritten_bytes);
    free(out);
}

static void a_retransmission_has_the_original(const uint8_t *packet, size_t len,
                                              const struct rtp *rtp)
{
    static const struct rtx rtx = { .payload_type = 97, .sequence = 7, .ssrc = 8 };
    struct rtx original = { .payload_type = rtp->payload_type, .ssrc = rtp->ssrc };
    uint8_t *copy = copy_of(packet, len, RTX_HEADER);
    size_t wrapped = rtx_wrap(copy, len, len + RTX_HEADER, &rtx);

    must(wrapped == len - rtp->padding + RTX_HEADER);
    must(rtx_unwrap(copy, wrapped, &original) == len - rtp->padding);
    must(memcmp(copy + 1, packet + 1, len - rtp->padding - 1) == 0);
    memcpy(copy, packet, len);
    must(rtx_unwrap(copy, len, &original) <= len);
    free(copy);
}

static void the_payload_is_judged(const uint8_t *packet, const struct rtp *rtp)
{
    struct bytes payload = rtp_payload(rtp, packet);
    struct vp8_offset offset = { .picture_id = 300, .tl0picidx = 5 };
    struct vp8 vp8, after;

    for (unsigned format = PAYLOAD_OTHER; format <= PAYLOAD_AV1; format++)
        (void)payload_starts_keyframe((enum payload_format)format, payload);
    uint8_t *copy = copy_of(payload.at, payload.len, 0);
    if (vp8_read(&vp8, payload)) {
        must(vp8.descriptor < payload.len);
        vp8_rewrite(copy, &vp8, offset);
        must(vp8_read(&after, (struct bytes){ copy, payload.len }));
        must(after.descriptor == vp8.descriptor && after.is_keyframe == vp8.is_keyframe);
        must(memcmp(copy + vp8.descriptor, payload.at + vp8.descriptor,
                    payload.len - vp8.descriptor)
             == 0);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t mid[] = "v", number[] = { 1, 2 };
    struct extension_map map = { .set = { { 3, { number, 2 } }, { 5, { mid, 1 } } } };
    struct rtp rtp;

    if (size < HEAD)
        return 0;
    map.num_set = data[0] % 3;
    memcpy(map.to + 1, data + 1, EXTENSION_MAX_ID);
    size_t len = size - HEAD;
    uint8_t *packet = copy_of(data + HEAD, len, 0);
    if (rtp_read(&rtp, packet, len)) {
        must(rtp.header + rtp.payload + rtp.padding == len);
        elements_are_within(&rtp, packet);
        elements_are_mapped(packet, len, len + data[0] / 3, &map);
        elements_are_mapped(packet, len, data[0], &map);
        a_retransmission_has_the_original(packet, len, &rtp);
        the_payload_is_judged(packet, &rtp);
    }
    free(packet);
    return 0;
}
