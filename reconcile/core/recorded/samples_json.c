/* SPDX-License-Identifier: MIT */
#include "samples.h"
#include "strict_json.h"

#define SAMPLES_VERSION 1

static bool sample_take(struct decoder *decoder, json_t *json, void *samples)
{
	struct sample *sample = vec_push(decoder->arena, &((struct samples *)samples)->list);
	const char *interface, *key;
	json_int_t sec = 0, nsec = 0, handshake_at = 0, received_at, rx_bytes, tx_bytes;
	json_int_t unanswered_at = 0, tried_at = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT,
			   "{s:s, s:s, s?[I,I], s?I, s:I, s:I, s:I, s?I, s?I}", "interface", &interface,
			   "public_key", &key, "handshake", &sec, &nsec, "handshake_at",
			   &handshake_at, "rx_bytes", &rx_bytes, "tx_bytes", &tx_bytes,
			   "received_at", &received_at, "tried_at", &tried_at, "unanswered_at",
			   &unanswered_at))
		return fail(decoder, "%s", error.text);
	sample->rx_bytes = (uint64_t)rx_bytes;
	sample->tx_bytes = (uint64_t)tx_bytes;
	return interface_name_take(decoder, interface, "interface", &sample->interface) &&
	       key_take(decoder, key, &sample->public_key) &&
	       handshake_take(decoder, sec, nsec, &sample->handshake) &&
	       time_take(decoder, handshake_at, "handshake_at", &sample->handshake_at) &&
	       integer_take(decoder, rx_bytes, 0, INT64_MAX, "rx_bytes") &&
	       integer_take(decoder, tx_bytes, 0, INT64_MAX, "tx_bytes") &&
	       time_take(decoder, received_at, "received_at", &sample->received_at) &&
	       time_take(decoder, tried_at, "tried_at", &sample->tried_at) &&
	       time_take(decoder, unanswered_at, "unanswered_at", &sample->unanswered_at);
}

static bool samples_take(struct decoder *decoder, json_t *json, struct samples *samples)
{
	json_t *list = NULL;
	const char *boot_id;
	json_int_t at, wall_offset, names_at = 0;
	int version;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:i, s:s, s:I, s:I, s?I, s?o}", "version",
			   &version, "boot_id", &boot_id, "at", &at, "wall_offset", &wall_offset,
			   "names_at", &names_at, "marks", &list))
		return fail(decoder, "%s", error.text);
	return boot_id_take(decoder, boot_id, samples->boot_id) &&
	       time_take(decoder, at, "at", &samples->at) &&
	       time_take(decoder, wall_offset, "wall_offset", &samples->wall_offset) &&
	       time_take(decoder, names_at, "names_at", &samples->names_at) &&
	       list_take(decoder, list, "marks", samples, sample_take) &&
	       ascending(decoder, &samples->list, sample_order, "marks");
}

const char *samples_decode(const char *text, size_t length, struct samples *samples,
			   struct arena *arena)
{
	struct decoder decoder = { .arena = arena };
	json_t *json = strict_json_read(&decoder, text, length, SAMPLES_VERSION);

	samples_init(samples, arena);
	if (json && !samples_take(&decoder, json, samples))
		samples_init(samples, arena);
	json_decref(json);
	return decoder.reason;
}

/* JSON integers end at 2^63 - 1; byte counters stay far below. */
static json_int_t counter(uint64_t bytes)
{
	return bytes > INT64_MAX ? INT64_MAX : (json_int_t)bytes;
}

static json_t *sample_encode(struct arena *arena, const struct sample *sample)
{
	return json_made(json_pack("{s:o, s:o, s:o*, s:o*, s:I, s:I, s:I, s:o*, s:o*}", "interface",
				   json_text(sample->interface, arena), "public_key",
				   json_key(&sample->public_key), "handshake",
				   handshake_encode(sample->handshake), "handshake_at",
				   nonzero_encode(sample->handshake_at), "rx_bytes",
				   counter(sample->rx_bytes), "tx_bytes", counter(sample->tx_bytes),
				   "received_at", (json_int_t)sample->received_at, "tried_at",
				   nonzero_encode(sample->tried_at), "unanswered_at",
				   nonzero_encode(sample->unanswered_at)));
}

char *samples_encode(const struct samples *samples, struct arena *arena)
{
	json_t *list = NULL;

	for (size_t i = 0; i < samples->list.n; i++)
		list_add(&list, sample_encode(arena, &samples->list.at[i]));
	return strict_json_text(
		json_pack("{s:i, s:o, s:I, s:I, s:o*, s:o*}", "version", SAMPLES_VERSION, "boot_id",
			  json_text(samples->boot_id, arena), "at", (json_int_t)samples->at,
			  "wall_offset", (json_int_t)samples->wall_offset, "names_at",
			  nonzero_encode(samples->names_at), "marks", list),
		arena);
}
