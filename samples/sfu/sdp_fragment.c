/* sdp_fragment.c - the body of a PATCH (application/trickle-ice-sdpfrag). */
#include "sdp_fragment.h"

#include "sdp_section.h"

/* The credentials stand where they stood in the offer: in the session or in a section. */
static void add_part(const struct sdp_section *part, struct sdp_fragment *fragment)
{
    if (*fragment->ufrag == '\0')
        g_strlcpy(fragment->ufrag, part->transport.ufrag, sizeof fragment->ufrag);
    if (*fragment->password == '\0')
        g_strlcpy(fragment->password, part->transport.password, sizeof fragment->password);
    if (*fragment->mid == '\0')
        g_strlcpy(fragment->mid, part->values.mid, sizeof fragment->mid);
    fragment->num_candidates += part->num_candidates;
    fragment->end_of_candidates |= part->end_of_candidates;
}

static bool read_parts(const GstSDPMessage *message, struct sdp_fragment *fragment,
                       struct problem *problem)
{
    struct sdp_section part;
    guint num = gst_sdp_message_medias_len(message);

    if (num > MAX_SECTIONS)
        return problem_set(problem, 400, "SDP fragment: %u m= lines; at most %d are read",
                           num, MAX_SECTIONS);
    if (!sdp_section_read(message, NULL, &part, problem))
        return false;
    add_part(&part, fragment);
    for (guint i = 0; i < num; i++) {
        if (!sdp_section_read_pseudo(gst_sdp_message_get_media(message, i), &part, problem))
            return false;
        add_part(&part, fragment);
    }
    if ((*fragment->ufrag == '\0') != (*fragment->password == '\0'))
        return problem_set(problem, 400,
                           "SDP fragment: a=ice-ufrag and a=ice-pwd belong together (RFC "
                           "8840 section 9)");
    return *fragment->ufrag != '\0' || fragment->num_candidates > 0
        || fragment->end_of_candidates
        || problem_set(problem, 400,
                       "SDP fragment: it has neither a candidate nor a=ice-ufrag and "
                       "a=ice-pwd");
}

bool sdp_fragment_read(skiff_bytes text, struct sdp_fragment *fragment,
                       struct problem *problem)
{
    GstSDPMessage *message = sdp_text_parse(text, problem);
    bool good;

    *fragment = (struct sdp_fragment){ 0 };
    if (message == NULL)
        return false;
    good = read_parts(message, fragment, problem);
    gst_sdp_message_free(message);
    return good;
}

/* --- the response ------------------------------------------------------------------- */

static GstSDPMedia *fragment_media(const struct media_section *section,
                                   const struct media_answer *transport)
{
    bool data = section->kind == MEDIA_DATA;
    GstSDPMedia *media;
    char type[4];

    snprintf(type, sizeof type, "%u", section->payload_type);
    gst_sdp_media_new(&media);
    gst_sdp_media_set_media(media, data                           ? "application"
                                   : section->kind == MEDIA_AUDIO ? "audio"
                                                                  : "video");
    gst_sdp_media_set_port_info(media, 9, 1);
    gst_sdp_media_set_proto(media, data ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF");
    gst_sdp_media_add_format(media, data ? "webrtc-datachannel" : type);
    gst_sdp_media_add_attribute(media, "mid", section->mid);
    gst_sdp_media_add_attribute(media, "ice-ufrag", transport->ufrag);
    gst_sdp_media_add_attribute(media, "ice-pwd", transport->password);
    for (size_t i = 0; i < transport->num_candidates; i++)
        gst_sdp_media_add_attribute(media, "candidate", transport->candidates[i]);
    gst_sdp_media_add_attribute(media, "end-of-candidates", NULL);
    return media;
}

/* A GstSDPMessage always has a line t=, which no fragment may have. */
char *sdp_fragment_write(const struct media_section *tagged,
                         const struct media_answer *transport)
{
    GstSDPMedia *media = fragment_media(tagged, transport);
    const char *options = transport->ice_options;
    bool has_options = options != NULL && *options != '\0';
    char *lines = gst_sdp_media_as_text(media), *text;

    text = g_strdup_printf("a=ice-lite\r\n%s%s%s%s", has_options ? "a=ice-options:" : "",
                           has_options ? options : "", has_options ? "\r\n" : "", lines);
    g_free(lines);
    gst_sdp_media_free(media);
    return text;
}
