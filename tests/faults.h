/* faults.h - lets one call into libcrypto fail, whichever it is. The linker puts a
 * wrapper before each function that is listed in faults.cmake. */
#ifndef TEST_FAULTS_H
#define TEST_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* From now on calls are counted, and the n-th fails, the first being 1; 0: none does. */
void faults_at(uint64_t n);

/* From the n-th of so many to the next that is to fail: all of them, or as many as
 * suite_rounds allows. */
uint64_t faults_step(uint64_t n, uint64_t all);

/* How many calls there were, and which one failed; NULL: none. */
uint64_t faults_calls(void);
const char *faults_struck(void);

/* The next EVP_CipherInit_ex, or encrypt_init of a provider, with a key fails; whether that
 * is still to come. */
void faults_next_key(void);
bool faults_key_waits(void);

/* From now on no provider has what is named: a list with NULL at its end. NULL: all is
 * there again. */
void faults_hide(const char *const *names);

/* As faults_hide, but that fetching it fails for want of memory. */
void faults_starve(const char *const *names);

#endif
