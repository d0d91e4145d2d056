/* sdp_offer.c - reads the SDP offer of a publisher (WHIP) or a watcher (WHEP). */
#include "sdp_offer.h"

#include "sdp_registry.h"
#include "sdp_section.h"

enum { LAST_STATIC_TYPE = 34 }; /* RFC 3551 section 6: types that need no a=rtpmap */

struct offer_parser {
    const GstSDPMessage *message;
    const struct sdp_terms *terms;
    struct description *offer;
    struct problem *problem;
    struct sdp_section session, section;
    /* The section that BUNDLE tags, whose transport is that of all. */
    bool has_transport;
    unsigned used[MEDIA_DATA + 1];
    bool lacks_codec[MEDIA_DATA + 1]; /* a watcher's section of this kind was rejected */
};

struct sdp_terms sdp_publisher_terms(void)
{
    return (struct sdp_terms){
        .codecs = { CODEC_OPUS, CODEC_VP8, CODEC_H264, CODEC_VP9, CODEC_AV1 },
        .num_codecs = 5,
    };
}

static const char *kind_name(enum media_kind kind)
{
    static const char *const kinds[] = { "audio", "video", "application" };

    return kinds[kind];
}

/* --- one codec ---------------------------------------------------------------------- */

/* The payload type that fits best of one codec; of equals the first of the offer. -1: none.
 */
static int type_of_codec(const struct offer_parser *parser, enum codec codec)
{
    const struct sdp_section *section = &parser->section;
    const char *sent = codec_kind(codec) == MEDIA_VIDEO ? parser->terms->video_fmtp : NULL;
    unsigned best = 0;
    int chosen = -1;

    for (size_t i = 0; i < section->num_types; i++) {
        const struct sdp_format *format = &section->formats[section->types[i]];
        const char *fmtp = format->fmtp != NULL ? format->fmtp : "";
        unsigned fit = format->codec == codec ? codec_fit(codec, fmtp, sent) : 0;

        if (fit > best) {
            best = fit;
            chosen = section->types[i];
        }
    }
    return chosen;
}

static uint8_t rtx_of_type(const struct sdp_section *section, uint8_t type)
{
    for (size_t i = 0; i < section->num_types; i++) {
        const struct sdp_format *format = &section->formats[section->types[i]];

        if (format->rtx && format->apt == type
            && format->clock_rate == section->formats[type].clock_rate)
            return section->types[i];
    }
    return 0;
}

static void set_codec(struct offer_parser *parser, uint8_t type)
{
    struct media_section *values = &parser->section.values;
    const struct sdp_format *format = &parser->section.formats[type];

    values->codec = format->codec;
    values->payload_type = type;
    values->rtx_payload_type = rtx_of_type(&parser->section, type);
    values->clock_rate = format->clock_rate;
    values->channels = format->channels;
    if (format->fmtp != NULL)
        g_strlcpy(values->fmtp, format->fmtp, sizeof values->fmtp);
    values->nack = format->nack;
    values->pli = format->pli;
    values->fir = format->fir;
    values->remb = format->remb;
    values->transport_cc = format->transport_cc;
}

static int choose_type(const struct offer_parser *parser)
{
    const struct sdp_terms *terms = parser->terms;
    int type = -1;

    for (size_t i = 0; i < terms->num_codecs && type < 0; i++)
        if (codec_kind(terms->codecs[i]) == parser->section.values.kind)
            type = type_of_codec(parser, terms->codecs[i]);
    return type;
}

/* RFC 9725 section 4.4.3 has 422. In WHEP a 406 would be a counter-offer. */
static bool refuse_codecs(const struct offer_parser *parser, enum media_kind kind)
{
    const struct sdp_terms *terms = parser->terms;
    char list[64] = "";

    for (size_t i = 0; i < terms->num_codecs; i++)
        if (codec_kind(terms->codecs[i]) == kind) {
            g_strlcat(list, *list != '\0' ? ", " : "", sizeof list);
            g_strlcat(list, codec_name(terms->codecs[i]), sizeof list);
        }
    return problem_set(parser->problem, 422,
                       terms->watcher ? "m=%s: the stream is sent as %s, which the offer "
                                        "does not contain"
                                      : "m=%s: the offer must contain one of %s%s",
                       kind_name(kind), list,
                       kind == MEDIA_VIDEO ? " (H264 with packetization-mode 0 or 1)" : "");
}

/* --- one section -------------------------------------------------------------------- */

static bool terms_have(const struct sdp_terms *terms, enum media_kind kind)
{
    for (size_t i = 0; i < terms->num_codecs; i++)
        if (codec_kind(terms->codecs[i]) == kind)
            return true;
    return kind == MEDIA_DATA;
}

static void choose_static_type(struct sdp_section *section)
{
    for (size_t i = 0; i < section->num_types; i++)
        if (section->types[i] <= LAST_STATIC_TYPE) {
            section->values.payload_type = section->types[i];
            section->values.is_static = true;
            return;
        }
}

/* A section that stays empty is answered as inactive, for which it needs a payload type
 * that both know; else with port 0. */
static void reject_section(struct offer_parser *parser)
{
    const struct sdp_terms any = sdp_publisher_terms();
    struct sdp_section *section = &parser->section;
    struct offer_parser all = *parser;
    int type;

    section->values.rejected = true;
    section->values.payload_type = section->types[0];
    all.terms = &any;
    type = choose_type(&all);
    if (type >= 0)
        set_codec(parser, (uint8_t)type);
    else
        choose_static_type(section);
}

/* RFC 8285 section 7: what the offerer receives alone is of no use in what it sends. */
static void choose_extensions(struct offer_parser *parser)
{
    struct sdp_section *section = &parser->section;
    bool watcher = parser->terms->watcher;
    uint16_t of_no_use = watcher ? section->send_only : section->receive_only;

    section->values.one_way = watcher ? section->receive_only : section->send_only;
    for (unsigned i = 0; i < NUM_EXTENSIONS; i++)
        if (of_no_use >> i & 1)
            section->values.extension[i] = 0;
}

/* RFC 9725 section 4.2, and section 4.4.2 about more than one track of a kind. */
static bool check_use(struct offer_parser *parser)
{
    const struct sdp_section *section = &parser->section;
    enum media_kind kind = section->values.kind;

    if (kind == MEDIA_DATA || parser->terms->watcher) {
        if (kind == MEDIA_DATA || section->receives)
            return true;
        return problem_set(parser->problem, 400,
                           "m=%s: a watcher must offer recvonly or sendrecv (WHEP)",
                           kind_name(kind));
    }
    if (!section->sends)
        return problem_set(parser->problem, 400,
                           "m=%s: a publisher must offer sendonly or sendrecv (RFC 9725 "
                           "section 4.2)",
                           kind_name(kind));
    return parser->used[kind] == 0
        || problem_set(parser->problem, 422,
                       "m=%s: there can be one %s track (RFC 9725 section 4.4.2)",
                       kind_name(kind), kind_name(kind));
}

/* RFC 3264 section 6: of a watcher's offer this section alone is rejected. But the first
 * one, which BUNDLE tags, must stay in the bundle (RFC 9143 section 7.3.3). */
static bool reject_alone(struct offer_parser *parser)
{
    reject_section(parser);
    return parser->has_transport || section_is_bundled(&parser->section.values)
        || refuse_codecs(parser, parser->section.values.kind);
}

/* RFC 9725 section 4.4.3: a publisher's offer is accepted as a whole or not at all. */
static bool lack_codec(struct offer_parser *parser)
{
    const enum media_kind kind = parser->section.values.kind;

    if (!parser->terms->watcher)
        return refuse_codecs(parser, kind);
    parser->lacks_codec[kind] = true;
    return reject_alone(parser);
}

static unsigned most_of(const struct sdp_terms *terms, enum media_kind kind)
{
    return kind == MEDIA_AUDIO && terms->num_audio > 0 ? terms->num_audio : 1;
}

static bool use_section(struct offer_parser *parser)
{
    struct media_section *values = &parser->section.values;
    const enum media_kind kind = values->kind;
    int type = -1;

    if (!check_use(parser))
        return false;
    if (!terms_have(parser->terms, kind)
        || parser->used[kind] >= most_of(parser->terms, kind))
        return reject_alone(parser);
    if (kind != MEDIA_DATA)
        type = choose_type(parser);
    if (kind != MEDIA_DATA && type < 0)
        return lack_codec(parser);
    parser->used[kind]++;
    choose_extensions(parser);
    if (kind != MEDIA_DATA)
        set_codec(parser, (uint8_t)type);
    return true;
}

/* --- the transport ------------------------------------------------------------------ */

/* A section has precedence over the session (RFC 8839 section 5.4, RFC 8122 section 5). */
static bool set_transport(struct offer_parser *parser)
{
    const struct sdp_transport *session = &parser->session.transport;
    const struct sdp_transport *own = &parser->section.transport;
    struct description *offer = parser->offer;
    bool prints = own->num_fingerprints > 0;

    parser->has_transport = true;
    g_strlcpy(offer->ufrag, *own->ufrag != '\0' ? own->ufrag : session->ufrag, MAX_UFRAG);
    g_strlcpy(offer->password, *own->password != '\0' ? own->password : session->password,
              MAX_UFRAG);
    offer->num_fingerprints = prints ? own->num_fingerprints : session->num_fingerprints;
    memcpy(offer->fingerprints, prints ? own->fingerprints : session->fingerprints,
           sizeof offer->fingerprints);
    offer->setup = own->has_setup ? own->setup : session->setup;
    offer->trickle = own->trickle || session->trickle;
    offer->renomination = own->renomination || session->renomination;
    if (*offer->ufrag == '\0' || *offer->password == '\0')
        return problem_set(parser->problem, 400,
                           "SDP: a=ice-ufrag and a=ice-pwd are required (RFC 8839)");
    if (offer->num_fingerprints == 0)
        return problem_set(parser->problem, 400,
                           "a=fingerprint: one of sha-256, sha-384 or sha-512 is required "
                           "(RFC 8122)");
    return true;
}

/* RFC 9725 section 4.4.1: all sections are bundled, and RTCP is multiplexed. */
static bool is_bundled(const struct offer_parser *parser, const char *mid)
{
    for (guint i = 0; i < gst_sdp_message_attributes_len(parser->message); i++) {
        const GstSDPAttribute *attribute =
            gst_sdp_message_get_attribute(parser->message, i);
        const char *value = attribute->value;
        char word[MAX_TOKEN];

        if (strcmp(attribute->key, "group") != 0 || value == NULL
            || !sdp_word(&value, " ", word, sizeof word) || strcmp(word, "BUNDLE") != 0)
            continue;
        while (*value != '\0')
            if (sdp_word(&value, " ", word, sizeof word) && strcmp(word, mid) == 0)
                return true;
    }
    return false;
}

static bool mid_is_new(const struct offer_parser *parser, const char *mid)
{
    for (size_t i = 0; i < parser->offer->num_sections; i++)
        if (strcmp(parser->offer->sections[i].mid, mid) == 0)
            return false;
    return true;
}

static bool check_bundle(const struct offer_parser *parser)
{
    const struct sdp_section *section = &parser->section;
    const char *kind = kind_name(section->values.kind), *mid = section->values.mid;

    if (*mid == '\0')
        return problem_set(parser->problem, 400, "m=%s: a=mid is required (RFC 5888)",
                           kind);
    if (!mid_is_new(parser, mid))
        return problem_set(parser->problem, 400, "a=mid:%s: two sections have it", mid);
    if (!is_bundled(parser, mid))
        return problem_set(parser->problem, 400,
                           "m=%s: a=group:BUNDLE must contain the mid %s (RFC 9725 section "
                           "4.4.1)",
                           kind, mid);
    return section->rtcp_mux || section->bundle_only || section->values.kind == MEDIA_DATA
        || problem_set(parser->problem, 400,
                       "m=%s: a=rtcp-mux is required (RFC 9725 section 4.4.1)", kind);
}

/* --- what stands in the session ----------------------------------------------------- */

static bool has_extensions(const struct sdp_section *section)
{
    for (unsigned i = 0; i < NUM_EXTENSIONS; i++)
        if (section->values.extension[i] != 0)
            return true;
    return false;
}

/* RFC 8866 section 6.7: a direction of the session is that of sections without one. RFC
 * 8285 section 5: extensions are all in the session, or all in the sections. */
static void inherit(struct offer_parser *parser)
{
    const struct sdp_section *session = &parser->session;
    struct sdp_section *section = &parser->section;

    if (!section->has_direction) {
        section->sends = session->sends;
        section->receives = session->receives;
    }
    if (has_extensions(section))
        return;
    memcpy(section->values.extension, session->values.extension,
           sizeof section->values.extension);
    section->send_only = session->send_only;
    section->receive_only = session->receive_only;
}

/* --- the offer ---------------------------------------------------------------------- */

static bool add_section(struct offer_parser *parser, const GstSDPMedia *media)
{
    struct sdp_section *section = &parser->section;

    if (!sdp_section_read(parser->message, media, section, parser->problem))
        return false;
    inherit(parser);
    if (section->port == 0 && !section->bundle_only) {
        section->values.rejected = true;
        section->values.payload_type = section->types[0];
    } else if (!check_bundle(parser) || !use_section(parser)
               || (!parser->has_transport && !set_transport(parser))) {
        return false;
    }
    parser->offer->sections[parser->offer->num_sections++] = section->values;
    return true;
}

/* Who asks for the video of the stream and cannot decode it does not want its audio alone.
 */
static bool check_used(const struct offer_parser *parser)
{
    if (parser->used[MEDIA_VIDEO] == 0 && parser->lacks_codec[MEDIA_VIDEO])
        return refuse_codecs(parser, MEDIA_VIDEO);
    if (parser->used[MEDIA_AUDIO] + parser->used[MEDIA_VIDEO] > 0)
        return true;
    if (parser->lacks_codec[MEDIA_AUDIO])
        return refuse_codecs(parser, MEDIA_AUDIO);
    return problem_set(parser->problem, 400,
                       parser->terms->watcher
                           ? "SDP: the offer asks for nothing that the stream has"
                           : "SDP: the offer must contain audio or video");
}

static bool read_offer(struct offer_parser *parser)
{
    guint num = gst_sdp_message_medias_len(parser->message);

    if (num == 0 || num > MAX_SECTIONS)
        return problem_set(parser->problem, 400,
                           "SDP: %u m= sections; there must be 1 to %d", num, MAX_SECTIONS);
    if (!sdp_section_read(parser->message, NULL, &parser->session, parser->problem))
        return false;
    for (guint i = 0; i < num; i++)
        if (!add_section(parser, gst_sdp_message_get_media(parser->message, i)))
            return false;
    return check_used(parser);
}

bool sdp_offer_read(skiff_bytes text, const struct sdp_terms *terms,
                    struct description *offer, struct problem *problem)
{
    struct offer_parser parser = { .terms = terms, .offer = offer, .problem = problem };
    GstSDPMessage *message = sdp_text_parse(text, problem);
    bool good;

    *offer = (struct description){ 0 };
    if (message == NULL)
        return false;
    parser.message = message;
    good = read_offer(&parser);
    gst_sdp_message_free(message);
    return good;
}
