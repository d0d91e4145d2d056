/* port.c - somebody else's program, on the port: a peer waits behind a port of loopback. */
#include "us.h"

#include <skiff/port.h>
#include <stdio.h>

int main(void)
{
    us all;
    skiff_port_config config = skiff_port_defaults();
    skiff_port *port;
    skiff_peer *peer;
    const char *ufrag, *password;

    if (!us_begin(&all))
        return 1;
    config.address = "127.0.0.1:0";
    config.context = all.context;
    if (skiff_port_new(&config, &port) != SKIFF_OK
        || skiff_peer_new(port, SKIFF_ROLE_PASSIVE, 0, &peer) != SKIFF_OK)
        return 1;
    skiff_peer_credentials(peer, &ufrag, &password);
    skiff_port_run(port, 0, 16);
    printf("port: %s at %s\n", ufrag, skiff_port_candidate(port));
    skiff_port_free(port);
    us_end(&all);
    return 0;
}
