/* problem.h - why a request failed: an HTTP status, and a sentence for the person who reads
 * it (application/problem+json, RFC 9457). Knows no request. */
#ifndef SAMPLES_SFU_PROBLEM_H
#define SAMPLES_SFU_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

enum { PROBLEM_DETAIL = 320, PROBLEM_RETRY = 3 /* seconds */ };

struct problem {
    unsigned status;
    unsigned retry_after; /* seconds; 0: there is no Retry-After */
    char detail[PROBLEM_DETAIL];
};

/* Sets the status and the sentence, and returns false. With 429 and 503 retry_after is
 * PROBLEM_RETRY, else 0. Of what a request contained the sentence quotes printable ASCII
 * alone. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool problem_set(struct problem *problem, unsigned status, const char *format, ...);

/* The reason phrase of a status, such as "Not Found". Static, never NULL. */
const char *problem_title(unsigned status);

/* The problem as JSON, for the caller to free. NULL: no memory. */
char *problem_json(const struct problem *problem);

#endif
