/* watcher_test.c - what one watcher is sent. Time is the test's.
 *
 * The linker puts wrappers before skiff_peer_send and skiff_peer_send_copies: what goes to
 * the peer of the scene is kept here.
 */
#include "samples/rtp/rtcp.h"
#include "samples/sfu/watcher_rtcp.h"
#include "suite.h"

enum {
    PACKETS = 64,
    BYTES = 256,
    VIDEO = 102,
    SSRC = 77,
    ID_MID = 4,
    ID_SEND_TIME = 2,
    ID_CC = 3,
    LAYER = SOURCE_VIDEO,
    OTHER_LAYER = SOURCE_VIDEO + 1
};

static struct scene {
    skiff_pool *pool;
    struct feed feed;
    struct watcher watcher;
    struct media_counters counters;
    struct layout layout;
    uint32_t edition;
    skiff_time now;
    /* What the peer was sent. */
    uint8_t bytes[PACKETS][BYTES];
    struct rtp sent[PACKETS];
    size_t num_sent;
} scene;

/* --- the peer ------------------------------------------------------------------------- */

skiff_status __real_skiff_peer_send(skiff_peer *peer, skiff_packet **packets, size_t num);
skiff_status __wrap_skiff_peer_send(skiff_peer *peer, skiff_packet **packets, size_t num);
skiff_status __real_skiff_peer_send_copies(
    skiff_peer *peer, const skiff_packet *const *plain, size_t num,
    void (*rewrite)(void *user, skiff_peer *peer, skiff_packet *copy), void *user);
skiff_status __wrap_skiff_peer_send_copies(
    skiff_peer *peer, const skiff_packet *const *plain, size_t num,
    void (*rewrite)(void *user, skiff_peer *peer, skiff_packet *copy), void *user);

static skiff_peer *peer_of_scene(void)
{
    return (skiff_peer *)&scene;
}

static uint8_t *note_sent(const skiff_packet *packet)
{
    CU_ASSERT_FATAL(scene.num_sent < PACKETS && packet->len <= BYTES);
    memcpy(scene.bytes[scene.num_sent], packet->data, packet->len);
    return scene.bytes[scene.num_sent];
}

static void read_sent(size_t len)
{
    CU_ASSERT_TRUE_FATAL(
        rtp_read(&scene.sent[scene.num_sent], scene.bytes[scene.num_sent], len));
    scene.num_sent++;
}

skiff_status __wrap_skiff_peer_send(skiff_peer *peer, skiff_packet **packets, size_t num)
{
    if (peer != peer_of_scene())
        return __real_skiff_peer_send(peer, packets, num);
    for (size_t i = 0; i < num; i++) {
        (void)note_sent(packets[i]);
        read_sent(packets[i]->len);
        skiff_packet_release(&packets[i]);
    }
    return SKIFF_OK;
}

skiff_status __wrap_skiff_peer_send_copies(
    skiff_peer *peer, const skiff_packet *const *plain, size_t num,
    void (*rewrite)(void *user, skiff_peer *peer, skiff_packet *copy), void *user)
{
    skiff_packet copy;

    if (peer != peer_of_scene())
        return __real_skiff_peer_send_copies(peer, plain, num, rewrite, user);
    for (size_t i = 0; i < num; i++) {
        CU_ASSERT_EQUAL_FATAL(
            skiff_packet_wrap(note_sent(plain[i]), plain[i]->len, BYTES, &copy), SKIFF_OK);
        rewrite(user, peer, &copy);
        read_sent(copy.len);
    }
    return SKIFF_OK;
}

/* --- the scene ------------------------------------------------------------------------ */

static void begin(const char *mid)
{
    struct description chosen = { .num_sections = 1 };
    struct media_section *section = &chosen.sections[0];
    skiff_pool_config pool = skiff_pool_defaults();

    *section = (struct media_section){ .kind = MEDIA_VIDEO,
                                       .codec = CODEC_H264,
                                       .payload_type = VIDEO,
                                       .clock_rate = 90000,
                                       .ssrc = { SSRC },
                                       .num_ssrcs = 1 };
    strncpy(section->mid, mid, sizeof section->mid - 1);
    section->extension[EXT_MID] = ID_MID;
    section->extension[EXT_ABS_SEND_TIME] = ID_SEND_TIME;
    section->extension[EXT_TRANSPORT_CC] = ID_CC;
    memset(&scene, 0, sizeof scene);
    scene.now = SKIFF_MSEC(10000);
    scene.edition = 1;
    scene.layout = (struct layout){ .codec = CODEC_H264, .wanted = UINT32_MAX };
    scene.layout.mid_len = MAX_MID;
    pool.packets = 2 * PACKETS;
    pool.limit = BYTES;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &scene.pool), SKIFF_OK);
    feed_init(&scene.feed, scene.pool);
    CU_ASSERT_TRUE_FATAL(watcher_init(&scene.watcher, &chosen));
    scene.watcher.peer = peer_of_scene();
    scene.watcher.counters = &scene.counters;
    scene.watcher.ready = true;
}

static void end(void)
{
    watcher_clear(&scene.watcher);
    feed_clear(&scene.feed);
    skiff_pool_free(scene.pool);
}

/* RFC 6184: NAL units of their own, by their first byte. */
enum { SPS = 0x67, PPS = 0x68, IDR = 0x65, SLICE = 0x41 };

/* The publisher sends a packet with this unit, which comes to the watcher as branch.c lets
 * it. */
static void publish(uint8_t source, uint16_t sequence, uint32_t timestamp, uint8_t unit)
{
    const struct rtp header = { .sequence = sequence, .timestamp = timestamp };
    uint8_t packet[RTP_HEADER + 3];
    struct outline outline;
    struct rtp rtp;
    bool spare;

    (void)rtp_write(&header, packet, sizeof packet);
    packet[RTP_HEADER] = unit;
    packet[RTP_HEADER + 1] = packet[RTP_HEADER + 2] = 0x88; /* first_mb_in_slice is 0 */
    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, packet, sizeof packet));
    skiff_packet *plain = feed_packet_for(&scene.feed, source, &spare);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plain);
    struct bytes_out out = { plain->data, 0, plain->limit };
    scene.layout.now = scene.now;
    CU_ASSERT_TRUE_FATAL(outline_write(&scene.layout, packet, &rtp, &out, &outline));
    plain->len = (uint32_t)out.len;
    outline.source = source;
    outline.edition = scene.edition;
    outline.clock_rate = 90000;
    outline.arrived = scene.now;
    CU_ASSERT_TRUE(feed_packet(&scene.feed, &outline, plain->len));
    watcher_forward(&scene.watcher, &scene.feed, plain, &outline);
    feed_keep(&scene.feed, plain, &outline);
}

/* The unit in the packet that was sent as this one. */
static uint8_t unit_sent(size_t index)
{
    CU_ASSERT_FATAL(index < scene.num_sent);
    return rtp_payload(&scene.sent[index], scene.bytes[index]).at[0];
}

/* --- where it begins ------------------------------------------------------------------ */

static void a_watcher_that_joins_begins_with_the_parameter_sets(void)
{
    const uint8_t units[] = { SLICE, SPS, PPS, IDR, SLICE };

    begin("1");
    scene.watcher.ready = false;
    for (uint16_t i = 0; i < 5; i++)
        publish(LAYER, i, i > 0 && i < 4 ? 3000 : i * 3000u, units[i]);
    scene.watcher.ready = true;
    scene.watcher.video->wanted = LAYER;
    CU_ASSERT_TRUE(watcher_begin(&scene.watcher, &scene.feed, scene.now));
    CU_ASSERT_EQUAL_FATAL(scene.num_sent, 4);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(unit_sent(i), units[1 + i]);
    end();
}

static void another_layer_does_not_begin_behind_its_parameter_sets(void)
{
    begin("1");
    publish(LAYER, 1, 0, SPS);
    publish(LAYER, 2, 0, IDR);
    publish(OTHER_LAYER, 100, 0, SPS);
    scene.watcher.video->wanted = OTHER_LAYER;
    publish(OTHER_LAYER, 101, 0, PPS);
    publish(OTHER_LAYER, 102, 0, IDR);
    CU_ASSERT_EQUAL(scene.watcher.video->source, LAYER);
    publish(LAYER, 3, 3000, SLICE);
    CU_ASSERT_EQUAL(scene.num_sent, 3);
    publish(OTHER_LAYER, 103, 3000, SPS);
    publish(OTHER_LAYER, 104, 3000, IDR);
    CU_ASSERT_EQUAL(scene.watcher.video->source, OTHER_LAYER);
    CU_ASSERT_EQUAL_FATAL(scene.num_sent, 5);
    CU_ASSERT_EQUAL(unit_sent(3), SPS);
    CU_ASSERT_EQUAL(unit_sent(4), IDR);
    end();
}

/* Its parameter sets are in the SDP. */
static void a_picture_without_parameter_sets_begins_at_its_idr_slice(void)
{
    begin("1");
    publish(LAYER, 1, 0, SPS);
    publish(LAYER, 2, 0, SLICE);
    scene.watcher.video->wanted = OTHER_LAYER;
    publish(OTHER_LAYER, 100, 0, SLICE);
    publish(OTHER_LAYER, 101, 3000, IDR);
    CU_ASSERT_EQUAL(scene.watcher.video->source, OTHER_LAYER);
    CU_ASSERT_EQUAL(unit_sent(scene.num_sent - 1), IDR);
    end();
}

/* RFC 3711 section 3.3.1: where the first packets are lost, nobody sees a wrap that was
 * among them. */
static void the_first_number_is_any_in_the_lower_half(void)
{
    uint16_t all = 0, same = UINT16_MAX;

    for (unsigned i = 0; i < 100; i++) {
        begin("1");
        publish(LAYER, 65534, 0, SPS);
        CU_ASSERT_EQUAL_FATAL(scene.num_sent, 1);
        all |= scene.sent[0].sequence;
        same &= scene.sent[0].sequence;
        end();
    }
    CU_ASSERT_EQUAL(all, 0x7fff);
    CU_ASSERT_EQUAL(same, 0);
}

/* --- its header extension ------------------------------------------------------------- */

/* The value with this id in the packet that was sent last; of length 0: there is none. */
static struct bytes value_sent(uint8_t id)
{
    struct bytes value = { NULL, 0 };
    const size_t last = scene.num_sent - 1;

    CU_ASSERT_FATAL(scene.num_sent > 0);
    (void)extension_find(&scene.sent[last], scene.bytes[last], id, &value);
    return value;
}

/* RFC 8285 section 4.2: what is longer than 16 bytes has no one-byte form. */
static void a_mid_that_does_not_fit_is_left_out(void)
{
    const char *fits = "0123456789abcdef", *too_long = "0123456789abcdefg";
    char rids[MAX_LAYERS][MAX_TOKEN] = { "" };
    struct track_stats stats;

    begin(fits);
    publish(LAYER, 1, 0, SPS);
    CU_ASSERT_EQUAL_FATAL(value_sent(ID_MID).len, 16);
    CU_ASSERT_EQUAL(memcmp(value_sent(ID_MID).at, fits, 16), 0);
    end();
    begin(too_long);
    publish(LAYER, 1, 0, SPS);
    CU_ASSERT_EQUAL(value_sent(ID_MID).len, 0);
    CU_ASSERT_EQUAL(value_sent(ID_CC).len, 2);
    CU_ASSERT_EQUAL(watcher_stats(&scene.watcher, rids, &stats, 1), 1);
    CU_ASSERT_STRING_EQUAL(stats.mid, too_long);
    end();
}

static void expect_send_time(skiff_time when)
{
    const struct bytes value = value_sent(ID_SEND_TIME);

    CU_ASSERT_EQUAL_FATAL(value.len, 3);
    CU_ASSERT_EQUAL(bytes_get24(value.at), extension_abs_send_time(when));
}

static void a_packet_that_is_sent_again_has_the_time_of_that(void)
{
    begin("1");
    publish(LAYER, 1, 0, SPS);
    expect_send_time(scene.now);
    scene.watcher.now = scene.now += SKIFF_MSEC(100);
    watcher_repeat(&scene.watcher, scene.watcher.video, &scene.feed,
                   scene.sent[0].sequence);
    CU_ASSERT_EQUAL_FATAL(scene.num_sent, 2);
    CU_ASSERT_EQUAL(scene.sent[1].sequence, scene.sent[0].sequence);
    expect_send_time(scene.now);
    end();
}

static void what_was_kept_for_a_watcher_that_joins_is_sent_when_it_joins(void)
{
    begin("1");
    scene.watcher.ready = false;
    publish(LAYER, 1, 0, SPS);
    scene.now += SKIFF_MSEC(100);
    publish(LAYER, 2, 0, IDR);
    scene.now += SKIFF_MSEC(100);
    scene.watcher.ready = true;
    scene.watcher.video->wanted = LAYER;
    CU_ASSERT_TRUE(watcher_begin(&scene.watcher, &scene.feed, scene.now));
    CU_ASSERT_EQUAL(scene.num_sent, 2);
    expect_send_time(scene.now);
    CU_ASSERT_EQUAL(scene.watcher.estimate.sent, scene.now);
    CU_ASSERT_EQUAL(scene.watcher.first_sent, scene.now);
    end();
}

/* --- reports -------------------------------------------------------------------------- */

/* The publisher's SR has come now: the timestamp 0 was at this time. */
static void publish_time(uint8_t source, uint64_t ntp)
{
    const struct outline outline = { .source = source, .edition = scene.edition };
    const struct source_time time = { true, ntp, 0, scene.now };

    feed_time(&scene.feed, &outline, &time);
}

/* The SR that is due. */
static struct rtcp_sender_info report(skiff_time now)
{
    uint8_t bytes[200];
    struct bytes_out out = { bytes, 0, sizeof bytes };
    struct rtcp_sender_info info = { 0 };
    struct rtcp rtcp;

    CU_ASSERT_TRUE_FATAL(watcher_report(&scene.watcher, &scene.feed, now, &out));
    struct rtcp_walk walk = rtcp_walk(bytes, out.len);
    CU_ASSERT_TRUE_FATAL(rtcp_next(&walk, &rtcp));
    CU_ASSERT_TRUE(rtcp_read_sender_info(&rtcp, &info));
    return info;
}

/* With several threads: its worker read the clock after ours had. */
static void an_sr_that_is_later_than_now_is_of_now(void)
{
    const uint64_t ntp = UINT64_C(1000) << 32;

    begin("1");
    publish(LAYER, 1, 0, SPS);
    publish_time(LAYER, ntp);
    const struct rtcp_sender_info info = report(scene.now - 1);
    CU_ASSERT_EQUAL(info.ntp, ntp);
    CU_ASSERT_EQUAL(info.timestamp, 0);
    CU_ASSERT_EQUAL(report(scene.now + SKIFF_MSEC(2000)).timestamp, 180000);
    end();
}

/* RFC 3550 section 6.4.1: payload octets, without header and padding. */
static void an_sr_counts_the_octets_of_payloads(void)
{
    begin("1");
    publish(LAYER, 1, 0, SPS);
    publish(LAYER, 2, 0, IDR);
    publish_time(LAYER, 1);
    const struct rtcp_sender_info info = report(scene.now);
    CU_ASSERT_EQUAL(info.packets, 2);
    CU_ASSERT_EQUAL(info.octets, scene.sent[0].payload + scene.sent[1].payload);
    end();
}

CU_TestInfo watcher_tests[] = {
    TEST(a_watcher_that_joins_begins_with_the_parameter_sets),
    TEST(another_layer_does_not_begin_behind_its_parameter_sets),
    TEST(a_picture_without_parameter_sets_begins_at_its_idr_slice),
    TEST(the_first_number_is_any_in_the_lower_half),
    TEST(a_mid_that_does_not_fit_is_left_out),
    TEST(a_packet_that_is_sent_again_has_the_time_of_that),
    TEST(what_was_kept_for_a_watcher_that_joins_is_sent_when_it_joins),
    TEST(an_sr_that_is_later_than_now_is_of_now),
    TEST(an_sr_counts_the_octets_of_payloads),
    CU_TEST_INFO_NULL,
};
