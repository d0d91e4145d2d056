/* ogg.c - Opus packets in an Ogg file (RFC 7845), whole in memory. */
#include "ogg.h"

#include <ogg/ogg.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, LONGEST = 5760, PACKETS_PER_PAGE = 50 };

/* How long a packet sounds, from its first octets (RFC 6716 3.1); 0 when it is none. */
static uint32_t opus_samples(const uint8_t *data, size_t len)
{
    static const uint16_t silk[4] = { 480, 960, 1920, 2880 };
    static const uint16_t celt[4] = { 120, 240, 480, 960 };

    if (len < 1)
        return 0;

    unsigned config = data[0] >> 3, code = data[0] & 3u;
    uint32_t frame = config < 12 ? silk[config % 4]
                   : config < 16 ? silk[config % 2]
                                 : celt[config % 4];
    if (code == 3 && len < 2)
        return 0;

    uint32_t samples = frame * (code == 0 ? 1 : code < 3 ? 2 : data[1] & 63u);
    return samples <= LONGEST ? samples : 0;
}

static bool copy(struct opus_packet *to, const ogg_packet *from)
{
    size_t len = (size_t)from->bytes;

    to->data = malloc(len > 0 ? len : 1);
    if (to->data == NULL)
        return false;
    memcpy(to->data, from->packet, len);
    to->len = len;
    to->samples = opus_samples(to->data, len);
    return true;
}

static bool begins_with(const ogg_packet *packet, const char magic[8])
{
    return packet->bytes >= 8 && memcmp(packet->packet, magic, 8) == 0;
}

static const char *read_head(struct recording *recording, const ogg_packet *packet)
{
    enum { CHANNELS = 9, MAPPING = 18, HEAD_LENGTH = 19 };

    if (packet->bytes < HEAD_LENGTH || packet->packet[MAPPING] != 0
        || packet->packet[CHANNELS] < 1 || packet->packet[CHANNELS] > 2)
        return "only mono and stereo go over RTP (RFC 7587)";
    return copy(&recording->head, packet) ? NULL : "out of memory";
}

static const char *read_audio(struct recording *recording, const ogg_packet *packet)
{
    if (opus_samples(packet->packet, (size_t)packet->bytes) == 0)
        return "a packet is not Opus";
    if (recording->num == recording->capacity) {
        size_t space = recording->capacity * 2 + 256;
        void *more = realloc(recording->packets, space * sizeof *recording->packets);
        if (more == NULL)
            return "out of memory";
        recording->packets = more;
        recording->capacity = space;
    }
    if (!copy(&recording->packets[recording->num], packet))
        return "out of memory";
    recording->num++;
    return NULL;
}

static int64_t length_of(const struct recording *recording)
{
    int64_t samples = 0;

    for (size_t i = 0; i < recording->num; i++)
        samples += recording->packets[i].samples;
    return samples;
}

static const char *read_packet(struct recording *recording, const ogg_packet *packet)
{
    const char *fault;

    if (recording->head.data == NULL)
        return read_head(recording, packet);
    if (recording->tags.data == NULL) {
        if (!begins_with(packet, "OpusTags"))
            return "OpusTags are missing";
        return copy(&recording->tags, packet) ? NULL : "out of memory";
    }
    fault = read_audio(recording, packet);
    if (fault != NULL || packet->granulepos < 0)
        return fault;
    /* The first page that states where it ends states where the recording starts. */
    if (recording->end == 0 && packet->granulepos >= length_of(recording))
        recording->start = packet->granulepos - length_of(recording);
    recording->end = packet->granulepos;
    return NULL;
}

/* The stream that is read: the first that begins with OpusHead. */
struct reader {
    ogg_sync_state sync;
    ogg_stream_state stream;
    bool found;
};

static void look_at(struct reader *reader, ogg_page *page)
{
    ogg_packet packet;

    if (!ogg_page_bos(page) || reader->found)
        return;
    ogg_stream_init(&reader->stream, ogg_page_serialno(page));
    ogg_stream_pagein(&reader->stream, page);
    if (ogg_stream_packetpeek(&reader->stream, &packet) == 1
        && begins_with(&packet, "OpusHead"))
        reader->found = true;
    else
        ogg_stream_clear(&reader->stream);
}

static const char *read_ogg_page(struct reader *reader, struct recording *recording,
                                 ogg_page *page)
{
    bool known = reader->found;
    const char *fault = NULL;
    ogg_packet packet;

    look_at(reader, page);
    if (!reader->found)
        return NULL;
    if (known)
        (void)ogg_stream_pagein(&reader->stream, page); /* others' pages are refused */
    while (fault == NULL && ogg_stream_packetout(&reader->stream, &packet) == 1)
        fault = read_packet(recording, &packet);
    return fault;
}

static const char *read_pages(struct reader *reader, struct recording *recording,
                              FILE *file)
{
    const char *fault = NULL;
    ogg_page page;
    size_t got;

    do {
        got = fread(ogg_sync_buffer(&reader->sync, CHUNK), 1, CHUNK, file);
        ogg_sync_wrote(&reader->sync, (long)got);
        while (fault == NULL && ogg_sync_pageout(&reader->sync, &page) == 1)
            fault = read_ogg_page(reader, recording, &page);
    } while (fault == NULL && got > 0);
    if (fault == NULL && ferror(file))
        return strerror(errno);
    if (fault == NULL && !reader->found)
        return "not an Ogg Opus file";
    if (fault == NULL && recording->num == 0)
        return "it holds no sound";
    return fault;
}

const char *recording_read(struct recording *recording, const char *path)
{
    struct reader reader = { .found = false };
    FILE *file = fopen(path, "rb");

    memset(recording, 0, sizeof *recording);
    if (file == NULL)
        return strerror(errno);
    ogg_sync_init(&reader.sync);
    const char *fault = read_pages(&reader, recording, file);
    if (reader.found)
        ogg_stream_clear(&reader.stream);
    ogg_sync_clear(&reader.sync);
    fclose(file);
    return fault;
}

static bool write_pages(ogg_stream_state *stream, FILE *file,
                        int (*next)(ogg_stream_state *, ogg_page *))
{
    ogg_page page;

    while (next(stream, &page) != 0)
        if (fwrite(page.header, 1, (size_t)page.header_len, file) != (size_t)page.header_len
            || fwrite(page.body, 1, (size_t)page.body_len, file) != (size_t)page.body_len)
            return false;
    return true;
}

static void put(ogg_stream_state *stream, const struct opus_packet *packet, int64_t granule,
                int64_t number, bool last)
{
    ogg_packet out = { .packet = packet->data,
                       .bytes = (long)packet->len,
                       .b_o_s = number == 0,
                       .e_o_s = last,
                       .granulepos = granule,
                       .packetno = number };

    ogg_stream_packetin(stream, &out);
}

/* RFC 7845 section 3: each of the two headers ends a page. */
static bool write_headers(const struct recording *recording, ogg_stream_state *stream,
                          FILE *file)
{
    put(stream, &recording->head, 0, 0, false);
    if (!write_pages(stream, file, ogg_stream_flush))
        return false;
    put(stream, &recording->tags, 0, 1, false);
    return write_pages(stream, file, ogg_stream_flush);
}

static size_t last_present(const struct recording *recording)
{
    size_t last = recording->num;

    while (last > 0 && recording->packets[last - 1].data == NULL)
        last--;
    return last;
}

static bool write_audio(const struct recording *recording, ogg_stream_state *stream,
                        FILE *file)
{
    size_t last = last_present(recording), written = 0;
    int64_t granule = recording->start;

    for (size_t i = 0; i < last; i++) {
        const struct opus_packet *packet = &recording->packets[i];
        granule += packet->samples;
        if (packet->data == NULL)
            continue;
        /* What the last page trims at the end stays trimmed (RFC 7845 4.4). */
        bool trimmed = i + 1 == recording->num && recording->end < granule;
        put(stream, packet, trimmed ? recording->end : granule, (int64_t)i + 2,
            i + 1 == last);
        bool full = ++written % PACKETS_PER_PAGE == 0;
        if (!write_pages(stream, file, full ? ogg_stream_flush : ogg_stream_pageout))
            return false;
    }
    return write_pages(stream, file, ogg_stream_flush);
}

bool recording_write(const struct recording *recording, const char *path)
{
    enum { SERIAL = 1 };
    ogg_stream_state stream;
    FILE *file = fopen(path, "wb");

    if (file == NULL)
        return false;
    ogg_stream_init(&stream, SERIAL);
    bool written =
        write_headers(recording, &stream, file) && write_audio(recording, &stream, file);
    ogg_stream_clear(&stream);
    return fclose(file) == 0 && written;
}

void recording_free(struct recording *recording)
{
    for (size_t i = 0; i < recording->num; i++)
        free(recording->packets[i].data);
    free(recording->packets);
    free(recording->head.data);
    free(recording->tags.data);
    memset(recording, 0, sizeof *recording);
}
