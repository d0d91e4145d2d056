/* settings.c - what a config may contain, and what zero means. */
#include "handshake/settings.h"

#include "handshake/ticket.h"

#define LONGEST_WAIT (SKIFF_NEVER / 4)

enum {
    DEFAULT_MTU = 1200,
    DEFAULT_MESSAGE = 16384,
    SMALLEST_MESSAGE = 1024,
    DEFAULT_HANDSHAKES = 64,
    LARGEST_HANDSHAKES = 1 << 20
};

static const uint16_t default_profiles[] = { SKIFF_SRTP_AEAD_AES_128_GCM,
                                             SKIFF_SRTP_AES128_CM_SHA1_80,
                                             SKIFF_SRTP_AEAD_AES_256_GCM };
static const uint16_t known_profiles[PROFILE_COUNT] = {
    SKIFF_SRTP_AEAD_AES_128_GCM,
    SKIFF_SRTP_AES128_CM_SHA1_80,
    SKIFF_SRTP_AEAD_AES_256_GCM,
    SKIFF_SRTP_AES128_CM_SHA1_32,
};

static bool holds(const uint16_t *list, size_t num, uint16_t number)
{
    for (size_t i = 0; i < num; i++)
        if (list[i] == number)
            return true;
    return false;
}

/* Adds a value that is known and not in the list yet; false otherwise. */
static bool add_known(uint16_t *list, size_t *num, uint16_t value, bool known)
{
    if (!known || holds(list, *num, value))
        return false;
    list[(*num)++] = value;
    return true;
}

/* The place in a list whose entry is not known, or was there before. */
static skiff_status refuse_entry(const char *list, size_t i)
{
    return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, list, i,
                                  "] is not known, or is there twice");
}

/* Algorithms that no provider of libcrypto has are left out of the defaults, and refused
 * in a config: a provider of FIPS 140-3 has no ChaCha20, and none before OpenSSL 3.5 has
 * X25519MLKEM768. */
static skiff_status set_suites(const skiff_context_config *config, struct settings *s)
{
    if (config->suites == NULL && config->num_suites > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "suites: NULL, and num_suites is not 0");
    for (size_t i = 0; i < config->num_suites; i++) {
        const struct suite *suite = skf_suite_find(config->suites[i]);
        if (!add_known(s->suites, &s->num_suites, config->suites[i], suite != NULL))
            return refuse_entry("suites: [", i);
        if (!skf_aead_is_available(suite->aead))
            return skiff_fault_set_text(SKIFF_ERR_ARGUMENT,
                                        "suites: this libcrypto has no ", suite->name, "");
    }
    for (size_t i = 0; config->num_suites == 0 && i < DEFAULT_SUITES; i++)
        if (skf_aead_is_available(skf_cipher_suites[i].aead))
            s->suites[s->num_suites++] = skf_cipher_suites[i].number;
    return SKIFF_OK;
}

static const char *group_name(uint16_t group)
{
    switch (group) {
    case GROUP_X25519:
        return "X25519";
    case GROUP_SECP256R1:
        return "secp256r1";
    case GROUP_SECP384R1:
        return "secp384r1";
    case GROUP_X25519MLKEM768:
        return "X25519MLKEM768";
    }
    return NULL;
}

/* Without a list a server is free to choose what is cheap. */
static void set_default_groups(struct settings *s)
{
    size_t num = 0;

    for (size_t i = 0; i < GROUP_COUNT; i++) {
        if (skf_group_is_available(skf_named_groups[i]))
            s->groups[s->num_groups++] = skf_named_groups[i];
        if (skf_group_is_available(skf_groups_by_price[i]))
            s->server_groups[num++] = skf_groups_by_price[i];
    }
}

static skiff_status set_groups(const skiff_context_config *config, struct settings *s)
{
    if (config->groups == NULL && config->num_groups > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "groups: NULL, and num_groups is not 0");
    for (size_t i = 0; i < config->num_groups; i++) {
        if (!add_known(s->groups, &s->num_groups, config->groups[i],
                       holds(skf_named_groups, GROUP_COUNT, config->groups[i])))
            return refuse_entry("groups: [", i);
        if (!skf_group_is_available(config->groups[i]))
            return skiff_fault_set_text(SKIFF_ERR_ARGUMENT,
                                        "groups: this libcrypto has no ",
                                        group_name(config->groups[i]), "");
    }
    memcpy(s->server_groups, s->groups, sizeof s->groups);
    if (config->num_groups == 0)
        set_default_groups(s);
    return SKIFF_OK;
}

static skiff_status set_profiles(const skiff_context_config *config, struct settings *s)
{
    size_t num = config->num_profiles != 0
                   ? config->num_profiles
                   : sizeof default_profiles / sizeof *default_profiles;

    if (config->profiles == NULL && config->num_profiles > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "profiles: NULL, and num_profiles is not 0");
    for (size_t i = 0; i < num; i++) {
        uint16_t value =
            config->num_profiles != 0 ? (uint16_t)config->profiles[i] : default_profiles[i];
        if (!add_known(s->profiles, &s->num_profiles, value,
                       holds(known_profiles, PROFILE_COUNT, value)))
            return refuse_entry("profiles: [", i);
    }
    return SKIFF_OK;
}

static bool is_version(uint16_t version)
{
    return version == SKIFF_DTLS_1_2 || version == SKIFF_DTLS_1_3;
}

static bool has_suite_of(const struct settings *s, uint16_t version)
{
    for (size_t i = 0; i < s->num_suites; i++)
        if (skf_suite_find(s->suites[i])->version == version)
            return true;
    return false;
}

/* A version is enabled when it lies between min_version and max_version, and a suite and
 * a group of the config can serve it (X25519MLKEM768 is for 1.3 only). */
static skiff_status set_versions(const skiff_context_config *config, struct settings *s)
{
    uint16_t min_version = config->min_version != 0 ? config->min_version : SKIFF_DTLS_1_2;
    uint16_t max_version = config->max_version != 0 ? config->max_version : SKIFF_DTLS_1_3;
    bool has_group = s->num_groups > 0;
    bool has_curve =
        has_group && (s->num_groups > 1 || s->groups[0] != GROUP_X25519MLKEM768);

    if (!is_version(min_version) || !is_version(max_version))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "min_version, max_version: not a skiff_dtls_version");
    if (max_version > min_version) /* the versions of DTLS count down */
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "max_version: older than min_version");
    s->has_dtls12 =
        min_version == SKIFF_DTLS_1_2 && has_curve && has_suite_of(s, SKIFF_DTLS_1_2);
    s->has_dtls13 =
        max_version == SKIFF_DTLS_1_3 && has_group && has_suite_of(s, SKIFF_DTLS_1_3);
    if (!s->has_dtls12 && !s->has_dtls13)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "suites, groups: none for a version from oldest to newest");
    return SKIFF_OK;
}

static skiff_status set_lists(const skiff_context_config *config, struct settings *s)
{
    skiff_status status = set_suites(config, s);

    if (status == SKIFF_OK)
        status = set_groups(config, s);
    if (status == SKIFF_OK)
        status = set_profiles(config, s);
    if (status == SKIFF_OK)
        status = set_versions(config, s);
    return status;
}

static skiff_status check_key(skiff_bytes key)
{
    if (key.len != 0 && (key.ptr == NULL || key.len != TICKET_KEY))
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "ticket_key: ", key.len,
                                      " bytes, or NULL, are not 32");
    return SKIFF_OK;
}

static skiff_status check_sizes(const struct settings *s)
{
    if (s->mtu < SMALLEST_MTU || s->mtu > LARGEST_MTU)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "mtu: ", s->mtu,
                                      " is outside 228..65,507");
    if (s->max_message < SMALLEST_MESSAGE)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "max_message: ", s->max_message,
                                      " is under 1,024");
    if (s->max_record < SMALLEST_RECORD || s->max_record > LARGEST_RECORD)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "max_record: ", s->max_record,
                                      " is outside 64..16,385 (RFC 8449)");
    if (s->connection_id_len > SKIFF_CONNECTION_ID_MAX)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "connection_id_len: ", s->connection_id_len,
                                      " is over SKIFF_CONNECTION_ID_MAX (20)");
    return SKIFF_OK;
}

static skiff_status check(const struct settings *s)
{
    if (s->identity == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "identity: required");
    if (s->max_handshakes > LARGEST_HANDSHAKES)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "max_handshakes: ", s->max_handshakes,
                                      " are over 1,048,576");
    if (s->initial_timeout > s->max_timeout)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "initial_timeout: longer than max_timeout");
    return check_sizes(s);
}

/* RFC 9853 section 3: an end that offers it offers connection ids as well. */
static skiff_status check_rrc(const skiff_context_config *config)
{
    if (config->rrc == SKIFF_RRC_OFF)
        return SKIFF_OK;
    if (config->rrc != SKIFF_RRC_BASIC && config->rrc != SKIFF_RRC_ENHANCED)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "rrc: not OFF, BASIC or ENHANCED");
    if (!config->connection_ids)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "rrc: it needs connection_ids (RFC 9853 3)");
    return SKIFF_OK;
}

/* It is added to times. */
static skiff_time bounded(skiff_time wait)
{
    return wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
}

skiff_status skf_settings_from(const skiff_context_config *config,
                               struct settings *settings)
{
    struct settings s = {
        .identity = config->identity,
        .mtu = config->mtu != 0 ? config->mtu : DEFAULT_MTU,
        .max_message = config->max_message != 0 ? config->max_message : DEFAULT_MESSAGE,
        .max_record = config->max_record != 0 ? config->max_record : LARGEST_RECORD,
        .allow_no_ems = config->allow_no_ems,
        .media_optional = config->media_optional,
        .names = { .alpn = config->alpn,
                   .num_alpn = config->num_alpn,
                   .server_name = config->server_name },
        .connection_ids = config->connection_ids,
        .connection_id_len = config->connection_ids ? config->connection_id_len : 0,
        .connection_id = config->connection_id,
        .rrc = config->rrc,
        .initial_timeout = bounded(config->initial_timeout),
        .max_timeout =
            config->max_timeout != 0 ? bounded(config->max_timeout) : SKIFF_MSEC(10000),
        .handshake_timeout =
            config->handshake_timeout != 0 ? config->handshake_timeout : SKIFF_MSEC(30000),
        .resend_jitter = config->resend_jitter,
        .max_handshakes =
            config->max_handshakes != 0 ? config->max_handshakes : DEFAULT_HANDSHAKES,
        .key_log = config->key_log,
        .trace = config->trace,
        .user = config->user,
    };
    skiff_status status = check(&s);

    if (status == SKIFF_OK)
        status = set_lists(config, &s);
    if (status == SKIFF_OK)
        status = skf_names_check(&s.names);
    if (status == SKIFF_OK)
        status = check_key(config->ticket_key);
    if (status == SKIFF_OK)
        status = check_rrc(config);
    if (status != SKIFF_OK)
        return status;
    s.tickets = config->tickets && s.has_dtls13;
    *settings = s;
    return SKIFF_OK;
}

bool skf_settings_have_group(const struct settings *settings, uint16_t group)
{
    for (size_t i = 0; i < settings->num_groups; i++)
        if (settings->groups[i] == group)
            return true;
    return false;
}
