/* sdp_section.c - the attributes of one m= section, or of the session. */
#include "sdp_section.h"

#include "sdp_registry.h"

#include <skiff/port.h>

/* Bytes of a list of layers, with its NUL. */
enum { SIMULCAST_LIST = 256 };

struct parser {
    struct sdp_section *section;
    struct problem *problem;
};

/* --- codecs ------------------------------------------------------------------------- */

static struct sdp_format *format_of(struct parser *parser, const char **value)
{
    uint32_t type;

    if (sdp_number(value, PAYLOAD_TYPES - 1, &type))
        return &parser->section->formats[type];
    problem_set(parser->problem, 400, "SDP: an attribute names no payload type of 0 to %d",
                PAYLOAD_TYPES - 1);
    return NULL;
}

static bool read_rtpmap(struct parser *parser, const char *value)
{
    struct sdp_format *format = format_of(parser, &value);
    char name[MAX_TOKEN];
    uint32_t channels = 1;

    if (format == NULL)
        return false;
    if (!sdp_word(&value, "/", name, sizeof name)
        || !sdp_number(&value, UINT32_MAX, &format->clock_rate))
        return problem_set(
            parser->problem, 400,
            "a=rtpmap: a name and a clock rate must follow the payload type");
    format->codec = codec_find(name);
    format->rtx = sdp_is(name, "rtx");
    if (sdp_number(&value, UINT8_MAX, &channels) || *value == '\0')
        format->channels = (uint8_t)channels;
    return true;
}

/* Of the parameters of RTX (RFC 4588 section 8.1) only apt is read; a=fmtp of anything else
 * stays a text. */
static bool read_fmtp(struct parser *parser, const char *value)
{
    struct sdp_format *format = format_of(parser, &value);
    char number[MAX_TOKEN];
    const char *at = number;
    uint32_t apt;

    if (format == NULL)
        return false;
    value += strspn(value, " \t");
    if (strlen(value) >= MAX_FMTP)
        return problem_set(parser->problem, 400, "a=fmtp: more than %d characters",
                           MAX_FMTP - 1);
    format->fmtp = value;
    if (sdp_parameter(value, "apt", number, sizeof number)
        && sdp_number(&at, PAYLOAD_TYPES - 1, &apt))
        format->apt = (uint8_t)apt;
    return true;
}

static void add_feedback(struct sdp_format *format, const char *kind)
{
    format->nack |= strcmp(kind, "nack") == 0;
    format->pli |= strcmp(kind, "nack pli") == 0;
    format->fir |= strcmp(kind, "ccm fir") == 0;
    format->remb |= strcmp(kind, "goog-remb") == 0;
    format->transport_cc |= strcmp(kind, "transport-cc") == 0;
}

static bool read_feedback(struct parser *parser, const char *value)
{
    struct sdp_format *format;

    if (strncmp(value, "* ", 2) == 0) {
        for (size_t type = 0; type < PAYLOAD_TYPES; type++)
            add_feedback(&parser->section->formats[type], value + 2);
        return true;
    }
    format = format_of(parser, &value);
    if (format != NULL)
        add_feedback(format, value);
    return format != NULL;
}

/* --- header extensions, layers, sources --------------------------------------------- */

/* RFC 8285 section 7: a direction may follow the id. One that the offerer only receives is
 * of no use in what it sends. */
static bool read_extmap(struct parser *parser, const char *value)
{
    char id_text[MAX_TOKEN], uri[160], id[8], direction[MAX_TOKEN] = "sendrecv";
    const char *rest = id_text, *number = id;
    uint32_t parsed;

    if (!sdp_word(&value, " ", id_text, sizeof id_text)
        || !sdp_word(&value, " ", uri, sizeof uri))
        return true;
    if (!sdp_word(&rest, "/", id, sizeof id) || !sdp_number(&number, 255, &parsed)
        || parsed == 0)
        return problem_set(parser->problem, 400, "a=extmap: the id must be 1 to 255");
    if (*rest != '\0' && !sdp_word(&rest, "/", direction, sizeof direction))
        return problem_set(parser->problem, 400, "a=extmap: / without a direction");
    enum header_extension extension = extension_of_uri(uri);
    if (extension == NUM_EXTENSIONS || strcmp(direction, "inactive") == 0)
        return true;
    parser->section->values.extension[extension] = (uint8_t)parsed;
    if (strcmp(direction, "recvonly") == 0)
        parser->section->receive_only |= (uint16_t)(1u << extension);
    if (strcmp(direction, "sendonly") == 0)
        parser->section->send_only |= (uint16_t)(1u << extension);
    return true;
}

/* RFC 8851 section 10: a rid has letters, digits, hyphens and underscores. It goes into the
 * statistics, too. */
static bool is_rid(const char *rid)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_";

    return rid[strspn(rid, allowed)] == '\0';
}

/* RFC 8853 section 5.1: "send list recv list", or one of both. False: the problem says what
 * is wrong with it. What the offerer does not send has an empty list. */
static bool find_sent_list(struct parser *parser, const char *value, char *list,
                           size_t size)
{
    char direction[8], other[SIMULCAST_LIST];

    list[0] = '\0';
    while (sdp_word(&value, " ", direction, sizeof direction)) {
        bool sent = strcmp(direction, "send") == 0;
        if (!sdp_word(&value, " ", sent ? list : other, sent ? size : sizeof other))
            return problem_set(parser->problem, 400,
                               "a=simulcast: %s wants a list of at most %zu characters",
                               direction, size - 1);
    }
    return true;
}

/* "h;~m,x;l" is a list. Of alternatives the first is meant, and ~ says that the layer
 * begins paused. */
static bool read_layer(struct parser *parser, const char **list, char rid[MAX_TOKEN])
{
    char layer[MAX_TOKEN + 1];
    const char *alternative = layer;

    if (!sdp_word(list, ";", layer, sizeof layer))
        return problem_set(parser->problem, 400, "a=simulcast: a layer has no rid");
    alternative += *alternative == '~';
    return (sdp_word(&alternative, ",", rid, MAX_TOKEN) && is_rid(rid))
        || problem_set(parser->problem, 400,
                       "a=simulcast: a rid has 1 to %d letters, digits, hyphens and "
                       "underscores",
                       MAX_TOKEN - 1);
}

/* RFC 8853 section 5.3.2: of more layers than we know the first ones are received. */
static bool read_simulcast(struct parser *parser, const char *value)
{
    struct media_section *values = &parser->section->values;
    char list[SIMULCAST_LIST], rid[MAX_TOKEN];
    const char *rest = list;

    if (!find_sent_list(parser, value, list, sizeof list))
        return false;
    if (list[0] != '\0')
        values->num_rids = 0;
    while (*rest != '\0') {
        if (!read_layer(parser, &rest, rid))
            return false;
        if (values->num_rids < MAX_LAYERS)
            g_strlcpy(values->rid[values->num_rids++], rid, MAX_TOKEN);
    }
    return true;
}

static size_t source_index(const struct media_section *values, uint32_t ssrc)
{
    size_t i = 0;

    while (i < values->num_ssrcs && values->ssrc[i] != ssrc && values->rtx_ssrc[i] != ssrc)
        i++;
    return i;
}

/* Those of more layers than we know come in the packets, by their rid or mid. */
static bool read_ssrc(struct parser *parser, const char *value)
{
    struct media_section *values = &parser->section->values;
    uint32_t ssrc;

    if (!sdp_number(&value, UINT32_MAX, &ssrc))
        return problem_set(parser->problem, 400, "a=ssrc: no number of 32 bits");
    size_t i = source_index(values, ssrc);
    if (i == values->num_ssrcs && i < MAX_LAYERS)
        values->ssrc[values->num_ssrcs++] = ssrc;
    return true;
}

/* RFC 5576 section 4.2. The two may have stood as two sources so far. */
static bool read_ssrc_group(struct parser *parser, const char *value)
{
    struct media_section *values = &parser->section->values;
    char semantics[8];
    uint32_t ssrc, rtx;

    if (!sdp_word(&value, " ", semantics, sizeof semantics) || strcmp(semantics, "FID") != 0
        || !sdp_number(&value, UINT32_MAX, &ssrc) || !sdp_number(&value, UINT32_MAX, &rtx))
        return true;
    size_t i = source_index(values, rtx);
    if (i < values->num_ssrcs) {
        values->num_ssrcs--;
        memmove(&values->ssrc[i], &values->ssrc[i + 1],
                (values->num_ssrcs - i) * sizeof *values->ssrc);
        memmove(&values->rtx_ssrc[i], &values->rtx_ssrc[i + 1],
                (values->num_ssrcs - i) * sizeof *values->rtx_ssrc);
    }
    i = source_index(values, ssrc);
    if (i == MAX_LAYERS)
        return true;
    if (i == values->num_ssrcs)
        values->num_ssrcs++;
    values->ssrc[i] = ssrc;
    values->rtx_ssrc[i] = rtx;
    return true;
}

/* --- transport ---------------------------------------------------------------------- */

/* RFC 8445 section 5.3 and RFC 8839 section 5.4 have the lengths; an ice-char is one of 64.
 */
static bool read_credential(struct parser *parser, const char *value, const char *name,
                            size_t least, char credential[MAX_UFRAG])
{
    static const char ice_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/";
    size_t len = strlen(value);

    if (len < least || len >= MAX_UFRAG || strspn(value, ice_chars) != len)
        return problem_set(
            parser->problem, 400,
            "a=%s: it must have %zu to 256 letters, digits, + or / (RFC 8839)", name,
            least);
    memcpy(credential, value, len + 1);
    return true;
}

static bool read_ufrag(struct parser *parser, const char *value)
{
    return read_credential(parser, value, "ice-ufrag", 4, parser->section->transport.ufrag);
}

static bool read_password(struct parser *parser, const char *value)
{
    return read_credential(parser, value, "ice-pwd", 22,
                           parser->section->transport.password);
}

/* RFC 8122 section 5: a hash function that we do not know does not make the others wrong.
 */
static bool read_fingerprint(struct parser *parser, const char *value)
{
    struct sdp_transport *transport = &parser->section->transport;
    skiff_fingerprint fingerprint;
    skiff_status status = skiff_fingerprint_parse(value, &fingerprint);

    if (status == SKIFF_ERR_UNSUPPORTED)
        return true;
    if (status != SKIFF_OK)
        return problem_set(parser->problem, 400, "a=fingerprint: %s", skiff_fault());
    if (transport->num_fingerprints == MAX_FINGERPRINTS)
        return problem_set(parser->problem, 400, "a=fingerprint: more than %d of them",
                           MAX_FINGERPRINTS);
    transport->fingerprints[transport->num_fingerprints++] = fingerprint;
    return true;
}

static bool read_setup(struct parser *parser, const char *value)
{
    struct sdp_transport *transport = &parser->section->transport;

    transport->has_setup = true;
    if (strcmp(value, "actpass") == 0)
        transport->setup = SETUP_ACTPASS;
    else if (strcmp(value, "active") == 0)
        transport->setup = SETUP_ACTIVE;
    else if (strcmp(value, "passive") == 0)
        transport->setup = SETUP_PASSIVE;
    else
        return problem_set(
            parser->problem, 400,
            "a=setup:%.20s: it must be actpass, active or passive (RFC 8842)", value);
    return true;
}

static bool read_ice_options(struct parser *parser, const char *value)
{
    char option[MAX_TOKEN];

    while (*value != '\0')
        if (sdp_word(&value, " ", option, sizeof option)) {
            parser->section->transport.trickle |= strcmp(option, "trickle") == 0;
            parser->section->transport.renomination |= strcmp(option, "renomination") == 0;
        }
    return true;
}

/* --- what stands alone -------------------------------------------------------------- */

/* A token of RFC 4566 section 9. */
static bool is_token(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~' || strchr("\"(),/:;<=>?@[\\]", *text) != NULL)
            return false;
    return true;
}

static bool read_mid(struct parser *parser, const char *value)
{
    char *mid = parser->section->values.mid;

    if (sdp_word(&value, " ", mid, MAX_TOKEN) && is_token(mid))
        return true;
    return problem_set(parser->problem, 400,
                       "a=mid: it must be a token of 1 to %d characters (RFC 5888)",
                       MAX_TOKEN - 1);
}

static bool set_direction(struct parser *parser, bool sends, bool receives)
{
    parser->section->has_direction = true;
    parser->section->sends = sends;
    parser->section->receives = receives;
    return true;
}

static bool read_send_receive(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, true, true);
}

static bool read_send_only(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, true, false);
}

static bool read_receive_only(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, false, true);
}

static bool read_inactive(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, false, false);
}

static bool read_rtcp_mux(struct parser *parser, const char *value)
{
    (void)value;
    parser->section->rtcp_mux = true;
    return true;
}

static bool read_bundle_only(struct parser *parser, const char *value)
{
    (void)value;
    parser->section->bundle_only = true;
    return true;
}

static bool read_candidate(struct parser *parser, const char *value)
{
    (void)value;
    parser->section->num_candidates++;
    return true;
}

static bool read_end_of_candidates(struct parser *parser, const char *value)
{
    (void)value;
    parser->section->end_of_candidates = true;
    return true;
}

static bool read_sctp_port(struct parser *parser, const char *value)
{
    uint32_t port;

    if (!sdp_number(&value, UINT16_MAX, &port))
        return problem_set(parser->problem, 400, "a=sctp-port: no number of 16 bits");
    parser->section->values.sctp_port = (uint16_t)port;
    return true;
}

static bool read_max_message_size(struct parser *parser, const char *value)
{
    if (sdp_number(&value, UINT32_MAX, &parser->section->values.max_message_size))
        return true;
    return problem_set(parser->problem, 400, "a=max-message-size: no number of 32 bits");
}

/* --- a section ---------------------------------------------------------------------- */

static const struct {
    const char *key;
    bool (*read)(struct parser *parser, const char *value);
} attributes[] = {
    { "rtpmap", read_rtpmap },
    { "fmtp", read_fmtp },
    { "rtcp-fb", read_feedback },
    { "extmap", read_extmap },
    { "simulcast", read_simulcast },
    { "ssrc", read_ssrc },
    { "ssrc-group", read_ssrc_group },
    { "ice-ufrag", read_ufrag },
    { "ice-pwd", read_password },
    { "fingerprint", read_fingerprint },
    { "setup", read_setup },
    { "ice-options", read_ice_options },
    { "mid", read_mid },
    { "sendrecv", read_send_receive },
    { "sendonly", read_send_only },
    { "recvonly", read_receive_only },
    { "inactive", read_inactive },
    { "rtcp-mux", read_rtcp_mux },
    { "bundle-only", read_bundle_only },
    { "candidate", read_candidate },
    { "end-of-candidates", read_end_of_candidates },
    { "sctp-port", read_sctp_port },
    { "max-message-size", read_max_message_size },
};

/* RFC 8840 section 9: a fragment may have names in capitals. */
static bool read_attribute(struct parser *parser, const GstSDPAttribute *attribute)
{
    const char *value = attribute->value != NULL ? attribute->value : "";

    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (sdp_is(attribute->key, attributes[i].key))
            return attributes[i].read(parser, value);
    return true;
}

static bool read_types(struct parser *parser, const GstSDPMedia *media)
{
    struct sdp_section *section = parser->section;

    for (guint i = 0; i < gst_sdp_media_formats_len(media); i++) {
        const char *format = gst_sdp_media_get_format(media, i);
        uint32_t type;

        if (!sdp_number(&format, PAYLOAD_TYPES - 1, &type)
            || section->num_types == PAYLOAD_TYPES)
            return problem_set(parser->problem, 400,
                               "m=%.20s: a payload type is no number of 0 to %d",
                               gst_sdp_media_get_media(media), PAYLOAD_TYPES - 1);
        section->types[section->num_types++] = (uint8_t)type;
    }
    return section->num_types > 0
        || problem_set(parser->problem, 400, "m=%.20s: there is no payload type",
                       gst_sdp_media_get_media(media));
}

/* The first line: kind, port, protocol and formats. */
static bool read_media_line(struct parser *parser, const GstSDPMedia *media)
{
    const char *name = gst_sdp_media_get_media(media);
    const char *protocol = gst_sdp_media_get_proto(media);
    bool data = strcmp(name, "application") == 0;

    if (!data && strcmp(name, "audio") != 0 && strcmp(name, "video") != 0)
        return problem_set(parser->problem, 400,
                           "m=%.20s: only audio, video and application are known", name);
    if (strcmp(protocol, data ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF") != 0)
        return problem_set(parser->problem, 400, "m=%.20s: the protocol must be %s", name,
                           data ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF");
    parser->section->port = gst_sdp_media_get_port(media);
    parser->section->values.kind = data                       ? MEDIA_DATA
                                 : strcmp(name, "audio") == 0 ? MEDIA_AUDIO
                                                              : MEDIA_VIDEO;
    return data || read_types(parser, media);
}

static bool read_attributes(struct parser *parser, const GstSDPMessage *message,
                            const GstSDPMedia *media)
{
    guint num = media != NULL ? gst_sdp_media_attributes_len(media)
                              : gst_sdp_message_attributes_len(message);

    for (guint i = 0; i < num; i++)
        if (!read_attribute(parser, media != NULL
                                        ? gst_sdp_media_get_attribute(media, i)
                                        : gst_sdp_message_get_attribute(message, i)))
            return false;
    return true;
}

bool sdp_section_read(const GstSDPMessage *message, const GstSDPMedia *media,
                      struct sdp_section *section, struct problem *problem)
{
    struct parser parser = { section, problem };

    *section = (struct sdp_section){ .sends = true, .receives = true };
    return (media == NULL || read_media_line(&parser, media))
        && read_attributes(&parser, message, media);
}

bool sdp_section_read_pseudo(const GstSDPMedia *media, struct sdp_section *section,
                             struct problem *problem)
{
    struct parser parser = { section, problem };

    *section = (struct sdp_section){ 0 };
    return read_attributes(&parser, NULL, media);
}
