/* http.c - HTTP requests, one after the other. */
#define _GNU_SOURCE
#include "http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 256, TIMEOUT = 30000 /* milliseconds */ };

struct http {
    CURL *curl;
    struct http_response response;
};

struct http *http_new(void)
{
    struct http *http = calloc(1, sizeof *http);

    if (http == NULL)
        return NULL;
    http->curl = curl_easy_init();
    if (http->curl != NULL)
        return http;
    free(http);
    return NULL;
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->curl);
    free(http);
}

static size_t collect(char *bytes, size_t size, size_t num, void *of)
{
    struct http_response *response = of;
    size_t len = size * num;

    if (len >= sizeof response->body - response->len)
        return 0;
    memcpy(response->body + response->len, bytes, len);
    response->len += len;
    response->body[response->len] = '\0';
    return len;
}

/* Each has an address of its own, so a connection is of no use to the next request. */
static void configure(struct http *http, const struct http_request *request)
{
    char from[LINE];
    struct in_addr in = { htonl(request->from) };

    strcpy(from, "host!");
    inet_ntop(AF_INET, &in, from + strlen(from), INET_ADDRSTRLEN);
    curl_easy_reset(http->curl);
    curl_easy_setopt(http->curl, CURLOPT_URL, request->url);
    curl_easy_setopt(http->curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(http->curl, CURLOPT_INTERFACE, from);
    curl_easy_setopt(http->curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(http->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(http->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT);
    curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, &http->response);
    if (request->body != NULL)
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, request->body);
}

/* A Location may be relative to the URL that was asked for (RFC 9110 section 10.2.2). */
static void read_location(struct http *http, const char *base)
{
    struct curl_header *header;
    char *whole = NULL;
    CURLU *url;

    http->response.location[0] = '\0';
    if (curl_easy_header(http->curl, "Location", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return;
    url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK
        && curl_url_set(url, CURLUPART_URL, header->value, 0) == CURLUE_OK
        && curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK
        && strlen(whole) < HTTP_LOCATION)
        strcpy(http->response.location, whole);
    curl_free(whole);
    curl_url_cleanup(url);
}

const struct http_response *http_ask(struct http *http, const struct http_request *request)
{
    struct curl_slist *headers = NULL;
    char type[LINE];

    http->response.status = 0;
    http->response.len = 0;
    http->response.body[0] = '\0';
    configure(http, request);
    if (request->type != NULL) {
        snprintf(type, sizeof type, "Content-Type: %s", request->type);
        headers = curl_slist_append(NULL, type);
        curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
    }
    CURLcode result = curl_easy_perform(http->curl);
    if (result == CURLE_OK)
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &http->response.status);
    else
        snprintf(http->response.body, HTTP_BODY, "%s", curl_easy_strerror(result));
    read_location(http, request->url);
    curl_slist_free_all(headers);
    return &http->response;
}
