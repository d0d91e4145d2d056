/* options.c - what the command line asks for. */
#define _GNU_SOURCE
#include "options.h"

#include "../../samples/common/command_line.h"

#include <string.h>

static const char usage[] =
    "usage: skiff-load [options]\n"
    "\n"
    "Opens associations over loopback from this process to a server process on one port,\n"
    "keeps them alive, closes and reopens some, closes all, and says what that has cost.\n"
    "\n"
    "  --peers N         how many at once (default: 1000)\n"
    "  --with LIST       servers to be run in turn, with commas (default: port):\n"
    "                    port    skiff_port: ICE-lite, DTLS and SRTP\n"
    "                    skiff   skiff_dtls, DTLS alone\n"
    "                    libssl  libssl, DTLS 1.2 alone, at most 10000 peers\n"
    "  --dtls VERSION    the newest that is spoken: 1.3 (if not said) or 1.2\n"
    "  --rate N          handshakes begun in a second (default: as fast as they go)\n"
    "  --at-once N       most handshakes on their way (default: 64)\n"
    "  --reopen N        so many are closed and opened again (default: none)\n"
    "  --consent SEC     between two checks of one association (default: 5)\n"
    "  --media SEC       between two media packets of one association (default: 5)\n"
    "  --hold SEC        all are kept at least so long (default: 5)\n"
    "  --sockets N       of the client (default: 1)\n"
    "  --plot FILE       where the plot goes, as SVG (default: load.svg)\n"
    "  --json FILE       write the figures there, too\n"
    "  --trace FILE      write what happens in both processes, one JSON object a line\n"
    "  --help            show this\n"
    "\n"
    "It exits with 0 when none failed and all were alive until they were closed.\n";

enum {
    PEERS = OPTION_FIRST,
    WITH,
    DTLS,
    RATE,
    AT_ONCE,
    REOPEN,
    CONSENT,
    MEDIA,
    HOLD,
    SOCKETS,
    PLOT,
    JSON,
    TRACE_FILE
};

static const struct option known[] = {
    { "peers", required_argument, NULL, PEERS },
    { "with", required_argument, NULL, WITH },
    { "dtls", required_argument, NULL, DTLS },
    { "rate", required_argument, NULL, RATE },
    { "at-once", required_argument, NULL, AT_ONCE },
    { "reopen", required_argument, NULL, REOPEN },
    { "consent", required_argument, NULL, CONSENT },
    { "media", required_argument, NULL, MEDIA },
    { "hold", required_argument, NULL, HOLD },
    { "sockets", required_argument, NULL, SOCKETS },
    { "plot", required_argument, NULL, PLOT },
    { "json", required_argument, NULL, JSON },
    { "trace", required_argument, NULL, TRACE_FILE },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

static const struct {
    const char *name, *title;
} servers[SERVER_KINDS] = {
    [SERVER_PORT] = { "port", "port: ICE, DTLS, SRTP" },
    [SERVER_SKIFF] = { "skiff", "skiff: DTLS alone" },
    [SERVER_LIBSSL] = { "libssl", "libssl: DTLS alone" },
};

const char *server_name(enum server_kind kind)
{
    return servers[kind].name;
}

const char *server_title(enum server_kind kind)
{
    return servers[kind].title;
}

static bool read_count(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t value = 0;

    if (!option_whole(text, least, most, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool read_seconds(const char *text, double least, skiff_time *out)
{
    double value = 0;

    if (!option_number(text, least, 86400, &value))
        return false;
    *out = (skiff_time)(value * 1e6);
    return true;
}

static bool read_servers(char *list, struct options *options)
{
    char *rest = NULL;
    bool any = false;

    memset(options->with, 0, sizeof options->with);
    for (char *word = strtok_r(list, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        int kind = 0;
        while (kind < SERVER_KINDS && strcmp(word, servers[kind].name) != 0)
            kind++;
        if (kind == SERVER_KINDS)
            return false;
        options->with[kind] = any = true;
    }
    return any;
}

static bool parse_option(void *of, int option, char *value)
{
    struct options *options = of;

    switch (option) {
    case PEERS:
        return read_count(value, 1, LOAD_PEERS, &options->peers);
    case WITH:
        return read_servers(value, options);
    case DTLS:
        return option_dtls(value, &options->max_version);
    case RATE:
        return read_count(value, 1, 1000000, &options->rate);
    case AT_ONCE:
        return read_count(value, 1, LOAD_AT_ONCE, &options->at_once);
    case REOPEN:
        return read_count(value, 0, 100000000, &options->reopen);
    case CONSENT:
        return read_seconds(value, 0.1, &options->consent);
    case MEDIA:
        return read_seconds(value, 0.1, &options->media);
    case HOLD:
        return read_seconds(value, 0, &options->hold);
    case SOCKETS:
        return read_count(value, 1, LOAD_SOCKETS, &options->sockets);
    case PLOT:
        return option_name(value, &options->plot);
    case JSON:
        return option_name(value, &options->json);
    case TRACE_FILE:
        return option_name(value, &options->trace);
    default:
        return false;
    }
}

bool options_read(struct options *options, int argc, char **argv, int *code)
{
    static const struct command_line line = { "skiff-load", usage, known, parse_option };

    *options = (struct options){ .with = { true },
                                 .peers = 1000,
                                 .at_once = 64,
                                 .sockets = 1,
                                 .consent = SKIFF_MSEC(5000),
                                 .media = SKIFF_MSEC(5000),
                                 .hold = SKIFF_MSEC(5000),
                                 .plot = "load.svg" };
    if (!command_line_read(&line, options, argc, argv, code))
        return false;
    if (optind < argc)
        return command_line_refuse(&line, argv[optind], "no such option; see --help", code);
    if (options->with[SERVER_LIBSSL] && options->peers > LOAD_LIBSSL_PEERS)
        return command_line_refuse(&line, "--peers", "libssl is tried with 10000 at most",
                                   code);
    return true;
}
