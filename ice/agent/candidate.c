/* candidate.c - one a=candidate line of the peer (RFC 8839 5.1). Knows no agent. */
#include "candidate.h"

#include "ice/net/text.h"

#include <arpa/inet.h>

#define BLANKS   " \t"
#define LINE_END "\r\n"

enum { MAX_LINE = 1024, FIXED_WORDS = 8 };

/* RFC 8839 section 5.1, figure "candidate-attribute"; the words before raddr are fixed. */
struct line {
    const char *foundation, *component, *transport, *priority, *address, *port, *typ, *type;
    const char *raddr, *rport, *tcptype;
};

/* Moves the words to the front and returns how many there are: there may be two blanks. */
static guint compact_words(gchar **parts)
{
    guint num = 0;

    for (guint i = 0; parts[i] != NULL; i++)
        if (*parts[i] != '\0')
            parts[num++] = parts[i];
        else
            g_free(parts[i]);
    parts[num] = NULL;
    return num;
}

static bool split(gchar **words, struct line *line)
{
    guint num = compact_words(words);

    if (num < FIXED_WORDS || num % 2 != 0)
        return false;
    *line = (struct line){ words[0], words[1], words[2], words[3], words[4], words[5],
                           words[6], words[7], NULL,     NULL,     NULL };
    for (guint i = FIXED_WORDS; i < num; i += 2) {
        if (strcmp(words[i], "raddr") == 0)
            line->raddr = words[i + 1];
        else if (strcmp(words[i], "rport") == 0)
            line->rport = words[i + 1];
        else if (strcmp(words[i], "tcptype") == 0)
            line->tcptype = words[i + 1];
    }
    return strcmp(line->typ, "typ") == 0;
}

static bool is_foundation(const char *word)
{
    size_t len = strlen(word);

    return len >= 1 && len < NICE_CANDIDATE_MAX_FOUNDATION && text_made_of(word, len, "+/");
}

static bool number(const char *word, guint64 most, guint *out)
{
    guint64 value = 0;

    if (!g_ascii_string_to_unsigned(word, 10, 0, most, &value, NULL))
        return false;
    *out = (guint)value;
    return true;
}

/* A zone names an interface of the peer and means nothing here (RFC 4007 6). It is left
 * out: our own socket is bound to one interface, which is the zone. IPv4 is plain, as in
 * address.h, since a socket of IPv4 is to send there. */
static bool read_ipv6(const char *word, struct in6_addr *six)
{
    char text[INET6_ADDRSTRLEN] = "";
    size_t len = strcspn(word, "%");

    if (len >= sizeof text || (word[len] == '%' && word[len + 1] == '\0'))
        return false;
    memcpy(text, word, len);
    return inet_pton(AF_INET6, text, six) == 1
        && (word[len] == '\0' || IN6_IS_ADDR_LINKLOCAL(six));
}

static bool read_address(const char *word, NiceAddress *address)
{
    enum { MAPPED = 12 };
    struct in6_addr six;
    struct in_addr four;

    nice_address_init(address);
    if (inet_pton(AF_INET, word, &four) == 1) {
        nice_address_set_ipv4(address, ntohl(four.s_addr));
        return true;
    }
    if (!read_ipv6(word, &six))
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
        memcpy(&four, six.s6_addr + MAPPED, sizeof four);
        nice_address_set_ipv4(address, ntohl(four.s_addr));
    } else {
        nice_address_set_ipv6(address, six.s6_addr);
    }
    return true;
}

/* In 0.0.0.0/8, or multicast or broadcast (RFC 1122 3.2.1.3). */
static bool is_useless_ipv4(guint32 four)
{
    return four >> 24 == 0 || IN_MULTICAST(four) || four == INADDR_BROADCAST;
}

/* RFC 8445 5.1.1.1 takes the deprecated kinds out: IPv4-compatible and site-local. */
static bool is_useless_ipv6(const struct in6_addr *six)
{
    return IN6_IS_ADDR_UNSPECIFIED(six) || IN6_IS_ADDR_MULTICAST(six)
        || IN6_IS_ADDR_SITELOCAL(six) || IN6_IS_ADDR_V4COMPAT(six);
}

/* An address that reaches no host, or many. */
static bool is_useless(const NiceAddress *address)
{
    return address->s.addr.sa_family == AF_INET
             ? is_useless_ipv4(ntohl(address->s.ip4.sin_addr.s_addr))
             : is_useless_ipv6(&address->s.ip6.sin6_addr);
}

/* A text of digits and dots alone is a wrong IPv4 address, and no name. */
static bool is_name(const char *word)
{
    size_t len = strlen(word);

    return text_made_of(word, len, "-.") && strspn(word, "0123456789.") != len;
}

static bool type_of(const char *word, NiceCandidateType *type)
{
    static const struct {
        const char *name;
        NiceCandidateType type;
    } types[] = {
        { "host", NICE_CANDIDATE_TYPE_HOST },
        { "srflx", NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE },
        { "prflx", NICE_CANDIDATE_TYPE_PEER_REFLEXIVE },
        { "relay", NICE_CANDIDATE_TYPE_RELAYED },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(word, types[i].name) == 0) {
            *type = types[i].type;
            return true;
        }
    return false;
}

/* RFC 6544 section 4.5 */
static bool transport_of(const struct line *line, NiceCandidateTransport *transport)
{
    static const struct {
        const char *name;
        NiceCandidateTransport transport;
    } tcp[] = {
        { "active", NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE },
        { "passive", NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE },
        { "so", NICE_CANDIDATE_TRANSPORT_TCP_SO },
    };

    *transport = NICE_CANDIDATE_TRANSPORT_UDP;
    if (g_ascii_strcasecmp(line->transport, "udp") == 0)
        return true;
    if (g_ascii_strcasecmp(line->transport, "tcp") != 0 || line->tcptype == NULL)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(tcp); i++)
        if (strcmp(line->tcptype, tcp[i].name) == 0) {
            *transport = tcp[i].transport;
            return true;
        }
    return false;
}

/* The base is for people only. Browsers hide it behind a name: then it stays unset. */
static void read_base(const struct line *line, NiceCandidate *candidate)
{
    NiceAddress base;
    guint port;

    if (line->raddr == NULL || line->rport == NULL || !number(line->rport, 65535, &port)
        || port == 0 || !read_address(line->raddr, &base))
        return;
    candidate->base_addr = base;
    nice_address_set_port(&candidate->base_addr, port);
}

static enum skf_verdict judge(const struct line *line, NiceCandidate **candidate)
{
    NiceCandidateTransport transport;
    NiceCandidateType type;
    NiceAddress address;
    guint component, priority, port;

    if (!is_foundation(line->foundation) || !number(line->component, 256, &component)
        || !number(line->priority, G_MAXUINT32, &priority)
        || !number(line->port, 65535, &port))
        return SKF_CANDIDATE_MALFORMED;
    if (component != NICE_COMPONENT_TYPE_RTP)
        return SKF_CANDIDATE_COMPONENT;
    if (!transport_of(line, &transport) || !type_of(line->type, &type))
        return SKF_CANDIDATE_KIND;
    if (is_name(line->address))
        return SKF_CANDIDATE_NAME;
    if (!read_address(line->address, &address))
        return SKF_CANDIDATE_MALFORMED;
    if (port == 0 || is_useless(&address))
        return SKF_CANDIDATE_ADDRESS;
    nice_address_set_port(&address, port);

    *candidate = nice_candidate_new(type);
    (*candidate)->transport = transport;
    (*candidate)->addr = address;
    (*candidate)->priority = priority;
    (*candidate)->component_id = component;
    g_strlcpy((*candidate)->foundation, line->foundation, NICE_CANDIDATE_MAX_FOUNDATION);
    read_base(line, *candidate);
    return SKF_CANDIDATE_ACCEPTED;
}

/* The words of a line, which the caller frees; NULL if the line has no acceptable ones. */
static gchar **words_of(const char *sdp, struct line *line)
{
    size_t len;

    sdp += strspn(sdp, BLANKS);
    (void)text_skip(&sdp, "a=");
    (void)text_skip(&sdp, "candidate:");
    len = strlen(sdp);
    if (len > MAX_LINE)
        return NULL;
    while (len > 0 && strchr(BLANKS LINE_END, sdp[len - 1]) != NULL)
        len--;
    if (strcspn(sdp, LINE_END) < len) /* two lines in one */
        return NULL;

    gchar *text = g_strndup(sdp, len);
    gchar **words = g_strsplit_set(text, BLANKS, -1);
    g_free(text);
    if (split(words, line))
        return words;
    g_strfreev(words);
    return NULL;
}

enum skf_verdict skf_candidate_read_at(const char *sdp, const char *address,
                                       NiceCandidate **candidate)
{
    enum skf_verdict verdict = SKF_CANDIDATE_MALFORMED;
    struct line line;
    gchar **words = words_of(sdp, &line);

    if (words == NULL)
        return verdict;
    if (address != NULL)
        line.address = address;
    verdict = judge(&line, candidate);
    g_strfreev(words);
    return verdict;
}

enum skf_verdict skf_candidate_read(const char *sdp, NiceCandidate **candidate)
{
    return skf_candidate_read_at(sdp, NULL, candidate);
}

/* A UUID is 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(const char *text, size_t len)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (len != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (shape[i] == '-' ? text[i] != '-' : !g_ascii_isxdigit(text[i]))
            return false;
    return true;
}

bool skf_candidate_is_mdns(const char *sdp, char name[CANDIDATE_MDNS_NAME])
{
    struct line line;
    gchar **words = words_of(sdp, &line);
    size_t len = words != NULL ? strcspn(line.address, ".") : 0;
    bool is_mdns = words != NULL && is_uuid(line.address, len)
                && g_ascii_strcasecmp(line.address + len, ".local") == 0;

    if (is_mdns)
        g_strlcpy(name, line.address, CANDIDATE_MDNS_NAME);
    g_strfreev(words);
    return is_mdns;
}
