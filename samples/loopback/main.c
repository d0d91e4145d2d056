/* main.c - a call between two ends in one process, from a file into a file. */
#include "call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECTS_IN = 60, CLOSES_IN = 300 /* milliseconds */ };

/* --- signalling ---------------------------------------------------------------------- */

static void show(const struct end *from, const char *text)
{
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        printf("%s says  %.*s\n", from->name, (int)strcspn(line, "\n"), line);
}

/* With a bad network between them, each end learns of a side of it, not of the other end.
 */
static bool redirect(struct call *call, const struct end *from, const char *text,
                     char out[CANDIDATE_MOST + 16])
{
    static const char attribute[] = "a=candidate:";
    char line[CANDIDATE_MOST];

    if (!network_redirect(call->network, from == &call->near, text + strlen(attribute),
                          line))
        return false;
    snprintf(out, CANDIDATE_MOST + 16, "%s%s\n", attribute, line);
    return true;
}

static void carry(void *user, struct end *from, const char *text)
{
    struct call *call = user;
    struct end *to = from == &call->near ? &call->far : &call->near;
    char line[CANDIDATE_MOST + 16];

    if (call->network != NULL && strncmp(text, "a=candidate:", 12) == 0) {
        if (!redirect(call, from, text, line))
            return; /* a second address: one side is enough */
        text = line;
    }
    if (call->options.verbose)
        show(from, text);
    call->bad_signal = !end_apply_description(to, text) || call->bad_signal;
}

static void receive(void *user, struct end *at, skiff_packet *packet, skiff_kind kind)
{
    struct call *call = user;

    play_receive(&call->play, at, packet, kind);
}

static void on_lost(void *user, bool of_near, const uint8_t *data, size_t len)
{
    struct call *call = user;

    if (of_near)
        play_note_loss(&call->play, data, len);
}

/* --- the stages of a call ------------------------------------------------------------ */

static bool read_media(struct call *call)
{
    const char *fault = recording_read(&call->description, call->options.media);
    FILE *file;

    if (fault != NULL)
        return complain(call->options.media, fault);
    file = fopen(call->options.output, "ab"); /* rather now than after the call */
    if (file == NULL)
        return complain(call->options.output, strerror(errno));
    fclose(file);
    return true;
}

static bool open_trace(struct call *call)
{
    if (call->options.trace == NULL)
        return true;
    call->trace = trace_file_open(call->options.trace);
    return call->trace != NULL || complain(call->options.trace, strerror(errno));
}

static bool wants_network(const struct options *options)
{
    return options->loss > 0 || options->delay > 0 || options->reorder > 0
        || options->duplicate > 0;
}

static bool open_network(struct call *call)
{
    if (!wants_network(&call->options))
        return true;
    call->network = network_new(loop_add(&call->loop), &call->options, on_lost, call);
    if (call->network == NULL)
        return complain("the network between", strerror(errno));
    return true;
}

static bool open_ends(struct call *call)
{
    call->near = (struct end){ .name = "near",
                               .offers = true,
                               .ssrc = 0x6e656172,
                               .user = call,
                               .send = carry,
                               .on_packet = receive };
    call->far = (struct end){
        .name = "far", .ssrc = 0x00666172, .user = call, .send = carry, .on_packet = receive
    };
    call->near.trace = (struct trace_file){ call->trace, call->near.name };
    call->far.trace = (struct trace_file){ call->trace, call->far.name };
    if (!end_open(&call->near, &call->options, loop_add(&call->loop))
        || !end_open(&call->far, &call->options, loop_add(&call->loop)))
        return complain("an end", "could not be made");
    end_describe(&call->near);
    end_describe(&call->far);
    return !call->bad_signal || complain("signalling", "one did not understand the other");
}

static bool connect_ends(struct call *call)
{
    int64_t until = g_get_monotonic_time() + (int64_t)CONNECTS_IN * G_USEC_PER_SEC;

    while (!call->near.connected || !call->far.connected) {
        loop_iterate(&call->loop, 100);
        if (call->near.failed || call->far.failed)
            return complain_of(call->near.failed ? &call->near : &call->far);
        if (g_get_monotonic_time() > until)
            return complain("connecting", "it takes too long");
    }
    return true;
}

static void play(struct call *call)
{
    int wait;

    call->play.fast = call->options.fast;
    while ((wait = play_step(&call->play)) >= 0)
        loop_iterate(&call->loop, wait);
}

static void hang_up(struct call *call)
{
    int64_t until = g_get_monotonic_time() + CLOSES_IN * 1000;

    skiff_ice_close(call->near.ice);
    while (!call->far.closed && g_get_monotonic_time() < until)
        loop_iterate(&call->loop, CLOSES_IN);
}

static bool run(struct call *call)
{
    if (!read_media(call) || !open_network(call)
        || !play_new(&call->play, &call->description, &call->near, &call->far,
                     call->options.seed))
        return false;
    if (!open_trace(call) || !open_ends(call) || !connect_ends(call))
        return false;
    play(call);
    hang_up(call);
    return sum_up(call);
}

int main(int argc, char **argv)
{
    static char lines[BUFSIZ]; /* so that printing takes no memory */
    struct call call = { .network = NULL };
    int code = EXIT_SUCCESS;

    setvbuf(stdout, lines, _IOLBF, sizeof lines);
    if (!options_read(&call.options, argc, argv, &code))
        return code;
    code = run(&call) ? EXIT_SUCCESS : EXIT_FAILURE;
    end_close(&call.near);
    end_close(&call.far);
    network_free(call.network);
    loop_clear(&call.loop);
    play_free(&call.play);
    recording_free(&call.description);
    if (call.trace != NULL)
        fclose(call.trace);
    return code;
}
