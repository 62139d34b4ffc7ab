/* SPDX-License-Identifier: MIT */
/* scenario_read: links, nodes, probes. */
#include "core/desired/desired_default.h"
#include "core/desired/desired_value.h"
#include "scenario_parts.h"

#define DEFAULT_PROBE_MS 1000
/* Of the instance "default", below /etc. */
#define DESIRED_FILE "wgreconcile/default.yaml"

static bool read_link_quality(struct scenario_reading *reading, const struct tree_node *value,
			      struct link *link)
{
	link->name = value->key;
	key_names_part(reading, value);
	return read_quality(reading, value, &link->quality);
}

void read_links(struct scenario_reading *reading, const struct tree_node *value)
{
	struct scenario *scenario = reading->scenario;

	if (!value || !value_mapping(reading->diags, value))
		return;
	vec_reserve(reading->arena, &scenario->links, value->n);
	for (const struct tree_node *node = value->first; node; node = node->next)
		read_link_quality(reading, node, vec_push(reading->arena, &scenario->links));
}

/* Attachments. */

static bool read_attachment_addresses(struct scenario_reading *reading,
				      const struct tree_node *value, void *to)
{
	struct attachment *attachment = to;
	size_t n;

	vec_set(&attachment->addresses, read_addresses(reading, value, &n), n);
	return true;
}

static bool read_mtu(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	uint64_t mtu;

	if (!value_number(reading->diags, value, MTU_MIN, MTU_MAX, NULL, &mtu))
		return false;
	*(uint32_t *)to = (uint32_t)mtu;
	return true;
}

static const struct part attachment_parts[] = {
	{ "link", read_link, offsetof(struct attachment, link), "name the link it is attached to" },
	{ "addresses", read_attachment_addresses, 0, NULL },
	{ "mtu", read_mtu, offsetof(struct attachment, mtu), NULL },
	{ "out", read_quality, offsetof(struct attachment, out), NULL },
	{ "in", read_quality, offsetof(struct attachment, in), NULL },
	{ 0 },
};

static void read_attachment(struct scenario_reading *reading, const struct tree_node *value,
			    struct attachment *attachment)
{
	attachment->name = value->key;
	if (!interface_name_valid(value->key) || !strcmp(value->key, "lo"))
		tree_key_error(reading->diags, value,
			       "is not the name of an interface: give 1 to 15 of A-Z a-z 0-9 _ = + "
			       ". -, not lo");
	read_parts(reading, value, attachment_parts, attachment);
	if (attachment->link && !tree_get(value, "out"))
		attachment->out = attachment->link->quality;
}

static bool read_attachments(struct scenario_reading *reading, const struct tree_node *value,
			     void *to)
{
	struct node *node = to;

	if (!value_mapping(reading->diags, value))
		return false;
	vec_reserve(reading->arena, &node->attachments, value->n);
	for (const struct tree_node *one = value->first; one; one = one->next)
		read_attachment(reading, one, vec_push(reading->arena, &node->attachments));
	return true;
}

/* Routing. */

static bool read_gateways(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct node *node = to;
	size_t n;

	vec_set(&node->gateways, read_ips(reading, value, &n), n);
	return true;
}

static bool read_via(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_ip(reading->diags, value, to);
}

static bool read_to(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_network(reading->diags, value, to);
}

static const struct part route_parts[] = {
	{ "to", read_to, offsetof(struct static_route, to), "give the prefix that it leads to" },
	{ "via", read_via, offsetof(struct static_route, via), "give the address of the next hop" },
	{ 0 },
};

static bool read_routes(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct node *node = to;

	if (!value_list(reading->diags, value))
		return false;
	for (const struct tree_node *item = value->first; item; item = item->next) {
		struct static_route *route = vec_push(reading->arena, &node->routes);

		if (read_parts(reading, item, route_parts, route) &&
		    route->to.ip.family != route->via.family)
			tree_error(reading->diags, tree_get(item, "via"),
				   "is of another family than the prefix: a next hop has an "
				   "address of the same one");
	}
	return true;
}

static bool read_attachment_name(struct scenario_reading *reading, const struct tree_node *value,
				 const struct node *node, const char **name)
{
	if (!value_scalar(reading->diags, value))
		return false;
	if (!node_attachment(node, value->text)) {
		unknown_name(reading, value, value->text, "interfaces of this node",
			     names_of(reading->arena, &node->attachments));
		return false;
	}
	*name = value->text;
	return true;
}

static bool read_nat_kind(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const char *const words[] = { "full_cone", "port_restricted", "symmetric", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(enum nat_kind *)to = (enum nat_kind)choice;
	return true;
}

static const struct part nat_parts[] = {
	{ "inside", NULL, 0, "name the interface towards those who are hidden" },
	{ "outside", NULL, 0, "name the interface whose address is shown to others" },
	{ "kind", read_nat_kind, offsetof(struct nat, kind), NULL },
	{ "timeout", read_duration, offsetof(struct nat, timeout), NULL },
	{ 0 },
};

static bool has_ipv4(const struct attachment *attachment)
{
	vec_each (address, &attachment->addresses) {
		if (address->ip.family == FAMILY_IPV4)
			return true;
	}
	return false;
}

static void check_nat(struct scenario_reading *reading, const struct tree_node *value,
		      const struct node *node)
{
	const struct attachment *outside = node_attachment(node, node->nat.outside);

	if (!strcmp(node->nat.inside, node->nat.outside))
		tree_error(reading->diags, tree_get(value, "inside"),
			   "is the outside, too: name another interface");
	else if (!has_ipv4(outside))
		tree_error(reading->diags, tree_get(value, "outside"),
			   "%s has no IPv4 address to show to others: give it one", outside->name);
}

/* After the interfaces and forward. */
static void read_nat(struct scenario_reading *reading, const struct tree_node *tree,
		     struct node *node)
{
	const struct tree_node *value = tree_get(tree, "nat");
	const struct tree_node *forward = tree_get(tree, "forward");
	const struct tree_node *inside = tree_get(value, "inside");
	const struct tree_node *outside = tree_get(value, "outside");

	if (!value)
		return;
	node->nat.kind = NAT_PORT_RESTRICTED;
	read_parts(reading, value, nat_parts, &node->nat);
	if (inside)
		read_attachment_name(reading, inside, node, &node->nat.inside);
	if (outside)
		read_attachment_name(reading, outside, node, &node->nat.outside);
	if (node->nat.inside && node->nat.outside)
		check_nat(reading, value, node);
	if (!forward)
		node->forward = true;
	else if (!node->forward)
		tree_error(reading->diags, forward,
			   "a NAT forwards: leave forward out, or write true");
}

static bool on_network(const struct node *node, const struct ip *ip)
{
	vec_each (attachment, &node->attachments) {
		vec_each (address, &attachment->addresses) {
			if (prefix_covers(address, ip) && ip_compare(&address->ip, ip) != 0)
				return true;
		}
	}
	return false;
}

/* Additions by the boot commands are unknown. */
static void check_next_hop(struct scenario_reading *reading, const struct tree_node *value,
			   const struct node *node, const struct ip *hop)
{
	if (ip_is_link_local(hop))
		tree_error(reading->diags, value,
			   "is link-local, which does not say the interface: give an address of a "
			   "network that one of the interfaces is on");
	else if (!node->boot.n && !on_network(node, hop))
		tree_error(reading->diags, value,
			   "is on no network of the node's interfaces: give the address of "
			   "another node there");
}

static void check_gateways(struct scenario_reading *reading, const struct tree_node *value,
			   const struct node *node)
{
	size_t i = 0;

	for (const struct tree_node *item = item_first(value); item;
	     item = item_next(value, item), i++) {
		const struct ip *ip = &node->gateways.at[i];

		check_next_hop(reading, item, node, ip);
		for (size_t before = 0; before < i; before++) {
			if (node->gateways.at[before].family == ip->family)
				tree_error(reading->diags, item,
					   "is a second gateway for IPv%d: give one of each family",
					   (int)ip->family);
		}
	}
}

static void check_routing(struct scenario_reading *reading, const struct tree_node *tree,
			  const struct node *node)
{
	const struct tree_node *gateway = tree_get(tree, "gateway");
	const struct tree_node *routes = tree_get(tree, "routes");
	size_t i = 0;

	if (gateway)
		check_gateways(reading, gateway, node);
	for (const struct tree_node *item = routes ? routes->first : NULL; item; item = item->next)
		check_next_hop(reading, tree_get(item, "via"), node, &node->routes.at[i++].via);
}

/* Files and services. */

static bool read_resolvers(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	struct node *node = to;
	size_t n;

	vec_set(&node->resolvers, read_ips(reading, value, &n), n);
	return true;
}

static bool read_hosts(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct node *node = to;
	size_t n;

	vec_set(&node->hosts, read_answers(reading, value, &n), n);
	return true;
}

/* No part of it leaves the directory. */
static bool path_is_below(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (!length || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[length])
			return true;
		path += length + 1;
	}
}

static bool read_files(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct node *node = to;

	if (!value_mapping(reading->diags, value))
		return false;
	for (const struct tree_node *one = value->first; one; one = one->next) {
		struct text_file *file = vec_push(reading->arena, &node->files);

		file->path = one->key;
		if (!path_is_below(one->key) ||
		    text_printable(reading->arena, one->key) != one->key)
			tree_key_error(reading->diags, one,
				       "is not a path below /etc: give one without / in front, and "
				       "without . and ..");
		read_string(reading, one, &file->text);
	}
	return true;
}

static bool read_service_names(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	struct service *service = to;
	size_t n;

	service->kind = SERVICE_NAMES;
	vec_set(&service->names, read_answers(reading, value, &n), n);
	return true;
}

static bool read_service_time(struct scenario_reading *reading, const struct tree_node *value,
			      void *to)
{
	bool serve = true;

	((struct service *)to)->kind = SERVICE_TIME;
	if (!value_boolean(reading->diags, value, &serve))
		return false;
	if (!serve)
		tree_error(reading->diags, value, "write true, or leave the service out");
	return serve;
}

static bool read_service_command(struct scenario_reading *reading, const struct tree_node *value,
				 void *to)
{
	struct service *service = to;
	size_t n;

	service->kind = SERVICE_COMMAND;
	vec_set(&service->command, read_command(reading, value, &n), n);
	return true;
}

static const struct part service_parts[] = {
	{ "names", read_service_names, 0, NULL },
	{ "serve_time", read_service_time, 0, NULL },
	{ "command", read_service_command, 0, NULL },
	{ 0 },
};

static const char *const service_words[] = { "names", "serve_time", "command", NULL };

static bool read_services(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct node *node = to;

	if (!value_mapping(reading->diags, value))
		return false;
	for (const struct tree_node *one = value->first; one; one = one->next) {
		struct service *service = vec_push(reading->arena, &node->services);

		service->name = one->key;
		key_names_part(reading, one);
		if (read_parts(reading, one, service_parts, service))
			only_of(reading, one, service_words, service_parts, "sort of service");
	}
	return true;
}

static bool read_boot(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct node *node = to;

	if (!value_list(reading->diags, value))
		return false;
	for (const struct tree_node *item = value->first; item; item = item->next)
		read_string(reading, item, vec_push(reading->arena, &node->boot));
	return true;
}

/* Nodes. */

static const struct part node_parts[] = {
	{ "interfaces", read_attachments, 0, NULL },
	{ "gateway", read_gateways, 0, NULL },
	{ "routes", read_routes, 0, NULL },
	{ "forward", read_flag, offsetof(struct node, forward), NULL },
	{ "nat", NULL, 0, NULL },
	{ "resolver", read_resolvers, 0, NULL },
	{ "hosts", read_hosts, 0, NULL },
	{ "files", read_files, 0, NULL },
	{ "services", read_services, 0, NULL },
	{ "boot", read_boot, 0, NULL },
	{ "desired", NULL, 0, NULL },
	{ "timer", read_timer, offsetof(struct node, timer), NULL },
	{ 0 },
};

static void check_names(struct scenario_reading *reading, const struct tree_node *tree,
			const struct node *node)
{
	const struct tree_node *file = tree_get(tree_get(tree, "files"), DESIRED_FILE);
	const struct tree_node *interfaces = tree_get(tree, "interfaces");

	if (file && node->desired)
		tree_key_error(reading->diags, file,
			       "is what desired is written to: leave one of them out");
	vec_each (name, &node->wireguard) {
		if (node_attachment(node, *name))
			tree_key_error(reading->diags, tree_get(interfaces, *name),
				       "is an interface of the desired state, too: give one of "
				       "them another name");
	}
}

static void read_one_node(struct scenario_reading *reading, const struct tree_node *tree,
			  struct node *node)
{
	const struct tree_node *desired = tree_get(tree, "desired");
	unsigned errors = reading->diags->errors;

	node->name = tree->key;
	node->where = tree_key_where(tree);
	node->timer = timer_default(desired != NULL);
	key_names_part(reading, tree);
	read_parts(reading, tree, node_parts, node);
	read_nat(reading, tree, node);
	if (errors == reading->diags->errors)
		check_routing(reading, tree, node);
	if (desired)
		read_desired(reading, desired, node, &node->desired);
	check_names(reading, tree, node);
}

/* NULL: none in common. */
static const struct ip *common_address(const struct attachment *one, const struct attachment *other)
{
	vec_each (a, &one->addresses) {
		vec_each (b, &other->addresses) {
			if (ip_compare(&a->ip, &b->ip) == 0)
				return &a->ip;
		}
	}
	return NULL;
}

/* Two interfaces with one address on one link conflict. Checks those before this one, the
 * last of which is the node's at index. */
static void check_addresses(struct scenario_reading *reading, const struct tree_node *tree,
			    size_t index, const struct attachment *attachment)
{
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i <= index; i++) {
		const struct node *node = &reading->scenario->nodes.at[i];

		vec_each (other, &node->attachments) {
			const struct ip *ip = common_address(attachment, other);

			if (other == attachment)
				return;
			if (ip && other->link == attachment->link)
				tree_error(reading->diags, tree,
					   "%s is the address of %s.%s already, on the same link: "
					   "give another one",
					   ip_text(ip, text), node->name, other->name);
		}
	}
}

static void check_all_addresses(struct scenario_reading *reading, const struct tree_node *value)
{
	size_t index = 0;

	for (const struct tree_node *tree = value->first; tree; tree = tree->next, index++) {
		vec_each (attachment, &reading->scenario->nodes.at[index].attachments) {
			const struct tree_node *interfaces = tree_get(tree, "interfaces");
			const struct tree_node *one = tree_get(interfaces, attachment->name);

			if (attachment->link && attachment->addresses.n)
				check_addresses(reading, tree_get(one, "addresses"), index,
						attachment);
		}
	}
}

void read_nodes(struct scenario_reading *reading, const struct tree_node *value)
{
	struct scenario *scenario = reading->scenario;

	if (!value || !value_mapping(reading->diags, value))
		return;
	reading->facts = arena_alloc(reading->arena, value->n * sizeof(*reading->facts));
	vec_reserve(reading->arena, &scenario->nodes, value->n);
	for (const struct tree_node *node = value->first; node; node = node->next)
		read_one_node(reading, node, vec_push(reading->arena, &scenario->nodes));
	check_all_addresses(reading, value);
}

/* Probes. */

static const struct part probe_parts[] = {
	{ "from", read_node, offsetof(struct probe, from), "name the node that asks" },
	{ "to", read_via, offsetof(struct probe, to), "give the address that is asked" },
	{ "every", read_duration, offsetof(struct probe, every), NULL },
	{ "timeout", read_duration, offsetof(struct probe, timeout), NULL },
	{ 0 },
};

void read_probes(struct scenario_reading *reading, const struct tree_node *value)
{
	struct scenario *scenario = reading->scenario;

	if (!value || !value_mapping(reading->diags, value))
		return;
	vec_reserve(reading->arena, &scenario->probes, value->n);
	for (const struct tree_node *one = value->first; one; one = one->next) {
		struct probe *probe = vec_push(reading->arena, &scenario->probes);

		probe->name = one->key;
		probe->every = probe->timeout = DEFAULT_PROBE_MS;
		key_names_part(reading, one);
		read_parts(reading, one, probe_parts, probe);
	}
}
