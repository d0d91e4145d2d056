/* problem.c - why a request failed, as a sentence and as JSON. */
#include "problem.h"

#include <jansson.h>

#include <stdarg.h>
#include <stdio.h>

bool problem_set(struct problem *problem, unsigned status, const char *format, ...)
{
    va_list values;

    problem->status = status;
    problem->retry_after = status == 429 || status == 503 ? PROBLEM_RETRY : 0;
    va_start(values, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang 14 sees no va_start */
    vsnprintf(problem->detail, sizeof problem->detail, format, values);
    va_end(values);
    for (char *at = problem->detail; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return false;
}

const char *problem_title(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" },
        { 428, "Precondition Required" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 503, "Service Unavailable" },
    };

    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

char *problem_json(const struct problem *problem)
{
    json_t *json = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title",
                             problem_title(problem->status), "status", (int)problem->status,
                             "detail", problem->detail);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    return text;
}
