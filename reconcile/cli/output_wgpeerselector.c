/* SPDX-License-Identifier: MIT */
/*
 * The answer of wgpeerselector's ubus method "status", for its readers: {"peers": {NAME:
 * {"established": SECONDS} or {}}}.
 */
#include "base/cli/message.h"
#include "base/json.h"
#include "output.h"

#include "core/recorded/liveness.h"

static void status(struct printer *printer, const struct status *status)
{
	json_t *object = json_object(), *peers = json_object();

	message_warnings(printer->err, status->warnings.at, status->warnings.n, status->arena);
	vec_each (selector, &status->selectors) {
		vec_each (member, &selector->members) {
			const char *name = text_printable(status->arena, member->peer->name);
			json_t *peer = json_object();

			if (member->established != AGE_NONE)
				json_put(peer, "established",
					 json_integer(member->established / MSEC_PER_SEC));
			else if (json_object_get(peers, name)) {
				/* A member of another selector with the same name, which may
				 * work. */
				json_decref(peer);
				continue;
			}
			json_put(peers, name, peer);
		}
	}
	json_put(object, "peers", peers);
	json_print(printer->out, object);
	fputc('\n', printer->out);
}

const struct output output_wgpeerselector = {
	.name = "wgpeerselector",
	.status = status,
};
