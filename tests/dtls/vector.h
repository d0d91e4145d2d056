/* vector.h - reads the files of tests/vectors. */
#ifndef TEST_VECTOR_H
#define TEST_VECTOR_H

#include <skiff/identity.h>

enum { VECTOR_LINES = 32, VECTOR_BYTES = 16384 };

/* The payloads of a file, one a line; of a transcript also who said it. */
struct vector {
    size_t num;
    char owner[VECTOR_LINES]; /* 'C', 'S', or '?' where the file is silent */
    skiff_bytes lines[VECTOR_LINES];
    uint8_t bytes[VECTOR_BYTES];
};

/* Reads NAME.hex; the test ends when it cannot be read. */
void vector_read(const char *name, struct vector *vector);

/* The secret that the key log NAME.keys has on its first line of a label. */
void vector_secret(const char *name, const char *label, uint8_t *secret, size_t len);

/* The identity of NAME.crt and NAME.key, made once in a process. */
const skiff_identity *vector_identity(const char *name);

#endif
