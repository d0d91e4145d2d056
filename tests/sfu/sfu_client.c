/* sfu_client.c - a browser of a test. */
#include "sfu_client.h"

#include "samples/common/clock.h"
#include "samples/rtp/rtx.h"
#include "samples/rtp/sequence.h"
#include "samples/rtp/vp8.h"
#include "suite.h"
#include "port/stun_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- what all have -------------------------------------------------------------------- */

void client_world_new(struct client_world *world)
{
    skiff_pool_config pool = skiff_pool_defaults();
    skiff_context_config context = skiff_context_defaults();

    *world = (struct client_world){ .seed = 1 };
    pool.packets = 4096;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &world->pool), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(1700000000, 30, &world->identity),
                          SKIFF_OK);
    skiff_identity_fingerprint(world->identity, &world->fingerprint);
    context.identity = world->identity;
    context.pool = world->pool;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&context, &world->context), SKIFF_OK);
}

void client_world_free(struct client_world *world)
{
    skiff_context_free(world->context);
    skiff_identity_free(world->identity);
    skiff_pool_free(world->pool);
}

/* The same losses in each run, as far as the packets are the same. */
static bool is_lost(struct client *client)
{
    client->world->seed = client->world->seed * 1664525u + 1013904223u;
    return client->connected && (client->world->seed >> 16) % 100 < client->loss;
}

/* --- signalling ----------------------------------------------------------------------- */

void client_new(struct client *client, struct client_world *world, unsigned number)
{
    *client = (struct client){ .world = world, .fd = -1, .ssrc = 1000 * (number + 1) };
    snprintf(client->id, sizeof client->id, "%032x", number + 1);
    snprintf(client->ufrag, sizeof client->ufrag, "them%u", number);
}

static void open_socket(struct client *client, const char *address)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };

    to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    client->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CU_ASSERT_FATAL(client->fd >= 0);
    CU_ASSERT_EQUAL_FATAL(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static void send_check(struct client *client)
{
    uint8_t bytes[1024];
    const size_t len =
        stun_client_check(bytes, client->username, client->answer.password, true);

    CU_ASSERT_EQUAL(send(client->fd, bytes, len, 0), (ssize_t)len);
}

static void begin(struct client *client, struct media *media)
{
    const skiff_role role = client->passive ? SKIFF_ROLE_PASSIVE : SKIFF_ROLE_ACTIVE;
    skiff_fingerprint theirs;

    snprintf(client->username, sizeof client->username, "%s:%s", client->answer.ufrag,
             client->ufrag);
    CU_ASSERT_EQUAL_FATAL(skiff_transport_new(client->world->context, role, NULL,
                                              clock_now(), &client->transport),
                          SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_fingerprint_parse(client->answer.fingerprint, &theirs), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(client->transport), &theirs, 1),
                    SKIFF_OK);
    skiff_transport_set_user(client->transport, client);
    skiff_transport_set_path(client->transport, clock_now(), false);
    open_socket(client, media_address(media));
    if (!client->silent)
        send_check(client);
}

enum media_status client_publish(struct client *client, struct media *media,
                                 const char *stream, bool replaces)
{
    const struct description offer = client_offer(client);
    const struct media_request request = { .stream = stream,
                                           .offer = &offer,
                                           .id = client->id,
                                           .posted = clock_now() - client->age,
                                           .replaces = replaces };
    const enum media_status status = media_publish(media, &request, &client->answer);

    for (size_t i = 0; i < CLIENT_LAYERS; i++)
        client->layers[i].sends_keyframe = true;
    if (status == MEDIA_OK)
        begin(client, media);
    return status;
}

static void expect_track(struct client_track *track, const struct media_section *section)
{
    track->ssrc = section->ssrc[0];
    track->rtx_ssrc = section->rtx_ssrc[0];
    track->payload_type = section->payload_type;
}

enum media_status client_watch(struct client *client, struct media *media,
                               const char *stream)
{
    const struct description offer = client_offer(client);
    const struct media_request request = { .stream = stream,
                                           .offer = &offer,
                                           .id = client->id,
                                           .posted = clock_now() - client->age };
    struct description chosen;
    const enum media_status status = media_watch(media, &request, &chosen, &client->answer);

    if (status != MEDIA_OK)
        return status;
    expect_track(&client->audio, &chosen.sections[0]);
    expect_track(&client->video, &chosen.sections[1]);
    if (client->has_second)
        expect_track(&client->second, &chosen.sections[2]);
    begin(client, media);
    return status;
}

void client_free(struct client *client)
{
    for (size_t i = 0; i < CLIENT_KEPT; i++)
        skiff_packet_release(&client->kept[i]);
    skiff_transport_free(client->transport);
    if (client->fd >= 0)
        close(client->fd);
}

/* --- sending -------------------------------------------------------------------------- */

static void send_datagram(struct client *client, const skiff_packet *packet)
{
    if (!is_lost(client))
        (void)!send(client->fd, packet->data, packet->len, 0);
}

static void send_plain(struct client *client, skiff_packet *packet)
{
    if (client->connected && skiff_transport_protect(client->transport, packet) == SKIFF_OK)
        send_datagram(client, packet);
}

static skiff_packet *packet_of(struct client *client, const struct rtp *rtp, size_t payload,
                               char rid)
{
    skiff_packet *packet = skiff_pool_take(client->world->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    (void)rtp_write(rtp, packet->data, packet->limit);
    packet->len = (uint32_t)(CLIENT_HEADER + payload);
    memset(packet->data + RTP_HEADER, 0, packet->len - RTP_HEADER);
    packet->data[0] |= 0x10; /* RFC 8285 section 4.2: elements, and padding */
    bytes_put32(packet->data + RTP_HEADER, 0xbede0002);
    packet->data[RTP_HEADER + 4] = CLIENT_TRANSPORT_CC << 4 | 1;
    bytes_put16(packet->data + RTP_HEADER + 5, client->transport_sequence++);
    packet->data[RTP_HEADER + 9] = CLIENT_LEVEL << 4;
    packet->data[RTP_HEADER + 10] = 0x80 | client->level;
    if (rid != 0) {
        packet->data[RTP_HEADER + 7] = CLIENT_RID << 4;
        packet->data[RTP_HEADER + 8] = (uint8_t)rid;
    }
    return packet;
}

/* RFC 7741 section 4.2: a descriptor with a picture id of 15 bits, and a
 * keyframe's first bytes or others. The number of the frame follows. */
static void write_vp8(uint8_t *payload, uint32_t frame, unsigned index, bool keyframe)
{
    payload[0] = (uint8_t)(0x80 | (index == 0 ? 0x10 : 0));
    payload[1] = 0x80; /* I */
    bytes_put16(payload + 2, (uint16_t)(0x8000 | (frame & 0x7fff)));
    payload[4] = keyframe ? 0x10 : 0x11;
    payload[7] = 0x9d;
    payload[8] = 0x01;
    payload[9] = 0x2a;
    bytes_put16(payload + 10, 0x8002);
    bytes_put16(payload + 12, 0xe001);
    bytes_put32(payload + 20, frame);
    payload[24] = (uint8_t)index;
}

static void keep(struct client *client, const skiff_packet *packet, uint16_t sequence)
{
    skiff_packet **place = &client->kept[sequence % CLIENT_KEPT];

    skiff_packet_release(place);
    *place = skiff_pool_take(client->world->pool);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*place);
    memcpy((*place)->data, packet->data, packet->len);
    (*place)->len = packet->len;
}

static uint32_t ssrc_of_layer(const struct client *client, size_t layer)
{
    return client->ssrc + 10 + (uint32_t)layer;
}

static void send_video(struct client *client, size_t layer, unsigned index)
{
    const struct rtp rtp = { .payload_type = CLIENT_VIDEO,
                             .marker = index == CLIENT_FRAME_PACKETS - 1,
                             .sequence = client->layers[layer].sequence++,
                             .timestamp = client->frame * 3000,
                             .ssrc = ssrc_of_layer(client, layer) };
    const char rid = client->num_layers > 0 ? (char)('a' + layer) : 0;
    skiff_packet *packet =
        packet_of(client, &rtp, CLIENT_PAYLOAD + CLIENT_LARGER * layer, rid);

    write_vp8(packet->data + CLIENT_HEADER, client->frame, index,
              client->layers[layer].sends_keyframe);
    if (layer == 0)
        keep(client, packet, rtp.sequence);
    send_plain(client, packet);
    skiff_packet_release(&packet);
}

void client_send_frame(struct client *client)
{
    const struct rtp rtp = { .payload_type = CLIENT_AUDIO,
                             .sequence = client->audio_sequence++,
                             .timestamp = client->frame * 1600,
                             .ssrc = client->ssrc };
    skiff_packet *packet = packet_of(client, &rtp, 80, 0);

    packet->data[CLIENT_HEADER] = client->level;
    send_plain(client, packet);
    skiff_packet_release(&packet);
    for (size_t i = 0; i < (client->num_layers > 0 ? client->num_layers : 1); i++) {
        for (unsigned k = 0; k < CLIENT_FRAME_PACKETS; k++)
            send_video(client, i, k);
        client->layers[i].sends_keyframe = false;
    }
    client->frame++;
}

static void send_again(struct client *client, uint16_t sequence)
{
    const struct rtx rtx = { CLIENT_RTX, client->rtx_sequence++, client->ssrc + 2 };
    const skiff_packet *kept = client->kept[sequence % CLIENT_KEPT];
    skiff_packet *packet;

    if (kept == NULL || bytes_get16(kept->data + 2) != sequence)
        return;
    packet = skiff_pool_take(client->world->pool);
    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    memcpy(packet->data, kept->data, kept->len);
    packet->len = (uint32_t)rtx_wrap(packet->data, kept->len, packet->limit, &rtx);
    CU_ASSERT_NOT_EQUAL(packet->len, 0);
    send_plain(client, packet);
    skiff_packet_release(&packet);
}

void client_ask(struct client *client)
{
    uint16_t sequences[64];
    const size_t num =
        missing_due(&client->video.missing, (int64_t)clock_now(), 20000, sequences, 64);
    skiff_packet *packet = skiff_pool_take(client->world->pool);
    struct bytes_out out = { packet->data, 0, packet->limit };

    (void)rtcp_write_report(&out, 1, NULL, NULL, 0);
    (void)rtcp_write_cname(&out, 1, "test");
    if (client->video.packets > 0 && !client->video.has_begun)
        (void)rtcp_write_pli(&out, 1, client->video.ssrc);
    if (num > 0)
        (void)rtcp_write_nack(&out, 1, client->video.ssrc, sequences, num);
    if (out.len > 0) {
        packet->len = (uint32_t)out.len;
        send_plain(client, packet);
    }
    skiff_packet_release(&packet);
}

/* --- receiving ------------------------------------------------------------------------ */

/* Whichever source it comes from: pictures are numbered one after the other, and time goes
 * on. What is late is not looked at. */
static void note_steps(struct client_track *track, const struct rtp *rtp,
                       const struct vp8 *vp8)
{
    const uint16_t ahead = (uint16_t)(vp8->picture_id - track->last_picture) & 0x7fff;

    if (!track->has_begun || (ahead > 0 && ahead < 0x4000)) {
        track->steps += track->has_begun && ahead != 1;
        track->steps += track->has_begun
                     && sequence_distance32(rtp->timestamp, track->last_timestamp) <= 0;
        track->last_picture = vp8->picture_id;
        track->last_timestamp = rtp->timestamp;
    }
}

/* The elements have the ids that this watcher has negotiated, and the numbers of all its
 * packets are one sequence. */
static bool has_elements(struct client *client, const struct rtp *rtp, const uint8_t *data,
                         char mid)
{
    struct bytes value;
    uint16_t number;

    if (!extension_find(rtp, data, CLIENT_MID + client->shift, &value) || value.len != 1
        || value.at[0] != (uint8_t)mid
        || !extension_find(rtp, data, CLIENT_TRANSPORT_CC + client->shift, &value)
        || !extension_transport_cc(value, &number))
        return false;
    if (sequence_is_after(number, client->newest_number))
        client->newest_number = number;
    client->num_numbers++;
    return true;
}

static void receive_video(struct client *client, uint8_t *data, size_t len)
{
    struct client_track *track = &client->video;
    struct vp8 vp8;
    struct rtp rtp;

    if (!rtp_read(&rtp, data, len) || rtp.payload_type != track->payload_type
        || !has_elements(client, &rtp, data, '1')
        || !vp8_read(&vp8, rtp_payload(&rtp, data))) {
        track->wrong++;
        return;
    }
    const uint32_t frame = bytes_get32(data + rtp.header + 20);
    track->packets++;
    track->keyframes += vp8.is_keyframe;
    note_steps(track, &rtp, &vp8);
    if (!track->has_begun && vp8.is_keyframe) {
        track->first_frame = frame;
        track->has_begun = true;
    }
    (void)missing_add(&track->missing, rtp.sequence, (int64_t)clock_now());
    track->frames[frame % sizeof track->frames] |= (uint8_t)(1u << data[rtp.header + 24]);
    if (frame > track->last_frame)
        track->last_frame = frame;
}

static void receive_audio(struct client *client, struct client_track *track,
                          const struct rtp *rtp, const uint8_t *data)
{
    const char mid = track == &client->audio ? '0' : '2';

    track->packets++;
    track->level = data[rtp->header];
    track->wrong += rtp->payload_type != CLIENT_AUDIO || rtp->payload != 80
                 || !has_elements(client, rtp, data, mid);
}

static void receive_rtx(struct client *client, skiff_packet *packet)
{
    const struct rtx original = { .payload_type = CLIENT_VIDEO,
                                  .ssrc = client->video.ssrc };
    const size_t len = rtx_unwrap(packet->data, packet->len, &original);

    client->video.repaired++;
    receive_video(client, packet->data, len);
}

/* False: it is no RTP, or of no track that there is. */
static bool receive_rtp(struct client *client, skiff_packet *packet)
{
    struct rtp rtp;

    if (!rtp_read(&rtp, packet->data, packet->len))
        return false;
    if (rtp.ssrc == client->audio.ssrc)
        receive_audio(client, &client->audio, &rtp, packet->data);
    else if (client->has_second && rtp.ssrc == client->second.ssrc)
        receive_audio(client, &client->second, &rtp, packet->data);
    else if (rtp.ssrc == client->video.ssrc)
        receive_video(client, packet->data, packet->len);
    else if (rtp.ssrc == client->video.rtx_ssrc)
        receive_rtx(client, packet);
    else
        return false;
    return true;
}

static void receive_nack(struct client *client, const struct rtcp *rtcp)
{
    uint16_t lost[RTCP_NACK_SPAN];
    size_t num;

    for (size_t i = 0; (num = rtcp_read_nack(rtcp, i, lost)) > 0; i++)
        for (size_t k = 0; k < num; k++)
            send_again(client, lost[k]);
}

static void receive_rtcp(struct client *client, const skiff_packet *packet)
{
    struct rtcp_walk walk = rtcp_walk(packet->data, packet->len);
    struct rtcp rtcp;

    while (rtcp_next(&walk, &rtcp)) {
        client->plis += rtcp.kind == RTCP_PLI;
        client->nacks += rtcp.kind == RTCP_NACK;
        client->reports += rtcp.kind == RTCP_RR;
        client->arrivals += rtcp.kind == RTCP_TRANSPORT_CC;
        client->sender_reports += rtcp.kind == RTCP_SR;
        for (size_t i = 0; rtcp.kind == RTCP_PLI && i < CLIENT_LAYERS; i++)
            client->layers[i].sends_keyframe |= rtcp.media_ssrc == ssrc_of_layer(client, i);
        if (rtcp.kind == RTCP_NACK)
            receive_nack(client, &rtcp);
    }
    CU_ASSERT_FALSE(walk.malformed);
}

static void receive_data(struct client *client, skiff_bytes bytes)
{
    client->num_data++;
    memset(client->data, 0, sizeof client->data);
    memcpy(client->data, bytes.ptr,
           bytes.len < sizeof client->data ? bytes.len : sizeof client->data - 1);
}

static void poll_transport(struct client *client)
{
    skiff_packet *packet = skiff_pool_take(client->world->pool);
    skiff_dtls_event event;
    skiff_bytes bytes;

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    while ((event = skiff_transport_poll(client->transport, clock_now(), packet, &bytes))
           != SKIFF_DTLS_NOTHING) {
        if (event == SKIFF_DTLS_SEND)
            send_datagram(client, packet);
        client->connected |= event == SKIFF_DTLS_CONNECTED;
        client->closed |= event == SKIFF_DTLS_CLOSED;
        if (event == SKIFF_DTLS_DATA)
            receive_data(client, bytes);
        CU_ASSERT_NOT_EQUAL_FATAL(event, SKIFF_DTLS_FAILED);
        if (event == SKIFF_DTLS_CLOSED)
            break;
    }
    skiff_packet_release(&packet);
}

static void receive_datagram(struct client *client, skiff_packet *packet)
{
    skiff_kind kind;

    if (packet->data[0] < 4) {
        client->checked = true;
        skiff_transport_set_path(client->transport, clock_now(), true);
        poll_transport(client);
        return;
    }
    if (is_lost(client))
        return;
    if (skiff_transport_receive(client->transport, clock_now(), packet, &kind) != SKIFF_OK)
        return;
    if (kind == SKIFF_RTP)
        client->video.wrong += !receive_rtp(client, packet);
    else if (kind == SKIFF_RTCP)
        receive_rtcp(client, packet);
    poll_transport(client);
}

static void receive_all(struct client *client)
{
    ssize_t len;

    for (;;) {
        skiff_packet *packet = skiff_pool_take(client->world->pool);
        CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
        len = recv(client->fd, packet->data, packet->limit, 0);
        packet->len = len > 0 ? (uint32_t)len : 0;
        if (len > 0 && !client->closed)
            receive_datagram(client, packet);
        skiff_packet_release(&packet);
        if (len <= 0)
            return;
    }
}

void client_close(struct client *client)
{
    skiff_dtls_close(skiff_transport_dtls(client->transport), clock_now());
    poll_transport(client);
}

void client_send_data(struct client *client, const char *text)
{
    skiff_packet *packet = skiff_pool_take(client->world->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    packet->len = (uint32_t)strlen(text);
    memcpy(packet->data, text, packet->len);
    CU_ASSERT_EQUAL(
        skiff_dtls_send(skiff_transport_dtls(client->transport), clock_now(), packet),
        SKIFF_OK);
    send_datagram(client, packet);
    skiff_packet_release(&packet);
}

void client_restart(struct client *client, const struct media_answer *answer)
{
    client->answer = *answer;
    client->checked = false;
    snprintf(client->username, sizeof client->username, "%s:%s", answer->ufrag,
             client->ufrag);
    send_check(client);
}

bool clients_are_connected(struct client *const *clients, size_t num)
{
    for (size_t i = 0; i < num; i++)
        if (!clients[i]->connected)
            return false;
    return true;
}

void clients_run(struct client *const *clients, size_t num, unsigned ms,
                 bool (*done)(struct client *const *clients, size_t num))
{
    const skiff_time end = clock_now() + SKIFF_MSEC(ms);
    struct pollfd fds[16];

    CU_ASSERT_FATAL(num <= 16);
    while (clock_now() < end && (done == NULL || !done(clients, num))) {
        for (size_t i = 0; i < num; i++)
            fds[i] = (struct pollfd){ clients[i]->fd, POLLIN, 0 };
        (void)poll(fds, num,
                   skiff_wait_ms(end, clock_now()) > 5 ? 5
                                                       : skiff_wait_ms(end, clock_now()));
        for (size_t i = 0; i < num; i++) {
            receive_all(clients[i]);
            if (skiff_transport_deadline(clients[i]->transport) <= clock_now())
                poll_transport(clients[i]);
        }
    }
}

bool client_has_all(const struct client *client, uint32_t last)
{
    const struct client_track *track = &client->video;
    const uint8_t all = (1u << CLIENT_FRAME_PACKETS) - 1;

    for (uint32_t i = track->first_frame; i <= last; i++)
        if ((track->frames[i % sizeof track->frames] & all) != all)
            return false;
    return track->has_begun;
}
