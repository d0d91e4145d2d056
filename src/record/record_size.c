/* record_size.c - how many bytes a record has around its content. */
#include "record/record_size.h"

#include "wire/record.h"

size_t skf_record_header_size(const struct keys *keys, size_t id_len)
{
    if (keys == NULL)
        return RECORD_HEADER;
    return id_len
         + (keys->unified ? RECORD13_HEADER : RECORD_HEADER + explicit_nonce(keys));
}

size_t skf_record_trailer_size(const struct keys *keys, size_t id_len)
{
    if (keys == NULL)
        return 0;
    return inner_type(keys, id_len > 0) + skf_aead_tag_len(keys->aead);
}

size_t skf_record_max_content(const struct keys *keys, size_t id_len, uint16_t size_limit)
{
    size_t type = keys != NULL ? inner_type(keys, id_len > 0) : 0;

    if (keys == NULL || size_limit == 0 || size_limit - type > CONTENT_MAX)
        return CONTENT_MAX;
    return size_limit - type;
}
