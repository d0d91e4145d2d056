/* alpn.c - application_layer_protocol_negotiation (RFC 7301): which of our protocols. */
#include "handshake/extensions/extensions.h"
#include "wire/extension.h"

bool skf_alpn_wanted(const struct handshake *hs, enum place place)
{
    return place == IN_CLIENT_HELLO ? hs->settings->names.num_alpn > 0 : hs->alpn != 0;
}

void skf_say_alpn(struct handshake *hs, enum place place, struct walk *w)
{
    const struct names *ours = &hs->settings->names;
    struct walk_block list = walk_open(w, 2);

    for (size_t i = 0; i < ours->num_alpn; i++) {
        const char *text = ours->alpn[i];
        struct protocol_name m = { .name = { (const uint8_t *)text, strlen(text) } };
        if (place == IN_CLIENT_HELLO || i + 1 == hs->alpn)
            protocol_name(w, &m);
    }
    walk_close(w, list);
}

/* How many names a list has; 0 when it does not parse. */
static size_t count_names(skiff_bytes list)
{
    struct walk w = walk_reader(list);
    struct protocol_name m = { .name = { NULL, 0 } };
    size_t num = 0;

    for (; !w.failed && w.at < w.end; num++)
        protocol_name(&w, &m);
    return w.failed ? 0 : num;
}

static bool is_listed(skiff_bytes list, const char *text)
{
    struct walk w = walk_reader(list);
    struct protocol_name m = { .name = { NULL, 0 } };
    size_t len = strlen(text);

    while (w.at < w.end) {
        protocol_name(&w, &m);
        if (m.name.len == len && memcmp(m.name.ptr, text, len) == 0)
            return true;
    }
    return false;
}

static uint8_t first_listed(const struct names *ours, skiff_bytes list)
{
    for (size_t i = 0; i < ours->num_alpn; i++)
        if (is_listed(list, ours->alpn[i]))
            return (uint8_t)(i + 1);
    return 0;
}

/* RFC 7301 section 3.2: a server chooses by its own preference, and nothing in common is
 * fatal; one that has no protocols does not support the extension. */
enum verdict skf_hear_alpn(struct handshake *hs, enum place place, skiff_bytes body)
{
    const struct names *ours = &hs->settings->names;
    struct protocol_name_list m;
    size_t num = protocol_name_list_read(&m, body) ? count_names(m.list) : 0;

    if (num == 0)
        return DROPPED;
    hs->alpn = first_listed(ours, m.list);
    if (place == IN_CLIENT_HELLO && hs->alpn == 0 && ours->num_alpn > 0)
        return skf_refuse(hs, ALERT_NO_APPLICATION_PROTOCOL, "ALPN: no protocol in common",
                          "RFC 7301 3.2");
    if (place != IN_CLIENT_HELLO && (num != 1 || hs->alpn == 0))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ALPN: the server chose several, or what was not offered",
                          "RFC 7301 3.1");
    return ACCEPTED;
}
