/* sdp_text.c - SDP text that gstreamer-sdp splits into lines, and the words of one value.
 */
#include "sdp_text.h"

#include <strings.h>

/* Limits come first: the parser copies each line, and knows no end of a line but NUL too.
 */
static bool check_lines(skiff_bytes text, struct problem *problem)
{
    size_t lines = 0, line = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0')
            return problem_set(problem, 400, "SDP: byte %zu is NUL; SDP is text", i);
        line = text.ptr[i] == '\n' ? 0 : line + 1;
        lines += text.ptr[i] == '\n';
        if (line > SDP_LINE)
            return problem_set(problem, 400, "SDP: line %zu has more than %d bytes",
                               lines + 1, SDP_LINE);
    }
    if (lines > SDP_LINES)
        return problem_set(problem, 400, "SDP: %zu lines; at most %d are read", lines,
                           SDP_LINES);
    return true;
}

GstSDPMessage *sdp_text_parse(skiff_bytes text, struct problem *problem)
{
    GstSDPMessage *message = NULL;

    if (text.len == 0)
        problem_set(problem, 400, "SDP: the body is empty");
    else if (text.len > SDP_BYTES)
        problem_set(problem, 413, "SDP: %zu bytes; at most %d are read", text.len,
                    SDP_BYTES);
    else if (check_lines(text, problem) && gst_sdp_message_new(&message) == GST_SDP_OK
             && gst_sdp_message_parse_buffer(text.ptr, (guint)text.len, message)
                    != GST_SDP_OK) {
        problem_set(problem, 400, "SDP: this is no session description");
        gst_sdp_message_free(message);
        message = NULL;
    }
    return message;
}

bool sdp_word(const char **value, const char *ends, char *word, size_t size)
{
    const char *start = *value + strspn(*value, " \t");
    size_t len = strcspn(start, ends);

    *value = start + len + (start[len] != '\0');
    if (len == 0 || len >= size)
        return false;
    memcpy(word, start, len);
    word[len] = '\0';
    return true;
}

bool sdp_number(const char **value, uint32_t most, uint32_t *number)
{
    char word[11];
    uint64_t sum = 0;

    if (!sdp_word(value, " \t/:", word, sizeof word))
        return false;
    for (const char *at = word; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return false;
        sum = 10 * sum + (uint64_t)(*at - '0');
    }
    *number = (uint32_t)sum;
    return sum <= most;
}

bool sdp_parameter(const char *list, const char *name, char *value, size_t size)
{
    char word[64];

    while (*list != '\0') {
        const char *rest = list;

        if (sdp_word(&rest, "=;", word, sizeof word) && rest[-1] == '='
            && sdp_is(word, name) && sdp_word(&rest, "; \t", value, size))
            return true;
        list += strcspn(list, ";");
        list += *list == ';';
    }
    return false;
}

bool sdp_is(const char *word, const char *other)
{
    return strcasecmp(word, other) == 0;
}
