/* sdp.c - fuzzes what reads SDP: offers of publishers and watchers, and fragments. What is
 * accepted keeps the bounds of its description, and the answer to it can be read. */
#include "samples/sfu/sdp_answer.h"
#include "samples/sfu/sdp_fragment.h"
#include "samples/sfu/sdp_offer.h"

#include <gst/sdp/gstsdpmessage.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_offer(const struct description *offer)
{
    must(offer->num_sections > 0 && offer->num_sections <= MAX_SECTIONS);
    must(offer->num_fingerprints > 0 && offer->num_fingerprints <= MAX_FINGERPRINTS);
    must(strlen(offer->ufrag) >= 4 && strlen(offer->password) >= 22);
    for (size_t i = 0; i < offer->num_sections; i++) {
        const struct media_section *section = &offer->sections[i];

        must(section->num_rids <= MAX_LAYERS && section->num_ssrcs <= MAX_LAYERS);
        must(section->payload_type < 128 && section->rtx_payload_type < 128);
        must(section->rejected || section->kind == MEDIA_DATA
             || section->codec != CODEC_NONE);
        must(section->rejected || *section->mid != '\0');
    }
}

/* The parser that read the offer reads the answer, and finds the same sections. */
static void check_sdp_answer(const struct description *offer, bool watcher)
{
    const struct media_answer transport = {
        .ufrag = "abcd",
        .password = "abcdefghijklmnopqrstuv",
        .candidates = { "1 1 udp 1 192.0.2.1 1 typ host" },
        .num_candidates = 1,
        .fingerprint = "sha-256 00"
    };
    char *text = sdp_answer_write(offer, &transport, watcher);
    GstSDPMessage *message = NULL;

    must(gst_sdp_message_new_from_text(text, &message) == GST_SDP_OK);
    must(gst_sdp_message_medias_len(message) == offer->num_sections);
    gst_sdp_message_free(message);
    g_free(text);
}

static void read_as(skiff_bytes text, const struct sdp_terms *terms)
{
    struct description offer;
    struct problem problem = { 0 };

    if (sdp_offer_read(text, terms, &offer, &problem)) {
        check_offer(&offer);
        check_sdp_answer(&offer, terms->watcher);
        return;
    }
    must(problem.status >= 400 && problem.status < 500 && *problem.detail != '\0');
}

static void read_as_fragment(skiff_bytes text)
{
    struct sdp_fragment fragment;
    struct problem problem = { 0 };

    if (sdp_fragment_read(text, &fragment, &problem))
        must((*fragment.ufrag == '\0') == (*fragment.password == '\0'));
    else
        must(problem.status >= 400 && problem.status < 500 && *problem.detail != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const skiff_bytes text = { data, size };
    const struct sdp_terms publisher = sdp_publisher_terms();
    const struct sdp_terms watcher = { .watcher = true,
                                       .codecs = { CODEC_OPUS, CODEC_H264 },
                                       .num_codecs = 2,
                                       .video_fmtp = "packetization-mode=1" };

    read_as(text, &publisher);
    read_as(text, &watcher);
    read_as_fragment(text);
    return 0;
}
