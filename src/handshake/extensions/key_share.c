/* key_share.c - the key_share extension and the shares of a client (RFC 8446 section
 * 4.2.8). */
#include "handshake/extensions/extensions.h"
#include "handshake/hello.h"
#include "wire/extension.h"

/* Adds a share for a group behind those that are there. */
static bool add_key_share(struct handshake *hs, size_t i, uint16_t group)
{
    struct key_share_entry entry = { .group = group };
    uint8_t public_share[SKF_SHARE_MAX];
    size_t size;

    if (!skf_share_make(hs->crypto, group, &hs->key_shares[i], public_share,
                        &entry.key_exchange.len))
        return false;
    entry.key_exchange.ptr = public_share;
    if (!key_share_entry_write(&entry, hs->public_shares + hs->public_shares_len,
                               sizeof hs->public_shares - hs->public_shares_len, &size))
        return false;
    hs->public_shares_len += size;
    return true;
}

/* A server without our first group, when that is the large one, can still take the next. */
bool skf_make_key_shares(struct handshake *hs)
{
    const struct settings *s = hs->settings;

    if (hs->facts.retry_seen && hs->peer_share_group != 0) {
        for (size_t i = 0; i < OFFERED_KEY_SHARES; i++)
            skf_share_wipe(&hs->key_shares[i]);
        hs->public_shares_len = 0;
        return add_key_share(hs, 0, hs->peer_share_group);
    }
    if (hs->public_shares_len > 0)
        return true; /* a second hello repeats the shares of the first */
    return add_key_share(hs, 0, s->groups[0])
        && (s->groups[0] != GROUP_X25519MLKEM768 || s->num_groups == 1
            || add_key_share(hs, 1, s->groups[1]));
}

bool skf_key_share_wanted(const struct handshake *hs, enum place place)
{
    return hs->settings->has_dtls13
        && (place != IN_HELLO_RETRY_REQUEST || hs->facts.retry_wanted);
}

void skf_say_key_share(struct handshake *hs, enum place place, struct walk *w)
{
    struct key_share_list list = { .client_shares = { hs->public_shares,
                                                      hs->public_shares_len } };
    struct key_share_entry entry = {
        .group = hs->group, .key_exchange = { hs->public_shares, hs->public_shares_len }
    };

    if (place == IN_CLIENT_HELLO)
        key_share_list(w, &list);
    else if (place == IN_HELLO_RETRY_REQUEST)
        walk_u16(w, &hs->group);
    else
        key_share_entry(w, &entry);
}

/* Each entry is well formed, and no group comes twice. */
static enum verdict judge_list(struct handshake *hs, skiff_bytes list)
{
    struct walk w = walk_reader(list);
    struct key_share_entry entry = { 0 };
    uint16_t seen[GROUP_COUNT] = { 0 };
    size_t num = 0;

    while (w.at < w.end) {
        key_share_entry(&w, &entry);
        if (w.failed)
            return DROPPED;
        for (size_t i = 0; i < num; i++)
            if (seen[i] == entry.group)
                return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                                  "key_share: the same group twice", "RFC 8446 4.2.8");
        if (num < GROUP_COUNT)
            seen[num++] = entry.group;
    }
    return ACCEPTED;
}

static enum verdict hear_entry(struct handshake *hs, skiff_bytes body)
{
    struct key_share_entry entry;

    if (!key_share_entry_read(&entry, body))
        return DROPPED;
    if (entry.key_exchange.len > SKF_SHARE_MAX)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "key_share: longer than its group allows", "RFC 8446 4.2.8");
    hs->peer_share_group = entry.group;
    hs->peer_share_len = entry.key_exchange.len;
    memcpy(hs->peer_share, entry.key_exchange.ptr, entry.key_exchange.len);
    return ACCEPTED;
}

enum verdict skf_hear_key_share(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct key_share_list list;
    struct selected_version group; /* the same two bytes */

    if (place == IN_SERVER_HELLO_13)
        return hear_entry(hs, body);
    if (place == IN_HELLO_RETRY_REQUEST) {
        if (!selected_version_read(&group, body))
            return DROPPED;
        hs->peer_share_group = group.selected;
        return ACCEPTED;
    }
    if (!key_share_list_read(&list, body))
        return DROPPED;
    hs->peer_shares = list.client_shares;
    return judge_list(hs, list.client_shares);
}
