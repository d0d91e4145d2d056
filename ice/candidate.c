/* candidate.c - one a=candidate line of the peer (RFC 8839 5.1). Knows no agent. */
#include "candidate.h"

#include "text.h"

enum { LONGEST_LINE = 1024, FIXED_WORDS = 8 };

/* RFC 8839 section 5.1, figure "candidate-attribute"; the words before raddr are fixed. */
struct line {
    const char *foundation, *component, *transport, *priority, *address, *port, *typ, *type;
    const char *raddr, *rport, *tcptype;
};

static bool split(gchar **words, struct line *line)
{
    guint num = g_strv_length(words);

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

/* Without a zone, which means nothing to anybody else. */
static bool is_address(const char *word)
{
    return g_hostname_is_ip_address(word) && strchr(word, '%') == NULL;
}

/* A wrong IPv4 address is no name for having digits and dots only. */
static bool is_name(const char *word)
{
    size_t len = strlen(word);

    return text_made_of(word, len, "-.") && strspn(word, "0123456789.") != len;
}

static bool type_of(const char *word, NiceCandidateType *type)
{
    static const struct { const char *name; NiceCandidateType type; } types[] = {
        { "host",  NICE_CANDIDATE_TYPE_HOST },
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
    static const struct { const char *name; NiceCandidateTransport transport; } tcp[] = {
        { "active",  NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE },
        { "passive", NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE },
        { "so",      NICE_CANDIDATE_TRANSPORT_TCP_SO },
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

/* The base is only told to people; a name there (browsers hide it so) leaves it unset. */
static void read_base(const struct line *line, NiceCandidate *candidate)
{
    guint port;

    if (line->raddr == NULL || line->rport == NULL || !number(line->rport, 65535, &port)
        || port == 0 || !is_address(line->raddr)
        || !nice_address_set_from_string(&candidate->base_addr, line->raddr))
        return;
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
    nice_address_init(&address);
    if (is_name(line->address))
        return SKF_CANDIDATE_NAME;
    if (!is_address(line->address)
        || !nice_address_set_from_string(&address, line->address))
        return SKF_CANDIDATE_MALFORMED;
    nice_address_set_port(&address, port);

    *candidate = nice_candidate_new(type);
    (*candidate)->transport = transport;
    (*candidate)->addr = address;
    (*candidate)->priority = priority;
    (*candidate)->component_id = component;
    g_strlcpy((*candidate)->foundation, line->foundation, NICE_CANDIDATE_MAX_FOUNDATION);
    read_base(line, *candidate);
    return SKF_CANDIDATE_TAKEN;
}

enum skf_verdict skf_candidate_read(const char *sdp, NiceCandidate **candidate)
{
    enum skf_verdict verdict = SKF_CANDIDATE_MALFORMED;
    struct line line;

    (void)text_eat(&sdp, "a=");
    (void)text_eat(&sdp, "candidate:");
    if (strlen(sdp) > LONGEST_LINE)
        return verdict;

    gchar **words = g_strsplit(sdp, " ", -1);
    if (split(words, &line))
        verdict = judge(&line, candidate);
    g_strfreev(words);
    return verdict;
}
