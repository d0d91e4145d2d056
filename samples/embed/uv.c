/*
 * uv.c - a port in a loop of libuv.
 *
 *     embed_uv [ADDRESS]             such as 192.0.2.1:5000; without it 0.0.0.0 and any
 * port
 *
 * It shows the three handles that a port needs: a poll handle for its descriptor, a timer
 * for its deadline, and a prepare handle, which sets the timer before each wait. It leaves
 * out signalling that arrives in parts (lines on stdin, see signalling.h).
 */
#include "signalling.h"

#include "../common/clock.h"

#include <unistd.h>
#include <uv.h>

struct program {
    struct echo_server server;
    uv_loop_t loop;
    uv_poll_t media, lines;
    uv_timer_t timer;
    uv_prepare_t before_wait;
    uv_signal_t interrupt, termination;
};

/* begin: uv */
static void on_media_readable(uv_poll_t *media, int status, int events)
{
    struct program *program = media->data;

    (void)status;
    (void)events;
    skiff_port_run(program->server.port, clock_now(), BATCH);
}

static void on_deadline(uv_timer_t *timer)
{
    struct program *program = timer->data;

    skiff_port_run(program->server.port, clock_now(), BATCH);
}

/* Each callback of the program may have queued packets and changed the deadline. */
static void on_before_wait(uv_prepare_t *before_wait)
{
    struct program *program = before_wait->data;
    int ms = skiff_wait_ms(skiff_port_deadline(program->server.port), clock_now());

    skiff_port_flush(program->server.port);
    uv_timer_stop(&program->timer);
    uv_update_time(&program->loop); /* a timer counts from the time that libuv has noted */
    if (ms >= 0)
        uv_timer_start(&program->timer, on_deadline, (uint64_t)ms, 0);
}

static int start_port(struct program *program)
{
    int fd = skiff_port_fd(program->server.port);

    program->media.data = program->timer.data = program->before_wait.data = program;
    uv_timer_init(&program->loop, &program->timer);
    uv_prepare_init(&program->loop, &program->before_wait);
    uv_prepare_start(&program->before_wait, on_before_wait);
    int error = uv_poll_init(&program->loop, &program->media, fd);
    return error != 0 ? error
                      : uv_poll_start(&program->media, UV_READABLE, on_media_readable);
}
/* end: uv */

static void on_line(uv_poll_t *lines, int status, int events)
{
    struct program *program = lines->data;

    (void)events;
    if (status < 0 || !signalling_read_line(&program->server, stdin))
        uv_stop(&program->loop);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    uv_stop(signal->loop);
}

/* stdin must be a pipe or a terminal: libuv polls no file. */
static int start_signalling(struct program *program)
{
    setvbuf(stdin, NULL, _IONBF, 0);
    program->lines.data = program;
    uv_signal_init(&program->loop, &program->interrupt);
    uv_signal_init(&program->loop, &program->termination);
    uv_signal_start(&program->interrupt, on_signal, SIGINT);
    uv_signal_start(&program->termination, on_signal, SIGTERM);
    int error = uv_poll_init(&program->loop, &program->lines, STDIN_FILENO);
    return error != 0 ? error : uv_poll_start(&program->lines, UV_READABLE, on_line);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    uv_close(handle, NULL);
}

/* The loop lets go of the descriptor before the port closes it. */
static bool serve(void *user)
{
    struct program *program = user;

    uv_loop_init(&program->loop);
    int error = start_port(program);
    if (error == 0)
        error = start_signalling(program);
    if (error == 0)
        uv_run(&program->loop, UV_RUN_DEFAULT);
    else
        fprintf(stderr, "libuv: %s\n", uv_strerror(error));
    uv_walk(&program->loop, close_handle, NULL);
    uv_run(&program->loop, UV_RUN_DEFAULT);
    uv_loop_close(&program->loop);
    return error == 0;
}

int main(int argc, char **argv)
{
    struct program program = { 0 };

    return echo_server_main(argc, argv, &program.server, serve, &program);
}
