/* guest.c - a child process at the other end of a socket. */
#define _GNU_SOURCE
#include "guest.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OURS, THEIRS };

static void become(const char *program, const char *version, enum key_share share)
{
    const char *group = share == SHARE_X25519 ? "x25519" : "p256";

    execl(program, program, "shake", version, group, (char *)NULL);
    perror(program);
    _exit(EXIT_FAILURE);
}

/* SOCK_CLOEXEC: a guest that held another's socket open would keep it from its end. */
bool guest_begin(struct guest *guest, const char *program, const char *version,
                 enum key_share share)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    guest->pid = fork();
    if (guest->pid == 0) {
        dup2(ends[THEIRS], STDIN_FILENO);
        dup2(ends[THEIRS], STDOUT_FILENO);
        become(program, version, share);
    }
    close(ends[THEIRS]);
    guest->answers = fdopen(ends[OURS], "r");
    return guest->pid > 0 && guest->answers != NULL;
}

void guest_end(struct guest *guest)
{
    if (guest->answers != NULL)
        fclose(guest->answers);
    if (guest->pid > 0)
        waitpid(guest->pid, NULL, 0);
    *guest = (struct guest){ 0 };
}

bool guest_shake(struct guest *guest, unsigned num, double *micros)
{
    if (dprintf(fileno(guest->answers), "%u\n", num) < 0
        || fscanf(guest->answers, "%lf", micros) != 1)
        return false;
    *micros /= num;
    return true;
}
