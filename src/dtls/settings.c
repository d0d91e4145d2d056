/* settings.c - what a config may say, and what zero means. */
#include "dtls/settings.h"

#include "dtls/ticket.h"

enum { DEFAULT_MTU = 1200, DEFAULT_MESSAGE = 16384, SMALLEST_MESSAGE = 1024,
       DEFAULT_ROOMS = 64, LARGEST_ROOMS = 1 << 20 };

static const uint16_t default_profiles[] = { SKIFF_SRTP_AEAD_AES_128_GCM,
                                             SKIFF_SRTP_AES128_CM_SHA1_80,
                                             SKIFF_SRTP_AEAD_AES_256_GCM };
static const uint16_t known_profiles[PROFILE_COUNT] = {
    SKIFF_SRTP_AEAD_AES_128_GCM, SKIFF_SRTP_AES128_CM_SHA1_80, SKIFF_SRTP_AEAD_AES_256_GCM,
    SKIFF_SRTP_AES128_CM_SHA1_32,
};

static bool holds(const uint16_t *list, size_t num, uint16_t number)
{
    for (size_t i = 0; i < num; i++)
        if (list[i] == number)
            return true;
    return false;
}

/* Takes each wish that is known and no repetition of another. */
static bool take(uint16_t *list, size_t *num, uint16_t wish, bool known)
{
    if (!known || holds(list, *num, wish))
        return false;
    list[(*num)++] = wish;
    return true;
}

static bool take_suites(const skiff_context_config *config, struct settings *s)
{
    bool good = true;

    for (size_t i = 0; good && i < config->num_suites; i++)
        good = take(s->suites, &s->num_suites, config->suites[i],
                    suite_find(config->suites[i]) != NULL);
    for (size_t i = 0; config->num_suites == 0 && i < DEFAULT_SUITES; i++)
        s->suites[s->num_suites++] = suites[i].number;
    return good;
}

/* What the libcrypto at hand does not have is left out of the default, and refused by
 * name. */
static bool take_groups(const skiff_context_config *config, struct settings *s)
{
    for (size_t i = 0; i < config->num_groups; i++)
        if (!take(s->groups, &s->num_groups, config->groups[i],
                  holds(groups, GROUP_COUNT, config->groups[i])
                      && skf_group_is_there(config->groups[i])))
            return false;
    for (size_t i = 0; config->num_groups == 0 && i < GROUP_COUNT; i++)
        if (skf_group_is_there(groups[i]))
            s->groups[s->num_groups++] = groups[i];
    return true;
}

static bool take_profiles(const skiff_context_config *config, struct settings *s)
{
    size_t num = config->num_profiles != 0
                     ? config->num_profiles
                     : sizeof default_profiles / sizeof *default_profiles;

    for (size_t i = 0; i < num; i++) {
        uint16_t wish = config->num_profiles != 0 ? (uint16_t)config->profiles[i]
                                                  : default_profiles[i];
        if (!take(s->profiles, &s->num_profiles, wish,
                  holds(known_profiles, PROFILE_COUNT, wish)))
            return false;
    }
    return true;
}

static bool lists_are_there(const skiff_context_config *config)
{
    return (config->suites != NULL || config->num_suites == 0)
        && (config->groups != NULL || config->num_groups == 0)
        && (config->profiles != NULL || config->num_profiles == 0);
}

static bool is_version(uint16_t version)
{
    return version == SKIFF_DTLS_1_2 || version == SKIFF_DTLS_1_3;
}

static bool has_suite_of(const struct settings *s, uint16_t version)
{
    for (size_t i = 0; i < s->num_suites; i++)
        if (suite_find(s->suites[i])->version == version)
            return true;
    return false;
}

/* A version is spoken when it lies between oldest and newest, and a suite and a group of
 * the config can serve it (X25519MLKEM768 is for 1.3 only). */
static bool take_versions(const skiff_context_config *config, struct settings *s)
{
    uint16_t oldest = config->oldest != 0 ? config->oldest : SKIFF_DTLS_1_2;
    uint16_t newest = config->newest != 0 ? config->newest : SKIFF_DTLS_1_3;
    bool has_curve = s->num_groups > 1 || s->groups[0] != GROUP_X25519MLKEM768;

    if (!is_version(oldest) || !is_version(newest) || newest > oldest)
        return false;                           /* the versions of DTLS count down */
    s->speaks_12 = oldest == SKIFF_DTLS_1_2 && has_curve && has_suite_of(s, SKIFF_DTLS_1_2);
    s->speaks_13 = newest == SKIFF_DTLS_1_3 && has_suite_of(s, SKIFF_DTLS_1_3);
    return s->speaks_12 || s->speaks_13;
}

static bool is_ticket_key(skiff_bytes key)
{
    return key.len == 0 || (key.ptr != NULL && key.len == TICKET_KEY);
}

/* RFC 9853 section 3: who offers it offers connection ids as well. */
static bool rrc_is_good(const skiff_context_config *config)
{
    return config->rrc == SKIFF_RRC_OFF
        || (config->connection_ids
            && (config->rrc == SKIFF_RRC_BASIC || config->rrc == SKIFF_RRC_ENHANCED));
}

skiff_status settings_from(const skiff_context_config *config, struct settings *settings)
{
    struct settings s = {
        .identity = config->identity,
        .mtu = config->mtu != 0 ? config->mtu : DEFAULT_MTU,
        .max_message = config->max_message != 0 ? config->max_message : DEFAULT_MESSAGE,
        .max_record = config->max_record != 0 ? config->max_record : LARGEST_RECORD,
        .allow_no_ems = config->allow_no_ems,
        .media_optional = config->media_optional,
        .names = { .alpn = config->alpn, .num_alpn = config->num_alpn,
                   .server_name = config->server_name },
        .connection_ids = config->connection_ids,
        .connection_id_len = config->connection_ids ? config->connection_id_len : 0,
        .connection_id = config->connection_id,
        .rrc = config->rrc,
        .first_timeout = config->first_timeout,
        .last_timeout =
            config->last_timeout != 0 ? config->last_timeout : SKIFF_MSEC(10000),
        .give_up = config->give_up != 0 ? config->give_up : SKIFF_MSEC(30000),
        .resend_jitter = config->resend_jitter,
        .rooms = config->rooms != 0 ? config->rooms : DEFAULT_ROOMS,
        .key_log = config->key_log,
        .user = config->user,
    };
    bool good = s.identity != NULL && s.mtu >= SMALLEST_MTU && s.mtu <= LARGEST_MTU
                && s.max_message >= SMALLEST_MESSAGE && s.rooms <= LARGEST_ROOMS
                && s.connection_id_len <= SKIFF_CONNECTION_ID_MAX && rrc_is_good(config)
                && s.max_record >= SMALLEST_RECORD && s.max_record <= LARGEST_RECORD
                && s.first_timeout <= s.last_timeout && lists_are_there(config)
                && take_suites(config, &s) && take_groups(config, &s)
                && take_profiles(config, &s) && take_versions(config, &s)
                && names_are_good(&s.names) && is_ticket_key(config->ticket_key);

    if (!good)
        return SKIFF_ERR_ARGUMENT;
    s.tickets = config->tickets && s.speaks_13;
    *settings = s;
    return SKIFF_OK;
}

bool settings_have_group(const struct settings *settings, uint16_t group)
{
    for (size_t i = 0; i < settings->num_groups; i++)
        if (settings->groups[i] == group)
            return true;
    return false;
}
