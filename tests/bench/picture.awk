# picture.awk - draws the pictures as SVG, into -v folder=FOLDER. With rows.awk.
BEGIN {
    width = 760
    left = 230                                  # where the bars begin
    right = 90                                  # room for the last value's text
    top = 52
    pitch = 28                                  # from bar to bar
    thick = 18
    ours = "#1b6ac9"
    theirs = "#aab4bf"
    limit_colour = "#c0392b"
}

FILENAME == ARGV[3] && /^= / {
    split_fields($0)
    picture[++num_pictures] = field[1]
    heading[num_pictures] = field[2]
    axis[num_pictures] = field[3]
    first_bar[num_pictures] = num_bars + 1
}
FILENAME == ARGV[3] && /^[^=#]/ {
    split_fields($0)
    label[++num_bars] = field[1]
    of_bar[num_bars] = field[2]
    is_ours[num_bars] = sub(/^\* /, "", label[num_bars])
    last_bar[num_pictures] = num_bars
}

function limit_of(name)
{
    return name in bar_of ? substr(bar_of[name], 4) + 0 : 0
}

# The largest that is drawn.
function extent(p,    i, most, one)
{
    for (i = first_bar[p]; i <= last_bar[p]; i++) {
        one = limit_of(of_bar[i])
        most = one > most ? one : most
        one = of_bar[i] in value ? value[of_bar[i]] : 0
        most = one > most ? one : most
    }
    return most
}

# 1, 2 or 5 times a power of ten, so that there are seven at most.
function step_for(most,    step, i)
{
    step = 1e-3
    for (i = 0; most / step > 7; i++)
        step *= i % 3 == 1 ? 2.5 : 2
    return step
}

function at(x)
{
    return sprintf("%.1f", left + x * scale)
}

function write(x, y, anchor, style, words)
{
    printf "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, style,
        words > file
}

function line(x, y0, y1, style)
{
    printf "<path d=\"M%s %s V%s\" %s/>\n", x, y0, y1, style > file
}

function draw_axis(p, most, bottom,    step, x)
{
    step = step_for(most)
    for (x = 0; x <= most * 1.0001; x += step) {
        line(at(x), top - 8, bottom, "stroke=\"#e1e5ea\"")
        write(at(x), bottom + 16, "middle", "fill=\"#57606a\"", with_commas(x))
    }
    write(left, bottom + 36, "start", "fill=\"#57606a\"", axis[p])
}

function draw_bar(i, y,    name, end)
{
    name = of_bar[i]
    write(left - 10, y + 14, "end", "", label[i])
    if (!(name in value)) {
        write(left + 6, y + 14, "start", "fill=\"#57606a\" font-style=\"italic\"",
              is_skipped(name) ? "skipped" : "not measured")
        return
    }
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", left, y,
        value[name] * scale, thick, is_ours[i] ? ours : theirs > file
    end = value[name] > limit_of(name) ? value[name] : limit_of(name)
    write(at(end) + 8, y + 14, "start", "",
          with_commas(sprintf(name ~ /_x_|_packet_us$/ ? "%.2f" : "%.0f", value[name])))
}

function draw_limits(p,    i, y, limit, any)
{
    for (i = first_bar[p]; i <= last_bar[p]; i++) {
        limit = limit_of(of_bar[i])
        y = top + (i - first_bar[p]) * pitch
        if (limit > 0) {
            line(at(limit), y - 4, y + thick + 4, "stroke=\"" limit_colour "\" stroke-width=\"2\"")
            any = 1
        }
    }
    if (any)
        write(width - 14, 26, "end", "fill=\"" limit_colour "\"", "| the most that it may be")
}

function draw(p,    i, most, bottom)
{
    file = folder "/" picture[p] ".svg"
    most = extent(p)
    scale = most > 0 ? (width - left - right) / most : 0
    bottom = top + (last_bar[p] - first_bar[p] + 1) * pitch
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" " \
           "height=\"%d\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#24292f\">\n",
           width, bottom + 48, width, bottom + 48 > file
    printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n" > file
    write(14, 26, "start", "font-size=\"16\" font-weight=\"bold\"", heading[p])
    draw_axis(p, most, bottom)
    for (i = first_bar[p]; i <= last_bar[p]; i++)
        draw_bar(i, top + (i - first_bar[p]) * pitch)
    draw_limits(p)
    print "</svg>" > file
    close(file)
}

END {
    derive()
    for (p = 1; p <= num_pictures; p++)
        if (is_wanted(picture[p]))
            draw(p)
}
