/* status.c - the names and texts of statuses, and the version. */
#include <skiff/base.h>

const char *skiff_status_name(skiff_status status)
{
    switch (status) {
#define X(name, value, text)                                                               \
  case SKIFF_##name:                                                                       \
    return "SKIFF_" #name;
        SKIFF_STATUS_LIST(X)
#undef X
    }
    return "SKIFF_?";
}

const char *skiff_status_text(skiff_status status)
{
    switch (status) {
#define X(name, value, text)                                                               \
  case SKIFF_##name:                                                                       \
    return text;
        SKIFF_STATUS_LIST(X)
#undef X
    }
    return "not a status of this library";
}

uint32_t skiff_version(void)
{
    return SKIFF_VERSION;
}
