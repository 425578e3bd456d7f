/* SPDX-License-Identifier: BSD-2-Clause */
/* frames - sends and receives raw Ethernet frames in the test guest. */

/*
 * A test makes the frames it wants on the host, bit by bit, and reads what came back there too;
 * this program only moves them. A file of frames is a row of records: a length of two bytes, low
 * byte first, then the frame from its destination address on, without FCS.
 *
 *	frames send INTERFACE FILE [ROUNDS]	sends every frame of FILE, ROUNDS times over
 *	frames receive INTERFACE FILE SECONDS	writes what arrives during SECONDS to FILE
 *	frames join INTERFACE COUNT SECONDS	joins COUNT groups, one after the other, for SECONDS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILE (8 << 20)

/** die() - end with the reason of the last failed call */
static void die(const char *what)
{
	perror(what);
	exit(1);
}

/**
 * open_interface() - a socket for the raw frames of an interface
 * @name:	the interface
 *
 * Return: file descriptor; failure ends the program
 */
static int open_interface(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	if (fd < 0 || !address.sll_ifindex)
		die(name);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die(name);
	return fd;
}

/** send_frame() - send one frame; a full queue is waited for, so none is lost before the card */
static void send_frame(int fd, const uint8_t *frame, size_t length)
{
	while (send(fd, frame, length, 0) < 0) {
		if (errno != ENOBUFS && errno != EAGAIN)
			die("send");
		usleep(200);
	}
}

/**
 * send_file() - send the frames of a file
 * @fd:		socket of the interface
 * @path:	the file
 * @rounds:	how often, from its start
 */
static void send_file(int fd, const char *path, int rounds)
{
	static uint8_t data[MAX_FILE];
	FILE *file = fopen(path, "rb");
	size_t size, at, length;

	if (!file)
		die(path);
	size = fread(data, 1, sizeof(data), file);
	while (rounds-- > 0) {
		for (at = 0; at + 2 <= size; at += 2 + length) {
			length = data[at] | data[at + 1] << 8;
			if (at + 2 + length > size)
				break;
			send_frame(fd, data + at + 2, length);
		}
	}
}

/** now_ms() - milliseconds of the clock that nobody sets */
static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/**
 * receive_file() - write the frames that arrive to a file
 * @fd:		socket of the interface
 * @path:	the file
 * @seconds:	how long to listen
 */
static void receive_file(int fd, const char *path, int seconds)
{
	static uint8_t frame[65538];
	long end = now_ms() + seconds * 1000L;
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	FILE *file = fopen(path, "wb");
	long left;

	if (!file)
		die(path);
	while ((left = end - now_ms()) > 0) {
		struct sockaddr_ll from;
		socklen_t size = sizeof(from);
		ssize_t length;

		if (poll(&pollfd, 1, left) <= 0)
			continue;
		length = recvfrom(fd, frame + 2, sizeof(frame) - 2, 0, (struct sockaddr *)&from,
				  &size);
		if (length < 0 || from.sll_pkttype == PACKET_OUTGOING)
			continue;
		frame[0] = length & 0xff;
		frame[1] = length >> 8;
		fwrite(frame, 1, length + 2, file);
	}
	fclose(file);
}

/**
 * join_groups() - join groups 01:00:5e:00:00:00 and on; the end of the program leaves them
 * @fd:		socket of the interface
 * @name:	the interface
 * @count:	number of groups, at most 65536
 */
static void join_groups(int fd, const char *name, int count)
{
	struct packet_mreq group = {
		.mr_ifindex = if_nametoindex(name),
		.mr_type = PACKET_MR_MULTICAST,
		.mr_alen = 6,
		.mr_address = {0x01, 0x00, 0x5e},
	};

	for (int i = 0; i < count; i++) {
		group.mr_address[4] = i >> 8;
		group.mr_address[5] = i & 0xff;
		if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)))
			die("join");
	}
}

/** main() - send, receive or join, as the first argument says */
int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "send"))
		send_file(open_interface(argv[2]), argv[3], argc > 4 ? atoi(argv[4]) : 1);
	else if (argc == 5 && !strcmp(argv[1], "receive"))
		receive_file(open_interface(argv[2]), argv[3], atoi(argv[4]));
	else if (argc == 5 && !strcmp(argv[1], "join")) {
		join_groups(open_interface(argv[2]), argv[2], atoi(argv[3]));
		sleep(atoi(argv[4]));
	} else
		return fprintf(stderr, "usage: frames send|receive|join INTERFACE FILE|COUNT "
				       "[ROUNDS|SECONDS]\n"),
		       2;
	return 0;
}
