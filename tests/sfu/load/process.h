/* process.h - what a process needs, as Linux counts it: CPU, memory, mallocs. */
#ifndef SFU_LOAD_PROCESS_H
#define SFU_LOAD_PROCESS_H

#include <stdint.h>

/* Nanoseconds of CPU of all threads of a process, ended ones too; 0: there is no such. */
uint64_t process_cpu(int pid);

/* The same of this process, more exactly. */
uint64_t process_own_cpu(void);

/* Bytes of its resident memory. */
uint64_t process_memory(int pid);

/* What mallocs.c has counted so far; 0 without a file. */
uint64_t process_mallocs(const char *path);

#endif
