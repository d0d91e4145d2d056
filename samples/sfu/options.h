/* options.h - what the command line asks for. */
#ifndef SAMPLES_SFU_OPTIONS_H
#define SAMPLES_SFU_OPTIONS_H

#include "limits.h"
#include "media.h"
#include "whip.h"

#include <sys/socket.h>

enum { MAX_PUBLIC = 8 };

struct options {
    struct media_config media;
    const char *announced[MAX_PUBLIC];
    struct limits_config limits;
    struct sdp_terms terms;
    char *ice_servers[WHIP_ICE_SERVERS];
    size_t num_ice_servers;
    struct sockaddr_storage http;
    const char *http_text;
    /* PEM; NULL: plain HTTP. Tokens and PEM texts of files are the options'. */
    char *certificate, *key;
    char *publish_token, *admin_token;
    const char *pages, *trace, *key_log;
};

/* False: the program ends now with *code, everything is said. */
bool options_read(struct options *options, int argc, char **argv, int *code);

/* Wipes and frees what was read of files. */
void options_free(struct options *options);

#endif
