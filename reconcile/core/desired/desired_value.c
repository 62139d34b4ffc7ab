/* SPDX-License-Identifier: MIT */
#include "desired_value.h"

#include "desired_default.h"

/* Bytes of the name of a peer or a selector: longer ones make lines unreadable. */
#define OBJECT_NAME_MAX 64
/* RFC 1035, 2.3.4: of a label, and of a name without its final dot. */
#define LABEL_MAX 63
#define HOST_NAME_MAX_BYTES 253
/* A host name, or an IPv6 address and its zone. */
#define HOST_SIZE 256

bool value_key(struct diags *diags, const struct tree_node *node, struct wg_key *key)
{
	struct wg_key parsed;

	if (!value_scalar(diags, node))
		return false;
	/* The value is not printed: it may be half of a private key. */
	if (strlen(node->text) != KEY_TEXT_MAX - 1) {
		tree_error(diags, node,
			   "is not a key: give the %d characters of base64 that \"wg pubkey\" "
			   "prints, not %zu",
			   KEY_TEXT_MAX - 1, strlen(node->text));
		return false;
	}
	if (!key_parse(node->text, &parsed)) {
		tree_error(diags, node,
			   "is not a key: its %d characters are not base64 of 32 bytes, copy it "
			   "anew from \"wg pubkey\"",
			   KEY_TEXT_MAX - 1);
		return false;
	}
	if (key_is_zero(&parsed)) {
		tree_error(diags, node,
			   "is the key of all zeros, which nobody has: give the "
			   "public key of the peer");
		return false;
	}
	*key = parsed;
	return true;
}

bool value_key_file(struct diags *diags, const struct tree_node *node, const char **file)
{
	struct wg_key key;

	if (node->kind == TREE_SCALAR && key_parse(node->text, &key)) {
		explicit_bzero(&key, sizeof(key));
		tree_error(diags, node,
			   "is a key: put it into a file of its own, and give the "
			   "name of that file");
		return false;
	}
	return value_text(diags, node, file);
}

bool value_ip(struct diags *diags, const struct tree_node *node, struct ip *ip)
{
	struct ip parsed;

	if (!value_scalar(diags, node))
		return false;
	if (!ip_parse(node->text, &parsed)) {
		tree_error(diags, node,
			   "%s is not an IP address: give one, such as 10.0.0.1 or fe80::1",
			   tree_shown(diags->arena, node));
		return false;
	}
	*ip = parsed;
	return true;
}

/* Whether only the length is wrong, and for which family. */
static enum family family_of_long_prefix(const char *text)
{
	char address[IP_TEXT_MAX];
	const char *slash = strchr(text, '/');
	struct ip ip;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return FAMILY_NONE;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	return ip_parse(address, &ip) ? ip.family : FAMILY_NONE;
}

static void not_a_prefix(struct diags *diags, const struct tree_node *node, const char *example)
{
	enum family family = family_of_long_prefix(node->text);
	const char *shown = tree_shown(diags->arena, node);

	if (family != FAMILY_NONE)
		tree_error(diags, node,
			   "%s has a wrong length: after an IPv%d address and / give a number "
			   "from 0 to %u",
			   shown, (int)family, family_bits(family));
	else
		tree_error(diags, node,
			   "%s is not an address with a prefix length: give one, "
			   "such as %s",
			   shown, example);
}

bool value_address(struct diags *diags, const struct tree_node *node, struct prefix *prefix)
{
	struct prefix parsed;

	if (!value_scalar(diags, node))
		return false;
	if (!prefix_parse(node->text, &parsed)) {
		not_a_prefix(diags, node, "10.0.0.2/24 or fe80::2/64");
		return false;
	}
	*prefix = parsed;
	return true;
}

static void has_host_bits(struct diags *diags, const struct tree_node *node,
			  const struct prefix *prefix)
{
	char network_text[PREFIX_TEXT_MAX];
	char single_text[IP_TEXT_MAX];
	struct prefix network = prefix_mask(*prefix);

	tree_error(diags, node,
		   "%s has bits set after its prefix length: write %s, or %s/%u for this one "
		   "address",
		   tree_shown(diags->arena, node), prefix_text(&network, network_text),
		   ip_text(&prefix->ip, single_text), family_bits(prefix->ip.family));
}

bool value_network(struct diags *diags, const struct tree_node *node, struct prefix *prefix)
{
	struct prefix parsed;

	if (!value_scalar(diags, node))
		return false;
	if (!prefix_parse(node->text, &parsed)) {
		not_a_prefix(diags, node, "10.1.0.0/16 or fd00::/8");
		return false;
	}
	if (prefix_has_host_bits(&parsed)) {
		has_host_bits(diags, node, &parsed);
		return false;
	}
	*prefix = parsed;
	return true;
}

bool value_table(struct diags *diags, const struct tree_node *node, uint32_t *table)
{
	uint64_t number = TABLE_MAIN;

	if (!tree_is_word(node, "main") &&
	    !value_number(diags, node, 1, UINT32_MAX, ", or main", &number))
		return false;
	*table = (uint32_t)number;
	return true;
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* One label of a host name; the underscore is used although RFC 1123 does not allow it. */
static bool label_valid(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_letter_or_digit(label[i]) && label[i] != '-' && label[i] != '_')
			return false;
	}
	return true;
}

/* A last label of digits alone would be a malformed address (RFC 1123, 2.1). */
static bool host_name_valid(const char *name)
{
	size_t length = strlen(name);
	size_t digits = 0;

	if (length && name[length - 1] == '.')
		length--;
	if (length > HOST_NAME_MAX_BYTES)
		return false;
	for (const char *label = name;;) {
		size_t n = strcspn(label, ".");

		if (!label_valid(label, n))
			return false;
		digits = strspn(label, "0123456789");
		if (label + n >= name + length)
			return digits < n;
		label += n + 1;
	}
}

/* An IPv6 address of one link, and the interface that leads to it: RFC 4007, 11. */
static bool zoned_address_valid(const char *host)
{
	char address[IP_TEXT_MAX];
	const char *percent = strchr(host, '%');
	struct ip ip;

	if (!percent || (size_t)(percent - host) >= sizeof(address))
		return false;
	memcpy(address, host, (size_t)(percent - host));
	address[percent - host] = '\0';
	return ip_parse(address, &ip) && ip_is_link_local(&ip) && interface_name_valid(percent + 1);
}

static bool is_ip(const char *text)
{
	struct ip ip;

	return ip_parse(text, &ip);
}

static bool is_ipv6(const char *text)
{
	struct ip ip;

	return ip_parse(text, &ip) && ip.family == FAMILY_IPV6;
}

/* More than one colon, and no brackets to separate the port. */
static bool lacks_brackets(const char *text)
{
	const char *colon = strchr(text, ':');

	return text[0] != '[' && colon && strchr(colon + 1, ':');
}

/* The correction, or NULL if unknown. */
static const char *endpoint_meant(struct arena *arena, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = strlen(text);

	if (is_ipv6(text))
		return arena_printf(arena, "\"[%s]:51820\", if that is its port", text);
	if (lacks_brackets(text) && is_ipv6(arena_strndup(arena, text, (size_t)(colon - text))))
		return arena_printf(arena, "\"[%.*s]%s\"", (int)(colon - text), text, colon);
	if (length > 2 && text[0] == '[' && text[length - 1] == ']')
		return arena_printf(arena, "\"%s:51820\", if that is its port", text);
	if (!colon && (host_name_valid(text) || is_ip(text)))
		return arena_printf(arena, "%s:51820, if that is its port", text);
	return NULL;
}

static void not_an_endpoint(struct diags *diags, const struct tree_node *node)
{
	const char *meant = endpoint_meant(diags->arena, node->text);
	const char *shown = tree_shown(diags->arena, node);

	if (meant)
		tree_error(diags, node, "%s is not an endpoint: write %s", shown, meant);
	else
		tree_error(diags, node,
			   "%s is not an endpoint: give HOST:PORT or \"[IPv6]:PORT\", with a port "
			   "from 1 to 65535",
			   shown);
}

static void host_invalid(struct diags *diags, const struct tree_node *node, const char *host)
{
	const char *shown = tree_shown(diags->arena, node);

	if (strchr(host, '%'))
		tree_error(diags, node,
			   "%s has a wrong zone: only a link-local address has one, and it is an "
			   "interface, \"[fe80::1%%eth0]:51820\"",
			   shown);
	else
		tree_error(diags, node,
			   "%s is not an endpoint: its host is neither an address nor a name",
			   shown);
}

bool value_endpoint(struct diags *diags, const struct tree_node *node,
		    struct desired_endpoint *endpoint)
{
	char host[HOST_SIZE];
	uint16_t port;
	bool bracketed = node->text[0] == '[';
	bool literal;

	if (!value_scalar(diags, node))
		return false;
	if (lacks_brackets(node->text) || !endpoint_split(node->text, host, sizeof(host), &port)) {
		not_an_endpoint(diags, node);
		return false;
	}
	literal = endpoint_parse(node->text, &endpoint->address);
	if (!literal && !(bracketed ? zoned_address_valid(host) : host_name_valid(host))) {
		host_invalid(diags, node, host);
		return false;
	}
	endpoint->text = node->text;
	endpoint->is_literal = literal;
	return true;
}

bool value_trust(struct diags *diags, const struct tree_node *node, enum trust *trust)
{
	unsigned choice;

	if (!value_choice(diags, node, trust_words, &choice))
		return false;
	*trust = (enum trust)(TRUST_UNTRUSTED + choice);
	return true;
}

bool value_host(struct diags *diags, const struct tree_node *node, const char **host)
{
	struct ip ip;

	if (!value_scalar(diags, node))
		return false;
	if (!ip_parse(node->text, &ip) && !host_name_valid(node->text)) {
		tree_error(diags, node,
			   "%s is neither an address nor the name of a host: give one, without a "
			   "port",
			   tree_shown(diags->arena, node));
		return false;
	}
	*host = node->text;
	return true;
}

bool key_names_interface(struct diags *diags, const struct tree_node *node)
{
	if (interface_name_valid(node->key))
		return true;
	tree_key_error(diags, node,
		       "is not the name of an interface: give 1 to 15 of A-Z a-z 0-9 _ = + . -");
	return false;
}

bool key_names_object(struct diags *diags, const struct tree_node *node)
{
	size_t length = strlen(node->key);

	if (length == 0 || length > OBJECT_NAME_MAX) {
		tree_key_error(diags, node, "is not a name: give 1 to %d bytes, not %zu",
			       OBJECT_NAME_MAX, length);
		return false;
	}
	if (strchr(node->key, '/') || text_printable(diags->arena, node->key) != node->key) {
		tree_key_error(diags, node, "is not a name: leave / and control characters out");
		return false;
	}
	return true;
}
