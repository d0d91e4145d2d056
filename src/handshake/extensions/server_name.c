/* server_name.c - server_name (RFC 6066 section 3): the host that a client means. */
#include "handshake/extensions/extensions.h"
#include "wire/extension.h"

/* A server that keeps a name does so for the policy of its application, and acknowledges
 * it, except when it resumes (RFC 6066 section 3). */
bool skf_server_name_wanted(const struct handshake *hs, enum place place)
{
    return place == IN_CLIENT_HELLO ? hs->settings->names.server_name != NULL
                                    : hs->server_name[0] != '\0' && !hs->facts.resumed;
}

void skf_say_server_name(struct handshake *hs, enum place place, struct walk *w)
{
    const char *text = hs->settings->names.server_name;

    if (place != IN_CLIENT_HELLO)
        return; /* the answer has no data */
    struct server_name m = { .name_type = HOST_NAME,
                             .name = { (const uint8_t *)text, strlen(text) } };
    struct walk_block list = walk_open(w, 2);
    server_name(w, &m);
    walk_close(w, list);
}

/* Counts the host names of a list, and gives the last of them; false when it does not
 * parse. Names of other types are skipped. */
static bool find_host_names(skiff_bytes list, size_t *num, skiff_bytes *name)
{
    struct walk w = walk_reader(list);
    struct server_name m = { .name_type = 0 };

    while (!w.failed && w.at < w.end) {
        server_name(&w, &m);
        if (w.failed || m.name_type != HOST_NAME)
            continue;
        *name = m.name;
        (*num)++;
    }
    return !w.failed;
}

/* A text that is no DNS name, such as an address, is not recognized, and nothing else
 * follows. */
static void keep_name(struct handshake *hs, skiff_bytes name)
{
    if (!skf_is_host_name(name))
        return;
    memcpy(hs->server_name, name.ptr, name.len);
    hs->server_name[name.len] = '\0';
}

enum verdict skf_hear_server_name(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct server_name_list m;
    skiff_bytes name = { NULL, 0 };
    size_t num = 0;

    if (place != IN_CLIENT_HELLO)
        return body.len == 0 ? ACCEPTED : DROPPED;
    if (!server_name_list_read(&m, body) || !find_host_names(m.list, &num, &name))
        return DROPPED;
    if (num > 1)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER, "server_name: two names of one type",
                          "RFC 6066 3");
    if (num == 1)
        keep_name(hs, name);
    return ACCEPTED;
}
