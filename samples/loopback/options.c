/* options.c - what the command line asks for. */
#define _GNU_SOURCE
#include "options.h"

#include "../common/command_line.h"

#include <string.h>
#include <strings.h>

static const char usage[] =
    "usage: skiff-call [options] [file.opus]\n"
    "\n"
    "Plays a call between two ends in one process, over ICE, DTLS and SRTP on loopback,\n"
    "and compares what was received with what was sent.\n"
    "\n"
    "  --output FILE     where the far end writes what it receives (default: far.opus)\n"
    "  --profile LIST    SRTP profiles by preference, with commas: names or numbers of\n"
    "                    cm80 0x0001, cm32 0x0002, gcm128 0x0007, gcm256 0x0008\n"
    "  --role ROLE       of the end that offers: actpass (default), active, passive\n"
    "  --dtls VERSION    the newest of both ends: 1.3 (default) or 1.2\n"
    "  --loss P          percent of DTLS and media that get lost on the way\n"
    "  --delay MS        milliseconds that each takes\n"
    "  --reorder P       percent that are overtaken by others\n"
    "  --duplicate P     percent that arrive twice\n"
    "  --seed N          of the chances above (default: 1)\n"
    "  --port N          of the end that offers (default: any)\n"
    "  --ipv6            over ::1, not 127.0.0.1\n"
    "  --fast            as fast as possible, at most 64 packets in flight\n"
    "  --trace FILE      write what happens there, one JSON object a line;\n"
    "                    samples/ladder draws the handshake\n"
    "  --verbose         show what the two ends signal to each other\n"
    "  --help            show this\n"
    "\n"
    "It exits with 0 when all that was not dropped on purpose arrived unchanged.\n";

enum {
    LOSS = OPTION_FIRST,
    DELAY,
    REORDER,
    DUPLICATE,
    SEED,
    PORT,
    SIX,
    FAST,
    OUTPUT,
    PROFILE,
    ROLE,
    DTLS,
    TRACE_FILE,
    VERBOSE
};

static const struct option known[] = {
    { "loss", required_argument, NULL, LOSS },
    { "delay", required_argument, NULL, DELAY },
    { "reorder", required_argument, NULL, REORDER },
    { "duplicate", required_argument, NULL, DUPLICATE },
    { "seed", required_argument, NULL, SEED },
    { "port", required_argument, NULL, PORT },
    { "output", required_argument, NULL, OUTPUT },
    { "profile", required_argument, NULL, PROFILE },
    { "role", required_argument, NULL, ROLE },
    { "dtls", required_argument, NULL, DTLS },
    { "trace", required_argument, NULL, TRACE_FILE },
    { "ipv6", no_argument, NULL, SIX },
    { "fast", no_argument, NULL, FAST },
    { "verbose", no_argument, NULL, VERBOSE },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

static const struct profile {
    skiff_srtp_profile number;
    const char *nick, *name;
} profiles[CALL_PROFILES] = {
    { SKIFF_SRTP_AES128_CM_SHA1_80, "cm80", "SRTP_AES128_CM_HMAC_SHA1_80" },
    { SKIFF_SRTP_AES128_CM_SHA1_32, "cm32", "SRTP_AES128_CM_HMAC_SHA1_32" },
    { SKIFF_SRTP_AEAD_AES_128_GCM, "gcm128", "SRTP_AEAD_AES_128_GCM" },
    { SKIFF_SRTP_AEAD_AES_256_GCM, "gcm256", "SRTP_AEAD_AES_256_GCM" },
};

const char *profile_name(uint16_t profile)
{
    for (size_t i = 0; i < CALL_PROFILES; i++)
        if ((uint16_t)profiles[i].number == profile)
            return profiles[i].name;
    return "none";
}

static const struct profile *profile_named(const char *word)
{
    uint64_t number = 0;

    (void)option_whole(word, 0, 0xffff, &number);
    for (size_t i = 0; i < CALL_PROFILES; i++)
        if (strcasecmp(word, profiles[i].nick) == 0
            || strcasecmp(word, profiles[i].name) == 0
            || number == (uint64_t)profiles[i].number)
            return &profiles[i];
    return NULL;
}

static bool read_profiles(char *list, struct options *options)
{
    char *rest = NULL;

    options->num_profiles = 0;
    for (char *word = strtok_r(list, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        const struct profile *profile = profile_named(word);
        if (profile == NULL || options->num_profiles == CALL_PROFILES)
            return false;
        options->profiles[options->num_profiles++] = profile->number;
    }
    return options->num_profiles > 0;
}

static bool read_role(const char *word, skiff_role *role)
{
    static const struct {
        const char *name;
        skiff_role role;
    } roles[] = {
        { "active", SKIFF_ROLE_ACTIVE },
        { "passive", SKIFF_ROLE_PASSIVE },
        { "actpass", SKIFF_ROLE_ACTPASS },
    };

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(word, roles[i].name) == 0) {
            *role = roles[i].role;
            return true;
        }
    return false;
}

static bool read_port(const char *text, uint16_t *port)
{
    uint64_t value = 0;

    if (!option_whole(text, 1, 65535, &value))
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool parse_option(void *of, int option, char *value)
{
    struct options *options = of;

    switch (option) {
    case LOSS:
        return option_number(value, 0, 100, &options->loss);
    case DELAY:
        return option_number(value, 0, 10000, &options->delay);
    case REORDER:
        return option_number(value, 0, 100, &options->reorder);
    case DUPLICATE:
        return option_number(value, 0, 100, &options->duplicate);
    case SEED:
        return option_whole(value, 0, UINT64_MAX, &options->seed);
    case PORT:
        return read_port(value, &options->port);
    case PROFILE:
        return read_profiles(value, options);
    case ROLE:
        return read_role(value, &options->role);
    case DTLS:
        return option_dtls(value, &options->max_version);
    case OUTPUT:
        return option_name(value, &options->output);
    case TRACE_FILE:
        return option_name(value, &options->trace);
    case SIX:
        return options->six = true;
    case FAST:
        return options->fast = true;
    case VERBOSE:
        return options->verbose = true;
    default:
        return false;
    }
}

bool options_read(struct options *options, int argc, char **argv, int *code)
{
    static const struct command_line line = { "skiff-call", usage, known, parse_option };

    *options = (struct options){
        .media = CALL_SPEECH, .output = "far.opus", .seed = 1, .role = SKIFF_ROLE_ACTPASS
    };
    if (!command_line_read(&line, options, argc, argv, code))
        return false;
    if (argc - optind > 1)
        return command_line_refuse(&line, argv[optind + 1], "one file is played at a time",
                                   code);
    if (optind < argc)
        options->media = argv[optind];
    return true;
}
