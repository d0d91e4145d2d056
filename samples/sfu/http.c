/* http.c - a request and its response as plain values. */
#include "http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void http_header_add(struct http_response *response, const char *name, const char *format,
                     ...)
{
    struct http_header *header = &response->headers[response->num_headers];
    va_list values;

    if (response->num_headers == HTTP_HEADERS)
        return;
    response->num_headers++;
    header->name = name;
    va_start(values, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang 14 sees no va_start */
    vsnprintf(header->value, sizeof header->value, format, values);
    va_end(values);
}

void http_respond(struct http_response *response, unsigned status, const char *type,
                  char *body, void (*release)(void *body))
{
    http_response_clear(response);
    response->status = body != NULL ? status : 503;
    response->type = type;
    response->body = body != NULL ? body : "";
    response->len = strlen(response->body);
    response->release = body != NULL ? release : NULL;
    if (body == NULL)
        http_header_add(response, "Retry-After", "%u", (unsigned)PROBLEM_RETRY);
}

void http_respond_problem(struct http_response *response, const struct problem *problem)
{
    http_respond(response, problem->status, "application/problem+json",
                 problem_json(problem), free);
    if (problem->retry_after > 0 && response->release != NULL)
        http_header_add(response, "Retry-After", "%u", problem->retry_after);
}

void http_response_clear(struct http_response *response)
{
    if (response->release != NULL)
        response->release((void *)(uintptr_t)response->body);
    response->release = NULL;
    response->body = NULL;
    response->len = 0;
}

/* RFC 9110 section 8.3.1: names of types have no case, and parameters follow a semicolon.
 */
bool http_type_is(const struct http_request *request, const char *type)
{
    size_t len = strcspn(request->content_type, "; \t");

    return len == strlen(type) && strncasecmp(request->content_type, type, len) == 0;
}
