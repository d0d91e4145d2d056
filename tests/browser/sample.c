/* sample.c - the sample of data channels as a process: offer in, answer out, exit code. */
#include "sample.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct sample {
    char *program;
    bool agent;
    GPid pid;     /* 0: not running */
    FILE *output; /* its stdout */
    bool ended;
    int code; /* -1: killed */
};

struct sample *sample_new(const char *program, bool agent)
{
    struct sample *sample = g_new0(struct sample, 1);

    sample->program = g_strdup(program);
    sample->agent = agent;
    return sample;
}

void sample_free(struct sample *sample)
{
    if (sample == NULL)
        return;
    if (sample->pid != 0)
        kill(sample->pid, SIGTERM);
    if (sample->output != NULL)
        fclose(sample->output);
    g_free(sample->program);
    g_free(sample);
}

static void on_ended(GPid pid, gint status, gpointer user)
{
    struct sample *sample = user;

    g_spawn_close_pid(pid);
    sample->pid = 0;
    sample->ended = true;
    sample->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool start(struct sample *sample, int *in)
{
    char agent[] = "--agent";
    char *arguments[] = { sample->program, sample->agent ? agent : NULL, NULL };
    int out;

    if (!g_spawn_async_with_pipes(NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                  NULL, &sample->pid, in, &out, NULL, NULL))
        return false;
    g_child_watch_add(sample->pid, on_ended, sample);
    sample->output = fdopen(out, "r");
    return sample->output != NULL;
}

static bool write_all(int fd, const char *text)
{
    size_t len = strlen(text), at = 0;
    ssize_t wrote = 0;

    while (at < len && (wrote = write(fd, text + at, len - at)) > 0)
        at += (size_t)wrote;
    return at == len;
}

bool sample_set_offer(struct sample *sample, const char *offer, GString *answer)
{
    char line[1024];
    int in;

    if (sample->pid != 0 || !start(sample, &in))
        return false;

    bool written = write_all(in, offer);
    close(in);
    while (written && fgets(line, sizeof line, sample->output) != NULL
           && strcmp(line, "\r\n") != 0)
        g_string_append(answer, line);
    return answer->len > 0;
}

bool sample_has_ended(const struct sample *sample)
{
    return sample->ended;
}

void sample_report(const struct sample *sample, GString *json)
{
    g_string_append_printf(json, "\"ended\":%s,\"code\":%d",
                           sample->ended ? "true" : "false", sample->code);
}
