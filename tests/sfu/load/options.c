/* options.c - what the command line asks for. */
#define _GNU_SOURCE
#include "options.h"

#include "../../../samples/common/command_line.h"

#include <arpa/inet.h>
#include <string.h>

static const char usage[] =
    "usage: skiff-sfu-load [options]\n"
    "\n"
    "Publishes one stream of 1 Mbit/s to a server by WHIP, watches it many times by WHEP,\n"
    "and prints what arrived and what the server needed for it, in lines of \"name "
    "value\".\n"
    "\n"
    "  --publish URL     where the publisher POSTs its offer\n"
    "  --watch URL       where each watcher POSTs its offer\n"
    "  --janus URL       instead of both: the VideoRoom of a Janus at this root\n"
    "  --watchers N      how many (default: 50)\n"
    "  --profile NAME    gcm: AEAD_AES_128_GCM (default), or cm: AES128_CM_SHA1_80\n"
    "  --frame N         packets of a frame, which leave together (default: 4)\n"
    "  --warm-up SEC     from the last watcher to the window (default: 3)\n"
    "  --seconds SEC     the window that is measured (default: 30)\n"
    "  --from ADDRESS    of the publisher; each watcher has the next (default: 127.1.0.1)\n"
    "  --pid PID         the server's process, to measure its CPU and memory\n"
    "  --mallocs FILE    where the server counts its mallocs\n"
    "  --help            show this\n"
    "\n"
    "It exits with 0 when each watcher received something.\n";

enum {
    PUBLISH = OPTION_FIRST,
    WATCH,
    JANUS,
    WATCHERS,
    PROFILE,
    FRAME,
    WARM_UP,
    SECONDS,
    FROM,
    PID,
    MALLOCS
};

static const struct option known[] = {
    { "publish", required_argument, NULL, PUBLISH },
    { "watch", required_argument, NULL, WATCH },
    { "janus", required_argument, NULL, JANUS },
    { "watchers", required_argument, NULL, WATCHERS },
    { "profile", required_argument, NULL, PROFILE },
    { "frame", required_argument, NULL, FRAME },
    { "warm-up", required_argument, NULL, WARM_UP },
    { "seconds", required_argument, NULL, SECONDS },
    { "from", required_argument, NULL, FROM },
    { "pid", required_argument, NULL, PID },
    { "mallocs", required_argument, NULL, MALLOCS },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

static bool read_count(const char *text, uint64_t most, uint32_t *out)
{
    uint64_t value = 0;

    if (!option_whole(text, 1, most, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool read_seconds(const char *text, skiff_time *out)
{
    double value = 0;

    if (!option_number(text, 0.1, 3600, &value))
        return false;
    *out = (skiff_time)(value * 1e6);
    return true;
}

static bool read_profile(const char *text, skiff_srtp_profile *profile)
{
    bool gcm = strcmp(text, "gcm") == 0;

    *profile = gcm ? SKIFF_SRTP_AEAD_AES_128_GCM : SKIFF_SRTP_AES128_CM_SHA1_80;
    return gcm || strcmp(text, "cm") == 0;
}

static bool read_address(const char *text, uint32_t *address)
{
    struct in_addr in;

    if (inet_pton(AF_INET, text, &in) != 1)
        return false;
    *address = ntohl(in.s_addr);
    return true;
}

static bool read_pid(const char *text, int *pid)
{
    uint32_t value = 0;

    if (!read_count(text, INT32_MAX, &value))
        return false;
    *pid = (int)value;
    return true;
}

static bool use_janus(const char *url, struct options *options)
{
    options->service = SERVICE_JANUS;
    options->publish = options->watch = url;
    return true;
}

static bool parse_option(void *of, int option, char *value)
{
    struct options *options = of;

    switch (option) {
    case PUBLISH:
        return option_name(value, &options->publish);
    case WATCH:
        return option_name(value, &options->watch);
    case JANUS:
        return use_janus(value, options);
    case WATCHERS:
        return read_count(value, LOAD_WATCHERS, &options->watchers);
    case PROFILE:
        return read_profile(value, &options->profile);
    case FRAME:
        return read_count(value, 64, &options->frame);
    case WARM_UP:
        return read_seconds(value, &options->warm_up);
    case SECONDS:
        return read_seconds(value, &options->window);
    case FROM:
        return read_address(value, &options->from);
    case PID:
        return read_pid(value, &options->pid);
    case MALLOCS:
        return option_name(value, &options->mallocs);
    default:
        return false;
    }
}

bool options_read(struct options *options, int argc, char **argv, int *code)
{
    static const struct command_line line = { "skiff-sfu-load", usage, known,
                                              parse_option };

    *options = (struct options){ .profile = SKIFF_SRTP_AEAD_AES_128_GCM,
                                 .watchers = 50,
                                 .frame = 4,
                                 .warm_up = SKIFF_MSEC(3000),
                                 .window = SKIFF_MSEC(30000),
                                 .from = 0x7f010001 };
    if (!command_line_read(&line, options, argc, argv, code))
        return false;
    if (optind < argc)
        return command_line_refuse(&line, argv[optind], "no such option", code);
    if (options->publish == NULL || options->watch == NULL)
        return command_line_refuse(&line, "--publish, --watch", "are needed", code);
    return true;
}
