/* vector.c - reads the files of tests/vectors. */
#include "vector.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT = 32768, CACHED = 4 };

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "tests/vectors: %s\n", what);
        abort();
    }
}

static size_t read_file(const char *name, const char *suffix, char text[TEXT])
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s%s", SKIFF_VECTORS, name, suffix);
    FILE *file = fopen(path, "r");
    must(file != NULL, path);
    size_t len = fread(text, 1, TEXT - 1, file);
    fclose(file);
    text[len] = '\0';
    return len;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits up to the end of the line, or to whatever is none. */
static size_t read_hex(const char *text, uint8_t *out, size_t space)
{
    size_t len = 0;

    while (digit(text[2 * len]) >= 0 && digit(text[2 * len + 1]) >= 0) {
        must(len < space, "a file that is too long");
        out[len] = (uint8_t)(digit(text[2 * len]) << 4 | digit(text[2 * len + 1]));
        len++;
    }
    return len;
}

void vector_read(const char *name, struct vector *v)
{
    static char text[TEXT];
    size_t used = 0;

    memset(v, 0, sizeof *v);
    read_file(name, ".hex", text);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        must(v->num < VECTOR_LINES, "a file of too many lines");
        bool reported = line[1] == ' ';
        const char *hex = reported ? strrchr(line, ' ') + 1 : line;
        v->owner[v->num] = reported ? line[0] : '?';
        size_t len = read_hex(hex, v->bytes + used, VECTOR_BYTES - used);
        v->lines[v->num++] = (skiff_bytes){ v->bytes + used, len };
        used += len;
    }
}

/* A line is a label, the client random and the secret. */
void vector_secret(const char *name, const char *label, uint8_t *secret, size_t len)
{
    static char text[TEXT];
    char start[64];

    read_file(name, ".keys", text);
    snprintf(start, sizeof start, "\n%s ", label);
    const char *line = strstr(text, start);
    must(line != NULL, label);
    const char *hex = strchr(line + strlen(start), ' ');
    must(hex != NULL && read_hex(hex + 1, secret, len) == len, "a short secret");
}

const skiff_identity *vector_identity(const char *name)
{
    static struct {
        const char *name;
        skiff_identity *identity;
    } kept[CACHED];
    static char chain[TEXT], key[TEXT];
    size_t i = 0;

    while (i < CACHED && kept[i].name != NULL && strcmp(kept[i].name, name) != 0)
        i++;
    must(i < CACHED, "too many identities");
    if (kept[i].name != NULL)
        return kept[i].identity;

    size_t chain_len = read_file(name, ".crt", chain),
           key_len = read_file(name, ".key", key);
    must(skiff_identity_from_pem((skiff_bytes){ (const uint8_t *)chain, chain_len },
                                 (skiff_bytes){ (const uint8_t *)key, key_len },
                                 &kept[i].identity)
             == SKIFF_OK,
         name);
    kept[i].name = name;
    return kept[i].identity;
}
