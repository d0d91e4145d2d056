/* chunks.h - cuts what a fuzzer made into datagrams: a byte of time, two of length, bytes.
 */
#ifndef FUZZ_CHUNKS_H
#define FUZZ_CHUNKS_H

#include <skiff/base.h>

struct chunk {
    uint8_t waited; /* tenths of a second, squared */
    skiff_bytes bytes;
};

/* The next chunk; its length is that of what is left when there is less. */
static inline bool next_chunk(skiff_bytes *data, struct chunk *chunk)
{
    if (data->len < 3)
        return false;

    size_t len = (size_t)data->ptr[1] << 8 | data->ptr[2];
    chunk->waited = data->ptr[0];
    data->ptr += 3;
    data->len -= 3;
    if (len > data->len)
        len = data->len;
    chunk->bytes = (skiff_bytes){ data->ptr, len };
    data->ptr += len;
    data->len -= len;
    return true;
}

static inline skiff_time chunk_time(const struct chunk *chunk)
{
    return SKIFF_MSEC(100) * chunk->waited * chunk->waited;
}

#endif
