/* SPDX-License-Identifier: MIT */
#include "tuning.h"

#include <inttypes.h>
#include <math.h>

/* Between two columns. */
#define GAP 2

/* ---- Numbers ---- */

/* Divisor of the displayed value. */
static double scale_of(enum measure_kind kind)
{
	return kind == MEASURE_OUTAGE || kind == MEASURE_TRAFFIC ? 1000 : 1;
}

const char *measure_unit(enum measure_kind kind)
{
	static const char *const units[] = {
		[MEASURE_OUTAGE] = "s",	  [MEASURE_LOST] = "",	[MEASURE_SELECTIONS] = "",
		[MEASURE_TRAFFIC] = "kB", [MEASURE_RTT] = "ms",
	};

	return units[kind];
}

const char *measure_text(enum measure_kind kind, double value, struct arena *arena)
{
	const double shown = value / scale_of(kind);
	const bool is_count = !*measure_unit(kind);

	if (isnan(value))
		return "-";
	if (is_count && shown == floor(shown))
		return arena_printf(arena, "%.0f", shown);
	return arena_printf(arena, is_count && shown < 10 ? "%.2f" : "%.1f", shown);
}

const char *measure_heading(const struct tuning_measure *measure, struct arena *arena)
{
	const char *unit = measure_unit(measure->kind);

	return *unit ? arena_printf(arena, "%s (%s)", measure->name, unit) : measure->name;
}

/* ---- The table ---- */

struct cells {
	struct arena *arena;
	const struct tuning *tuning;
	size_t columns, rows; /* the first row are the heads */
	const char **at;
	size_t *widths;
};

/* The columns of a measure: for outages no mean. */
static unsigned columns_of(const struct tuning_measure *measure)
{
	return measure_counts_p95(measure->kind) ? 3 : 4;
}

static void put(struct cells *cells, size_t row, size_t *column, const char *text)
{
	size_t width = strlen(text);

	cells->at[row * cells->columns + *column] = text;
	if (width > cells->widths[*column])
		cells->widths[*column] = width;
	(*column)++;
}

static void put_heads(struct cells *cells)
{
	size_t column = 0;

	put(cells, 0, &column, "front");
	vec_each (variable, &cells->tuning->variables)
		put(cells, 0, &column, text_printable(cells->arena, variable->name));
	vec_each (measure, &cells->tuning->measures) {
		const bool p95 = measure_counts_p95(measure->kind);

		if (!p95)
			put(cells, 0, &column, "mean*");
		put(cells, 0, &column, "median");
		put(cells, 0, &column, p95 ? "p95*" : "p95");
		put(cells, 0, &column, "max");
	}
}

static void put_statistics(struct cells *cells, size_t row, size_t *column, enum measure_kind kind,
			   const struct tuning_statistics *statistics)
{
	if (!measure_counts_p95(kind))
		put(cells, row, column, measure_text(kind, statistics->mean, cells->arena));
	put(cells, row, column, measure_text(kind, statistics->median, cells->arena));
	put(cells, row, column, measure_text(kind, statistics->p95, cells->arena));
	put(cells, row, column, measure_text(kind, statistics->max, cells->arena));
}

static void put_row(struct cells *cells, size_t row, const struct combination *combination)
{
	const struct tuning *tuning = cells->tuning;
	size_t column = 0;

	put(cells, row, &column,
	    combination->front ? arena_printf(cells->arena, "%u", combination->front) : "");
	for (size_t i = 0; i < tuning->variables.n; i++)
		put(cells, row, &column, text_printable(cells->arena, combination->settings[i]));
	for (size_t i = 0; i < tuning->measures.n; i++)
		put_statistics(cells, row, &column, tuning->measures.at[i].kind,
			       &combination->statistics[i]);
}

static struct cells cells_of(const struct tuning *tuning, struct arena *arena)
{
	struct cells cells = { .arena = arena, .tuning = tuning };

	cells.rows = tuning->combinations.n + 1;
	cells.columns = 1 + tuning->variables.n;
	vec_each (measure, &tuning->measures)
		cells.columns += columns_of(measure);
	cells.at = arena_alloc(arena, cells.rows * cells.columns * sizeof(*cells.at));
	cells.widths = arena_alloc(arena, cells.columns * sizeof(*cells.widths));
	put_heads(&cells);
	for (size_t i = 0; i < tuning->combinations.n; i++)
		put_row(&cells, i + 1, &tuning->combinations.at[i]);
	return cells;
}

/* Makes room for the names of measures above their columns. */
static void widen(struct cells *cells)
{
	size_t first = 1 + cells->tuning->variables.n;

	vec_each (measure, &cells->tuning->measures) {
		const size_t n = columns_of(measure);
		size_t width = GAP * (n - 1);

		for (size_t i = first; i < first + n; i++)
			width += cells->widths[i];
		if (strlen(measure_heading(measure, cells->arena)) > width)
			cells->widths[first] += strlen(measure_heading(measure, cells->arena)) -
						width;
		first += n;
	}
}

static void print_measures(const struct cells *cells, FILE *out)
{
	size_t column = 0, width = 0;

	for (; column <= cells->tuning->variables.n; column++)
		width += cells->widths[column] + (column ? GAP : 0);
	fprintf(out, "%*s", (int)width, "");
	vec_each (measure, &cells->tuning->measures) {
		const size_t end = column + columns_of(measure);

		for (width = 0; column < end; column++)
			width += GAP + cells->widths[column];
		fprintf(out, "%*s", (int)width,
			text_printable(cells->arena, measure_heading(measure, cells->arena)));
	}
	fputc('\n', out);
}

static void print_row(const struct cells *cells, size_t row, FILE *out)
{
	for (size_t column = 0; column < cells->columns; column++) {
		const char *text = cells->at[row * cells->columns + column];
		const int width = (int)cells->widths[column];
		const bool is_setting = column > 0 && column <= cells->tuning->variables.n;

		fprintf(out, is_setting ? "%*s%-*s" : "%*s%*s", column ? GAP : 0, "", width, text);
	}
}

static void print_sum(const struct tuning *tuning, FILE *out)
{
	fprintf(out,
		"\n%u of %zu on the front, numbered: no other one is better in one column with * "
		"without being worse in\nanother one, where less than %g %% is no difference. "
		"p95: 95 of 100 seeds are not above it.\n",
		tuning->fronts, tuning->combinations.n, TUNING_TOLERANCE * 100);
	vec_each (combination, &tuning->combinations) {
		if (combination->samples.n == tuning->samples)
			continue;
		fputs("What lacks seeds that others have is not on it.\n", out);
		return;
	}
}

void tuning_table(const struct tuning *tuning, FILE *out, const char *before, const char *after)
{
	struct arena *arena = arena_new();
	struct cells cells = cells_of(tuning, arena);

	fprintf(out, "%s: %zu combination%s, %zu seed%s each\n\n",
		text_printable(arena, tuning->scenario), tuning->combinations.n,
		tuning->combinations.n == 1 ? "" : "s", tuning->samples,
		tuning->samples == 1 ? "" : "s");
	widen(&cells);
	print_measures(&cells, out);
	for (size_t row = 0; row < cells.rows; row++) {
		const bool marked = row && tuning->combinations.at[row - 1].front;

		fputs(marked ? before : "", out);
		print_row(&cells, row, out);
		fprintf(out, "%s\n", marked ? after : "");
	}
	print_sum(tuning, out);
	arena_free(arena);
}
