/* skiff.c - somebody else's program, on the engine alone. */
#include <skiff/dtls.h>

int main(void)
{
    skiff_identity *identity = NULL;
    skiff_status status = skiff_identity_generate(0, 1, &identity);

    skiff_identity_free(identity);
    return status == SKIFF_OK && skiff_version() == SKIFF_VERSION ? 0 : 1;
}
