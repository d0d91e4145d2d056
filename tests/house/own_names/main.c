/* main.c - a program whose own functions have names such as `fail` and `send_flight`,
 * linked with all of skiff. The programs of tests/install run in it: a handshake, media, a
 * port and an agent. Each function of this file counts its calls, so that one that stood in
 * for a function of the library would be seen. */
#include <stdio.h>

int srtp_main(void);
int port_main(void);
int ice_main(void);

static unsigned calls;

enum {
#define NAME(name) INDEX_##name,
#include "names.def"
#undef NAME
    NUM_OWN
};

#define NAME(name)                                                                         \
  unsigned name(void);                                                                     \
  unsigned name(void)                                                                      \
  {                                                                                        \
    calls++;                                                                               \
    return INDEX_##name;                                                                   \
  }
#include "names.def"
#undef NAME

static unsigned (*const own[])(void) = {
#define NAME(name) name,
#include "names.def"
#undef NAME
};

int main(void)
{
    if (srtp_main() != 0 || port_main() != 0 || ice_main() != 0)
        return 1;
    if (calls != 0) {
        printf("the library called %u functions of the program\n", calls);
        return 1;
    }
    for (unsigned i = 0; i < NUM_OWN; i++)
        if (own[i]() != i || calls != i + 1) {
            printf("name %u is not the function of the program\n", i);
            return 1;
        }
    printf("%u names\n", calls);
    return 0;
}
