/* turn.c - a TURN server for one client (RFC 8656), which is a STUN server too. */
#include "turn.h"

#include "suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <stun/usages/turn.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 2048, LIFETIME = 600, CHANNEL_HEADER = 4, STUN_HEADER = 20 };

static void respond(struct turn *turn, const uint8_t *data, size_t len)
{
    if (turn->tcp)
        (void)send(turn->client_fd, data, len, MSG_NOSIGNAL);
    else
        (void)sendto(turn->fd, data, len, 0, (struct sockaddr *)&turn->client,
                     sizeof turn->client);
}

static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *name,
                          uint16_t name_len, uint8_t **password, size_t *password_len,
                          void *user)
{
    static uint8_t secret[] = "password";

    (void)agent, (void)message, (void)user;
    *password = secret;
    *password_len = sizeof secret - 1;
    return name_len == 4 && memcmp(name, "user", 4) == 0;
}

static void append_address(StunMessage *message, StunAttribute attribute,
                           const struct sockaddr_in *address)
{
    struct sockaddr_storage storage;

    memset(&storage, 0, sizeof storage);
    memcpy(&storage, address, sizeof *address);
    stun_message_append_xor_addr(message, attribute, &storage, sizeof *address);
}

static struct sockaddr_in address_of(int fd)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;

    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return address;
}

/* A client behind a NAT: nobody has 192.0.2.1. */
static void append_mapped(StunMessage *message)
{
    struct sockaddr_in mapped = { .sin_family = AF_INET, .sin_port = htons(4000) };

    inet_pton(AF_INET, "192.0.2.1", &mapped.sin_addr);
    append_address(message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &mapped);
}

static bool on_relay(struct turn *turn);

static void watch(struct turn *turn, int fd, bool (*readable)(struct turn *));

static void allocate(struct turn *turn, StunMessage *reply)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
                               .sin_addr = { htonl(INADDR_LOOPBACK) } };

    if (turn->relay_fd < 0) {
        turn->relay_fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        CU_ASSERT_EQUAL_FATAL(bind(turn->relay_fd, (struct sockaddr *)&any, sizeof any), 0);
        watch(turn, turn->relay_fd, on_relay);
    }
    turn->allocations++;
    any = address_of(turn->relay_fd);
    append_address(reply, STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS, &any);
    append_mapped(reply);
    stun_message_append32(reply, STUN_ATTRIBUTE_LIFETIME, LIFETIME);
}

static void refresh(struct turn *turn, const StunMessage *request, StunMessage *reply)
{
    uint32_t lifetime = LIFETIME;

    (void)stun_message_find32(request, STUN_ATTRIBUTE_LIFETIME, &lifetime);
    turn->released += lifetime == 0 ? 1 : 0;
    stun_message_append32(reply, STUN_ATTRIBUTE_LIFETIME, lifetime);
}

static struct sockaddr_in peer_of(const StunMessage *message)
{
    struct sockaddr_storage storage;
    socklen_t len = sizeof storage;
    struct sockaddr_in peer;

    memset(&storage, 0, sizeof storage);
    CU_ASSERT_EQUAL(stun_message_find_xor_addr(message, STUN_ATTRIBUTE_XOR_PEER_ADDRESS,
                                               &storage, &len),
                    STUN_MESSAGE_RETURN_SUCCESS);
    memcpy(&peer, &storage, sizeof peer);
    return peer;
}

static void bind_channel(struct turn *turn, const StunMessage *request)
{
    uint32_t channel = 0;

    (void)stun_message_find32(request, STUN_ATTRIBUTE_CHANNEL_NUMBER, &channel);
    turn->channel = (uint16_t)(channel >> 16);
    turn->peer = peer_of(request);
}

static void send_to(struct turn *turn, const struct sockaddr_in *peer, const uint8_t *data,
                    size_t len)
{
    turn->to_peer++;
    (void)sendto(turn->relay_fd, data, len, 0, (const struct sockaddr *)peer, sizeof *peer);
}

static void read_indication(struct turn *turn, const StunMessage *indication)
{
    struct sockaddr_in peer = peer_of(indication);
    uint16_t len = 0;
    const void *data = stun_message_find(indication, STUN_ATTRIBUTE_DATA, &len);

    if (data != NULL)
        send_to(turn, &peer, data, len);
}

static void refuse(struct turn *turn, const StunMessage *request, unsigned code)
{
    uint8_t bytes[MOST];
    StunMessage error;

    turn->mismatches += code == STUN_ERROR_ALLOCATION_MISMATCH ? 1 : 0;
    stun_agent_init_error(&turn->agent, &error, bytes, sizeof bytes, request,
                          (StunError)code);
    respond(turn, bytes, stun_agent_finish_message(&turn->agent, &error, NULL, 0));
}

/* With which error an allocation is refused, or 0. */
static unsigned fault(const struct turn *turn)
{
    if (turn->has != 0 && ntohs(turn->client.sin_port) == turn->has)
        return STUN_ERROR_ALLOCATION_MISMATCH;
    return turn->refuses;
}

static void reply_to(struct turn *turn, const StunMessage *request)
{
    uint8_t bytes[MOST];
    StunMethod method = stun_message_get_method(request);
    StunMessage reply;

    if (method == STUN_ALLOCATE && fault(turn) != 0) {
        refuse(turn, request, fault(turn));
        return;
    }
    stun_agent_init_response(&turn->agent, &reply, bytes, sizeof bytes, request);
    if (method == STUN_ALLOCATE)
        allocate(turn, &reply);
    else if (method == STUN_REFRESH)
        refresh(turn, request, &reply);
    else if (method == STUN_CHANNELBIND)
        bind_channel(turn, request); /* and everybody has permission to send */
    respond(turn, bytes, stun_agent_finish_message(&turn->agent, &reply, NULL, 0));
}

static void ask_for_credentials(struct turn *turn, const StunMessage *request,
                                StunError code)
{
    uint8_t bytes[MOST];
    StunMessage error;

    turn->refused++;
    stun_agent_init_error(&turn->agent, &error, bytes, sizeof bytes, request, code);
    stun_message_append_string(&error, STUN_ATTRIBUTE_REALM, "loopback");
    stun_message_append_string(&error, STUN_ATTRIBUTE_NONCE, "once");
    respond(turn, bytes, stun_agent_finish_message(&turn->agent, &error, NULL, 0));
}

/* STUN has no password; its answer is written by hand for not having one. */
static void read_binding(struct turn *turn, const StunMessage *request)
{
    uint8_t bytes[MOST];
    StunMessage reply;

    turn->bindings++;
    stun_agent_init_response(&turn->agent, &reply, bytes, sizeof bytes, request);
    append_mapped(&reply);
    respond(turn, bytes, stun_agent_finish_message(&turn->agent, &reply, NULL, 0));
}

static void read_stun(struct turn *turn, const uint8_t *data, size_t len)
{
    StunMessage message;
    StunValidationStatus status =
        stun_agent_validate(&turn->agent, &message, data, len, find_password, NULL);

    if (status == STUN_VALIDATION_NOT_STUN)
        return;
    if (stun_message_get_method(&message) == STUN_BINDING)
        read_binding(turn, &message);
    else if (stun_message_get_class(&message) == STUN_INDICATION)
        read_indication(turn, &message);
    else if (status == STUN_VALIDATION_SUCCESS && !turn->forgetful)
        reply_to(turn, &message);
    else
        ask_for_credentials(turn, &message,
                            status == STUN_VALIDATION_SUCCESS ? STUN_ERROR_STALE_NONCE
                                                              : STUN_ERROR_UNAUTHORIZED);
}

static size_t length_at(const uint8_t *data)
{
    return (size_t)(data[2] << 8 | data[3]);
}

static void read_from_client(struct turn *turn, const uint8_t *data, size_t len)
{
    bool is_channel = (data[0] & 0xc0) == 0x40;

    if (is_channel && len >= CHANNEL_HEADER + length_at(data))
        send_to(turn, &turn->peer, data + CHANNEL_HEADER, length_at(data));
    else if (!is_channel)
        read_stun(turn, data, len);
}

/* --- sockets -------------------------------------------------------------------------- */

static void indicate(struct turn *turn, const struct sockaddr_in *peer, const uint8_t *data,
                     size_t len)
{
    uint8_t bytes[MOST];
    StunMessage indication;

    stun_agent_init_indication(&turn->agent, &indication, bytes, sizeof bytes,
                               STUN_IND_DATA);
    append_address(&indication, STUN_ATTRIBUTE_XOR_PEER_ADDRESS, peer);
    stun_message_append_bytes(&indication, STUN_ATTRIBUTE_DATA, data, len);
    respond(turn, bytes, stun_agent_finish_message(&turn->agent, &indication, NULL, 0));
}

static bool on_relay(struct turn *turn)
{
    uint8_t bytes[CHANNEL_HEADER + MOST] = { 0 };
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    ssize_t got = recvfrom(turn->relay_fd, bytes + CHANNEL_HEADER, MOST - 4, 0,
                           (struct sockaddr *)&from, &len);

    if (got <= 0)
        return false;
    turn->to_client++;
    if (turn->channel == 0 || from.sin_port != turn->peer.sin_port) {
        indicate(turn, &from, bytes + CHANNEL_HEADER, (size_t)got);
        return true;
    }
    bytes[0] = (uint8_t)(turn->channel >> 8);
    bytes[1] = (uint8_t)turn->channel;
    bytes[2] = (uint8_t)(got >> 8);
    bytes[3] = (uint8_t)got;
    size_t padding = turn->tcp ? (size_t)(-got & 3) : 0; /* RFC 8656 section 12.5 */
    respond(turn, bytes, CHANNEL_HEADER + (size_t)got + padding);
    return true;
}

static bool on_datagram(struct turn *turn)
{
    uint8_t bytes[MOST];
    socklen_t len = sizeof turn->client;
    ssize_t got = recvfrom(turn->fd, bytes, sizeof bytes, MSG_DONTWAIT,
                           (struct sockaddr *)&turn->client, &len);

    if (got >= CHANNEL_HEADER && !turn->silent)
        read_from_client(turn, bytes, (size_t)got);
    return got > 0;
}

static size_t whole(const struct turn *turn)
{
    if (turn->stream_len < CHANNEL_HEADER)
        return SIZE_MAX;
    if ((turn->stream[0] & 0xc0) == 0x40)
        return (CHANNEL_HEADER + length_at(turn->stream) + 3) & ~(size_t)3;
    return STUN_HEADER + length_at(turn->stream);
}

static bool on_stream(struct turn *turn)
{
    ssize_t got = recv(turn->client_fd, turn->stream + turn->stream_len,
                       sizeof turn->stream - turn->stream_len, MSG_DONTWAIT);
    size_t len;

    if (got == 0 || (got < 0 && errno != EAGAIN)) { /* the client has closed it */
        close(turn->client_fd);
        turn->client_fd = -1;
    }
    if (got <= 0)
        return false;
    turn->stream_len += (size_t)got;
    while ((len = whole(turn)) <= turn->stream_len) {
        read_from_client(turn, turn->stream, len);
        turn->stream_len -= len;
        memmove(turn->stream, turn->stream + len, turn->stream_len);
    }
    return true;
}

static bool on_caller(struct turn *turn)
{
    int fd = accept(turn->fd, NULL, NULL);

    if (fd < 0)
        return false;
    CU_ASSERT_TRUE_FATAL(turn->client_fd < 0);
    turn->client_fd = fd;
    watch(turn, fd, on_stream);
    return false;
}

struct watched {
    struct turn *turn;
    bool (*readable)(struct turn *);
};

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    const struct watched *watched = user;

    (void)condition;
    while (watched->readable(watched->turn))
        continue;
    return fd == watched->turn->fd || fd == watched->turn->relay_fd
                || fd == watched->turn->client_fd
             ? G_SOURCE_CONTINUE
             : G_SOURCE_REMOVE; /* else a loop that is run until it is idle never ends */
}

static void watch(struct turn *turn, int fd, bool (*readable)(struct turn *))
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN);
    struct watched *watched = g_new(struct watched, 1);

    *watched = (struct watched){ turn, readable };
    g_source_set_callback(source, G_SOURCE_FUNC(on_readable), watched, g_free);
    g_source_attach(source, turn->loop);
    turn->sources[turn->num_sources++] = source;
}

void turn_open(struct turn *turn, GMainContext *loop, bool tcp)
{
    static const uint16_t known[] = {
        STUN_ATTRIBUTE_USERNAME,
        STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
        STUN_ATTRIBUTE_REALM,
        STUN_ATTRIBUTE_NONCE,
        STUN_ATTRIBUTE_LIFETIME,
        STUN_ATTRIBUTE_XOR_PEER_ADDRESS,
        STUN_ATTRIBUTE_CHANNEL_NUMBER,
        STUN_ATTRIBUTE_DATA,
        STUN_ATTRIBUTE_REQUESTED_TRANSPORT,
        0,
    };
    struct sockaddr_in any = { .sin_family = AF_INET,
                               .sin_addr = { htonl(INADDR_LOOPBACK) } };

    *turn = (struct turn){ .tcp = tcp, .client_fd = -1, .relay_fd = -1, .loop = loop };
    stun_agent_init(&turn->agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    turn->fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0);
    CU_ASSERT_EQUAL_FATAL(bind(turn->fd, (struct sockaddr *)&any, sizeof any), 0);
    CU_ASSERT_TRUE_FATAL(!tcp || listen(turn->fd, 1) == 0);
    any = address_of(turn->fd);
    g_snprintf(turn->url, sizeof turn->url, "turn:127.0.0.1:%d?transport=%s",
               ntohs(any.sin_port), tcp ? "tcp" : "udp");
    watch(turn, turn->fd, tcp ? on_caller : on_datagram);
}

/* What comes there is an end alone. */
static bool on_other(struct turn *turn)
{
    (void)turn;
    return false;
}

void turn_meet_other(struct turn *turn)
{
    struct sockaddr_in server = address_of(turn->fd);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&server, sizeof server), 0);
    watch(turn, fd, on_other);
    turn->others[turn->num_others++] = fd;
    turn->others[turn->num_others++] = accept(turn->fd, NULL, NULL);
}

void turn_close(struct turn *turn)
{
    const int fds[] = { turn->fd, turn->client_fd, turn->relay_fd };

    for (size_t i = 0; i < turn->num_sources; i++) {
        g_source_destroy(turn->sources[i]);
        g_source_unref(turn->sources[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    for (size_t i = 0; i < turn->num_others; i++)
        close(turn->others[i]);
}
