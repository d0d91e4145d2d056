/* server_uri.c - the address of a STUN or TURN server (RFC 7064, RFC 7065). Knows no
 * agent. */
#include "server_uri.h"

#include "ice/net/text.h"

#include <skiff/ice.h>

enum { DEFAULT_PORT = 3478 };

static const char *scheme(const char **text, struct server *server)
{
    if (text_skip(text, "turns:") || text_skip(text, "stuns:"))
        return "servers over TLS are refused: libnice would speak to them in the clear";
    server->turn = text_skip(text, "turn:");
    if (!server->turn && !text_skip(text, "stun:"))
        return "a server begins with \"stun:\" or \"turn:\"";
    return NULL;
}

static const char *host(const char **text, struct server *server)
{
    bool bracket = text_skip(text, "[");
    size_t len = strcspn(*text, bracket ? "]" : ":?");

    if (bracket && (*text)[len] != ']')
        return "the bracket of an IPv6 address is not closed";
    if (len == 0 || len >= sizeof server->host)
        return "the name of a server has 1 to 255 letters";
    memcpy(server->host, *text, len);
    server->host[len] = '\0';
    *text += len + (bracket ? 1 : 0);
    if (bracket ? !g_hostname_is_ip_address(server->host)
                : !text_made_of(server->host, len, "-._"))
        return "the name of a server is letters, digits, hyphens and dots, or an address";
    return NULL;
}

static const char *port(const char **text, struct server *server)
{
    char *end = NULL;

    server->port = DEFAULT_PORT;
    if (!text_skip(text, ":"))
        return NULL;

    guint64 value = g_ascii_isdigit(**text) ? g_ascii_strtoull(*text, &end, 10) : 0;
    if (value < 1 || value > 65535)
        return "the port of a server is a number from 1 to 65535";
    server->port = (guint)value;
    *text = end;
    return NULL;
}

static const char *transport(const char **text, struct server *server)
{
    server->transport = NICE_RELAY_TYPE_TURN_UDP;
    if (server->turn && text_skip(text, "?transport=tcp"))
        server->transport = NICE_RELAY_TYPE_TURN_TCP;
    else if (server->turn)
        (void)text_skip(text, "?transport=udp");
    if (**text != '\0')
        return "only \"?transport=udp\" or \"tcp\" may follow, and only a TURN server";
    return NULL;
}

const char *skf_server_read(const char *text, struct server *server)
{
    const char *(*const parts[])(const char **, struct server *) = { scheme, host, port,
                                                                     transport };
    const char *fault = NULL;

    if (text == NULL)
        return "no server is named";
    for (size_t i = 0; fault == NULL && i < G_N_ELEMENTS(parts); i++)
        fault = parts[i](&text, server);
    return fault;
}

const char *skiff_ice_server_fault(const char *server)
{
    struct server ignored;

    return skf_server_read(server, &ignored);
}
