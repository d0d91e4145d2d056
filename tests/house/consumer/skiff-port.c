/* skiff-port.c - somebody else's program, on the port. */
#include <skiff/port.h>

int main(void)
{
    skiff_port_config config = skiff_port_defaults();
    skiff_port *port = NULL;

    /* No context and no address were given. */
    return skiff_port_new(&config, &port) == SKIFF_ERR_ARGUMENT ? 0 : 1;
}
