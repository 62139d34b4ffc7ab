/* SPDX-License-Identifier: MIT */
/*
 * addresses: each is a text, or a mapping with the other end of a point-to-point address.
 * Their order is kept, because it determines the kernel's source address.
 */
#include "desired_parts.h"
#include "desired_value.h"

#include <stdlib.h>

struct address_reading {
	struct desired_address *address;
	struct prefix other_end; /* with the address's length */
};

static void read_own(struct diags *diags, const struct tree_node *value, void *object)
{
	struct address_reading *reading = object;
	struct prefix address;

	if (!value_address(diags, value, &address))
		return;
	if (address.length == family_bits(address.ip.family))
		reading->address->prefix = address;
	else
		tree_error(diags, value,
			   "%s has a prefix length: with peer, the length stands there, and the "
			   "address has none",
			   tree_shown(diags->arena, value));
}

static void read_other_end(struct diags *diags, const struct tree_node *value, void *object)
{
	value_address(diags, value, &((struct address_reading *)object)->other_end);
}

static const struct field address_fields[] = {
	{ "address", read_own },
	{ "peer", read_other_end },
	{ 0 },
};

/* {address: 10.0.0.1, peer: 10.0.0.2/32} */
static bool read_point_to_point(struct diags *diags, const struct tree_node *item,
				struct desired_address *address)
{
	struct address_reading reading = { .address = address };
	const struct prefix *other_end = &reading.other_end;
	unsigned errors = diags->errors;

	value_fields(diags, item, address_fields, &reading);
	if (!tree_get(item, "address"))
		tree_error(diags, item, "has no address: give the interface's own");
	if (!tree_get(item, "peer"))
		tree_error(diags, item,
			   "has no peer: give the address of the other end, or write the own "
			   "address alone");
	if (diags->errors > errors)
		return false;
	if (other_end->ip.family != address->prefix.ip.family) {
		tree_error(diags, tree_get(item, "peer"),
			   "%s is not of the same family as the address: give an IPv%d address",
			   tree_shown(diags->arena, tree_get(item, "peer")),
			   (int)address->prefix.ip.family);
		return false;
	}
	address->prefix.length = other_end->length;
	if (ip_compare(&other_end->ip, &address->prefix.ip) != 0)
		address->other_end = other_end->ip;
	return true;
}

static bool read_address(struct diags *diags, const struct tree_node *item,
			 struct desired_address *address)
{
	if (item->kind == TREE_MAPPING)
		return read_point_to_point(diags, item, address);
	return value_address(diags, item, &address->prefix);
}

/* An address, and the item that declares it. */
struct declared_address {
	struct desired_address address;
	const struct tree_node *item;
	size_t order;
};

struct declared_addresses {
	VEC(struct declared_address) list;
};

static int address_compare(const void *a_, const void *b_)
{
	const struct declared_address *a = a_, *b = b_;
	int order = prefix_compare(&a->address.prefix, &b->address.prefix);

	if (!order)
		order = ip_compare(&a->address.other_end, &b->address.other_end);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void report_repeated(struct diags *diags, struct declared_addresses *declared)
{
	const struct declared_address *before = NULL;

	if (declared->list.n)
		qsort(declared->list.at, declared->list.n, sizeof(*declared->list.at),
		      address_compare);
	vec_each (one, &declared->list) {
		if (before && desired_address_equal(&before->address, &one->address))
			tree_error(diags, one->item, "%s is given twice: remove one",
				   one->item->kind == TREE_SCALAR
					   ? tree_shown(diags->arena, one->item)
					   : desired_address_text(&one->address, diags->arena));
		before = one;
	}
}

void addresses_read(struct diags *diags, const struct tree_node *value,
		    struct desired_interface *interface)
{
	struct declared_addresses declared = { 0 };

	if (!value_list(diags, value))
		return;
	for (const struct tree_node *item = value->first; item; item = item->next) {
		struct declared_address one = { .item = item, .order = declared.list.n };

		if (!read_address(diags, item, &one.address))
			continue;
		*vec_push(diags->arena, &declared.list) = one;
		*vec_push(diags->arena, &interface->addresses) = one.address;
	}
	report_repeated(diags, &declared);
}
