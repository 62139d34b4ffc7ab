/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEQUENCE 7
#define PORT 4711

/* A datagram of several messages, and the messages passed on. */
struct datagram {
	alignas(struct nlmsghdr) char buffer[4096];
	size_t size;
	unsigned seen;
	bool refuse;
};

static bool count_message(const struct nlmsghdr *message, void *data)
{
	struct datagram *datagram = data;

	ck_assert_uint_eq(message->nlmsg_type, RTM_NEWLINK);
	datagram->seen++;
	return !datagram->refuse;
}

static struct nlmsghdr *put(struct datagram *datagram, uint16_t type, uint16_t flags,
			    const void *payload, size_t size)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(datagram->buffer + datagram->size);

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	message->nlmsg_seq = SEQUENCE;
	message->nlmsg_pid = PORT;
	if (size)
		memcpy(mnl_nlmsg_put_extra_header(message, size), payload, size);
	datagram->size += MNL_ALIGN(message->nlmsg_len);
	return message;
}

static void put_error(struct datagram *datagram, int code, uint16_t flags, uint32_t request_payload,
		      const char *text)
{
	struct nlmsgerr error = { .error = code,
				  .msg = { .nlmsg_len = NLMSG_HDRLEN + request_payload } };
	size_t before = datagram->size;
	struct nlmsghdr *message = put(datagram, NLMSG_ERROR, flags, &error, sizeof(error));

	if (!(flags & NLM_F_CAPPED))
		mnl_nlmsg_put_extra_header(message, request_payload);
	if (text)
		netlink_put_string(message, NLMSGERR_ATTR_MSG, text);
	datagram->size = before + MNL_ALIGN(message->nlmsg_len);
}

static bool read_answer(struct datagram *datagram, bool *interrupted, struct failure *failure)
{
	struct netlink_receiver receiver = { .message = count_message, .data = datagram };
	struct netlink_answer answer = { .sequence = SEQUENCE,
					 .port = PORT,
					 .receiver = &receiver };
	bool complete;

	failure_set(failure, 0, "%s", "");
	complete = netlink_answer_read(&answer, datagram->buffer, datagram->size, failure);
	if (interrupted)
		*interrupted = answer.interrupted;
	return complete;
}

START_TEST(test_acknowledgement)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;

	put_error(&datagram, 0, NLM_F_CAPPED, 20, NULL);
	ck_assert(read_answer(&datagram, NULL, &failure));
	ck_assert_int_eq(failure.code, 0);
}
END_TEST

/* The text follows the failed request, or only its header. */
START_TEST(test_extended_text)
{
	for (int capped = 0; capped < 2; capped++) {
		struct datagram datagram = { .size = 0 };
		struct failure failure;

		put_error(&datagram, -EINVAL, NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0), 21,
			  "Unknown device type");
		ck_assert(read_answer(&datagram, NULL, &failure));
		ck_assert_int_eq(failure.code, EINVAL);
		ck_assert_str_eq(failure.text, "Unknown device type");
	}
}
END_TEST

START_TEST(test_error_without_text)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;

	/* A length far beyond the message. */
	put_error(&datagram, -EPERM, NLM_F_ACK_TLVS, 0, NULL);
	((struct nlmsgerr *)(datagram.buffer + NLMSG_HDRLEN))->msg.nlmsg_len = UINT32_MAX;
	ck_assert(read_answer(&datagram, NULL, &failure));
	ck_assert_int_eq(failure.code, EPERM);
	ck_assert_str_eq(failure.text, "");
}
END_TEST

START_TEST(test_impossible_errors)
{
	static const int codes[] = { 1, 22, -4096, INT_MIN, INT_MAX };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct datagram error = { .size = 0 };
		struct datagram done = { .size = 0 };
		struct failure failure;

		put_error(&error, codes[i], 0, 0, NULL);
		ck_assert(read_answer(&error, NULL, &failure));
		ck_assert_int_eq(failure.code, EBADMSG);
		put(&done, NLMSG_DONE, 0, &codes[i], sizeof(codes[i]));
		ck_assert(read_answer(&done, NULL, &failure));
		ck_assert_int_eq(failure.code, EBADMSG);
	}
}
END_TEST

START_TEST(test_short_error)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;
	int code = 0;

	put(&datagram, NLMSG_ERROR, 0, &code, sizeof(code));
	ck_assert(read_answer(&datagram, NULL, &failure));
	ck_assert_int_eq(failure.code, EBADMSG);
}
END_TEST

START_TEST(test_dump)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;
	bool interrupted;
	int code = 0;

	put(&datagram, RTM_NEWLINK, NLM_F_MULTI, "", 0);
	put(&datagram, NLMSG_NOOP, NLM_F_MULTI, "", 0);
	put(&datagram, RTM_NEWLINK, NLM_F_MULTI, "", 0);
	ck_assert(!read_answer(&datagram, &interrupted, &failure));
	ck_assert(!interrupted);
	ck_assert_uint_eq(datagram.seen, 2);
	put(&datagram, NLMSG_DONE, NLM_F_MULTI, &code, sizeof(code));
	put(&datagram, RTM_NEWLINK, NLM_F_MULTI, "", 0);
	datagram.seen = 0;
	ck_assert(read_answer(&datagram, &interrupted, &failure));
	ck_assert_int_eq(failure.code, 0);
	ck_assert_uint_eq(datagram.seen, 2);
}
END_TEST

/* The kernel sets it in any message, also in the last. */
START_TEST(test_interrupted)
{
	for (int i = 0; i < 2; i++) {
		struct datagram datagram = { .size = 0 };
		struct failure failure;
		bool interrupted;

		put(&datagram, RTM_NEWLINK, i == 0 ? NLM_F_DUMP_INTR : 0, "", 0);
		put(&datagram, NLMSG_DONE, i == 1 ? NLM_F_DUMP_INTR : 0, "", 0);
		ck_assert(read_answer(&datagram, &interrupted, &failure));
		ck_assert_int_eq(failure.code, 0);
		ck_assert(interrupted);
	}
}
END_TEST

START_TEST(test_dump_fails)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;
	struct nlmsghdr *done;
	int code = -ENODEV;

	done = put(&datagram, NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS, &code, sizeof(code));
	netlink_put_string(done, NLMSGERR_ATTR_MSG, "No such device");
	datagram.size = done->nlmsg_len;
	ck_assert(read_answer(&datagram, NULL, &failure));
	ck_assert_int_eq(failure.code, ENODEV);
	ck_assert_str_eq(failure.text, "No such device");
}
END_TEST

START_TEST(test_overrun_and_malformed)
{
	struct datagram lost = { .size = 0 };
	struct datagram malformed = { .refuse = true };
	struct failure failure;

	put(&lost, NLMSG_OVERRUN, 0, "", 0);
	ck_assert(read_answer(&lost, NULL, &failure));
	ck_assert_int_eq(failure.code, EOVERFLOW);
	put(&malformed, RTM_NEWLINK, 0, "", 0);
	ck_assert(read_answer(&malformed, NULL, &failure));
	ck_assert_int_eq(failure.code, EBADMSG);
}
END_TEST

/* Answers to earlier requests, and to others' ports, are skipped. */
START_TEST(test_not_for_us)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;

	put(&datagram, RTM_NEWLINK, 0, "", 0)->nlmsg_seq = SEQUENCE - 1;
	put(&datagram, NLMSG_DONE, 0, "", 0)->nlmsg_pid = PORT + 1;
	ck_assert(!read_answer(&datagram, NULL, &failure));
	ck_assert_uint_eq(datagram.seen, 0);
}
END_TEST

START_TEST(test_cut_anywhere)
{
	struct datagram datagram = { .size = 0 };
	struct failure failure;
	size_t whole;

	put(&datagram, RTM_NEWLINK, 0, "", 0);
	put_error(&datagram, -EINVAL, NLM_F_ACK_TLVS | NLM_F_CAPPED, 0, "text");
	whole = datagram.size;
	for (datagram.size = 0; datagram.size < whole; datagram.size++) {
		char *copy = malloc(datagram.size + 1);
		struct netlink_receiver receiver = { .message = count_message, .data = &datagram };
		struct netlink_answer answer = { SEQUENCE, PORT, false, &receiver };

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, datagram.buffer, datagram.size);
		ck_assert(!netlink_answer_read(&answer, copy, datagram.size, &failure));
		free(copy);
	}
}
END_TEST

START_TEST(test_impossible_lengths)
{
	static const uint32_t lengths[] = { 0, 15, 21, 0x7fffffff, 0x80000000, 0xffffffff };
	size_t at;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct datagram datagram = { .size = 0 };
		struct failure failure;

		put(&datagram, RTM_NEWLINK, 0, "", 0);
		put(&datagram, RTM_NEWLINK, 0, "rest", 4)->nlmsg_len = lengths[i];
		datagram.size = 2 * NLMSG_HDRLEN + 4;
		ck_assert(!read_answer(&datagram, NULL, &failure));
		ck_assert_uint_eq(datagram.seen, 1);
	}
	at = 4096;
	ck_assert_ptr_null(netlink_next("", 0, &at));
}
END_TEST

/* The real kernel. */

static struct nlmsghdr *link_request(struct netlink_message *message, uint16_t flags,
				     const char *name)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *request = netlink_message_begin(message, RTM_GETLINK, flags, &header,
							 sizeof(header));

	if (name)
		netlink_put_string(request, IFLA_IFNAME, name);
	return request;
}

static void forget_count(void *data)
{
	((struct datagram *)data)->seen = 0;
}

START_TEST(test_requests)
{
	struct netlink *netlink = netlink_open(NETLINK_ROUTE);
	struct deadline deadline = deadline_in(5000);
	struct deadline passed = deadline_in(0);
	struct datagram counted = { .size = 0 };
	struct netlink_receiver receiver = { forget_count, count_message, &counted };
	struct netlink_message message;
	struct failure failure;

	ck_assert(netlink_request(netlink, link_request(&message, NLM_F_ACK, "lo"), &receiver,
				  &deadline, &failure));
	ck_assert_uint_eq(counted.seen, 1);
	ck_assert(!netlink_request(netlink, link_request(&message, NLM_F_ACK, "nosuchlink0"),
				   &receiver, &deadline, &failure));
	ck_assert_int_eq(failure.code, ENODEV);
	ck_assert(netlink_request(netlink, link_request(&message, NLM_F_DUMP, NULL), &receiver,
				  &deadline, &failure));
	ck_assert_uint_ge(counted.seen, 1);
	/* After a refused answer the socket is usable again. */
	counted.refuse = true;
	ck_assert(!netlink_request(netlink, link_request(&message, NLM_F_DUMP, NULL), &receiver,
				   &deadline, &failure));
	ck_assert_int_eq(failure.code, EBADMSG);
	counted.refuse = false;
	netlink_request(netlink, link_request(&message, NLM_F_DUMP, NULL), &receiver, &passed,
			&failure);
	ck_assert(netlink_request(netlink, link_request(&message, NLM_F_DUMP, NULL), &receiver,
				  &deadline, &failure));
	netlink_close(netlink);
	netlink_close(NULL);
}
END_TEST

static void put_link(struct netlink_batch *batch, uint16_t type, const char *name, const char *kind)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	uint16_t flags = type == RTM_NEWLINK ? NLM_F_CREATE | NLM_F_EXCL : 0;
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));
	struct nlattr *info;

	ck_assert_ptr_nonnull(message);
	netlink_put_string(message, IFLA_IFNAME, name);
	if (!kind)
		return;
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	netlink_put_string(message, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(message, info);
}

/* Each message has its own result, and a refused one does not stop the others. */
START_TEST(test_batch)
{
	struct arena *arena = arena_new();
	struct netlink_batch *batch = netlink_batch_new(arena);
	struct netlink *netlink = netlink_open(NETLINK_ROUTE);
	struct deadline deadline = deadline_in(5000);
	struct deadline passed = deadline_in(0);
	struct failure failure;

	if (!fixture_unshare(CLONE_NEWNET))
		goto done;
	ck_assert(netlink_batch_send(netlink, batch, &deadline, &failure));
	put_link(batch, RTM_NEWLINK, "net0", "bridge");
	put_link(batch, RTM_NEWLINK, "net1", "nosuchkind");
	put_link(batch, RTM_NEWLINK, "net0", "bridge");
	put_link(batch, RTM_NEWLINK, "net2", "bridge");
	ck_assert(!netlink_batch_send(netlink, batch, &deadline, &failure));
	ck_assert_int_eq(batch->results[0].code, 0);
	ck_assert_int_eq(batch->results[1].code, EOPNOTSUPP);
	ck_assert_str_eq(batch->results[1].text, "Unknown device type");
	ck_assert_int_eq(batch->results[2].code, EEXIST);
	ck_assert_int_eq(batch->results[3].code, 0);
	ck_assert_int_eq(failure.code, EOPNOTSUPP);
	netlink_batch_clear(batch);
	put_link(batch, RTM_DELLINK, "net2", NULL);
	ck_assert(!netlink_batch_send(netlink, batch, &passed, &failure));
	ck_assert_int_eq(failure.code, ETIMEDOUT);
	ck_assert(netlink_batch_send(netlink, batch, &deadline, &failure));

	/* The last one's failure does not mean failure of earlier ones. */
	netlink_batch_clear(batch);
	put_link(batch, RTM_NEWLINK, "net2", "bridge");
	put_link(batch, RTM_NEWLINK, "net0", "bridge");
	ck_assert(!netlink_batch_send(netlink, batch, &deadline, &failure));
	ck_assert_int_eq(batch->results[0].code, 0);
	ck_assert_int_eq(batch->results[1].code, EEXIST);
done:
	netlink_close(netlink);
	arena_free(arena);
}
END_TEST

/* As many as fit: all acknowledgements must fit. */
START_TEST(test_full_batch)
{
	struct arena *arena = arena_new();
	struct netlink_batch *batch = netlink_batch_new(arena);
	struct netlink *netlink = netlink_open(NETLINK_ROUTE);
	struct deadline deadline = deadline_in(5000);
	struct failure failure;

	for (int round = 0; round < 20 && (round > 0 || fixture_unshare(CLONE_NEWNET)); round++) {
		netlink_batch_clear(batch);
		for (int i = 0; i < NETLINK_BATCH_MESSAGES; i++)
			put_link(batch, RTM_NEWLINK, "net1", "nosuchkind");
		ck_assert(!netlink_batch_send(netlink, batch, &deadline, &failure));
		for (int i = 0; i < NETLINK_BATCH_MESSAGES; i++)
			ck_assert_int_eq(batch->results[i].code, EOPNOTSUPP);
	}
	netlink_close(netlink);
	arena_free(arena);
}
END_TEST

/* A datagram from another process to our port is not the kernel's answer. */
START_TEST(test_forged_answer)
{
	struct netlink *netlink = netlink_open(NETLINK_ROUTE);
	struct deadline deadline = deadline_in(5000);
	struct datagram counted = { .size = 0 };
	struct netlink_receiver receiver = { forget_count, count_message, &counted };
	struct sockaddr_nl us = { .nl_family = AF_NETLINK, .nl_pid = (uint32_t)getpid() };
	struct netlink_message message;
	struct datagram forged = { .size = 0 };
	struct failure failure;
	int fd;

	if (!fixture_unshare(CLONE_NEWNET)) {
		netlink_close(netlink);
		return;
	}
	ck_assert(netlink_request(netlink, link_request(&message, NLM_F_ACK, "lo"), &receiver,
				  &deadline, &failure));
	/* The next request is the second: the forgery claims to end it. */
	put(&forged, NLMSG_ERROR, 0,
	    &(struct nlmsgerr){ .error = -EPERM, .msg = { .nlmsg_len = NLMSG_HDRLEN } },
	    sizeof(struct nlmsgerr));
	((struct nlmsghdr *)forged.buffer)->nlmsg_seq = 2;
	((struct nlmsghdr *)forged.buffer)->nlmsg_pid = us.nl_pid;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(
		sendto(fd, forged.buffer, forged.size, 0, (struct sockaddr *)&us, sizeof(us)), 0);
	ck_assert_msg(netlink_request(netlink, link_request(&message, NLM_F_ACK, "lo"), &receiver,
				      &deadline, &failure),
		      "%d %s", failure.code, failure.text);
	ck_assert_uint_eq(counted.seen, 1);
	close(fd);
	netlink_close(netlink);
}
END_TEST

SUITE("netlink", test_acknowledgement, test_extended_text, test_error_without_text,
      test_impossible_errors, test_short_error, test_dump, test_interrupted, test_dump_fails,
      test_overrun_and_malformed, test_not_for_us, test_cut_anywhere, test_impossible_lengths,
      test_requests, test_batch, test_full_batch, test_forged_answer)
