/* ends.c - two sockets on loopback, numbered datagrams, and a kernel that refuses. */
#define _GNU_SOURCE
#include "ends.h"

#include "loopback.h"
#include "suite.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIMEOUT_MS = 10000 };

/* --- a kernel that refuses ------------------------------------------------------------ */

static struct refusal refusal;
static _Thread_local struct sent sent; /* by this thread: others run ports, too */
static int refused_option;

static bool is_refused(const struct mmsghdr *message)
{
    if (refusal.error == 0 || refusal.times == 0
        || (refusal.only_runs && message->msg_hdr.msg_iovlen == 1))
        return false;
    if (refusal.after > 0) {
        refusal.after--;
        return false;
    }
    return true;
}

static int send_messages(int fd, struct mmsghdr *messages, unsigned num, int flags)
{
    int num_sent = (int)syscall(SYS_sendmmsg, fd, messages, num, flags);

    sent.calls++;
    for (int i = 0; i < num_sent; i++) {
        sent.messages++;
        sent.packets += (unsigned)messages[i].msg_hdr.msg_iovlen;
    }
    return num_sent;
}

struct sent ends_sent(void)
{
    struct sent until_now = sent;

    sent = (struct sent){ 0 };
    return until_now;
}

/* Stands before libc's, for the library under test as for libnice. */
int sendmmsg(int fd, struct mmsghdr *messages, unsigned num, int flags)
{
    for (unsigned i = 0; i < num; i++) {
        if (!is_refused(&messages[i]))
            continue;
        if (i > 0)
            return send_messages(fd, messages, i, flags);
        refusal.times--;
        errno = refusal.error;
        return -1;
    }
    return send_messages(fd, messages, num, flags);
}

static bool cuts_control;

/* Stands before libc's as well: control messages may be cut. */
int recvmmsg(int fd, struct mmsghdr *messages, unsigned num, int flags,
             struct timespec *timeout)
{
    int read = (int)syscall(SYS_recvmmsg, fd, messages, num, flags, timeout);

    for (int i = 0; cuts_control && i < read; i++) {
        messages[i].msg_hdr.msg_flags |= MSG_CTRUNC;
        messages[i].msg_hdr.msg_controllen = 0;
    }
    return read;
}

void ends_cut_control(bool cut)
{
    cuts_control = cut;
}

static bool accepts_refused;

/* The linker puts it before libc's, for the library under test alone. */
int __wrap_accept4(int fd, struct sockaddr *name, socklen_t *size, int flags);

int __wrap_accept4(int fd, struct sockaddr *name, socklen_t *size, int flags)
{
    if (accepts_refused) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_accept4, fd, name, size, flags);
}

void ends_refuse_accepts(bool refused)
{
    accepts_refused = refused;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    if (level == SOL_SOCKET && name == refused_option && name != 0) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

void ends_refuse_option(int name)
{
    refused_option = name;
}

void ends_refuse(struct refusal what)
{
    refusal = what;
}

/* --- two sockets ---------------------------------------------------------------------- */

struct udp *ends_socket(skiff_pool *pool, const char *text, bool no_offload)
{
    struct udp_options options = { .pool = pool, .no_offload = no_offload };
    struct udp *udp = NULL;

    options.receive_buffer = 1 << 20;
    CU_ASSERT_TRUE(skf_address_read(text, &options.address));
    CU_ASSERT_EQUAL_FATAL(skf_udp_open(&options, &udp), SKIFF_OK);
    return udp;
}

skiff_pool *ends_pool(uint32_t packets, uint32_t limit)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool = NULL;

    config.packets = packets;
    config.limit = limit;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    return pool;
}

void ends_open(struct ends *ends, bool no_offload)
{
    memset(ends, 0, sizeof *ends);
    ends_refuse((struct refusal){ 0 });
    ends->pool = ends_pool(PACKETS, LIMIT);
    ends->a = ends_socket(ends->pool, "127.0.0.1:0", no_offload);
    ends->b = ends_socket(ends->pool, "127.0.0.1:0", no_offload);
    ends->path.local = *skf_udp_address(ends->a);
    ends->path.remote = *skf_udp_address(ends->b);
}

void ends_close(struct ends *ends)
{
    skiff_packet *all[PACKETS];
    uint32_t num = 0;

    ends_refuse((struct refusal){ 0 });
    skf_udp_close(ends->a);
    skf_udp_close(ends->b);
    while (num < PACKETS && (all[num] = skiff_pool_take(ends->pool)) != NULL)
        num++;
    CU_ASSERT_EQUAL(num, PACKETS);
    while (num > 0)
        skiff_packet_release(&all[--num]);
    skiff_pool_free(ends->pool);
}

static uint8_t nth_byte(unsigned number, uint32_t i)
{
    return (uint8_t)(number * 31 + i * 7);
}

skiff_packet *numbered(skiff_pool *pool, unsigned number, uint32_t len)
{
    skiff_packet *packet = skiff_pool_take(pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    packet->len = len;
    for (uint32_t i = 0; i < len; i++)
        packet->data[i] = nth_byte(number, i);
    return packet;
}

void ends_queue(struct ends *ends, unsigned number, uint32_t len)
{
    skiff_packet *packet = numbered(ends->pool, number, len);

    skf_udp_queue(ends->a, &ends->path, &packet);
    CU_ASSERT_PTR_NULL(packet);
}

bool is_numbered(const skiff_packet *packet, unsigned number, uint32_t len)
{
    if (packet->len != len)
        return false;
    for (uint32_t i = 0; i < len; i++)
        if (packet->data[i] != nth_byte(number, i))
            return false;
    return true;
}

bool await(struct udp *udp, struct udp_arrival *arrival)
{
    struct pollfd ready = { skf_udp_fd(udp), POLLIN, 0 };

    while (!skf_udp_next(udp, 7, arrival)) {
        if (poll(&ready, 1, TIMEOUT_MS) == 1)
            continue;
        CU_FAIL("a datagram did not come");
        return false;
    }
    return true;
}

bool await_numbered(struct udp *udp, unsigned number, uint32_t len)
{
    struct udp_arrival arrival;

    return await(udp, &arrival) && is_numbered(arrival.packet, number, len);
}

bool is_silent(struct udp *udp)
{
    struct udp_arrival arrival;

    loopback_wait();
    return !skf_udp_next(udp, 7, &arrival) && !skf_udp_next(udp, 7, &arrival);
}

bool ends_offload(struct ends *ends)
{
    uint64_t runs, coalesced;

    for (unsigned i = 0; i < 2; i++)
        ends_queue(ends, i, 100);
    skf_udp_flush(ends->a);
    for (unsigned i = 0; i < 2; i++)
        CU_ASSERT_TRUE(await_numbered(ends->b, i, 100));
    runs = skf_udp_counters(ends->a).runs;
    coalesced = skf_udp_counters(ends->b).coalesced;
    if (runs == 1 && coalesced == 1)
        return true;
    fprintf(stderr, "skipped: no UDP_SEGMENT or UDP_GRO in this kernel\n");
    return false;
}
