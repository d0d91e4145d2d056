/* plot.h - four pictures of the runs in one SVG file. */
#ifndef LOAD_PLOT_H
#define LOAD_PLOT_H

#include "report.h"

/* False, with errno, when the file cannot be written. */
bool plot_write(const char *path, const struct run *runs, const struct figures *figures,
                size_t num);

#endif
