/* pages.c - the files of the page, read once and served from memory. */
#include "pages.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct page {
    char name[64];
    const char *type;
    char *bytes;
    size_t len;
};

struct pages {
    struct page all[PAGES];
    size_t num;
};

/* NULL: it is no file of a page. */
static const char *type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
    };
    const char *end = strrchr(name, '.');

    for (size_t i = 0; end != NULL && i < sizeof types / sizeof *types; i++)
        if (strcmp(end, types[i].end) == 0)
            return types[i].type;
    return NULL;
}

static bool read_page(struct page *page, const char *folder)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, page->name);
    file = fopen(path, "rb");
    page->bytes = malloc(PAGE_BYTES);
    if (file == NULL || page->bytes == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        if (file != NULL)
            fclose(file);
        return false;
    }
    page->len = fread(page->bytes, 1, PAGE_BYTES, file);
    fclose(file);
    if (page->len == PAGE_BYTES)
        fprintf(stderr, "%s: longer than %d bytes\n", path, PAGE_BYTES - 1);
    return page->len < PAGE_BYTES;
}

static bool add_page(struct pages *pages, const char *folder, const char *name)
{
    struct page *page = &pages->all[pages->num];
    const char *type = type_of(name);
    size_t len = strlen(name);

    if (type == NULL || len >= sizeof page->name)
        return true;
    if (pages->num == PAGES) {
        fprintf(stderr, "%s: more than %d files\n", folder, PAGES);
        return false;
    }
    pages->num++;
    page->type = type;
    memcpy(page->name, name, len + 1);
    return read_page(page, folder);
}

struct pages *pages_new(const char *folder)
{
    struct pages *pages = calloc(1, sizeof *pages);
    DIR *files = opendir(folder);
    const struct dirent *file;
    bool good = pages != NULL && files != NULL;

    if (!good)
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
    while (good && (file = readdir(files)) != NULL)
        good = add_page(pages, folder, file->d_name);
    if (files != NULL)
        closedir(files);
    if (good)
        return pages;
    pages_free(pages);
    return NULL;
}

void pages_free(struct pages *pages)
{
    if (pages == NULL)
        return;
    for (size_t i = 0; i < pages->num; i++)
        free(pages->all[i].bytes);
    free(pages);
}

/* The page loads nothing of other sites, and runs no script that is not a file of its own.
 */
bool pages_get(const struct pages *pages, const char *path, struct http_response *response)
{
    const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;

    for (size_t i = 0; i < pages->num; i++) {
        const struct page *page = &pages->all[i];

        if (strcmp(page->name, name) != 0)
            continue;
        response->status = 200;
        response->type = page->type;
        response->body = page->bytes;
        response->len = page->len;
        http_header_add(
            response, "Content-Security-Policy",
            "default-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; "
            "base-uri 'none'; form-action 'none'");
        http_header_add(response, "X-Content-Type-Options", "nosniff");
        http_header_add(response, "Referrer-Policy", "no-referrer");
        http_header_add(response, "Cache-Control", "no-cache");
        return true;
    }
    return false;
}
