/* command_line.c - command lines of long options, and values that many of them have. */
#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif
#include "command_line.h"

#include <skiff/skiff.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values ------------------------------------------------------------------------ */

bool option_whole(const char *value, uint64_t least, uint64_t most, uint64_t *out)
{
    char *end = NULL;
    unsigned long long number = strtoull(value, &end, 0);

    if (*value < '0' || *value > '9' || *end != '\0' || number < least || number > most)
        return false;
    *out = number;
    return true;
}

bool option_number(const char *value, double least, double most, double *out)
{
    char *end = NULL;
    double number = strtod(value, &end);

    if (end == value || *end != '\0' || !(number >= least && number <= most))
        return false;
    *out = number;
    return true;
}

bool option_name(const char *value, const char **out)
{
    *out = value;
    return *value != '\0';
}

bool option_dtls(const char *value, uint16_t *out)
{
    *out = strcmp(value, "1.2") == 0 ? SKIFF_DTLS_1_2 : SKIFF_DTLS_1_3;
    return strcmp(value, "1.2") == 0 || strcmp(value, "1.3") == 0;
}

/* --- the line ---------------------------------------------------------------------- */

static bool refuse(const struct command_line *line, const char *dashes, const char *word,
                   const char *why, int *code)
{
    fprintf(stderr, "%s: %s%s: %s\n", line->program, dashes, word, why);
    *code = EXIT_USAGE;
    return false;
}

bool command_line_refuse(const struct command_line *line, const char *word, const char *why,
                         int *code)
{
    return refuse(line, "", word, why, code);
}

static bool parse_argument(const struct command_line *line, void *options, int option,
                           int index, int *code)
{
    if (option == OPTION_HELP) {
        fputs(line->usage, stdout);
        *code = EXIT_SUCCESS;
        return false;
    }
    return line->parse(options, option, optarg)
        || refuse(line, "--", line->known[index].name,
                  "this value makes no sense; see --help", code);
}

bool command_line_read(const struct command_line *line, void *options, int argc,
                       char **argv, int *code)
{
    int option, index = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", line->known, &index)) != -1) {
        if (option == '?' || option == ':')
            return refuse(line, "", argv[optind - 1],
                          option == '?' ? "no such option; see --help" : "wants a value",
                          code);
        if (!parse_argument(line, options, option, index, code))
            return false;
    }
    return true;
}
