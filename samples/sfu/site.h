/* site.h - which path is whose: the page, the streams, sessions and their statistics,
 * traces, and what only operators see. Knows no connection. */
#ifndef SAMPLES_SFU_SITE_H
#define SAMPLES_SFU_SITE_H

#include "metrics.h"
#include "pages.h"
#include "whip.h"

struct site {
    struct whip *whip;
    const struct pages *pages;
    struct metrics *metrics;
    const struct data_lines *lines;
    const char *admin_token; /* NULL: /stats and /metrics are for this host alone */
};

/* For an http_handler whose user is a struct site. */
void site_add_headers(void *site, const struct http_request *head,
                      struct http_response *response);
bool site_admit(void *site, const struct http_request *head,
                struct http_response *response);
void site_handle(void *site, const struct http_request *request,
                 struct http_response *response);
void site_count_response(void *site, unsigned status);

#endif
