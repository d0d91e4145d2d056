/* command_line.h - command lines of long options, and values that many of them have. Knows
 * no program's own. */
#ifndef SAMPLES_COMMAND_LINE_H
#define SAMPLES_COMMAND_LINE_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

enum { EXIT_USAGE = 2, OPTION_HELP = 256, OPTION_FIRST };

/* What a program can be told. `known` ends with zeros; the option that shows the usage has
 * the value OPTION_HELP. */
struct command_line {
    const char *program, *usage;
    const struct option *known;

    /* Takes one; the value is NULL where none is wanted. False: it makes no sense. */
    bool (*parse)(void *options, int option, char *value);
};

/* Takes all options; words that are none are in argv from optind on. False: the program
 * ends now with *code, everything is said. */
bool command_line_read(const struct command_line *line, void *options, int argc,
                       char **argv, int *code);

/* Says what is wrong with a word of it; false, with the code for that. */
bool command_line_refuse(const struct command_line *line, const char *word, const char *why,
                         int *code);

/* What a value says; false when it says nothing of the kind, or is out of bounds. */
bool option_whole(const char *value, uint64_t least, uint64_t most, uint64_t *out);
bool option_number(const char *value, double least, double most, double *out);
bool option_name(const char *value, const char **out);
bool option_dtls(const char *value, uint16_t *out);

#endif
