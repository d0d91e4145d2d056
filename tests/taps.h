/* taps.h - what stands before each function of libcrypto: of OpenSSL in taps_openssl.c, of
 * AWS-LC in taps_awslc.c. */
#ifndef TEST_TAPS_H
#define TEST_TAPS_H

#include <stdbool.h>

/* Counts the call, and says whether it is the one to fail. */
bool taps_strike(const char *name);

/* Whether this is the key that is to fail. */
bool taps_strike_key(bool has_key);

/* Whether what OpenSSL calls `name` is there. */
enum taps_lack { TAPS_THERE, TAPS_ABSENT, TAPS_NO_MEMORY };
enum taps_lack taps_lack(const char *name);

/* A prefix of libcrypto's makes macros of its names. */
#define TAPS_JOIN(a, b) a##b
#define TAPS_REAL(name) TAPS_JOIN(__real_, name)
#define TAPS_WRAP(name) TAPS_JOIN(__wrap_, name)

/* A function of libcrypto's that says `wrong` when it fails. `strikes` is taps_strike, in
 * the way of that libcrypto. */
#define TAP(type, wrong, name, parameters, arguments)                                      \
  type TAPS_REAL(name) parameters;                                                         \
  type TAPS_WRAP(name) parameters;                                                         \
  type TAPS_WRAP(name) parameters                                                          \
  {                                                                                        \
    return strikes(#name) ? wrong : TAPS_REAL(name) arguments;                             \
  }

#endif
