/* sdp.c - one Opus and one VP8 stream, taken from an offer and answered as recvonly. */
#include "sdp.h"

#include <stdio.h>

static const char *codec_of(const struct section *section)
{
    return strcmp(section->kind, "audio") == 0 ? "opus/48000/2" : "VP8/90000";
}

static bool begin_section(struct offer *offer, const char *kind)
{
    if (offer->num_sections == MOST_SECTIONS)
        return false;
    return sscanf(kind, "%15s", offer->sections[offer->num_sections++].kind) == 1;
}

static void read_codec(struct section *section, const char *value)
{
    unsigned payload_type;
    char codec[64];

    if (section->payload_type == 0 && sscanf(value, "%u %63s", &payload_type, codec) == 2
        && g_ascii_strcasecmp(codec, codec_of(section)) == 0)
        section->payload_type = payload_type;
}

/* What a line of one m-section says; the others are of no use here. */
static void read_detail(struct section *section, const char *line)
{
    if (g_str_has_prefix(line, "a=mid:"))
        g_strlcpy(section->mid, line + 6, sizeof section->mid);
    else if (g_str_has_prefix(line, "a=rtpmap:"))
        read_codec(section, line + 9);
}

/* BUNDLE makes the sections one transport, so what the last one says of it will do. */
static bool read_line(struct offer *offer, const char *line)
{
    if (g_str_has_prefix(line, "m="))
        return begin_section(offer, line + 2);
    if (g_str_has_prefix(line, "a=fingerprint:"))
        return skiff_fingerprint_parse(line + 14, &offer->fingerprint) == SKIFF_OK;
    if (g_str_has_prefix(line, "a=ice-ufrag:"))
        return g_strlcpy(offer->ufrag, line + 12, MOST_TEXT) < MOST_TEXT;
    if (g_str_has_prefix(line, "a=ice-pwd:"))
        return g_strlcpy(offer->pwd, line + 10, MOST_TEXT) < MOST_TEXT;
    if (offer->num_sections > 0)
        read_detail(&offer->sections[offer->num_sections - 1], line);
    return true;
}

static bool is_whole(const struct offer *offer)
{
    for (size_t i = 0; i < offer->num_sections; i++)
        if (offer->sections[i].payload_type == 0 || offer->sections[i].mid[0] == '\0')
            return false;
    return offer->num_sections > 0 && offer->fingerprint.len > 0 && offer->ufrag[0] != '\0'
        && offer->pwd[0] != '\0';
}

bool offer_read(struct offer *offer, const char *text)
{
    char **lines = g_strsplit_set(text, "\r\n", -1);
    bool good = true;

    memset(offer, 0, sizeof *offer);
    for (char **line = lines; good && *line != NULL; line++)
        good = read_line(offer, *line);
    g_strfreev(lines);
    return good && is_whole(offer);
}

static void write_section(GString *answer, const struct section *section,
                          const struct local_description *us)
{
    char fingerprint[SKIFF_FINGERPRINT_TEXT];

    skiff_fingerprint_format(&us->fingerprint, fingerprint);
    g_string_append_printf(
        answer,
        "m=%s 9 UDP/TLS/RTP/SAVPF %u\r\n"
        "c=IN IP4 0.0.0.0\r\n"
        "a=mid:%s\r\n"
        "a=recvonly\r\n"
        "a=rtcp-mux\r\n"
        "a=rtpmap:%u %s\r\n"
        "a=ice-ufrag:%s\r\n"
        "a=ice-pwd:%s\r\n"
        "a=fingerprint:%s\r\n"
        "a=setup:%s\r\n"
        "%s"
        "a=end-of-candidates\r\n",
        section->kind, section->payload_type, section->mid, section->payload_type,
        codec_of(section), us->ufrag, us->pwd, fingerprint,
        us->role == SKIFF_ROLE_ACTIVE ? "active" : "passive", us->candidates);
}

void answer_write(GString *answer, const struct offer *offer,
                  const struct local_description *us)
{
    g_string_append(answer, "v=0\r\n"
                            "o=- 1 1 IN IP4 127.0.0.1\r\n"
                            "s=-\r\n"
                            "t=0 0\r\n"
                            "a=ice-lite\r\n"
                            "a=group:BUNDLE");
    for (size_t i = 0; i < offer->num_sections; i++)
        g_string_append_printf(answer, " %s", offer->sections[i].mid);
    g_string_append(answer, "\r\n");
    for (size_t i = 0; i < offer->num_sections; i++)
        write_section(answer, &offer->sections[i], us);
}
