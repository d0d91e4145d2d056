/* connection_id_peek.c - the connection id of a datagram, before any handle is known. */
#include <skiff/dtls.h>

#include "wire/numbers.h"
#include "wire/record.h"

/* Where the id of a sealed record begins; 0 when it has none (RFC 9146 section 4, figure 3;
 * RFC 9147 section 4, figure 3). */
static size_t cid_offset(uint8_t first)
{
    if (first == CONTENT_TLS12_CID)
        return RECORD_HEADER - 2;
    return (first & (UNIFIED_MASK | UNIFIED_HAS_CID)) == (UNIFIED | UNIFIED_HAS_CID) ? 1
                                                                                     : 0;
}

bool skiff_connection_id_peek(skiff_bytes datagram, size_t id_len, skiff_bytes *id)
{
    skiff_bytes rest = datagram;
    struct record_header header;

    while (rest.len >= RECORD_HEADER && cid_offset(rest.ptr[0]) == 0) {
        if (!record_header_read(&header, (skiff_bytes){ rest.ptr, RECORD_HEADER })
            || header.version >> 8 != DTLS_MAJOR
            || header.length > rest.len - RECORD_HEADER)
            return false;
        rest.ptr += RECORD_HEADER + header.length;
        rest.len -= RECORD_HEADER + (size_t)header.length;
    }
    size_t at = rest.len > 0 ? cid_offset(rest.ptr[0]) : 0;
    if (at == 0 || id_len == 0 || rest.len - 1 < at - 1 + id_len)
        return false;
    *id = (skiff_bytes){ rest.ptr + at, id_len };
    return true;
}
