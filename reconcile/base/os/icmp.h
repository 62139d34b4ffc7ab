/* SPDX-License-Identifier: MIT */
/*
 * icmp: a socket for echo requests to one target and their answers.
 */
#pragma once

#include "base/address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Distinguishes our echoes from those of another program with the same identifier. */
#define ICMP_NONCE 16

/* ICMP and ICMPv6 echoes look the same (RFC 792, RFC 4443, 4.1). */
struct icmp_echo {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id;
	uint16_t sequence;
	uint8_t nonce[ICMP_NONCE];
};

struct icmp {
	int fd; /* does not block; -1: none */
	bool raw;
	bool ipv4;
	socklen_t to_length;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to;
	struct icmp_echo echo; /* the next request, except sequence and checksum */
};

/* Opens a socket; false with errno. The nonce and the identifier are set afterwards. */
bool icmp_open(struct icmp *icmp, const struct ip *target);
void icmp_close(struct icmp *icmp);

/* Binds the socket to this interface; false with errno. */
bool icmp_bind(struct icmp *icmp, const char *interface);

/* The nonce of all echoes; its first bytes are also the identifier. */
void icmp_set_nonce(struct icmp *icmp, const uint8_t nonce[ICMP_NONCE]);

/* Sends an echo request; false with errno. */
bool icmp_send(struct icmp *icmp, uint16_t sequence);

enum icmp_answer {
	ICMP_NOTHING, /* that could be read */
	ICMP_OTHER, /* not an answer to our requests */
	ICMP_ANSWER,
};

/* Reads one message. */
enum icmp_answer icmp_receive(struct icmp *icmp, uint16_t *sequence);
