/* load_options.c - what the command line asks for. */
#define _GNU_SOURCE
#include "load_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
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
    "  --sockets N       of the client (default: 4)\n"
    "  --plot FILE       where the plot goes, as SVG (default: load.svg)\n"
    "  --json FILE       write the figures there, too\n"
    "  --help            show this\n"
    "\n"
    "It exits with 0 when none failed and all were alive until they were closed.\n";

enum { PEERS = 256, WITH, DTLS, RATE, AT_ONCE, REOPEN, CONSENT, MEDIA, HOLD, SOCKETS, PLOT,
       JSON, HELP };

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
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static const struct { const char *name, *title; } servers[SERVER_KINDS] = {
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

static bool read_whole(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool read_seconds(const char *text, double least, skiff_time *out)
{
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= least && value <= 86400))
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

/* Takes one option that has a value; false when the value is wrong. */
static bool take_value(struct options *options, int option, char *value)
{
    switch (option) {
    case PEERS:
        return read_whole(value, 1, LOAD_PEERS, &options->peers);
    case WITH:
        return read_servers(value, options);
    case DTLS:
        options->newest = strcmp(value, "1.2") == 0 ? SKIFF_DTLS_1_2 : SKIFF_DTLS_1_3;
        return strcmp(value, "1.2") == 0 || strcmp(value, "1.3") == 0;
    case RATE:
        return read_whole(value, 1, 1000000, &options->rate);
    case AT_ONCE:
        return read_whole(value, 1, LOAD_AT_ONCE, &options->at_once);
    case REOPEN:
        return read_whole(value, 0, 100000000, &options->reopen);
    case CONSENT:
        return read_seconds(value, 0.1, &options->consent);
    case MEDIA:
        return read_seconds(value, 0.1, &options->media);
    case HOLD:
        return read_seconds(value, 0, &options->hold);
    case SOCKETS:
        return read_whole(value, 1, LOAD_SOCKETS, &options->sockets);
    case PLOT:
        options->plot = value;
        return *value != '\0';
    case JSON:
        options->json = value;
        return *value != '\0';
    default:
        return false;
    }
}

static bool fail(const char *what, const char *name, const char *why, int *code)
{
    fprintf(stderr, "skiff-load: %s%s: %s\n", what, name, why);
    *code = EXIT_USAGE;
    return false;
}

static bool take(struct options *options, int option, int index, int *code)
{
    if (option == HELP) {
        fputs(usage, stdout);
        *code = EXIT_SUCCESS;
        return false;
    }
    if (take_value(options, option, optarg))
        return true;
    return fail("--", known[index].name, "this value makes no sense; see --help", code);
}

bool options_read(struct options *options, int argc, char **argv, int *code)
{
    int option, index = 0;

    *options = (struct options){ .with = { true }, .peers = 1000, .at_once = 64,
                                 .sockets = 4, .consent = SKIFF_MSEC(5000),
                                 .media = SKIFF_MSEC(5000), .hold = SKIFF_MSEC(5000),
                                 .plot = "load.svg" };
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", known, &index)) != -1) {
        if (option == '?' || option == ':')
            return fail("", argv[optind - 1],
                        option == '?' ? "no such option; see --help" : "wants a value",
                        code);
        if (!take(options, option, index, code))
            return false;
    }
    if (optind < argc)
        return fail("", argv[optind], "no such option; see --help", code);
    if (options->with[SERVER_LIBSSL] && options->peers > LOAD_LIBSSL_PEERS)
        return fail("", "--peers", "libssl is tried with 10000 at most", code);
    return true;
}
