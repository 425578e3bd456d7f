/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt pin: every transition of level, mask, disable, eventfd and resample. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/pci/intx.h"

static struct loop *loop;
static struct intx_state flat;
static struct intx pin;
static uint64_t fired;
static int client;

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	flat = (struct intx_state){0};
	fired = 0;
	intx_init(&pin, loop, &flat, &fired);
	client = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	intx_done(&pin);
	if (client >= 0)
		close(client);
	loop_free(loop);
	return 0;
}

/* The client makes an eventfd and hands it over; it keeps its own end. */
static void enable(void)
{
	if (client >= 0)
		close(client);
	client = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(intx_set_eventfd(&pin, dup(client)), 0);
}

/* How often was the eventfd written since the last look? */
static unsigned heard(void)
{
	uint64_t count;

	return read(client, &count, sizeof(count)) == sizeof(count) ? (unsigned)count : 0;
}

static void test_fires_once_until_unmasked(void **state)
{
	(void)state;
	enable();
	assert_int_equal(heard(), 0);
	intx_set_level(&pin, true);
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 1);
	intx_set_level(&pin, false);
	intx_set_level(&pin, true); /* a new edge while masked is no new interrupt */
	assert_int_equal(heard(), 0);
	intx_unmask(&pin);
	assert_int_equal(heard(), 1); /* level still high */
	intx_set_level(&pin, false);
	intx_unmask(&pin);
	assert_int_equal(heard(), 0);
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 1);
	assert_int_equal(fired, 3);
}

static void test_level_before_eventfd(void **state)
{
	(void)state;
	intx_set_level(&pin, true);
	assert_int_equal(flat.masked, 0);
	enable();
	assert_int_equal(heard(), 1);
	enable(); /* a new eventfd clears the mask */
	assert_int_equal(heard(), 1);
	intx_set_eventfd(&pin, -1);
	assert_int_equal(flat.masked, 0);
	intx_unmask(&pin);
	assert_int_equal(heard(), 0);
	assert_int_equal(fired, 2);
}

static void test_client_masks(void **state)
{
	(void)state;
	enable();
	intx_mask(&pin);
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 0);
	intx_unmask(&pin);
	assert_int_equal(heard(), 1);
}

static void test_command_disable(void **state)
{
	(void)state;
	enable();
	intx_set_disabled(&pin, true);
	intx_set_level(&pin, true);
	intx_unmask(&pin);
	intx_trigger(&pin);
	assert_int_equal(heard(), 0);
	intx_set_disabled(&pin, false);
	assert_int_equal(heard(), 1);
}

/*
 * All sequences of six inputs against what the rule says: write exactly when level, not masked, not
 * disabled, eventfd there; writing masks.
 */
static void test_every_sequence(void **state)
{
	(void)state;
	enable();
	for (int sequence = 0; sequence < 6 * 6 * 6 * 6 * 6 * 6; sequence++) {
		bool level = flat.level, masked = flat.masked, disabled = pin.disabled;

		for (int i = 0, rest = sequence; i < 6; i++, rest /= 6) {
			unsigned want;

			switch (rest % 6) {
			case 0:
				level = true;
				intx_set_level(&pin, true);
				break;
			case 1:
				level = false;
				intx_set_level(&pin, false);
				break;
			case 2:
				masked = true;
				intx_mask(&pin);
				break;
			case 3:
				masked = false;
				intx_unmask(&pin);
				break;
			case 4:
				disabled = true;
				intx_set_disabled(&pin, true);
				break;
			default:
				disabled = false;
				intx_set_disabled(&pin, false);
			}
			want = level && !masked && !disabled;
			masked |= want;
			assert_int_equal(heard(), want);
		}
	}
}

static void test_kvm_resample(void **state)
{
	int resample = eventfd(0, EFD_NONBLOCK);
	const uint64_t one = 1;

	(void)state;
	enable();
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 1);
	/* QEMU moves the interrupt into KVM: MASK, UNMASK by eventfd, UNMASK. */
	intx_mask(&pin);
	assert_int_equal(intx_set_resample(&pin, dup(resample)), 0);
	intx_unmask(&pin);
	assert_int_equal(heard(), 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
		loop_turn(loop, 0);
		assert_int_equal(heard(), 1); /* level still high: again */
	}
	intx_set_level(&pin, false);
	assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
	loop_turn(loop, 0);
	assert_int_equal(heard(), 0);
	assert_int_equal(flat.masked, 0);
	assert_int_equal(loop_turn(loop, 0), 0); /* the count was taken, nothing spins */
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 1);
	/* A new eventfd ends the arrangement. */
	enable();
	assert_int_equal(heard(), 1);
	assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(heard(), 0);
	close(resample);
}

/* A semaphore is not emptied by a read: it costs one wake for each write all the same. */
static void test_resample_semaphore(void **state)
{
	int resample = eventfd(0xfffffffe, EFD_NONBLOCK | EFD_SEMAPHORE);
	const uint64_t one = 1;

	(void)state;
	enable();
	intx_set_level(&pin, true);
	assert_int_equal(intx_set_resample(&pin, dup(resample)), 0);
	loop_turn(loop, 0);
	assert_int_equal(heard(), 2); /* what was written before counts as one */
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(loop_turn(loop, 0), 0);
		assert_int_equal(heard(), 0);
		assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
		assert_int_equal(loop_turn(loop, 0), 1);
		assert_int_equal(heard(), 1);
	}
	close(resample);
}

/* An epoll descriptor looks like an eventfd, is readable for ever and can't be read. */
static void test_resample_that_is_none(void **state)
{
	int epoll = epoll_create1(0), ready = eventfd(1, EFD_NONBLOCK);
	struct epoll_event ev = {.events = EPOLLIN};

	(void)state;
	enable();
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, ready, &ev), 0);
	assert_int_equal(intx_set_resample(&pin, dup(epoll)), 0);
	loop_turn(loop, 0);
	assert_int_equal(pin.resample.fd, -1);
	assert_int_equal(loop_turn(loop, 0), 0);
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 1); /* the interrupt itself works */
	close(epoll);
	close(ready);
}

static void test_only_eventfds_are_taken(void **state)
{
	int fds[2], pair[2];
	int file = fileno(tmpfile());

	(void)state;
	enable();
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(intx_set_eventfd(&pin, dup(file)), -EINVAL);
	assert_int_equal(intx_set_eventfd(&pin, fds[1]), -EINVAL);
	assert_int_equal(intx_set_resample(&pin, fds[0]), -EINVAL);
	assert_int_equal(intx_set_eventfd(&pin, pair[0]), -EINVAL);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1); /* closed */
	assert_int_equal(fcntl(fds[1], F_GETFD), -1);
	assert_int_equal(fcntl(pair[0], F_GETFD), -1);
	close(pair[1]);
	intx_set_level(&pin, true);
	assert_int_equal(heard(), 1); /* the good one is still in use */
	assert_int_equal(lseek(file, 0, SEEK_END), 0);
}

/* A blocking eventfd whose counter is full: the write must fail, not wait. */
static void test_full_counter_does_not_block(void **state)
{
	const uint64_t full = UINT64_MAX - 1;
	int blocking = eventfd(0, 0);

	(void)state;
	assert_int_equal(write(blocking, &full, sizeof(full)), sizeof(full));
	assert_int_equal(intx_set_eventfd(&pin, dup(blocking)), 0);
	alarm(10);
	intx_set_level(&pin, true);
	intx_trigger(&pin);
	alarm(0);
	assert_int_equal(flat.masked, 1);
	assert_int_equal(fired, 0);
	close(blocking);
}

static void test_trigger_by_message(void **state)
{
	(void)state;
	intx_trigger(&pin); /* nobody there */
	enable();
	intx_trigger(&pin);
	intx_trigger(&pin);
	assert_int_equal(heard(), 2);
	assert_int_equal(flat.masked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fires_once_until_unmasked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_level_before_eventfd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_command_disable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_sequence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kvm_resample, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resample_semaphore, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resample_that_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_eventfds_are_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_counter_does_not_block, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trigger_by_message, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
