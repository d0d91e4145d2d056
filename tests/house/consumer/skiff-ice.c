/* skiff-ice.c - somebody else's program, on the agent. */
#include <skiff/ice.h>

int main(void)
{
    skiff_ice_config config = skiff_ice_defaults();
    skiff_ice *ice = NULL;

    /* No context and no pool were given. */
    return skiff_ice_new(&config, &ice) == SKIFF_ERR_ARGUMENT ? 0 : 1;
}
