/* SPDX-License-Identifier: BSD-2-Clause */
/* frames - sends and receives raw Ethernet frames in the test guest. */

/*
 * A test makes the frames it wants on the host, bit by bit, and reads what came back there too;
 * this program only moves them. A file of frames is a row of records: a length of two bytes, low
 * byte first, then the frame from its destination address on, without FCS.
 *
 *	frames send INTERFACE FILE [ROUNDS]	sends every frame of FILE, ROUNDS times over
 *	frames receive INTERFACE FILE SECONDS	writes what arrives during SECONDS to FILE
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

/** main() - send or receive, as the first argument says */
int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "send"))
		send_file(open_interface(argv[2]), argv[3], argc > 4 ? atoi(argv[4]) : 1);
	else if (argc == 5 && !strcmp(argv[1], "receive"))
		receive_file(open_interface(argv[2]), argv[3], atoi(argv[4]));
	else
		return fprintf(stderr,
			       "usage: frames send|receive INTERFACE FILE [ROUNDS|SECONDS]\n"),
		       2;
	return 0;
}
