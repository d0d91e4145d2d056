/* stun.c - fuzzes how a port reads checks: a datagram is read, its peer is found, and the
 * check is judged and gets a response. libnice's STUN library judges it as well: it must
 * say the same.
 *
 * An input is a byte of wishes, then a datagram as it is, or what the harness makes one of:
 * it adds a header, a name and a signature, so that what lies behind the HMAC is reached.
 * Pages that nobody may touch lie behind a request and behind the buffer of a response.
 */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include <openssl/hmac.h>

#include "../ice/oracle.h"
#include "ice/port/port_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum wish {
    FRAMED = 1, /* else the rest is the datagram */
    WITH_USERNAME = 2,
    SIGNED = 4,
    MISSIGNED = 8, /* with another password */
    MARKED = 16,   /* by a fingerprint */
    UNLOCKED = 32, /* the peer has an empty password */
    SIX = 64       /* it comes from an IPv6 address */
};

enum {
    LONGEST = 0x10000,
    PAGE = 0x1000,
    HEADER = 20,
    ATTRIBUTE = 4,
    TAG = 20,
    MARK = 4,
    RESPONSE = 0x0101,
    ERROR_RESPONSE = 0x0111,
    COOKIE = 0x2112a442,
    USERNAME = 0x0006,
    INTEGRITY = 0x0008,
    MAPPED = 0x0020,
    USE_CANDIDATE = 0x0025,
    FINGERPRINT = 0x8028,
    CONTROLLED = 0x8029
};

static const struct credentials ours = { "AAAAAabcdefgh", "twenty-four+of+64+letter" };
static const uint8_t username[] = "AAAAAabcdefgh:theirs"; /* 20: nothing to pad */
static const union address four = { .four = { AF_INET, 0x1234, { 0x010200c0 }, { 0 } } };
static const union address six = {
    .six = { AF_INET6, 0x4321, 0, { { { 0x20, 1, 0xd, 0xb8, [15] = 1 } } }, 0 }
};

struct request {
    uint8_t wishes;
    size_t len;
    uint8_t bytes[LONGEST];
};

struct response {
    enum stun_verdict verdict;
    uint32_t len;
    uint8_t bytes[STUN_MAX_RESPONSE];
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* --- bytes ---------------------------------------------------------------------------- */

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static void put_u16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put_u32(uint8_t *p, uint32_t value)
{
    put_u16(p, value >> 16);
    put_u16(p + 2, value);
}

/* Where the first attribute of a type begins; 0: there is none. All must be whole. */
static size_t find(const uint8_t *bytes, size_t len, uint16_t type)
{
    size_t at = HEADER, found = 0;

    must(len >= HEADER && u16(bytes + 2) == len - HEADER && u32(bytes + 4) == COOKIE);
    while (at < len) {
        must(len - at >= ATTRIBUTE);
        if (found == 0 && u16(bytes + at) == type)
            found = at;
        at += ATTRIBUTE + (u16(bytes + at + 2) + 3u) / 4 * 4;
    }
    must(at == len);
    return found;
}

/* --- signatures, by other code than that of the port --------------------- */

/* RFC 8489 14.5: of what is before the attribute, as if it were the last. */
static void write_tag(uint8_t *bytes, size_t at, const char *password, uint8_t *tag)
{
    uint8_t was[2] = { bytes[2], bytes[3] };
    unsigned len = TAG;

    put_u16(bytes + 2, at + ATTRIBUTE + TAG - HEADER);
    must(HMAC(EVP_sha1(), password, (int)strlen(password), bytes, at, tag, &len) != NULL);
    memcpy(bytes + 2, was, sizeof was);
}

/* RFC 8489 14.7: CRC-32 of ISO 3309, and a constant. */
static uint32_t mark_of(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len * 8; i++) {
        uint32_t bit = (uint32_t)bytes[i / 8] >> (i % 8) & 1u;
        crc = crc >> 1 ^ (((crc ^ bit) & 1u) != 0 ? 0xedb88320u : 0);
    }
    return ~crc ^ 0x5354554eu;
}

static bool is_signed(uint8_t *bytes, size_t len, const char *password)
{
    size_t integrity = find(bytes, len, INTEGRITY), mark = find(bytes, len, FINGERPRINT);
    uint8_t tag[TAG];

    if (password[0] == '\0' || integrity == 0 || mark == 0)
        return false;
    write_tag(bytes, integrity, password, tag);
    return memcmp(tag, bytes + integrity + ATTRIBUTE, TAG) == 0
        && u32(bytes + mark + ATTRIBUTE) == mark_of(bytes, mark);
}

static const char *password_of(const struct request *request)
{
    return (request->wishes & UNLOCKED) != 0 ? "" : ours.pwd;
}

static const union address *source_of(const struct request *request)
{
    return (request->wishes & SIX) != 0 ? &six : &four;
}

/* --- making a request ----------------------------------------------------------------- */

static void add(struct request *request, const uint8_t *bytes, size_t len)
{
    must(len <= LONGEST - request->len);
    memcpy(request->bytes + request->len, bytes, len);
    request->len += len;
    while (request->len % 4 != 0)
        request->bytes[request->len++] = 0;
}

/* Returns where its value is to be written. */
static uint8_t *add_attribute(struct request *request, uint16_t type, size_t len)
{
    uint8_t *at = request->bytes + request->len;

    must(ATTRIBUTE + len <= LONGEST - request->len);
    put_u16(at, type);
    put_u16(at + 2, len);
    request->len += ATTRIBUTE + (len + 3) / 4 * 4;
    put_u16(request->bytes + 2, request->len - HEADER);
    return at + ATTRIBUTE;
}

static void sign(struct request *request)
{
    size_t at = request->len;
    uint8_t *tag = add_attribute(request, INTEGRITY, TAG);

    write_tag(request->bytes, at,
              (request->wishes & MISSIGNED) != 0 ? "other" : password_of(request), tag);
}

static void seal(struct request *request)
{
    size_t at = request->len;
    uint8_t *value = add_attribute(request, FINGERPRINT, MARK);

    put_u32(value, mark_of(request->bytes, at));
}

static void add_attributes(struct request *request, skiff_bytes attributes)
{
    add(request, attributes.ptr, attributes.len);
    put_u16(request->bytes + 2, request->len - HEADER);
}

/* Of a transaction id, a byte that says how many words are not to be signed, attributes. */
static void frame(struct request *request, const uint8_t *data, size_t size)
{
    static const uint8_t head[HEADER - STUN_ID] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };

    if (size <= STUN_ID)
        return;
    size_t len = size - STUN_ID - 1, behind = MIN(4u * data[STUN_ID], len);
    const uint8_t *attributes = data + STUN_ID + 1;

    add(request, head, sizeof head);
    add(request, data, STUN_ID);
    if ((request->wishes & WITH_USERNAME) != 0)
        memcpy(add_attribute(request, USERNAME, sizeof username - 1), username,
               sizeof username - 1);
    add_attributes(request, (skiff_bytes){ attributes, len - behind });
    if ((request->wishes & SIGNED) != 0)
        sign(request);
    add_attributes(request, (skiff_bytes){ attributes + len - behind, behind });
    if ((request->wishes & MARKED) != 0)
        seal(request);
}

/* --- as a port does it ---------------------------------------------------------------- */

/* `len` bytes and a page that nobody may touch. */
static uint8_t *before_the_wall(size_t len)
{
    size_t space = (len + PAGE - 1) / PAGE * PAGE;
    uint8_t *pages = mmap(NULL, space + PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    must(pages != MAP_FAILED && mprotect(pages + space, PAGE, PROT_NONE) == 0);
    return pages + space - len;
}

/* Nothing is judged but what is whole, named, signed and marked. */
static void is_harmless(const struct request *request)
{
    const uint8_t *bytes = request->bytes;
    size_t user = find(bytes, request->len, USERNAME);
    size_t integrity = find(bytes, request->len, INTEGRITY);
    size_t mark = find(bytes, request->len, FINGERPRINT);

    must(user != 0 && u16(bytes + user + 2) <= STUN_MAX_USERNAME);
    must(user < integrity && u16(bytes + integrity + 2) == TAG);
    must(integrity < mark && mark + ATTRIBUTE + MARK == request->len);
}

/* Whether it gets so far that it is judged. */
static bool is_for_peer(const struct request *request)
{
    skiff_peer peer = { .credentials = ours }, *peers[] = { &peer };
    skiff_port port = { .config.peers = 1, .peers = peers };
    uint8_t *block = malloc(request->len);
    struct stun_check parsed;
    unsigned thread = 0;

    must(block != NULL || request->len == 0);
    if (request->len > 0)
        memcpy(block, request->bytes, request->len);
    bool is_found = skf_stun_read((skiff_bytes){ block, request->len }, &parsed);
    if (is_found) {
        must(parsed.id == block + HEADER - STUN_ID);
        must(parsed.ours.ptr > parsed.id);
        must(parsed.theirs.ptr == parsed.ours.ptr + parsed.ours.len + 1);
        must(parsed.theirs.ptr + parsed.theirs.len <= block + request->len);
        is_found = skf_peer_find(&port, parsed.ours, &thread) == &peer;
    }
    free(block);
    return is_found;
}

/* `before` is what was in the buffer of the response. */
static void respond(const struct request *request, uint8_t before,
                    struct response *response)
{
    static struct stun stun;
    static uint8_t *wall, *space;
    struct stun_check parsed;

    if (wall == NULL) {
        must(skf_stun_new(&stun));
        wall = before_the_wall(LONGEST) + LONGEST;
        space = before_the_wall(STUN_MAX_RESPONSE);
    }

    uint8_t *bytes = wall - request->len;
    skiff_packet reply = { .data = space, .limit = STUN_MAX_RESPONSE };
    memcpy(bytes, request->bytes, request->len);
    memset(space, before, STUN_MAX_RESPONSE);
    must(skf_stun_read((skiff_bytes){ bytes, request->len }, &parsed));
    response->verdict =
        skf_stun_respond(&stun, &parsed, password_of(request), source_of(request), &reply);
    must(memcmp(bytes, request->bytes, request->len) == 0);
    must(reply.data == space && reply.len <= STUN_MAX_RESPONSE);
    response->len = reply.len;
    memcpy(response->bytes, space, reply.len);
}

/* --- what must hold ------------------------------------------------------------------- */

/* RFC 8489 14.2 */
static void states_source(struct response *response, const union address *source)
{
    const uint8_t *at = response->bytes + find(response->bytes, response->len, MAPPED);
    bool is_six = source->any.sa_family == AF_INET6;
    size_t len = is_six ? 16 : 4;
    uint8_t plain[16];

    must(at > response->bytes && u16(at + 2) == 4 + len && at[5] == (is_six ? 2 : 1));
    must((u16(at + 6) ^ COOKIE >> 16)
         == ntohs(is_six ? source->six.sin6_port : source->four.sin_port));
    for (size_t i = 0; i < len; i++)
        plain[i] = at[8 + i] ^ response->bytes[4 + i];
    must(memcmp(plain,
                is_six ? (const void *)&source->six.sin6_addr
                       : (const void *)&source->four.sin_addr,
                len)
         == 0);
}

static void is_reply(struct request *request, struct response *response)
{
    bool refused = response->verdict == STUN_REFUSED;

    must(is_signed(response->bytes, response->len, ours.pwd));
    must(u16(response->bytes) == (refused ? ERROR_RESPONSE : RESPONSE));
    must(memcmp(response->bytes + 4, request->bytes + 4, HEADER - 4) == 0);
    if (!refused)
        states_source(response, source_of(request));
}

/* Whether it has a signed attribute of this type and length. */
static bool states(const struct request *request, uint16_t type, size_t len)
{
    size_t at = find(request->bytes, request->len, type);

    return at != 0 && at < find(request->bytes, request->len, INTEGRITY)
        && u16(request->bytes + at + 2) == len;
}

static void is_judged(struct request *request, struct response *response)
{
    bool good = is_signed(request->bytes, request->len, password_of(request));

    must((response->verdict != STUN_WRONG_INTEGRITY) == good);
    must((response->len > 0) == good);
    if (!good)
        return;
    is_reply(request, response);
    if (states(request, CONTROLLED, 8))
        must(response->verdict == STUN_REFUSED);
    if (response->verdict != STUN_REFUSED)
        must((response->verdict == STUN_NOMINATING) == states(request, USE_CANDIDATE, 0));
}

/* Behind the integrity libnice looks for attributes that must be understood, where RFC 8489
 * 14.5 has them ignored. */
static bool ends_with_integrity(const struct request *request)
{
    return find(request->bytes, request->len, INTEGRITY) + ATTRIBUTE + TAG
        == find(request->bytes, request->len, FINGERPRINT);
}

static void is_as_of_libnice(const struct request *request, const struct response *response)
{
    static uint8_t bytes[LONGEST + ORACLE_SLACK], space[STUN_MAX_RESPONSE];
    static struct oracle oracle;
    skiff_packet reply = { .data = space, .limit = STUN_MAX_RESPONSE };

    if (!ends_with_integrity(request))
        return;
    oracle_init(&oracle);
    memcpy(bytes, request->bytes, request->len);
    memset(bytes + request->len, 0, ORACLE_SLACK);
    enum stun_verdict verdict =
        oracle_respond(&oracle, (skiff_bytes){ bytes, request->len }, password_of(request),
                       source_of(request), &reply);
    must(verdict == response->verdict && (reply.len > 0) == (response->len > 0));
    must(reply.len == 0
         || oracle_agrees((skiff_bytes){ response->bytes, response->len },
                          (skiff_bytes){ space, reply.len }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    static struct response first, again;

    if (size == 0 || size > LONGEST / 2)
        return 0;
    request.wishes = data[0];
    request.len = 0;
    if ((request.wishes & FRAMED) != 0) {
        frame(&request, data + 1, size - 1);
    } else {
        memcpy(request.bytes, data + 1, size - 1);
        request.len = size - 1;
    }
    if (!is_for_peer(&request))
        return 0;
    is_harmless(&request);
    respond(&request, 0, &first);
    is_judged(&request, &first);
    is_as_of_libnice(&request, &first);
    respond(&request, 0xff, &again);
    must(again.verdict == first.verdict && again.len == first.len);
    must(memcmp(again.bytes, first.bytes, first.len) == 0);
    return 0;
}
