/* ice.c - somebody else's program, on the agent: it has credentials for its SDP. */
#include "us.h"

#include <skiff/ice.h>
#include <stdio.h>

int main(void)
{
    us all;
    skiff_ice_config config = skiff_ice_defaults();
    skiff_ice *ice;
    const char *ufrag, *password;

    if (!us_begin(&all))
        return 1;
    config.context = all.context;
    if (skiff_ice_new(&config, &ice) != SKIFF_OK)
        return 1;
    skiff_ice_credentials(ice, &ufrag, &password);
    bool has_credentials = strlen(ufrag) >= 4 && strlen(password) >= 22;
    printf("ice: %s\n", ufrag);
    skiff_ice_free(ice);
    us_end(&all);
    return has_credentials ? 0 : 1;
}
