/* plot.c - four pictures of the runs in one SVG file, written as text. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 1040, HEIGHT = 800, BINS = 60, TICKS = 5 };

/* What is drawn, and where it goes. */
struct show {
    FILE *file;
    const struct run *runs;
    const struct figures *figures;
    size_t num;
};

/* Where a picture is, and what its axes mean. */
struct picture {
    FILE *file;
    double left, top, width, height;
    const char *title, *across, *up;
    double most_across, least_up, most_up;
    bool log_up;
};

static const char *const colours[SERVER_KINDS] = {
    [SERVER_PORT] = "#1f6fb4", [SERVER_SKIFF] = "#2a9d5c", [SERVER_LIBSSL] = "#d1691e"
};

/* --- axes -------------------------------------------------------------------------- */

static double x_of(const struct picture *picture, double value)
{
    return picture->left + value / picture->most_across * picture->width;
}

static double y_of(const struct picture *picture, double value)
{
    double part = (value - picture->least_up) / (picture->most_up - picture->least_up);

    if (picture->log_up)
        part = log(value / picture->least_up) / log(picture->most_up / picture->least_up);
    return picture->top + picture->height * (1 - part);
}

/* The next of 1, 2, 5, 10, 20, ... */
static double round_up(double value)
{
    double power = pow(10, floor(log10(value > 0 ? value : 1)));
    double part = (value > 0 ? value : 1) / power;

    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

/* Where an axis may end that has TICKS parts or fewer. */
static double full_axis(double value)
{
    double step = round_up(value / TICKS);

    return step * ceil(value / step);
}

static void text(const struct picture *picture, double x, double y, const char *anchor,
                 const char *words)
{
    fprintf(picture->file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x,
            y, anchor, words);
}

static void tick_up(const struct picture *picture, double value)
{
    char words[32];
    double y = y_of(picture, value);

    snprintf(words, sizeof words, "%g", value);
    fprintf(picture->file, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>\n", picture->left,
            y, picture->width);
    text(picture, picture->left - 8, y + 4, "end", words);
}

static void tick_across(const struct picture *picture, double value, const char *words)
{
    double x = x_of(picture, value);

    text(picture, x, picture->top + picture->height + 18, "middle", words);
}

static void draw_ticks_up(const struct picture *picture)
{
    double step = round_up((picture->most_up - picture->least_up) / TICKS);
    double most = picture->most_up * 1.001; /* sums of steps are inexact */

    if (picture->log_up)
        for (double value = picture->least_up; value <= most; value *= 10)
            tick_up(picture, value);
    else
        for (double value = picture->least_up; value <= most; value += step)
            tick_up(picture, value);
}

static void draw_axes(const struct picture *picture)
{
    double middle = picture->top + picture->height / 2;

    fprintf(picture->file, "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
            picture->left, picture->top - 14, picture->title);
    draw_ticks_up(picture);
    fprintf(picture->file, "<path class=\"axis\" d=\"M%.1f %.1fv%.1fh%.1f\"/>\n",
            picture->left, picture->top, picture->height, picture->width);
    text(picture, picture->left + picture->width / 2, picture->top + picture->height + 38,
         "middle", picture->across);
    fprintf(picture->file,
            "<text text-anchor=\"middle\" transform=\"translate(%.1f %.1f) "
            "rotate(-90)\">%s</text>\n",
            picture->left - 58, middle, picture->up);
}

/* --- handshakes per second --------------------------------------------------------- */

static const struct sample *last_before(const struct run *run, skiff_time at)
{
    const struct sample *found = NULL;

    for (size_t i = 0; i < run->num_samples && run->samples[i].at <= at; i++)
        found = &run->samples[i];
    return found;
}

/* How fast it went in the one of BINS parts of the opening. */
static double rate_in(const struct run *run, int bin, int bins)
{
    skiff_time width = run->marks[ALL_OPENED].at / (skiff_time)bins;
    const struct sample *a = last_before(run, width * (skiff_time)bin);
    const struct sample *b = last_before(run, width * (skiff_time)(bin + 1));
    skiff_time from = a != NULL ? a->at : 0;
    uint64_t before = a != NULL ? a->connects : 0;

    if (b == NULL || b->at <= from)
        return -1;
    return (double)(b->connects - before) / ((double)(b->at - from) / 1e6);
}

static int bins_of(const struct run *run)
{
    int bins = (int)run->num_samples / 4;

    for (size_t i = 0; i < run->num_samples; i++)
        if (run->samples[i].at > run->marks[ALL_OPENED].at) {
            bins = (int)i / 2;
            break;
        }
    return bins < 1 ? 1 : bins > BINS ? BINS : bins;
}

static void draw_rate(const struct picture *picture, const struct run *run,
                      const struct figures *figures)
{
    double end = (double)run->marks[ALL_OPENED].at / 1e6;
    int bins = bins_of(run);
    bool begun = false;

    fprintf(picture->file, "<path class=\"line\" stroke=\"%s\" d=\"", colours[run->kind]);
    for (int bin = 0; bin < bins; bin++) {
        double rate = bins == 1 ? figures->open_rate : rate_in(run, bin, bins);
        if (rate < 0)
            continue;
        fprintf(picture->file, "%s%.1f %.1fH%.1f", begun ? "L" : "M",
                x_of(picture, end * bin / bins), y_of(picture, rate),
                x_of(picture, end * (bin + 1) / bins));
        begun = true;
    }
    fprintf(picture->file, "\"/>\n");
}
static double fastest(const struct show *show)
{
    double most = 0;

    for (size_t i = 0; i < show->num; i++) {
        int bins = bins_of(&show->runs[i]);
        for (int bin = 0; bin < bins; bin++)
            most = fmax(most, bins > 1 ? rate_in(&show->runs[i], bin, bins) : 0);
        most = fmax(most, show->figures[i].open_rate);
    }
    return most;
}

static void draw_rates(const struct show *show)
{
    struct picture picture = { .file = show->file,
                               .left = 90,
                               .top = 110,
                               .width = 390,
                               .height = 230,
                               .title = "Handshakes per second",
                               .across = "seconds since the first",
                               .up = "per second" };
    double seconds = 0;
    char words[32];

    for (size_t i = 0; i < show->num; i++)
        seconds = fmax(seconds, (double)show->runs[i].marks[ALL_OPENED].at / 1e6);
    double step = round_up(seconds / TICKS);
    picture.most_across = step * ceil(seconds / step);
    picture.most_up = full_axis(fastest(show));
    draw_axes(&picture);
    for (double at = 0; at <= picture.most_across * 1.001; at += step) {
        snprintf(words, sizeof words, "%g", at);
        tick_across(&picture, at, words);
    }
    for (size_t i = 0; i < show->num; i++)
        draw_rate(&picture, &show->runs[i], &show->figures[i]);
}

/* --- latency ----------------------------------------------------------------------- */

static void draw_latency(const struct picture *picture, const struct run *run,
                         const struct figures *figures)
{
    fprintf(picture->file, "<path class=\"line\" stroke=\"%s\" d=\"", colours[run->kind]);
    for (int i = 0; i < 5; i++)
        fprintf(picture->file, "%s%.1f %.1f", i == 0 ? "M" : "L", x_of(picture, i + 0.5),
                y_of(picture, fmax(figures->latency[i], picture->least_up)));
    fprintf(picture->file, "\"/>\n");
}

static void draw_latencies(const struct show *show)
{
    struct picture picture = { .file = show->file,
                               .left = 610,
                               .top = 110,
                               .width = 390,
                               .height = 230,
                               .title = "From the first check to SRTP",
                               .across = "share of associations that are there by then",
                               .up = "milliseconds",
                               .most_across = 5,
                               .log_up = true };
    double least = 1000, most = 0.01;

    for (size_t i = 0; i < show->num; i++) {
        least = fmin(least, fmax(show->figures[i].latency[0], 0.01));
        most = fmax(most, show->figures[i].latency[4]);
    }
    picture.least_up = pow(10, floor(log10(least)));
    picture.most_up = pow(10, ceil(log10(most)));
    draw_axes(&picture);
    for (int i = 0; i < 5; i++)
        tick_across(&picture, i + 0.5, latency_names[i]);
    for (size_t i = 0; i < show->num; i++)
        draw_latency(&picture, &show->runs[i], &show->figures[i]);
}

/* --- bars -------------------------------------------------------------------------- */

static void draw_bar(const struct picture *picture, double at, double value,
                     const char *colour, double opacity)
{
    double x = x_of(picture, at), width = x_of(picture, at + 0.3) - x;
    double y = y_of(picture, value);
    char words[32];

    fprintf(picture->file,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
            "fill=\"%s\" fill-opacity=\"%.2f\"/>\n",
            x, y, width, picture->top + picture->height - y, colour, opacity);
    snprintf(words, sizeof words, value < 10 ? "%.2f" : "%.0f", value);
    text(picture, x + width / 2, y - 5, "middle", words);
}

/* Two bars for each run, the second one pale. */
static void draw_bars(struct picture *picture, const struct show *show, double values[][2])
{
    double most = 0;

    for (size_t i = 0; i < show->num; i++)
        most = fmax(most, fmax(values[i][0], values[i][1]));
    picture->most_across = (double)show->num;
    picture->most_up = full_axis(most);
    draw_axes(picture);
    for (size_t i = 0; i < show->num; i++) {
        double at = (double)i;
        draw_bar(picture, at + 0.18, values[i][0], colours[show->runs[i].kind], 1);
        draw_bar(picture, at + 0.52, values[i][1], colours[show->runs[i].kind], 0.45);
        tick_across(picture, at + 0.5, server_name(show->runs[i].kind));
    }
}

static void draw_memory(const struct show *show)
{
    struct picture picture = { .file = show->file,
                               .left = 90,
                               .top = 490,
                               .width = 390,
                               .height = 230,
                               .title = "Memory of the server per association",
                               .across = "full: heap; pale: resident memory in all",
                               .up = "KiB" };
    double values[SERVER_KINDS][2];

    for (size_t i = 0; i < show->num; i++) {
        values[i][0] = show->figures[i].heap / 1024;
        values[i][1] = show->figures[i].rss / 1024;
    }
    draw_bars(&picture, show, values);
}

static void draw_cpu(const struct show *show)
{
    struct picture picture = { .file = show->file,
                               .left = 610,
                               .top = 490,
                               .width = 390,
                               .height = 230,
                               .title = "CPU of the server per association opened",
                               .across = "full: first check to SRTP; "
                                         "pale: the four public-key calls",
                               .up = "microseconds" };
    double values[SERVER_KINDS][2];

    for (size_t i = 0; i < show->num; i++) {
        values[i][0] = fmax(show->figures[i].open_cpu, 0);
        values[i][1] = fmax(show->figures[i].floor, 0);
    }
    draw_bars(&picture, show, values);
}

/* --- the page ---------------------------------------------------------------------- */

static void draw_head(const struct show *show)
{
    fprintf(show->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "width=\"%d\" height=\"%d\">\n<style>\n"
            "text { font: 13px sans-serif; fill: #333 }\n"
            ".title { font-size: 15px; font-weight: bold }\n"
            ".grid { stroke: #e4e4e4; fill: none }\n"
            ".axis { stroke: #666; fill: none }\n"
            ".line { fill: none; stroke-width: 2 }\n</style>\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
            "<text class=\"title\" x=\"30\" y=\"36\">skiff-load: %u associations over "
            "loopback, both sides with P-256, keys by X25519</text>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, show->runs[0].peers);
    for (size_t i = 0; i < show->num; i++) {
        enum server_kind kind = show->runs[i].kind;
        bool max_version = show->runs[i].marks[HELD].report.version == SKIFF_DTLS_1_3;
        fprintf(show->file,
                "<rect x=\"%zu\" y=\"52\" width=\"14\" height=\"14\" "
                "fill=\"%s\"/><text x=\"%zu\" y=\"64\">%s (%s)</text>\n",
                30 + 240 * i, colours[kind], 52 + 240 * i, server_title(kind),
                max_version ? "1.3" : "1.2");
    }
}

bool plot_write(const char *path, const struct run *runs, const struct figures *figures,
                size_t num)
{
    struct show show = { fopen(path, "we"), runs, figures, num };

    if (show.file == NULL)
        return false;
    draw_head(&show);
    draw_rates(&show);
    draw_latencies(&show);
    draw_memory(&show);
    draw_cpu(&show);
    fprintf(show.file, "</svg>\n");
    return fclose(show.file) == 0;
}
