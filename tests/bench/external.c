/* external.c - a child process at the other end of a socket. */
#define _GNU_SOURCE
#include "external.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OURS, THEIRS };

static void become(const char *program, const char *version, enum key_share share)
{
    static const char *const groups[] = {
        [SHARE_X25519] = "x25519", [SHARE_P256] = "p256", [SHARE_HYBRID] = "x25519mlkem768"
    };

    execl(program, program, "shake", version, groups[share], (char *)NULL);
    perror(program);
    _exit(EXIT_FAILURE);
}

/* SOCK_CLOEXEC: an external program that held another's socket open would keep it from its
 * end. */
bool external_begin(struct external *external, const char *program, const char *version,
                    enum key_share share)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    external->pid = fork();
    if (external->pid == 0) {
        dup2(ends[THEIRS], STDIN_FILENO);
        dup2(ends[THEIRS], STDOUT_FILENO);
        become(program, version, share);
    }
    close(ends[THEIRS]);
    external->replies = fdopen(ends[OURS], "r");
    return external->pid > 0 && external->replies != NULL;
}

void external_end(struct external *external)
{
    if (external->replies != NULL)
        fclose(external->replies);
    if (external->pid > 0)
        waitpid(external->pid, NULL, 0);
    *external = (struct external){ 0 };
}

bool external_handshakes(struct external *external, unsigned num, double *micros)
{
    if (dprintf(fileno(external->replies), "%u\n", num) < 0
        || fscanf(external->replies, "%lf", micros) != 1)
        return false;
    *micros /= num;
    return true;
}
