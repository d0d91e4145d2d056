/* agree.c - whether two ends that are through with a handshake think the same of it. */
#include "agree.h"

#include <stdio.h>
#include <string.h>

static const char label[] = "EXTRACTOR-dtls_srtp";
enum { EXPORT = 60, KEYS_MAX = 88 };

/* RFC 5764 section 4.2: both keys, both salts, the client's before the server's. */
static bool media_keys_agree(const struct talk *talk, uint16_t profile)
{
    size_t salt = profile == 7 || profile == 8 ? 12 : 14, key = profile == 8 ? 32 : 16;
    bool we_call = talk->setup->skiff_calls;
    uint8_t all[KEYS_MAX], client[44], server[44];
    skiff_srtp_keys keys;

    if (skiff_dtls_srtp_keys(talk->skiff, &keys) != SKIFF_OK || keys.profile != profile
        || keys.len != key + salt || !peer.export(talk->end, label, all, 2 * keys.len))
        return false;
    memcpy(client, all, key);
    memcpy(client + key, all + 2 * key, salt);
    memcpy(server, all + key, key);
    memcpy(server + key, all + 2 * key + salt, salt);
    return memcmp(keys.ours, we_call ? client : server, keys.len) == 0
        && memcmp(keys.theirs, we_call ? server : client, keys.len) == 0;
}

static bool exports_agree(const struct talk *talk)
{
    uint8_t ours[EXPORT], theirs[EXPORT];

    return skiff_dtls_export(talk->skiff, label, (skiff_bytes){ NULL, 0 }, ours, EXPORT)
            == SKIFF_OK
        && peer.export(talk->end, label, theirs, EXPORT)
        && memcmp(ours, theirs, EXPORT) == 0;
}

static bool is_as_asked(const struct setup *setup, const skiff_dtls_info *info)
{
    return (setup->suite == 0 || setup->suite == info->cipher_suite)
        && (setup->group == 0 || setup->group == info->group)
        && (setup->profile == 0 || setup->profile == info->srtp_profile)
        && (setup->protocol == NULL
            || (info->alpn != NULL && strcmp(info->alpn, setup->protocol) == 0));
}

static bool fits_the_mtu(const struct talk *talk)
{
    const struct setup *setup = talk->setup;

    return (setup->our_mtu == 0 || talk->wire.to_peer.longest <= setup->our_mtu)
        && (setup->their_mtu == 0 || talk->wire.to_skiff.longest <= setup->their_mtu)
        && !talk->wire.to_peer.overflown && !talk->wire.to_skiff.overflown;
}

static void print_failure(const struct talk *talk)
{
    skiff_failure failure = { .what = "no handle was made", .spec = "-" };

    if (talk->skiff != NULL)
        skiff_dtls_failure(talk->skiff, &failure, sizeof failure);
    printf("not ready: skiff %s, %s heard alert %d; %s (%s), alert %d\n",
           talk->connected ? "connected" : "waits", peer.name, peer.alert(talk->end),
           failure.what != NULL ? failure.what : "no failure",
           failure.spec != NULL ? failure.spec : "-", failure.alert);
}

static const char *disagreement(const struct talk *talk, const skiff_dtls_info *info)
{
    if (!is_as_asked(talk->setup, info))
        return "not what was asked for";
    if (!fits_the_mtu(talk))
        return "a datagram longer than the MTU";
    if (peer.profile(talk->end) != info->srtp_profile)
        return "different SRTP profiles";
    if (info->srtp_profile != 0 && !media_keys_agree(talk, info->srtp_profile))
        return "different SRTP keys";
    return exports_agree(talk) ? NULL : "different exports";
}

bool agree(const struct talk *talk)
{
    const struct setup *setup = talk->setup;
    skiff_dtls_info info;

    printf("\n    skiff is the %s, %s with %s: ", setup->skiff_calls ? "client" : "server",
           credential_names[setup->ours], credential_names[setup->theirs]);
    if (!talk_both_ready(talk)) {
        print_failure(talk);
        return false;
    }
    skiff_dtls_get_info(talk->skiff, &info, sizeof info);

    const char *what = disagreement(talk, &info);
    printf("suite %04x, group %u, signature %04x, srtp %u, %u and %u datagrams, %u ms; %s",
           (unsigned)info.cipher_suite, (unsigned)info.group, (unsigned)info.signature,
           (unsigned)info.srtp_profile, talk->wire.to_peer.sent, talk->wire.to_skiff.sent,
           (unsigned)(info.handshake_time / 1000), what != NULL ? what : "agreed");
    return what == NULL;
}

bool agree_on(const struct setup *setup)
{
    struct talk talk;

    if (!talk_open(&talk, setup))
        return false;
    talk_handshake(&talk);

    bool good = agree(&talk);
    talk_close(&talk);
    return good;
}

bool agree_both_ways(struct setup setup)
{
    setup.skiff_calls = false;
    bool as_server = agree_on(&setup);
    setup.skiff_calls = true;
    return agree_on(&setup) && as_server;
}
