/* report.c - what the program prints about a call: complaints, and the summary at its end.
 */
#include "call.h"

#include "heap.h"

#include <errno.h>
#include <stdio.h>

bool complain(const char *what, const char *why)
{
    fprintf(stderr, "skiff-call: %s: %s\n", what, why);
    return false;
}

bool complain_of(const struct end *end)
{
    char why[256];
    skiff_failure failure;

    skiff_ice_failure(end->ice, &failure, sizeof failure);
    snprintf(why, sizeof why, "%s (%s)", failure.what, failure.spec);
    return complain(end->name, why);
}

static const char *suite_name(uint16_t suite)
{
    static const struct {
        uint16_t number;
        const char *name;
    } suites[] = {
        { 0x1301, "AES_128_GCM_SHA256" },
        { 0x1302, "AES_256_GCM_SHA384" },
        { 0x1303, "CHACHA20_POLY1305_SHA256" },
        { 0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
        { 0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
        { 0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
        { 0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
        { 0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
        { 0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(suites); i++)
        if (suites[i].number == suite)
            return suites[i].name;
    return "a cipher suite without a name here";
}

static const char *group_name(uint16_t group)
{
    switch (group) {
    case 0x0017:
        return "secp256r1";
    case 0x0018:
        return "secp384r1";
    case 0x001d:
        return "x25519";
    case 0x11ec:
        return "X25519MLKEM768";
    default:
        return "a group without a name here";
    }
}

static void print_path(const struct call *call)
{
    skiff_ice_info ice;
    skiff_dtls_info dtls;
    skiff_transport *transport = skiff_ice_transport(call->near.ice);

    skiff_ice_get_info(call->near.ice, &ice, sizeof ice);
    skiff_dtls_get_info(skiff_transport_dtls(transport), &dtls, sizeof dtls);
    printf("ICE        %s to %s, found in %.1f ms; media %s\n", ice.local, ice.remote,
           (double)ice.path_time / 1000,
           ice.bypass ? "on a socket beside libnice's" : "through libnice");
    printf("handshake  DTLS %s, %s, %s, in %.1f ms, %u flights sent again\n",
           dtls.version == SKIFF_DTLS_1_3 ? "1.3" : "1.2", suite_name(dtls.cipher_suite),
           group_name(dtls.group), (double)dtls.handshake_time / 1000, dtls.flights_resent);
    printf("SRTP       %s\n", profile_name(dtls.srtp_profile));
}

static void print_network(const struct call *call)
{
    struct network_counters counters;

    if (call->network == NULL)
        return;
    counters = network_counters(call->network);
    printf("network    seed %llu: %u datagrams carried, %u lost, %u repeated, "
           "%u overtaken\n",
           (unsigned long long)call->options.seed, counters.carried, counters.lost,
           counters.duplicated, counters.reordered);
}

static void print_heap(const struct play *play)
{
    static const char *const takers[HEAP_CALLERS] = { "skiff and this program", "libsrtp",
                                                      "libcrypto", "libnice with GLib",
                                                      "others" };
    double packets = (double)play->counted;

    if (play->counted == 0) {
        printf("heap       not counted: too short a call, or a sanitizer\n");
        return;
    }
    printf("heap       allocations per media packet, over %.0f packets:\n", packets);
    for (int i = 0; i < HEAP_CALLERS; i++)
        printf("           %-24s %.3f\n", takers[i],
               (double)heap_allocated((enum heap_caller)i) / packets);
    printf("           %-24s %.3f\n", "anybody, while sending",
           (double)heap_allocated_sending() / packets);
}

static size_t missing(const struct call *call)
{
    size_t num = 0;

    for (size_t i = 0; i < call->description.num; i++)
        num += call->play.received.packets[i].data == NULL;
    return num;
}

/* Reads what the far end wrote. It must be what that end received. */
static bool reads_back(const struct call *call, size_t *num)
{
    const struct recording *received = &call->play.received;
    struct recording again;
    size_t at = 0, i;
    bool same = recording_read(&again, call->options.output) == NULL;

    for (i = 0; same && i < received->num; i++) {
        const struct opus_packet *packet = &received->packets[i];
        if (packet->data == NULL)
            continue;
        same = at < again.num && again.packets[at].len == packet->len
            && memcmp(again.packets[at].data, packet->data, packet->len) == 0;
        at++;
    }
    same = same && at == again.num;
    *num = at;
    recording_free(&again);
    return same;
}

static bool print_media(const struct call *call)
{
    const struct play *play = &call->play;
    size_t on_purpose = 0, gone = missing(call);

    for (size_t i = 0; i < call->description.num; i++)
        on_purpose +=
            play->received.packets[i].data == NULL && (play->outcome[i] & DROPPED) != 0;
    printf("packets    %zu sent, %zu received and equal, %zu dropped on purpose, "
           "%zu missing, %zu different, %zu received twice\n",
           call->description.num, play->arrived, on_purpose, gone - on_purpose,
           play->unequal, play->repeated);
    return gone == on_purpose && play->unequal == 0 && play->repeated == 0;
}

static bool write_received(const struct call *call)
{
    size_t num = 0;

    if (call->play.arrived == 0)
        return complain(call->options.output, "nothing was received");
    if (!recording_write(&call->play.received, call->options.output))
        return complain(call->options.output, strerror(errno));
    if (!reads_back(call, &num))
        return complain(call->options.output, "what was written is not what was received");
    printf("far end    wrote %zu packets to %s\n", num, call->options.output);
    return true;
}

bool sum_up(const struct call *call)
{
    printf("\n");
    print_path(call);
    print_network(call);
    bool right = print_media(call);
    print_heap(&call->play);
    right = write_received(call) && right;
    if (call->near.failed || call->far.failed)
        return complain_of(call->near.failed ? &call->near : &call->far);
    return right || complain("the call", "what was received is not what was sent");
}
