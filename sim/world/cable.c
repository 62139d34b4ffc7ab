/* SPDX-License-Identifier: MIT */
/*
 * A link is a bridge, all of them in one namespace invisible to nodes, the switchboard. Each
 * attachment is a veth whose other end, the port, is in the bridge. Sent packets are shaped
 * at the node's end, received ones at the port. A cable is cut at the port, so that
 * addresses and routes stay, as on a real machine. While a link is partitioned, each part
 * has its own bridge.
 */
#include "world_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* The queue length of a slow link, as time to send it. Home routers and modems have some 100
 * ms to 1 s (Gettys, Nichols: Bufferbloat, 2011). */
#define QUEUE_MS 200
/* A link without a limit never reaches this; netem's own default is 1000 packets. */
#define QUEUE_MAX 10000
#define QUEUE_MIN 16
/* Of an Ethernet. */
#define PACKET_BYTES 1500
#define MTU 1500
/* Of the first port. */
#define PORT_INDEX 100000

static const char *const ip_argv[] = { "ip", "-batch", "-", NULL };
static const char *const tc_argv[] = { "tc", "-batch", "-", NULL };

static struct place switchboard(const struct world *world)
{
	return (struct place){ world->switchboard, CLONE_NEWNET };
}

/* Whether the fault affects this attachment. */
static bool concerns(const struct fault *fault, const struct port *port)
{
	if (fault->link)
		return port->attachment->link == fault->link;
	if (fault->node != port->node->node)
		return false;
	return !fault->attachment || strcmp(fault->attachment, port->attachment->name) == 0;
}

/* ---- Active faults ---- */

static bool has_carrier(const struct world *world, const struct port *port)
{
	bool up = true;

	vec_each (standing, &world->standing) {
		const struct fault *fault = standing->fault;

		if ((fault->kind == FAULT_LINK_DOWN || fault->kind == FAULT_LINK_UP) &&
		    concerns(fault, port))
			up = fault->kind == FAULT_LINK_UP;
	}
	return up;
}

/* A fault of a whole link affects the sending direction: with both directions of each
 * attachment changed, every packet would be affected twice. */
static bool about_direction(const struct fault *fault, enum direction direction)
{
	if (fault->direction == DIRECTION_BOTH)
		return !fault->link || direction == DIRECTION_OUT;
	return fault->direction == direction;
}

static struct quality quality_of(const struct world *world, const struct port *port,
				 enum direction direction)
{
	const struct attachment *attachment = port->attachment;
	struct quality quality = direction == DIRECTION_OUT ? attachment->out : attachment->in;

	vec_each (standing, &world->standing) {
		const struct fault *fault = standing->fault;

		if (fault->kind == FAULT_QUALITY && concerns(fault, port) &&
		    about_direction(fault, direction))
			quality = fault->quality;
	}
	return quality;
}

/* Whether no active partition is between them. */
static bool together(const struct world *world, const struct port *a, const struct port *b)
{
	size_t i = (size_t)(a->node->node - world->scenario->nodes.at);
	size_t j = (size_t)(b->node->node - world->scenario->nodes.at);

	vec_each (standing, &world->standing) {
		const struct fault *fault = standing->fault;

		if (fault->kind == FAULT_PARTITION && fault->link == a->attachment->link &&
		    fault->groups.at[i] != fault->groups.at[j])
			return false;
	}
	return true;
}

/* The first attachment of its link that it can reach; its index is their bridge's. */
static struct port *first_heard(const struct world *world, const struct port *port)
{
	struct port *first = world->ports;

	while (first->attachment->link != port->attachment->link || !together(world, first, port))
		first++;
	return first;
}

/* ---- Quality ---- */

static void add_share(struct buffer *script, const char *name, ppm_t share)
{
	buffer_printf(script, " %s %u.%04u%%", name, share / 10000, share % 10000);
}

static unsigned queue_length(const struct quality *quality)
{
	uint64_t held = (uint64_t)(quality->delay + quality->jitter + QUEUE_MS);
	uint64_t packets;

	if (!quality->rate)
		return QUEUE_MAX;
	packets = quality->rate / 8 * held / MSEC_PER_SEC / PACKET_BYTES;
	if (packets < QUEUE_MIN)
		return QUEUE_MIN;
	return packets < QUEUE_MAX ? (unsigned)packets : QUEUE_MAX;
}

/*
 * All parameters are set, because netem keeps unset ones. netem lets a packet with less
 * delay overtake, but with a rate no packet starts before the previous one has ended
 * (sch_netem.c, netem_enqueue); so a rate is always set, and jitter does not reorder.
 * Packets to be reordered are sent without delay.
 */
static void add_quality(struct buffer *script, const char *interface, const struct quality *quality)
{
	buffer_printf(script, "qdisc replace dev %s root netem limit %u delay %" PRId64 "ms",
		      interface, queue_length(quality), quality->delay);
	buffer_printf(script, " %" PRId64 "ms", quality->jitter);
	add_share(script, "loss", quality->loss);
	add_share(script, "duplicate", quality->duplicate);
	add_share(script, "corrupt", quality->corrupt);
	add_share(script, "reorder", quality->reorder);
	if (quality->rate)
		buffer_printf(script, " rate %" PRIu64 "bit\n", quality->rate);
	else
		buffer_printf(script, " rate 100gbit\n");
}

/* Without need there is no queue. */
static void shape(struct buffer *script, const char *interface, const struct quality *quality,
		  bool *shaped)
{
	if (quality_is_perfect(quality) && !*shaped)
		return;
	add_quality(script, interface, quality);
	*shaped = true;
}

static bool shaping_run(struct world *world, struct place place, const struct buffer *script,
			struct failure *failure)
{
	if (tool_run(world, place, tc_argv, script->text, failure))
		return true;
	if (strstr(failure->text, "qdisc kind is unknown"))
		return failure_set(
			failure, 0,
			"this kernel has no netem (CONFIG_NET_SCH_NETEM), which delay, loss "
			"and the like need; the time-travel kernel has it");
	return false;
}

static void shape_in(const struct world *world, struct port *port, struct buffer *script)
{
	struct quality quality = quality_of(world, port, DIRECTION_IN);
	char interface[16];

	snprintf(interface, sizeof(interface), "p%u", port->number);
	shape(script, interface, &quality, &port->shaped_in);
}

static void shape_out(const struct world *world, struct port *port, struct buffer *script)
{
	struct quality quality = quality_of(world, port, DIRECTION_OUT);

	shape(script, port->attachment->name, &quality, &port->shaped_out);
}

/* NULL: all. */
static bool shape_node(struct world *world, struct world_node *node, const struct fault *fault,
		       struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	for (size_t i = 0; i < node->n_ports; i++) {
		if (!fault || concerns(fault, &node->ports[i]))
			shape_out(world, &node->ports[i], &script);
	}
	done = shaping_run(world, place_network(node), &script, failure);
	arena_free(arena);
	return done;
}

bool cables_shape(struct world *world, const struct fault *fault, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	for (size_t i = 0; i < world->n_ports; i++) {
		struct port *port = &world->ports[i];

		if (port->plugged && concerns(fault, port))
			shape_in(world, port, &script);
	}
	done = shaping_run(world, switchboard(world), &script, failure);
	for (size_t i = 0; done && i < world->scenario->nodes.n; i++)
		done = !world->nodes[i].on || shape_node(world, &world->nodes[i], fault, failure);
	arena_free(arena);
	return done;
}

/* ---- Carrier and partitions ---- */

bool cables_carry(struct world *world, const struct fault *fault, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	for (size_t i = 0; i < world->n_ports; i++) {
		const struct port *port = &world->ports[i];

		if (port->plugged && concerns(fault, port))
			buffer_printf(&script, "link set p%u %s\n", port->number,
				      has_carrier(world, port) ? "up" : "down");
	}
	done = tool_run(world, switchboard(world), ip_argv, script.text, failure);
	arena_free(arena);
	return done;
}

/* Moves it to its bridge, which is created on first use. */
static void join(const struct world *world, struct port *port, struct buffer *script)
{
	struct port *first = first_heard(world, port);

	if (port->joined == first)
		return;
	if (!first->has_bridge)
		buffer_printf(
			script,
			"link add b%u up type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n",
			first->number);
	first->has_bridge = true;
	buffer_printf(script, "link set p%u master b%u\n", port->number, first->number);
	port->joined = first;
}

bool cables_divide(struct world *world, const struct fault *fault, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	for (size_t i = 0; i < world->n_ports; i++) {
		struct port *port = &world->ports[i];

		if (port->plugged && concerns(fault, port))
			join(world, port, &script);
	}
	done = tool_run(world, switchboard(world), ip_argv, script.text, failure);
	arena_free(arena);
	return done;
}

/* ---- Addresses ---- */

static void add_changes(struct buffer *script, const char *verb, const struct prefix *addresses,
			size_t n, const char *interface)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		buffer_printf(script, "address %s %s dev %s\n", verb,
			      prefix_text(&addresses[i], text), interface);
}

/* New ones first, so that routes do not lose their gateway's network. */
static void add_change(struct buffer *script, const struct fault *fault, bool undo)
{
	if (undo) {
		add_changes(script, "add", fault->remove.at, fault->remove.n, fault->attachment);
		add_changes(script, "del", fault->add.at, fault->add.n, fault->attachment);
	} else {
		add_changes(script, "add", fault->add.at, fault->add.n, fault->attachment);
		add_changes(script, "del", fault->remove.at, fault->remove.n, fault->attachment);
	}
}

/* Another address of the network stays when the first one is removed. This is set by the
 * fault: other interfaces of the node keep the kernel's default. */
static bool promote(struct world *world, const struct world_node *node, const char *interface,
		    struct failure *failure)
{
	char path[128];
	bool done;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/promote_secondaries", interface);
	if (!world_enter(world, node->node, failure))
		return false;
	done = setting(path, "1", failure);
	return world_leave(world, failure) && done;
}

bool addresses_change(struct world *world, const struct fault *fault, bool undo,
		      struct failure *failure)
{
	struct world_node *node = world_node(world, fault->node);
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	add_change(&script, fault, undo);
	done = !node->on || (promote(world, node, fault->attachment, failure) &&
			     tool_run(world, place_network(node), ip_argv, script.text, failure));
	arena_free(arena);
	return done;
}

/* ---- Connecting ---- */

/*
 * The addresses identify their node in packet dumps. If both ends of a veth have the same
 * index the kernel treats it differently, and reports its carrier up to a second later
 * (net/core/link_watch.c, linkwatch_urgent_event); so ports have indices that no node has.
 */
static void plug(const struct world *world, struct port *port, struct buffer *script)
{
	const struct attachment *attachment = port->attachment;
	unsigned node = (unsigned)(port->node - world->nodes);
	unsigned i = (unsigned)(port - port->node->ports);
	unsigned mtu = attachment->mtu ? attachment->mtu : MTU;

	buffer_printf(script, "link add p%u index %u address 02:ff:00:00:%02x:%02x mtu %u ",
		      port->number, PORT_INDEX + port->number, port->number >> 8 & 0xff,
		      port->number & 0xff, mtu);
	buffer_printf(script, "type veth peer name %s address 02:00:00:%02x:%02x:%02x mtu %u ",
		      attachment->name, node >> 8 & 0xff, node & 0xff, i & 0xff, mtu);
	buffer_printf(script, "netns %d\n", (int)port->node->first);
	port->joined = NULL;
	join(world, port, script);
	buffer_printf(script, "link set p%u %s\n", port->number,
		      has_carrier(world, port) ? "up" : "down");
	port->plugged = true;
	port->shaped_in = port->shaped_out = false;
}

static void plug_all(const struct world *world, const struct node_set *nodes, struct buffer *cables,
		     struct buffer *qualities)
{
	vec_each (item, &nodes->list) {
		for (size_t i = 0; i < (*item)->n_ports; i++) {
			plug(world, &(*item)->ports[i], cables);
			shape_in(world, &(*item)->ports[i], qualities);
		}
	}
}

static bool plug_into_switchboard(struct world *world, const struct node_set *nodes,
				  struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer cables = buffer_new(arena), qualities = buffer_new(arena);
	bool done;

	plug_all(world, nodes, &cables, &qualities);
	done = tool_run(world, switchboard(world), ip_argv, cables.text, failure) &&
	       shaping_run(world, switchboard(world), &qualities, failure);
	arena_free(arena);
	return done;
}

static void add_address(struct buffer *script, const struct prefix *address, const char *interface)
{
	char text[PREFIX_TEXT_MAX];

	buffer_printf(script, "address add %s dev %s\n", prefix_text(address, text), interface);
}

static void add_routes(struct buffer *script, const struct node *node)
{
	char to[PREFIX_TEXT_MAX], via[IP_TEXT_MAX];

	vec_each (gateway, &node->gateways)
		buffer_printf(script, "route add %s via %s\n",
			      gateway->family == FAMILY_IPV4 ? "0.0.0.0/0" : "::/0",
			      ip_text(gateway, via));
	vec_each (route, &node->routes)
		buffer_printf(script, "route add %s via %s\n", prefix_text(&route->to, to),
			      ip_text(&route->via, via));
}

/* The addresses of a booting node that are moved by a fault. */
static bool move_addresses(struct world *world, const struct world_node *node,
			   struct buffer *script, struct failure *failure)
{
	vec_each (standing, &world->standing) {
		if (standing->fault->kind != FAULT_ADDRESS || standing->fault->node != node->node)
			continue;
		if (!promote(world, node, standing->fault->attachment, failure))
			return false;
		add_change(script, standing->fault, false);
	}
	return true;
}

static bool plug_into_node(struct world *world, struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	buffer_printf(&script, "link set lo up\n");
	vec_each (attachment, &node->node->attachments) {
		buffer_printf(&script, "link set %s up\n", attachment->name);
		vec_each (address, &attachment->addresses)
			add_address(&script, address, attachment->name);
	}
	done = move_addresses(world, node, &script, failure);
	add_routes(&script, node->node);
	done = done && tool_run(world, place_network(node), ip_argv, script.text, failure) &&
	       shape_node(world, node, NULL, failure);
	arena_free(arena);
	return done;
}

bool cables_plug(struct world *world, const struct node_set *nodes, struct failure *failure)
{
	if (!plug_into_switchboard(world, nodes, failure))
		return false;
	vec_each (node, &nodes->list) {
		if (!plug_into_node(world, *node, failure))
			return false;
	}
	return true;
}

/* ---- Traffic ---- */

/* /proc/net/dev of the switchboard; NULL. */
static FILE *counters_open(struct world *world, struct failure *failure)
{
	FILE *counters;

	if (setns(world->switchboard, CLONE_NEWNET) < 0) {
		failure_set(failure, errno, "setns");
		return NULL;
	}
	counters = fopen("/proc/thread-self/net/dev", "re");
	if (!counters)
		failure_set(failure, errno, "/proc/thread-self/net/dev");
	if (!world_leave(world, failure) && counters) {
		fclose(counters);
		return NULL;
	}
	return counters;
}

/* Adds what the node's interface of that line has received, if it is one of its ports. */
static void count_line(const struct world_node *node, const char *line, uint64_t *bytes,
		       uint64_t *packets)
{
	unsigned number;
	uint64_t received, frames;

	if (sscanf(line, " p%u: %" SCNu64 " %" SCNu64, &number, &received, &frames) != 3 ||
	    node->n_ports == 0 || number < node->ports[0].number ||
	    number >= node->ports[0].number + node->n_ports)
		return;
	*bytes += received;
	*packets += frames;
}

/* A port's received packets are the node's sent ones. */
bool world_traffic(struct world *world, const struct node *node, uint64_t *bytes, uint64_t *packets,
		   struct failure *failure)
{
	const struct world_node *where = world_node(world, node);
	FILE *counters = counters_open(world, failure);
	char line[512];

	if (!counters)
		return false;
	*bytes = where->bytes;
	*packets = where->packets;
	while (fgets(line, sizeof(line), counters))
		count_line(where, line, bytes, packets);
	fclose(counters);
	return true;
}

/* ---- Disconnecting ---- */

bool cables_unplug(struct world *world, struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done = world_traffic(world, node->node, &node->bytes, &node->packets, failure);

	for (size_t i = 0; i < node->n_ports; i++) {
		if (node->ports[i].plugged)
			buffer_printf(&script, "link del p%u\n", node->ports[i].number);
		node->ports[i].plugged = false;
	}
	done = done && tool_run(world, switchboard(world), ip_argv, script.text, failure);
	arena_free(arena);
	return done;
}
