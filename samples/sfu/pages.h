/* pages.h - the files of the page, read once and served from memory. Knows no other path
 * than those files have. */
#ifndef SAMPLES_SFU_PAGES_H
#define SAMPLES_SFU_PAGES_H

#include "http.h"

enum { PAGES = 32, PAGE_BYTES = 1024 * 1024 };

struct pages;

/* Reads the files of a folder. NULL: a line on stderr says why. */
struct pages *pages_new(const char *folder);
void pages_free(struct pages *pages);

/* Serves "/" as index.html, and "/NAME" as NAME. False: there is no such file. */
bool pages_get(const struct pages *pages, const char *path, struct http_response *response);

#endif
