/* fingerprint.c - fuzzes the text of a fingerprint: what is read is written and read again.
 */
#include <stdlib.h>

#include <skiff/identity.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skiff_fingerprint first, again;
    char back[SKIFF_FINGERPRINT_TEXT];
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    memset(&first, 0, sizeof first);
    memset(&again, 0, sizeof again);
    if (skiff_fingerprint_parse(text, &first) == SKIFF_OK) {
        skiff_fingerprint_format(&first, back);
        if (skiff_fingerprint_parse(back, &again) != SKIFF_OK || first.hash != again.hash
            || first.len != again.len || memcmp(first.bytes, again.bytes, first.len) != 0)
            abort();
    }
    free(text);
    return 0;
}
