/* SPDX-License-Identifier: MIT */
#include "notices.h"

#include "base/hash.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

/* Tolerance for early runs, as a part of the pause and absolute: timers are not exact. */
#define PAUSE_SLACK_DIVISOR 10
#define PAUSE_SLACK_MAX_MS 1000

/* ---- Equality of messages ---- */

/* The length of a number such as 12, 5.4 or 9,994 that is a separate word, otherwise 0. */
static size_t number_length(const char *text)
{
	size_t length = strspn(text, "0123456789.,");
	size_t points = 0;

	if (!isdigit((unsigned char)text[0]))
		return 0;
	while (length && !isdigit((unsigned char)text[length - 1]))
		length--;
	for (size_t i = 0; i < length; i++)
		points += text[i] == '.';
	if (points > 1 || isalnum((unsigned char)text[length]) || strchr("_:/-", text[length]))
		return text[length] ? 0 : length;
	return length;
}

/* " s", " ms", " m", " h" or " d" after a number, otherwise 0. */
static size_t unit_length(const char *text)
{
	static const char *const units[] = { " ms", " s", " m", " h", " d" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t length = strlen(units[i]);

		if (strncmp(text, units[i], length) == 0 && !isalnum((unsigned char)text[length]))
			return length;
	}
	return 0;
}

static bool begins_word(const char *text, const char *at)
{
	return at == text || at[-1] == ' ' || at[-1] == '(';
}

/* The end of a number, or of a whole duration such as "1 h 5 m". */
static const char *skip_number(const char *at, size_t length)
{
	size_t unit;

	at += length;
	while ((unit = unit_length(at)) > 0) {
		at += unit;
		if (at[0] != ' ' || !number_length(at + 1))
			break;
		at += 1 + number_length(at + 1);
	}
	return at;
}

const char *notice_key(struct arena *arena, const char *text)
{
	char *key = arena_alloc(arena, strlen(text) + 1);
	size_t n = 0;

	for (const char *at = text; *at;) {
		size_t length = begins_word(text, at) ? number_length(at) : 0;

		if (length) {
			key[n++] = '#';
			at = skip_number(at, length);
		} else {
			key[n++] = *at++;
		}
	}
	key[n] = '\0';
	return key;
}

/* ---- Verdicts ---- */

static struct noticed *find(struct notices *notices, uint64_t key)
{
	vec_each (noticed, &notices->list)
		if (noticed->key == key)
			return noticed;
	return NULL;
}

static void begin(struct notices *notices, struct notice *notice, uint64_t key, msec_t now)
{
	notices->changed = true;
	if (notices->list.n >= NOTICES_MAX) {
		notice->verdict = NOTICE_HIDDEN;
		notices->unremembered++;
		return;
	}
	notice->verdict = NOTICE_NEW;
	*vec_push(notices->arena, &notices->list) = (struct noticed){
		.key = key,
		.began = now,
		.printed = now,
		.seen = now,
		.pause = NOTICE_PAUSE_MS,
		.again = NOTICE_PAUSE_MS,
		.lasts = notice->lasts,
		.open = notice->lasts,
		.is_new = true,
		.text = notice->text,
	};
}

static const char *repeated_text(const struct notices *notices, const struct noticed *noticed,
				 const struct notice *notice, msec_t now)
{
	return arena_printf(notices->arena, "%s (%s %s in the last %s)", notice->text,
			    count_human(notices->arena, noticed->held),
			    noticed->held == 1 ? "time" : "times",
			    duration_human(notices->arena, now - noticed->printed));
}

static msec_t doubled(msec_t pause)
{
	return pause * 2 < NOTICE_PAUSE_MAX_MS ? pause * 2 : NOTICE_PAUSE_MAX_MS;
}

static bool is_due(msec_t printed, msec_t pause, msec_t now)
{
	msec_t slack = pause / PAUSE_SLACK_DIVISOR;

	if (slack > PAUSE_SLACK_MAX_MS)
		slack = PAUSE_SLACK_MAX_MS;
	return now - printed >= pause - slack;
}

/* It ended, and occurs again. Its pause is the one for alternating messages: however long it
 * lasted before, it starts again. */
static void begin_again(struct notices *notices, struct notice *notice, struct noticed *noticed,
			msec_t now)
{
	if (noticed->held == 1)
		noticed->began = now;
	if (!is_due(noticed->printed, noticed->again, now))
		return;
	notice->verdict = NOTICE_NEW;
	if (noticed->held > 1) {
		notice->verdict = NOTICE_AGAIN;
		notice->repeated = repeated_text(notices, noticed, notice, now);
	}
	noticed->is_new = notice->verdict == NOTICE_NEW;
	noticed->began = now;
	noticed->printed = now;
	noticed->held = 0;
	noticed->open = true;
	noticed->pause = noticed->again;
	noticed->again = doubled(noticed->again);
}

static void go_on(struct notices *notices, struct notice *notice, struct noticed *noticed,
		  msec_t now)
{
	notices->changed = true;
	if (noticed->held < UINT32_MAX)
		noticed->held++;
	noticed->seen = now;
	notice->verdict = NOTICE_HIDDEN;
	if (noticed->lasts && !noticed->open) {
		begin_again(notices, notice, noticed, now);
		return;
	}
	if (!is_due(noticed->printed, noticed->pause, now))
		return;
	notice->verdict = NOTICE_AGAIN;
	notice->repeated = repeated_text(notices, noticed, notice, now);
	noticed->printed = now;
	noticed->held = 0;
	noticed->pause = doubled(noticed->pause);
}

/* Several repetitions due in the same run share one line, the first. */
static void join_repetitions(struct notices *notices, struct notice *list, size_t n)
{
	struct notice *first = NULL;
	size_t others = 0;

	for (size_t i = 0; i < n; i++) {
		if (list[i].verdict != NOTICE_AGAIN)
			continue;
		if (!first) {
			first = &list[i];
			continue;
		}
		list[i].verdict = NOTICE_HIDDEN;
		others++;
	}
	if (others)
		first->repeated = arena_printf(notices->arena, "%s, and %zu other %s",
					       first->repeated, others,
					       others == 1 ? "message" : "messages");
}

static void end(struct notices *notices, struct noticed *noticed, msec_t now)
{
	noticed->open = false;
	noticed->printed = now;
	noticed->held = 0;
	notices->changed = true;
	*vec_push(notices->arena, &notices->ended) = arena_printf(
		notices->arena, "ended after %s: %s",
		duration_human(notices->arena, now - noticed->began), noticed->text);
}

/* A message not seen for long enough is new when it recurs. */
static bool is_forgotten(const struct noticed *noticed, msec_t now)
{
	return noticed->seen > now || noticed->printed > now ||
	       now - noticed->seen > NOTICE_PAUSE_MAX_MS + noticed->pause;
}

static void forget(struct notices *notices, msec_t now)
{
	for (size_t i = notices->list.n; i-- > 0;) {
		if (!is_forgotten(&notices->list.at[i], now))
			continue;
		vec_remove(&notices->list, i);
		notices->changed = true;
	}
}

void notices_judge(struct notices *notices, struct notice *list, size_t n, bool whole, msec_t now)
{
	forget(notices, now);
	for (size_t i = 0; i < n; i++) {
		uint64_t key = hash_text(HASH_BASIS, list[i].key);
		struct noticed *noticed = find(notices, key);

		if (!noticed)
			begin(notices, &list[i], key, now);
		else if (noticed->seen == now)
			list[i].verdict = noticed->is_new ? NOTICE_NEW : NOTICE_HIDDEN;
		else
			go_on(notices, &list[i], noticed, now);
	}
	join_repetitions(notices, list, n);
	if (!whole)
		return;
	vec_each (noticed, &notices->list)
		if (noticed->open && noticed->seen != now)
			end(notices, noticed, now);
}

/* ---- Their text ---- */

#define FIRST_LINE "wgreconcile notices 1\n"

const char *notices_encode(const struct notices *notices)
{
	struct arena *arena = notices->arena;
	size_t size = sizeof(FIRST_LINE) + notices->list.n * (NOTICE_TEXT_MAX + 160), used;
	char *text = arena_alloc(arena, size);

	used = strlen(FIRST_LINE);
	memcpy(text, FIRST_LINE, used);
	vec_each (noticed, &notices->list) {
		const char *line = arena_printf(arena,
						"%016" PRIx64 " %" PRId64 " %" PRId64 " %" PRId64
						" %" PRId64 " %" PRId64 " %" PRIu32 " %d %d %.*s\n",
						noticed->key, noticed->began, noticed->printed,
						noticed->seen, noticed->pause, noticed->again,
						noticed->held, noticed->lasts, noticed->open,
						NOTICE_TEXT_MAX, noticed->text);

		memcpy(text + used, line, strlen(line));
		used += strlen(line);
	}
	text[used] = '\0';
	return text;
}

/* A number at *at, which is advanced past it and the following blank. */
static bool take(const char **at, int base, uint64_t max, uint64_t *number)
{
	char *end;

	if (!isxdigit((unsigned char)**at))
		return false;
	*number = strtoull(*at, &end, base);
	if (end == *at || *end != ' ' || *number > max)
		return false;
	*at = end + 1;
	return true;
}

static bool is_pause(msec_t pause)
{
	return pause >= NOTICE_PAUSE_MS && pause <= NOTICE_PAUSE_MAX_MS;
}

static bool take_line(struct noticed *noticed, struct arena *arena, const char *line, size_t length)
{
	const char *at = arena_strndup(arena, line, length);
	uint64_t numbers[8];

	*noticed = (struct noticed){ 0 };
	if (!take(&at, 16, UINT64_MAX, &noticed->key))
		return false;
	for (size_t i = 0; i < 8; i++)
		if (!take(&at, 10, i < 5 ? (uint64_t)INT64_MAX / 4 : UINT32_MAX, &numbers[i]))
			return false;
	noticed->began = (msec_t)numbers[0];
	noticed->printed = (msec_t)numbers[1];
	noticed->seen = (msec_t)numbers[2];
	noticed->pause = (msec_t)numbers[3];
	noticed->again = (msec_t)numbers[4];
	noticed->held = (uint32_t)numbers[5];
	noticed->lasts = numbers[6];
	noticed->open = numbers[7];
	noticed->text = text_printable(arena, at);
	return noticed->began <= noticed->seen && is_pause(noticed->pause) &&
	       is_pause(noticed->again);
}

void notices_decode(struct notices *notices, struct arena *arena, const char *text, size_t length)
{
	const char *end = text + length, *line = text + strlen(FIRST_LINE);

	*notices = (struct notices){ .arena = arena };
	if (length < strlen(FIRST_LINE) || memcmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return;
	while (line < end && notices->list.n < NOTICES_MAX) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		struct noticed noticed;

		if (!newline || !take_line(&noticed, arena, line, (size_t)(newline - line))) {
			notices->list.n = 0;
			return;
		}
		*vec_push(arena, &notices->list) = noticed;
		line = newline + 1;
	}
}
