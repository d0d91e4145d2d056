/* options.h - what the command line asks for. */
#ifndef LOOPBACK_OPTIONS_H
#define LOOPBACK_OPTIONS_H

#include <skiff/skiff.h>

enum { CALL_PROFILES = 4 };

struct options {
    const char *media, *output;
    const char *trace; /* NULL: none */
    skiff_srtp_profile profiles[CALL_PROFILES];
    size_t num_profiles;             /* 0 means the library's own choice */
    skiff_role role;                 /* of the end that offers */
    uint16_t max_version;            /* DTLS version; 0 means the newest there is */
    double loss, reorder, duplicate; /* percent */
    double delay;                    /* milliseconds */
    uint64_t seed;
    uint16_t port;
    bool fast, verbose, six;
};

/* Reads the command line; false: the program ends now with *code, everything is printed. */
bool options_read(struct options *options, int argc, char **argv, int *code);

/* The IANA name of an SRTP profile. */
const char *profile_name(uint16_t profile);

#endif
