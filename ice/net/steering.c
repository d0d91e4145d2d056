/* steering.c - a program in the kernel, and the maps that it looks into. */
#define _GNU_SOURCE
#include "steering.h"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The key of a path: both addresses, IPv4 mapped, and the port of the other side. */
struct steered {
    struct in6_addr remote, local;
    uint16_t port;
    uint8_t none[6];
};

/* --- the program ---------------------------------------------------------------------- */

/* Offsets below the frame pointer: a struct steered, and the number of a thread. */
enum {
    STEERED = -(int)sizeof(struct steered),
    REMOTE = STEERED,
    LOCAL = REMOTE + 16,
    PORT = LOCAL + 16,
    THREAD = STEERED - 4
};

/* In the headers before UDP's: RFC 791 3.1, RFC 8200 3. */
enum { FOUR_SOURCE = 12, FOUR_DESTINATION = 16, SIX_SOURCE = 8, LAST_OF_FOUR = 12 };

/* Jumps count from the instruction behind them. */
enum {
    LINE_SIX = 28,
    LINE_PORT = 36,
    LINE_PATHS = 43,
    LINE_SOCKETS = 52,
    LINE_OUT = 58,
    LINES = 60
};

#define ROW(code, to, from, offset, value)                                                 \
  {                                                                                        \
    code, to, from, offset, value                                                          \
  }
#define MOVE(to, from)        ROW(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define SET(to, value)        ROW(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define ADD(to, value)        ROW(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value)
#define LOAD(to, from, at)    ROW(BPF_LDX | BPF_MEM | BPF_W, to, from, at, 0)
#define STORE(at, from)       ROW(BPF_STX | BPF_MEM | BPF_W, 10, from, at, 0)
#define STORE_WORD(at, value) ROW(BPF_ST | BPF_MEM | BPF_DW, 10, 0, at, value)
#define STORE_HALF(at, value) ROW(BPF_ST | BPF_MEM | BPF_H, 10, 0, at, value)
#define CALL(function)        ROW(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define IF(what, of, value, line, here)                                                    \
  ROW(BPF_JMP | (what) | BPF_K, of, 0, (line) - (here)-1, value)
#define GO(line, here) ROW(BPF_JMP | BPF_JA, 0, 0, (line) - (here)-1, 0)
#define MAP(to)                                                                            \
  ROW(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, 0), ROW(0, 0, 0, 0, 0)
#define ADDRESS(to, at) MOVE(to, 10), ADD(to, at)

/* In network order, on any kind of machine. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#  define NETWORK_HALF(value) ((value) >> 8 | ((value)&0xff) << 8)
#else
#  define NETWORK_HALF(value) (value)
#endif

/* clang-format off */
static const struct bpf_insn program[] = {
    /*  0 */ MOVE(6, 1),
    /*  1 */ LOAD(7, 1, offsetof(struct sk_reuseport_md, eth_protocol)),
    /*  2 */ STORE_WORD(STEERED, 0), STORE_WORD(STEERED + 8, 0),
    /*  4 */ STORE_WORD(STEERED + 16, 0), STORE_WORD(STEERED + 24, 0),
    /*  6 */ STORE_WORD(STEERED + 32, 0),
    /*  7 */ IF(BPF_JEQ, 7, NETWORK_HALF(ETH_P_IPV6), LINE_SIX, 7),
    /*  8 */ IF(BPF_JNE, 7, NETWORK_HALF(ETH_P_IP), LINE_OUT, 8),

    /*  9 */ STORE_HALF(REMOTE + 10, -1), STORE_HALF(LOCAL + 10, -1),
    /* 11 */ MOVE(1, 6), SET(2, FOUR_SOURCE), ADDRESS(3, REMOTE + LAST_OF_FOUR), SET(4, 4),
    /* 16 */ SET(5, BPF_HDR_START_NET), CALL(BPF_FUNC_skb_load_bytes_relative),
    /* 18 */ IF(BPF_JNE, 0, 0, LINE_OUT, 18),
    /* 19 */ MOVE(1, 6), SET(2, FOUR_DESTINATION), ADDRESS(3, LOCAL + LAST_OF_FOUR),
    /* 23 */ SET(4, 4), SET(5, BPF_HDR_START_NET), CALL(BPF_FUNC_skb_load_bytes_relative),
    /* 26 */ IF(BPF_JNE, 0, 0, LINE_OUT, 26),
    /* 27 */ GO(LINE_PORT, 27),

    /* 28 */ MOVE(1, 6), SET(2, SIX_SOURCE), ADDRESS(3, REMOTE), SET(4, 32),
    /* 33 */ SET(5, BPF_HDR_START_NET), CALL(BPF_FUNC_skb_load_bytes_relative),
    /* 35 */ IF(BPF_JNE, 0, 0, LINE_OUT, 35),

    /* 36 */ MOVE(1, 6), SET(2, 0), ADDRESS(3, PORT), SET(4, 2),
    /* 41 */ CALL(BPF_FUNC_skb_load_bytes),
    /* 42 */ IF(BPF_JNE, 0, 0, LINE_OUT, 42),
    /* 43 */ MAP(1), ADDRESS(2, STEERED), CALL(BPF_FUNC_map_lookup_elem),
    /* 48 */ IF(BPF_JEQ, 0, 0, LINE_OUT, 48),
    /* 49 */ LOAD(1, 0, 0), STORE(THREAD, 1),
    /* 51 */ MOVE(1, 6), MAP(2), ADDRESS(3, THREAD), SET(4, 0),
    /* 57 */ CALL(BPF_FUNC_sk_select_reuseport),
    /* 58 */ SET(0, SK_PASS), ROW(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};
_Static_assert(sizeof program / sizeof *program == LINES, "the numbers of lines");
/* clang-format on */

/* --- the system call ------------------------------------------------------------------ */

static int call(int command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int make_map(uint32_t type, uint32_t key, uint32_t entries, uint32_t flags)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = type;
    attributes.key_size = key;
    attributes.value_size = sizeof(uint32_t);
    attributes.max_entries = entries;
    attributes.map_flags = flags;
    return call(BPF_MAP_CREATE, &attributes);
}

static int load(const struct steering *steering)
{
    static const char license[] = "";
    struct bpf_insn lines[LINES];
    union bpf_attr attributes;

    memcpy(lines, program, sizeof lines);
    lines[LINE_PATHS].imm = steering->paths;
    lines[LINE_SOCKETS].imm = steering->sockets;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_SK_REUSEPORT;
    attributes.insns = (uintptr_t)lines;
    attributes.insn_cnt = LINES;
    attributes.license = (uintptr_t)license;
    return call(BPF_PROG_LOAD, &attributes);
}

static void close_all(const struct steering *steering)
{
    const int all[] = { steering->program, steering->paths, steering->sockets };

    for (int i = 0; i < 3; i++)
        if (all[i] >= 0)
            close(all[i]);
}

/* The kernel allocates the entries of paths when they are set. */
bool skf_steering_open(struct steering *steering, uint32_t paths, uint32_t threads)
{
    steering->paths =
        make_map(BPF_MAP_TYPE_HASH, sizeof(struct steered), paths, BPF_F_NO_PREALLOC);
    steering->sockets =
        make_map(BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, sizeof(uint32_t), threads, 0);
    steering->program = load(steering);
    if (steering->paths < 0 || steering->sockets < 0 || steering->program < 0) {
        close_all(steering);
        return false;
    }
    atomic_store_explicit(&steering->open, true, memory_order_release);
    return true;
}

void skf_steering_close(struct steering *steering)
{
    if (atomic_exchange(&steering->open, false))
        close_all(steering);
}

/* --- what the program knows ----------------------------------------------------------- */

bool skf_steering_is_open(const struct steering *steering)
{
    return atomic_load_explicit(&steering->open, memory_order_acquire);
}

static bool put(int map, const void *key, uint32_t value)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)map;
    attributes.key = (uintptr_t)key;
    attributes.value = (uintptr_t)&value;
    return call(BPF_MAP_UPDATE_ELEM, &attributes) == 0;
}

bool skf_steering_join(const struct steering *steering, unsigned thread, int socket)
{
    uint32_t key = thread;

    return skf_steering_is_open(steering) && put(steering->sockets, &key, (uint32_t)socket)
        && setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &steering->program,
                      sizeof steering->program)
               == 0;
}

static struct in6_addr mapped(const union address *address)
{
    union address sockname;

    (void)skf_address_to_sockaddr(address, AF_INET6, &sockname);
    return sockname.six.sin6_addr;
}

static struct steered steered_of(const struct path *path)
{
    return (struct steered){ .remote = mapped(&path->remote),
                             .local = mapped(&path->local),
                             .port = path->remote.any.sa_family == AF_INET6
                                       ? path->remote.six.sin6_port
                                       : path->remote.four.sin_port };
}

bool skf_steering_add(const struct steering *steering, const struct path *path,
                      unsigned thread)
{
    struct steered key = steered_of(path);

    return skf_steering_is_open(steering) && put(steering->paths, &key, thread);
}

void skf_steering_remove(const struct steering *steering, const struct path *path)
{
    struct steered key = steered_of(path);
    union bpf_attr attributes;

    if (!skf_steering_is_open(steering))
        return;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)steering->paths;
    attributes.key = (uintptr_t)&key;
    (void)call(BPF_MAP_DELETE_ELEM, &attributes);
}

bool skf_steering_has_any(const struct steering *steering)
{
    const struct steered nowhere = {
        .port = 0
    }; /* the first key comes after one that is not there */
    struct steered first;
    union bpf_attr attributes;

    if (!skf_steering_is_open(steering))
        return false;
    memset(&attributes, 0, sizeof attributes);
    memset(&first, 0, sizeof first);
    attributes.map_fd = (uint32_t)steering->paths;
    attributes.key = (uintptr_t)&nowhere;
    attributes.next_key = (uintptr_t)&first;
    return call(BPF_MAP_GET_NEXT_KEY, &attributes) == 0;
}
