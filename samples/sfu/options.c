/* options.c - what the command line asks for. */
#include "options.h"

#include "../common/command_line.h"
#include "sdp_registry.h"
#include "sdp_text.h"

#include <netdb.h>
#include <openssl/crypto.h>

#include <stdlib.h>

enum { MAX_FILE = 64 * 1024, MAX_SESSIONS = 65536, MAX_THREADS = 64 };

static const char usage[] =
    "usage: skiff-sfu [options]\n"
    "\n"
    "Forwards what browsers publish (WHIP) to those who watch (WHEP). The page is at /.\n"
    "\n"
    "  --http ADDRESS         of the page and the signalling, such as 8080, 0.0.0.0:8080 "
    "or\n"
    "                         [::]:8080 (default: 127.0.0.1:8080)\n"
    "  --bind ADDRESS         of the media (default: 0.0.0.0:5004); port 0 is any\n"
    "  --public ADDRESS       at which browsers reach the media, if it is not one of this\n"
    "                         host, as behind a NAT: 203.0.113.5, 203.0.113.5:40000; up to "
    "8\n"
    "  --no-tcp               no media by TCP, for browsers whose network drops UDP\n"
    "  --certificate FILE     PEM, with --key: HTTPS. Browsers give a camera to HTTPS and\n"
    "  --key FILE             localhost alone\n"
    "  --publish-token TEXT   the bearer token that publishers need; @FILE reads the text\n"
    "  --admin-token TEXT     shows /metrics and /stats to other hosts; @FILE, too\n"
    "  --codecs LIST          of publishers, best first, with commas\n"
    "                         (default: opus,VP8,H264,VP9,AV1)\n"
    "  --ice-server URL       for the browsers: stun:HOST, or turn:HOST,USER,PASSWORD\n"
    "  --threads N            of media (default: 1)\n"
    "  --sessions N           at once (default: 1024)\n"
    "  --sessions-each N      at once, of one address (default: 100)\n"
    "  --posts-each N         requests a second of one address (default: 20)\n"
    "  --last-n N             audio tracks of a watcher of the stream *, at most\n"
    "                         (default: 3)\n"
    "  --pages FOLDER         the files of the page\n"
    "  --trace FILE           write what happens there; samples/ladder draws it\n"
    "  --key-log FILE         write the secrets of DTLS there, for Wireshark\n"
    "  --help                 show this\n";

enum {
    HTTP = OPTION_FIRST,
    BIND,
    PUBLIC,
    NO_TCP,
    CERTIFICATE,
    KEY,
    PUBLISH_TOKEN,
    ADMIN_TOKEN,
    CODECS,
    ICE_SERVER,
    THREADS,
    SESSIONS,
    SESSIONS_EACH,
    POSTS_EACH,
    LAST_N,
    PAGES_FOLDER,
    TRACE_FILE,
    KEY_LOG
};

static const struct option known[] = {
    { "http", required_argument, NULL, HTTP },
    { "bind", required_argument, NULL, BIND },
    { "public", required_argument, NULL, PUBLIC },
    { "no-tcp", no_argument, NULL, NO_TCP },
    { "certificate", required_argument, NULL, CERTIFICATE },
    { "key", required_argument, NULL, KEY },
    { "publish-token", required_argument, NULL, PUBLISH_TOKEN },
    { "admin-token", required_argument, NULL, ADMIN_TOKEN },
    { "codecs", required_argument, NULL, CODECS },
    { "ice-server", required_argument, NULL, ICE_SERVER },
    { "threads", required_argument, NULL, THREADS },
    { "sessions", required_argument, NULL, SESSIONS },
    { "sessions-each", required_argument, NULL, SESSIONS_EACH },
    { "posts-each", required_argument, NULL, POSTS_EACH },
    { "last-n", required_argument, NULL, LAST_N },
    { "pages", required_argument, NULL, PAGES_FOLDER },
    { "trace", required_argument, NULL, TRACE_FILE },
    { "key-log", required_argument, NULL, KEY_LOG },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

/* --- values ------------------------------------------------------------------------- */

/* Reads a file as a text that wipes and frees by options_free. */
static bool read_file(const char *path, char **text)
{
    FILE *file = fopen(path, "rb");
    size_t len = 0;

    OPENSSL_cleanse(*text, *text != NULL ? strlen(*text) : 0);
    free(*text);
    *text = calloc(1, MAX_FILE + 1);
    if (file != NULL && *text != NULL)
        len = fread(*text, 1, MAX_FILE, file);
    if (file != NULL)
        fclose(file);
    return len > 0 && len < MAX_FILE;
}

/* What stands on the command line is shown to all users of the host by ps. */
static bool read_token(const char *value, char **token)
{
    bool good = *value != '\0';

    if (*value != '@') {
        free(*token);
        *token = strdup(value);
        return good && *token != NULL;
    }
    if (!read_file(value + 1, token))
        return false;
    (*token)[strcspn(*token, "\r\n")] = '\0';
    return **token != '\0';
}

/* "0.0.0.0" or "[::]": without brackets the last group of an IPv6 address could be a port.
 */
static bool read_host(const char *value, size_t len, char *host, size_t size)
{
    const bool in_brackets = len > 2 && *value == '[' && value[len - 1] == ']';

    if (in_brackets) {
        value++;
        len -= 2;
    }
    if (len >= size || (!in_brackets && memchr(value, ':', len) != NULL))
        return false;
    memcpy(host, value, len);
    host[len] = '\0';
    return true;
}

/* "8080", "0.0.0.0:8080" or "[::]:8080". */
static bool read_address(const char *value, struct sockaddr_storage *address)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM },
                    *found = NULL;
    const char *colon = strrchr(value, ':');
    const char *port = colon != NULL ? colon + 1 : value;
    char host[64] = "127.0.0.1";
    uint64_t number;

    if (!option_whole(port, 0, UINT16_MAX, &number)
        || (colon != NULL && !read_host(value, (size_t)(colon - value), host, sizeof host)))
        return false;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return false;
    memcpy(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static bool read_codecs(const char *value, struct sdp_terms *terms)
{
    char name[MAX_TOKEN];

    terms->num_codecs = 0;
    while (*value != '\0') {
        if (!sdp_word(&value, ",", name, sizeof name) || terms->num_codecs == NUM_CODECS
            || codec_find(name) == CODEC_NONE)
            return false;
        terms->codecs[terms->num_codecs++] = codec_find(name);
    }
    return terms->num_codecs > 0;
}

/* RFC 9725 section 4.6 has the Link header, whose texts must not end early. */
static bool read_ice_server(struct options *options, const char *value)
{
    char url[128], user[64], password[64], line[HTTP_VALUE];

    if (options->num_ice_servers == WHIP_ICE_SERVERS || strpbrk(value, "<>\"\\\r\n") != NULL
        || !sdp_word(&value, ",", url, sizeof url))
        return false;
    if (*value == '\0')
        snprintf(line, sizeof line, "<%s>; rel=\"ice-server\"", url);
    else if (!sdp_word(&value, ",", user, sizeof user)
             || !sdp_word(&value, ",", password, sizeof password))
        return false;
    else
        snprintf(line, sizeof line,
                 "<%s>; rel=\"ice-server\"; username=\"%s\"; credential=\"%s\"; "
                 "credential-type=\"password\"",
                 url, user, password);
    options->ice_servers[options->num_ice_servers++] = strdup(line);
    return true;
}

static bool read_number(const char *value, uint64_t most, unsigned *number)
{
    uint64_t whole = 0;
    bool good = option_whole(value, 1, most, &whole);

    *number = (unsigned)whole;
    return good;
}

static bool add_public(struct options *options, const char *value)
{
    if (options->media.num_announced == MAX_PUBLIC)
        return false;
    options->announced[options->media.num_announced++] = value;
    return *value != '\0';
}

/* --- options ------------------------------------------------------------------------ */

static bool parse_numbers(struct options *options, int option, const char *value)
{
    switch (option) {
    case THREADS:
        return read_number(value, MAX_THREADS, &options->media.threads);
    case SESSIONS:
        return read_number(value, MAX_SESSIONS, &options->limits.sessions);
    case SESSIONS_EACH:
        return read_number(value, MAX_SESSIONS, &options->limits.sessions_each);
    case POSTS_EACH:
        return read_number(value, 1000000, &options->limits.posts_each);
    case LAST_N:
        return read_number(value, MAX_TRACKS, &options->media.last_n);
    case PAGES_FOLDER:
        return option_name(value, &options->pages);
    case TRACE_FILE:
        return option_name(value, &options->trace);
    case KEY_LOG:
        return option_name(value, &options->key_log);
    }
    return false;
}

static bool parse(void *user, int option, char *value)
{
    struct options *options = user;

    switch (option) {
    case HTTP:
        options->http_text = value;
        return read_address(value, &options->http);
    case BIND:
        return option_name(value, &options->media.address);
    case PUBLIC:
        return add_public(options, value);
    case NO_TCP:
        options->media.tcp = false;
        return true;
    case CERTIFICATE:
        return read_file(value, &options->certificate);
    case KEY:
        return read_file(value, &options->key);
    case PUBLISH_TOKEN:
        return read_token(value, &options->publish_token);
    case ADMIN_TOKEN:
        return read_token(value, &options->admin_token);
    case CODECS:
        return read_codecs(value, &options->terms);
    case ICE_SERVER:
        return read_ice_server(options, value);
    }
    return parse_numbers(options, option, value);
}

bool options_read(struct options *options, int argc, char **argv, int *code)
{
    static const struct command_line line = { "skiff-sfu", usage, known, parse };

    *options = (struct options){ .http_text = "127.0.0.1:8080", .pages = SFU_PAGES };
    options->media.address = "0.0.0.0:5004";
    options->media.tcp = true;
    options->media.announced = options->announced;
    options->media.threads = 1;
    options->limits.sessions = LIMITS_SESSIONS;
    options->terms = sdp_publisher_terms();
    read_address(options->http_text, &options->http);
    if (!command_line_read(&line, options, argc, argv, code))
        return false;
    options->media.max_sessions = options->limits.sessions;
    if (optind < argc)
        return command_line_refuse(&line, argv[optind], "it is no option; see --help",
                                   code);
    return (options->certificate != NULL) == (options->key != NULL)
        || command_line_refuse(&line, "--certificate", "it needs --key, and --key needs it",
                               code);
}

static void wipe(char **text)
{
    if (*text != NULL)
        OPENSSL_cleanse(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void options_free(struct options *options)
{
    wipe(&options->certificate);
    wipe(&options->key);
    wipe(&options->publish_token);
    wipe(&options->admin_token);
    for (size_t i = 0; i < options->num_ice_servers; i++)
        wipe(&options->ice_servers[i]);
}
