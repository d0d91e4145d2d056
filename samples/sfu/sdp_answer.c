/* sdp_answer.c - writes the SDP answer to a publisher or a watcher. */
#include "sdp_answer.h"

#include "sdp_registry.h"

#include <gst/sdp/gstsdpmessage.h>

struct sdp_writer {
    const struct media_answer *transport;
    const char *setup;
    bool watcher;
    GstSDPMedia *media;
    const struct media_section *section;
};

/* --- the lines of one section ------------------------------------------------------- */

static void add(struct sdp_writer *writer, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct sdp_writer *writer, const char *key, const char *format, ...)
{
    char value[1024];
    va_list values;

    va_start(values, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang 14 sees no va_start */
    vsnprintf(value, sizeof value, format, values);
    va_end(values);
    gst_sdp_media_add_attribute(writer->media, key, value);
}

static void add_flag(struct sdp_writer *writer, const char *key)
{
    gst_sdp_media_add_attribute(writer->media, key, NULL);
}

/* RFC 8842 section 5.3: we are the DTLS client of an offerer that cannot be it. */
static const char *setup_of(const struct description *chosen)
{
    return chosen->setup == SETUP_PASSIVE ? "active" : "passive";
}

/* RFC 9725 section 4.3.2: the answer has all candidates that there will be. */
static void add_transport(struct sdp_writer *writer)
{
    const struct media_answer *transport = writer->transport;

    add(writer, "ice-ufrag", "%s", transport->ufrag);
    add(writer, "ice-pwd", "%s", transport->password);
    add(writer, "fingerprint", "%s", transport->fingerprint);
    add(writer, "setup", "%s", writer->setup);
    for (size_t i = 0; i < transport->num_candidates; i++)
        add(writer, "candidate", "%s", transport->candidates[i]);
    add_flag(writer, "end-of-candidates");
}

static void add_feedback(struct sdp_writer *writer)
{
    const struct media_section *section = writer->section;
    const struct {
        bool negotiated;
        const char *name;
    } kinds[] = {
        { section->remb, "goog-remb" }, { section->transport_cc, "transport-cc" },
        { section->fir, "ccm fir" },    { section->nack, "nack" },
        { section->pli, "nack pli" },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].negotiated)
            add(writer, "rtcp-fb", "%u %s", section->payload_type, kinds[i].name);
}

static void add_codec(struct sdp_writer *writer)
{
    const struct media_section *section = writer->section;
    const char *name = codec_name(section->codec);
    char fmtp[MAX_FMTP];

    codec_fmtp(section->codec, section->fmtp, fmtp);
    if (section->channels > 1)
        add(writer, "rtpmap", "%u %s/%u/%u", section->payload_type, name,
            section->clock_rate, section->channels);
    else
        add(writer, "rtpmap", "%u %s/%u", section->payload_type, name, section->clock_rate);
    add_feedback(writer);
    if (*fmtp != '\0')
        add(writer, "fmtp", "%u %s", section->payload_type, fmtp);
    if (section->rtx_payload_type != 0) {
        add(writer, "rtpmap", "%u rtx/%u", section->rtx_payload_type, section->clock_rate);
        add(writer, "fmtp", "%u apt=%u", section->rtx_payload_type, section->payload_type);
    }
}

static void add_extensions(struct sdp_writer *writer)
{
    const struct media_section *section = writer->section;
    const char *one_way = writer->watcher ? "/sendonly" : "/recvonly";

    for (unsigned i = 0; i < NUM_EXTENSIONS; i++)
        if (section->extension[i] != 0)
            add(writer, "extmap", "%u%s %s", section->extension[i],
                section->one_way >> i & 1 ? one_way : "",
                extension_uri((enum header_extension)i));
}

/* RFC 8853 section 5.3.2: we receive the layers that were offered, but no more than
 * MAX_LAYERS. */
static void add_layers(struct sdp_writer *writer)
{
    const struct media_section *section = writer->section;
    char list[MAX_LAYERS * (MAX_TOKEN + 1)] = "";

    for (size_t i = 0; i < section->num_rids; i++) {
        add(writer, "rid", "%s recv", section->rid[i]);
        g_strlcat(list, i > 0 ? ";" : "", sizeof list);
        g_strlcat(list, section->rid[i], sizeof list);
    }
    if (section->num_rids > 0)
        add(writer, "simulcast", "recv %s", list);
}

static void add_sources(struct sdp_writer *writer)
{
    const struct media_section *section = writer->section;

    add(writer, "msid", "%s", section->msid);
    for (size_t i = 0; i < section->num_ssrcs; i++) {
        uint32_t ssrc = section->ssrc[i], rtx = section->rtx_ssrc[i];

        if (rtx != 0)
            add(writer, "ssrc-group", "FID %u %u", ssrc, rtx);
        add(writer, "ssrc", "%u cname:%s", ssrc, section->cname);
        if (rtx != 0)
            add(writer, "ssrc", "%u cname:%s", rtx, section->cname);
    }
}

/* --- one section -------------------------------------------------------------------- */

static void add_rtp(struct sdp_writer *writer)
{
    const char *direction = writer->section->rejected ? "inactive"
                          : writer->watcher           ? "sendonly"
                                                      : "recvonly";

    add_flag(writer, direction);
    add_flag(writer, "rtcp-mux");
    add_flag(writer, "rtcp-mux-only");
    add_flag(writer, "rtcp-rsize");
    if (writer->section->codec != CODEC_NONE)
        add_codec(writer);
    if (writer->section->rejected)
        return;
    add_extensions(writer);
    if (writer->watcher)
        add_sources(writer);
    else
        add_layers(writer);
}

static void add_formats(struct sdp_writer *writer)
{
    char type[4];

    if (writer->section->kind == MEDIA_DATA) {
        gst_sdp_media_add_format(writer->media, "webrtc-datachannel");
        return;
    }
    snprintf(type, sizeof type, "%u", writer->section->payload_type);
    gst_sdp_media_add_format(writer->media, type);
    if (writer->section->rtx_payload_type != 0) {
        snprintf(type, sizeof type, "%u", writer->section->rtx_payload_type);
        gst_sdp_media_add_format(writer->media, type);
    }
}

static void add_section(struct sdp_writer *writer, GstSDPMessage *message)
{
    static const char *const kinds[] = { "audio", "video", "application" };
    const struct media_section *section = writer->section;
    bool data = section->kind == MEDIA_DATA;

    gst_sdp_media_new(&writer->media);
    gst_sdp_media_set_media(writer->media, kinds[section->kind]);
    gst_sdp_media_set_port_info(writer->media, section_is_bundled(section) ? 9 : 0, 1);
    gst_sdp_media_set_proto(writer->media, data ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF");
    add_formats(writer);
    gst_sdp_media_add_connection(writer->media, "IN", "IP4", "0.0.0.0", 0, 0);
    if (*section->mid != '\0')
        add(writer, "mid", "%s", section->mid);
    if (section_is_bundled(section)) {
        add_transport(writer);
        if (data) {
            add(writer, "sctp-port", "5000");
            add(writer, "max-message-size", "65536");
        } else {
            add_rtp(writer);
        }
    }
    gst_sdp_message_add_media(message, writer->media);
    gst_sdp_media_free(writer->media);
}

/* --- the answer --------------------------------------------------------------------- */

static void add_group(GstSDPMessage *message, const struct description *chosen)
{
    char group[16 + MAX_SECTIONS * (MAX_TOKEN + 1)] = "BUNDLE";

    for (size_t i = 0; i < chosen->num_sections; i++)
        if (section_is_bundled(&chosen->sections[i])) {
            g_strlcat(group, " ", sizeof group);
            g_strlcat(group, chosen->sections[i].mid, sizeof group);
        }
    gst_sdp_message_add_attribute(message, "group", group);
}

char *sdp_answer_write(const struct description *chosen,
                       const struct media_answer *transport, bool watcher)
{
    struct sdp_writer writer = { .transport = transport,
                                 .setup = setup_of(chosen),
                                 .watcher = watcher };
    GstSDPMessage *message;
    char *text;

    gst_sdp_message_new(&message);
    gst_sdp_message_set_version(message, "0");
    gst_sdp_message_set_origin(message, "-", "1", "1", "IN", "IP4", "127.0.0.1");
    gst_sdp_message_set_session_name(message, "-");
    gst_sdp_message_add_time(message, "0", "0", NULL);
    add_group(message, chosen);
    gst_sdp_message_add_attribute(message, "extmap-allow-mixed", NULL);
    gst_sdp_message_add_attribute(message, "msid-semantic", "WMS *");
    gst_sdp_message_add_attribute(message, "ice-lite", NULL);
    if (transport->ice_options != NULL && *transport->ice_options != '\0')
        gst_sdp_message_add_attribute(message, "ice-options", transport->ice_options);
    for (size_t i = 0; i < chosen->num_sections; i++) {
        writer.section = &chosen->sections[i];
        add_section(&writer, message);
    }
    text = gst_sdp_message_as_text(message);
    gst_sdp_message_free(message);
    return text;
}
