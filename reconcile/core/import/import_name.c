/* SPDX-License-Identifier: MIT */
/*
 * Names of peers in comments. wg(8) has no syntax for names, so each generator and user has
 * another convention; wgreconcile(8) lists the known ones.
 */
#include "import_parts.h"

#include "base/masked.h"

#include <strings.h>

/* More words, or longer ones, are a sentence. */
#define WORDS_MAX 3
#define PLAIN_MAX_BYTES 40
/* 8-4-4-4-12 digits (RFC 9562). */
#define UUID_LENGTH 36

/* The confidence that a comment is a name; the highest one is used. */
enum certainty {
	NO_COMMENT, /* empty, or a line that is commented out */
	NO_NAME, /* a sentence */
	SEVERAL_WORDS,
	ONE_WORD,
	LABELLED, /* "Name = office" */
};

static bool same_word(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

static bool is_one_of(const char *text, size_t n, const char *const *words)
{
	for (; *words; words++) {
		if (same_word(text, n, *words))
			return true;
	}
	return false;
}

/* Keys of wg-quick(8): a disabled line. */
static bool is_key(const char *text, size_t n)
{
	static const char *const keys[] = {
		"Address",
		"PrivateKey",
		"ListenPort",
		"FwMark",
		"MTU",
		"Table",
		"SaveConfig",
		"DNS",
		"PreUp",
		"PostUp",
		"PreDown",
		"PostDown",
		"PublicKey",
		"AllowedIPs",
		"Endpoint",
		"PresharedKey",
		"PersistentKeepalive",
		NULL,
	};

	return is_one_of(text, n, keys);
}

/* "Name = office": wg-meshconf has "_Name", WGDashboard "Name#", wg-easy "Client:",
 * wireguard-ui "Name:", prometheus_wireguard_exporter "friendly_name". */
static bool is_label(const char *text, size_t n)
{
	static const char *const labels[] = {
		"name", "_name",  "name#", "friendly_name", "client",	"peer",
		"user", "device", "host",  "hostname",	    "username", NULL,
	};

	return is_one_of(text, n, labels);
}

/* "begin office" of PiVPN, "BEGIN_PEER office" of Nyr's, "Client office" of
 * angristan's installer. */
static bool is_opening(const char *text, size_t n)
{
	static const char *const words[] = { "begin", "BEGIN_PEER", "client", NULL };

	return is_one_of(text, n, words);
}

/* End marker of the peer above. */
static bool is_closing(const char *text, size_t n)
{
	static const char *const words[] = { "end", "END_PEER", NULL };

	return is_one_of(text, n, words);
}

/* wg-easy writes the peer's UUID after its name, in parentheses. */
static const char *without_uuid(struct arena *arena, const char *text)
{
	size_t length = strlen(text);
	const char *open = strrchr(text, '(');

	if (!open || open == text || text[length - 1] != ')' ||
	    strspn(open + 1, "0123456789abcdefABCDEF-") != UUID_LENGTH ||
	    open + 1 + UUID_LENGTH != text + length - 1)
		return text;
	return import_trimmed(arena, text, open);
}

/* "office / mail / Updated: ..." is wg-gen-web's. */
static const char *before_slashes(struct arena *arena, const char *text)
{
	const char *slash = strstr(text, " / ");

	return slash && strstr(slash, "Updated:") ? import_trimmed(arena, text, slash) : NULL;
}

/* Without surrounding blanks and #. */
static const char *core_of(struct arena *arena, const char *comment)
{
	const char *from = comment + strspn(comment, "# \t");
	const char *to = from + strlen(from);

	while (to > from && strchr("# \t", to[-1]))
		to--;
	return import_trimmed(arena, from, to);
}

const char *import_name_made(struct arena *arena, const char *text)
{
	char *name = arena_strdup(arena, text);
	char *to = name;

	for (const char *from = name; *from; from++) {
		if (strchr("'\"`", *from))
			continue;
		if (*from != ' ' && *from != '\t')
			*to++ = *from;
		else if (to > name && to[-1] != '_')
			*to++ = '_';
	}
	*to = '\0';
	return import_name_safe(arena, name);
}

static unsigned words_of(const char *text)
{
	unsigned n = 0;

	while (*text) {
		size_t word = strcspn(text, " \t");

		n += word > 0;
		text += word;
		text += strspn(text, " \t");
	}
	return n;
}

static enum certainty read_plain(struct arena *arena, const char *text, const char **name)
{
	unsigned words = words_of(text);

	if (strpbrk(text, "=:;,[]{}()\\$&*!|<>?") || strlen(text) > PLAIN_MAX_BYTES ||
	    words > WORDS_MAX || text_printable(arena, text) != text)
		return NO_NAME;
	*name = import_name_made(arena, text);
	if (!*name)
		return NO_NAME;
	return words == 1 ? ONE_WORD : SEVERAL_WORDS;
}

static enum certainty labelled(struct arena *arena, const char *value, const char **name)
{
	*name = *value ? import_name_made(arena, without_uuid(arena, value)) : NULL;
	return *name ? LABELLED : NO_NAME;
}

static enum certainty read_comment(struct arena *arena, const char *comment, const char **name)
{
	const char *text = core_of(arena, comment);
	size_t word = strcspn(text, " \t=:");
	const char *behind = text + word + strspn(text + word, " \t");
	const char *first = before_slashes(arena, text);

	if (!*text || *text == '[' || is_closing(text, word) ||
	    (*behind == '=' && is_key(text, word)))
		return NO_COMMENT;
	if (first)
		return labelled(arena, first, name);
	if ((*behind == '=' || *behind == ':') && is_label(text, word))
		return labelled(arena, behind + 1 + strspn(behind + 1, " \t"), name);
	if (*behind && behind > text + word && is_opening(text, word))
		return labelled(arena, behind, name);
	return read_plain(arena, text, name);
}

/* Nearer to the head comes first: of those above the last one. */
static bool is_nearer(const struct import_comment *comment, const struct import_comment *than)
{
	return comment->place == COMMENT_ABOVE && than->place == COMMENT_ABOVE;
}

const char *import_name_comment(struct importer *importer, struct import_names *names,
				const struct import_section *section,
				const struct import_comment **unnamed)
{
	const struct import_comment *best = NULL;
	enum certainty certainty = NO_NAME;
	const char *found = NULL, *name;

	*unnamed = NULL;
	vec_each (comment, &section->comments) {
		const char *candidate = NULL;
		enum certainty is = read_comment(importer->arena, comment->text, &candidate);

		/* A comment between two entries, or on an entry's line, refers to entries. */
		if ((comment->place == COMMENT_WITHIN && is < LABELLED) ||
		    (comment->place == COMMENT_KEY && is < ONE_WORD))
			continue;
		if (is == NO_NAME && !*unnamed)
			*unnamed = comment;
		if (is > certainty || (best && is == certainty && is_nearer(comment, best))) {
			best = comment;
			certainty = is;
			found = candidate;
		}
	}
	if (!best)
		return NULL;
	*unnamed = NULL;
	name = import_name_take(importer->arena, names, found);
	if (strcmp(name, found) != 0)
		import_note(importer, best->where, section->type,
			    "the name %s is given to another peer, too: this one is %s", found,
			    name);
	return name;
}
