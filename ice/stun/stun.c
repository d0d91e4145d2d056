/* stun.c - parses connectivity checks, judges them, and writes the responses. */
#include "stun.h"

enum {
    INTEGRITY_SIZE = 4 + STUN_TAG, /* of the whole attribute */
    FINGERPRINT_SIZE = 4 + 4,
    LENGTH_END = 4 /* where the length in the header ends */
};

bool skf_stun_new(struct stun *stun)
{
    skf_crc_init(&stun->crc);
    return skf_integrity_new(&stun->integrity);
}

void skf_stun_free(struct stun *stun)
{
    skf_integrity_free(&stun->integrity);
}

/* --- reading -------------------------------------------------------------------------- */

/* The attributes of a message, each by its first occurrence (RFC 8489 section 14). */
struct stun_attributes {
    skiff_bytes username, priority, nomination, use_candidate, controlled;
    skiff_bytes integrity, fingerprint;
    bool unknown;
};

static void store_first(skiff_bytes *first, skiff_bytes value)
{
    if (first->ptr == NULL)
        *first = value;
}

/* Whether it is comprehension-required and unknown here (RFC 8489 section 14). */
static bool is_unknown(uint16_t type)
{
    switch (type) {
    case STUN_USERNAME:
    case STUN_INTEGRITY:
    case STUN_INTEGRITY_SHA256:
    case STUN_PRIORITY:
    case STUN_USE_CANDIDATE:
        return false;
    default:
        return type < STUN_OPTIONAL;
    }
}

static void read_signed(struct stun_attributes *attributes,
                        const struct stun_attribute *attribute)
{
    switch (attribute->type) {
    case STUN_USERNAME:
        store_first(&attributes->username, attribute->value);
        break;
    case STUN_PRIORITY:
        store_first(&attributes->priority, attribute->value);
        break;
    case STUN_USE_CANDIDATE:
        store_first(&attributes->use_candidate, attribute->value);
        break;
    case STUN_ICE_CONTROLLED:
        store_first(&attributes->controlled, attribute->value);
        break;
    case STUN_NOMINATION:
        store_first(&attributes->nomination, attribute->value);
        break;
    case STUN_INTEGRITY:
        attributes->integrity = attribute->value;
        break;
    default:
        attributes->unknown |= is_unknown(attribute->type);
    }
}

/* After MESSAGE-INTEGRITY only FINGERPRINT counts (RFC 8489 section 14.5), and that is the
 * last (section 14.7). */
static bool store_attribute(struct stun_attributes *attributes,
                            const struct stun_attribute *attribute)
{
    if (attributes->fingerprint.ptr != NULL)
        return false;
    if (attribute->type == STUN_FINGERPRINT)
        attributes->fingerprint = attribute->value;
    else if (attributes->integrity.ptr == NULL)
        read_signed(attributes, attribute);
    return true;
}

/* Whether the message is complete and well formed, with integrity and fingerprint. */
static bool read_attributes(struct walk *w, struct stun_attributes *attributes)
{
    while (!w->failed && w->at < w->end) {
        struct stun_attribute attribute = { 0 };
        stun_attribute(w, &attribute);
        if (w->failed || !store_attribute(attributes, &attribute))
            return false;
    }
    return !w->failed && attributes->integrity.len == STUN_TAG
        && attributes->fingerprint.len == 4;
}

static bool read_header(struct walk *w, struct stun_header *header)
{
    stun_header(w, header);
    return !w->failed && header->length == w->end - w->at;
}

static bool read_number(skiff_bytes value, uint32_t *number)
{
    struct stun_number read;

    if (!stun_number_read(&read, value))
        return false;
    *number = read.number;
    return true;
}

/* RFC 8445 7.2.2: the ufrag of the receiver, a colon, the ufrag of the sender. */
static bool split(skiff_bytes username, struct stun_check *request)
{
    const uint8_t *colon = NULL;

    if (username.len > 0 && username.len <= STUN_MAX_USERNAME)
        colon = memchr(username.ptr, ':', username.len);
    if (colon == NULL)
        return false;
    size_t ours = (size_t)(colon - username.ptr);
    request->ours = (skiff_bytes){ username.ptr, ours };
    request->theirs = (skiff_bytes){ colon + 1, username.len - ours - 1 };
    return true;
}

bool skf_stun_read(skiff_bytes datagram, struct stun_check *request)
{
    struct walk w = walk_reader(datagram);
    struct stun_header header = { 0 };
    struct stun_attributes attributes = { 0 };

    if (!read_header(&w, &header) || header.type != STUN_BINDING_REQUEST
        || !read_attributes(&w, &attributes))
        return false;
    *request = (struct stun_check){ .id = datagram.ptr + STUN_HEADER - STUN_ID,
                                    .nominates = attributes.use_candidate.ptr != NULL
                                              && attributes.use_candidate.len == 0,
                                    .controlled = attributes.controlled.ptr != NULL
                                               && attributes.controlled.len == 8,
                                    .unknown = attributes.unknown,
                                    .datagram = datagram,
                                    .tag = attributes.integrity.ptr,
                                    .fingerprint = attributes.fingerprint.ptr };
    (void)read_number(attributes.priority, &request->priority);
    request->renominates = read_number(attributes.nomination, &request->nomination);
    return split(attributes.username, request);
}

bool skf_stun_is_response(skiff_bytes datagram, const uint8_t **id)
{
    struct walk w = walk_reader(datagram);
    struct stun_header header = { 0 };
    struct stun_attributes attributes = { 0 };

    if (!read_header(&w, &header)
        || (header.type != STUN_BINDING_SUCCESS && header.type != STUN_BINDING_ERROR))
        return false;
    *id = datagram.ptr + STUN_HEADER - STUN_ID;
    return read_attributes(&w, &attributes);
}

/* --- what protects a message ---------------------------------------------------------- */

/* RFC 8489 14.5: of what is before the attribute, as if the message ended with it. */
static bool tag_of(struct stun *stun, skiff_bytes before, uint8_t tag[STUN_TAG])
{
    size_t len = before.len + INTEGRITY_SIZE - STUN_HEADER;
    const uint8_t begin[LENGTH_END] = { before.ptr[0], before.ptr[1], (uint8_t)(len >> 8),
                                        (uint8_t)len };
    const skiff_bytes parts[] = { { begin, LENGTH_END },
                                  { before.ptr + LENGTH_END, before.len - LENGTH_END } };

    return skf_integrity_tag(&stun->integrity, parts, 2, tag);
}

/* RFC 8489 14.7: of what is before the attribute. */
static uint32_t fingerprint_of(const struct stun *stun, skiff_bytes before)
{
    return skf_crc(&stun->crc, before.ptr, before.len) ^ STUN_XOR_FINGERPRINT;
}

static skiff_bytes until(skiff_bytes datagram, const uint8_t *value)
{
    return (skiff_bytes){ datagram.ptr, (size_t)(value - datagram.ptr) - 4 };
}

/* The cheaper one first: it finds what is damaged, and what is no STUN. */
static bool is_authentic(struct stun *stun, const struct stun_check *request,
                         skiff_bytes password)
{
    struct stun_number fingerprint;
    uint8_t tag[STUN_TAG];

    return stun_number_read(&fingerprint, (skiff_bytes){ request->fingerprint, 4 })
        && fingerprint.number
               == fingerprint_of(stun, until(request->datagram, request->fingerprint))
        && password.len > 0 && skf_integrity_key(&stun->integrity, password)
        && tag_of(stun, until(request->datagram, request->tag), tag)
        && skf_integrity_same(tag, request->tag);
}

/* --- replying ------------------------------------------------------------------------- */

/* RFC 8489 14.2: the cookie hides the address from NATs that rewrite addresses; for IPv6
 * the transaction id does, too. */
static struct stun_mapped mapped_of(const union address *source, const uint8_t *id)
{
    const uint8_t *mask = id - 4; /* the cookie is before it */
    bool six = source->any.sa_family == AF_INET6;
    in_port_t port = ntohs(six ? source->six.sin6_port : source->four.sin_port);
    struct stun_mapped mapped = { .family = six ? STUN_IPV6 : STUN_IPV4,
                                  .port = (uint16_t)(port ^ STUN_COOKIE >> 16) };

    memcpy(mapped.address,
           six ? (const void *)&source->six.sin6_addr
               : (const void *)&source->four.sin_addr,
           six ? 16 : 4);
    for (size_t i = 0; i < sizeof mapped.address; i++)
        mapped.address[i] ^= mask[i];
    return mapped;
}

/* The types of unknown attributes, for the response. */
static size_t list_unknown(const struct stun_check *request,
                           uint8_t list[2 * STUN_MAX_UNKNOWN])
{
    struct walk in = walk_reader(until(request->datagram, request->tag));
    struct walk out = walk_writer(list, 2 * STUN_MAX_UNKNOWN);
    struct stun_header header = { 0 };

    stun_header(&in, &header);
    while (!in.failed && in.at < in.end && out.at < out.end) {
        struct stun_attribute attribute = { 0 };
        stun_attribute(&in, &attribute);
        if (!in.failed && is_unknown(attribute.type))
            walk_u16(&out, &attribute.type);
    }
    return out.at;
}

static void write_number(struct walk *w, uint16_t type, uint32_t number)
{
    struct walk_block value = stun_begin(w, type);

    stun_number(w, &(struct stun_number){ number });
    stun_end(w, value);
}

/* With the password of the request; USERNAME is not repeated (RFC 8489 9.1.3). */
static bool write_response(struct stun *stun, const struct stun_check *request,
                           struct stun_response *response, skiff_packet *reply)
{
    struct walk size = walk_counter(), w = walk_writer(reply->data, STUN_MAX_RESPONSE);
    struct stun_header header = { .type = response->error.hundreds == 0
                                            ? STUN_BINDING_SUCCESS
                                            : STUN_BINDING_ERROR };
    uint8_t tag[STUN_TAG];

    memcpy(header.id, request->id, STUN_ID);
    stun_response(&size, response);
    header.length = (uint16_t)(size.at + INTEGRITY_SIZE + FINGERPRINT_SIZE);
    stun_header(&w, &header);
    stun_response(&w, response);
    if (w.failed || !tag_of(stun, (skiff_bytes){ reply->data, w.at }, tag))
        return false;
    stun_attribute(&w, &(struct stun_attribute){ STUN_INTEGRITY, { tag, STUN_TAG } });
    write_number(&w, STUN_FINGERPRINT,
                 fingerprint_of(stun, (skiff_bytes){ reply->data, w.at }));
    reply->len = (uint32_t)w.at;
    return !w.failed;
}

static skiff_bytes text(const char *reason)
{
    return (skiff_bytes){ (const uint8_t *)reason, strlen(reason) };
}

/* RFC 8489 6.3.1: unknown comprehension-required attributes come first. RFC 8445 7.3.1.1: a
 * lite agent is controlled, and stays so. */
static enum stun_verdict response_to(struct stun *stun, const struct stun_check *request,
                                     const union address *source, skiff_packet *reply)
{
    struct stun_response response = { .mapped = mapped_of(source, request->id) };
    enum stun_verdict verdict = request->nominates ? STUN_NOMINATING : STUN_GOOD;
    uint8_t unknown[2 * STUN_MAX_UNKNOWN];

    if (request->unknown) {
        response.error = (struct stun_error){ 4, 20, text("Unknown Attribute") };
        response.unknown = (skiff_bytes){ unknown, list_unknown(request, unknown) };
        verdict = STUN_REFUSED;
    } else if (request->controlled) {
        response.error = (struct stun_error){ 4, 87, text("Role Conflict") };
        verdict = STUN_REFUSED;
    }
    return write_response(stun, request, &response, reply) ? verdict : STUN_WRONG_INTEGRITY;
}

enum stun_verdict skf_stun_respond(struct stun *stun, const struct stun_check *request,
                                   const char *password, const union address *source,
                                   skiff_packet *reply)
{
    enum stun_verdict verdict = STUN_WRONG_INTEGRITY;

    reply->len = 0;
    if (is_authentic(stun, request, text(password)))
        verdict = response_to(stun, request, source, reply);
    skf_integrity_forget(&stun->integrity);
    return verdict;
}
