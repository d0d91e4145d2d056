/* walk.h - one description per message: the same walk reads, writes and counts.
 * Knows bounds and byte order. Knows no message. */
#ifndef SKF_WALK_H
#define SKF_WALK_H

#include <skiff/base.h>

enum walk_mode { WALK_COUNT, WALK_WRITE, WALK_READ };

struct walk {
    enum walk_mode mode;
    bool failed;       /* sticky: once set, every later step is a no-op */
    size_t at;         /* bytes walked so far */
    size_t end;        /* first byte this walk may not touch */
    const uint8_t *in; /* READ only */
    uint8_t *out;      /* WRITE only */
};

struct walk_block {
    size_t start, outer_end;
    unsigned width;
};

static inline struct walk walk_counter(void)
{
    return (struct walk){ .mode = WALK_COUNT, .end = SIZE_MAX / 2 };
}
static inline struct walk walk_writer(uint8_t *out, size_t cap)
{
    return (struct walk){ .mode = WALK_WRITE, .out = out, .end = cap };
}
static inline struct walk walk_reader(skiff_bytes in)
{
    return (struct walk){ .mode = WALK_READ, .in = in.ptr, .end = in.len };
}

/* Every byte of every message passes this one check. */
static inline bool walk_step(struct walk *w, size_t n, size_t *from)
{
    if (w->failed || n > w->end - w->at) {
        w->failed = true;
        return false;
    }
    *from = w->at;
    w->at += n;
    return true;
}

static inline void walk_require(struct walk *w, bool holds)
{
    if (!holds)
        w->failed = true;
}

static inline void walk_uint(struct walk *w, uint64_t *v, unsigned width)
{
    size_t p;
    if (!walk_step(w, width, &p))
        return;
    if (w->mode == WALK_READ)
        *v = 0;
    for (unsigned i = 0; i < width; i++) {
        unsigned shift = 8 * (width - 1 - i);
        if (w->mode == WALK_READ)
            *v |= (uint64_t)w->in[p + i] << shift;
        else if (w->mode == WALK_WRITE)
            w->out[p + i] = (uint8_t)(*v >> shift);
    }
}

#define WALK_INT(name, type, width)                                                        \
  static inline void name(struct walk *w, type *v)                                         \
  {                                                                                        \
    uint64_t n = *v;                                                                       \
    walk_require(w, w->mode == WALK_READ || n >> (8 * (width)) == 0);                      \
    walk_uint(w, &n, (width));                                                             \
    if (w->mode == WALK_READ && !w->failed)                                                \
      *v = (type)n;                                                                        \
  }
WALK_INT(walk_u8, uint8_t, 1)
WALK_INT(walk_u16, uint16_t, 2)
WALK_INT(walk_u24, uint32_t, 3)
WALK_INT(walk_u32, uint32_t, 4)
WALK_INT(walk_u48, uint64_t, 6)
#undef WALK_INT

static inline void walk_u64(struct walk *w, uint64_t *v)
{
    walk_uint(w, v, 8);
}

static inline void walk_fixed(struct walk *w, uint8_t *bytes, size_t n)
{
    size_t p;
    if (!walk_step(w, n, &p) || n == 0)
        return;
    if (w->mode == WALK_READ)
        memcpy(bytes, w->in + p, n);
    else if (w->mode == WALK_WRITE)
        memcpy(w->out + p, bytes, n);
}

/* Walks v->len bytes. A reader sets the length before. */
static inline void walk_view(struct walk *w, skiff_bytes *v)
{
    size_t p;
    if (!walk_step(w, v->len, &p) || v->len == 0)
        return;
    if (w->mode == WALK_READ)
        v->ptr = w->in + p;
    else if (w->mode == WALK_WRITE)
        memcpy(w->out + p, v->ptr, v->len);
}

/* opaque v<floor..ceiling>, the width of the length from the ceiling (RFC 8446 3.4) */
static inline void walk_vec(struct walk *w, skiff_bytes *v, size_t floor, size_t ceiling)
{
    unsigned width = ceiling > 0xffff ? 3 : ceiling > 0xff ? 2 : 1;
    uint64_t len = v->len;
    size_t p;

    walk_uint(w, &len, width);
    walk_require(w, len >= floor && len <= ceiling);
    if (!walk_step(w, (size_t)len, &p))
        return;
    if (w->mode == WALK_READ)
        *v = (skiff_bytes){ w->in + p, (size_t)len };
    else if (w->mode == WALK_WRITE && len > 0)
        memcpy(w->out + p, v->ptr, (size_t)len);
}

/* An optional tail: a reader sets `present`, a writer obeys it. */
static inline bool walk_present(struct walk *w, bool *present)
{
    if (w->mode == WALK_READ)
        *present = w->at < w->end;
    return !w->failed && *present;
}

static inline struct walk_block walk_open(struct walk *w, unsigned width)
{
    struct walk_block b = { .outer_end = w->end, .width = width };
    uint64_t len = 0;

    walk_uint(w, &len, width);
    b.start = w->at;
    if (w->mode == WALK_READ) {
        walk_require(w, len <= w->end - w->at);
        if (!w->failed)
            w->end = w->at + (size_t)len;
    }
    return b;
}

static inline void walk_close(struct walk *w, struct walk_block b)
{
    uint64_t len = w->at - b.start;

    if (w->failed)
        return;
    if (w->mode == WALK_READ) {
        walk_require(w, w->at == w->end); /* a block is read whole */
        w->end = b.outer_end;
        return;
    }
    walk_require(w, len >> (8 * b.width) == 0);
    if (w->mode == WALK_WRITE && !w->failed)
        for (unsigned i = 0; i < b.width; i++)
            w->out[b.start - 1 - i] = (uint8_t)(len >> (8 * i));
}

/* Gives `struct name`, walked by name(), its size, write and read. */
#define WALKABLE(name)                                                                     \
  static inline bool name##_size(const struct name *m, size_t *size)                       \
  {                                                                                        \
    struct name copy = *m;                                                                 \
    struct walk w = walk_counter();                                                        \
    name(&w, &copy);                                                                       \
    *size = w.at;                                                                          \
    return !w.failed;                                                                      \
  }                                                                                        \
  static inline bool name##_write(const struct name *m, uint8_t *out, size_t cap,          \
                                  size_t *size)                                            \
  {                                                                                        \
    struct name copy = *m;                                                                 \
    struct walk w = walk_writer(out, cap);                                                 \
    name(&w, &copy);                                                                       \
    *size = w.at;                                                                          \
    return !w.failed;                                                                      \
  }                                                                                        \
  static inline bool name##_read(struct name *m, skiff_bytes in)                           \
  {                                                                                        \
    struct walk w = walk_reader(in);                                                       \
    memset(m, 0, sizeof *m);                                                               \
    name(&w, m);                                                                           \
    return !w.failed && w.at == in.len;                                                    \
  }
#endif
