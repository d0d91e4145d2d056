/* settings.h - a context's configuration with every default filled in. */
#ifndef SKF_SETTINGS_H
#define SKF_SETTINGS_H

#include <skiff/context.h>

#include "handshake/names.h"
#include "handshake/suite.h"

enum { SMALLEST_MTU = 228, LARGEST_MTU = 65507 };

/* RFC 8449 section 4: content, and in 1.3 the byte of its type. */
enum { SMALLEST_RECORD = 64, LARGEST_RECORD = (1 << 14) + 1 };

struct settings {
    const skiff_identity *identity;
    uint16_t suites[SUITE_COUNT], groups[GROUP_COUNT], profiles[PROFILE_COUNT];
    size_t num_suites, num_groups, num_profiles;
    uint16_t server_groups[GROUP_COUNT]; /* the same, in the order in which a server takes
                                            them */
    bool has_dtls12, has_dtls13;
    struct names names; /* a context has copies of its own */
    uint16_t mtu, max_message, max_record;
    bool allow_no_ems, media_optional;
    bool connection_ids;
    uint8_t connection_id_len;
    void (*connection_id)(void *user, skiff_dtls *dtls, uint8_t *id);
    skiff_rrc rrc;
    skiff_time initial_timeout; /* 0: not set, see flight.h */
    skiff_time max_timeout, handshake_timeout;
    uint32_t max_handshakes;
    uint64_t resend_jitter; /* as in the config */
    bool tickets;           /* and 1.3, which has them */
    void (*key_log)(void *user, const char *line);
    skiff_trace_fn *trace; /* NULL: nothing is traced */
    void *user;
};

/* Checks a config and fills `settings`; ERR_ARGUMENT leaves it untouched. */
SKIFF_MUST_USE skiff_status skf_settings_from(const skiff_context_config *config,
                                              struct settings *settings);

/* Whether a group is one that we offer or take. */
bool skf_settings_have_group(const struct settings *settings, uint16_t group);

#endif
