/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory: the table, the seams, hostile ranges, memory that is taken away. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/dma.h"
#include "net/base/bytes.h"

#define PAGE 4096
#define RW   (DMA_FROM_GUEST | DMA_TO_GUEST)

static struct dma dma;

static int setup(void **state)
{
	(void)state;
	dma_init(&dma);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dma_unmap_all(&dma);
	dma_catch_sigbus(NULL);
	return 0;
}

static int map(uint64_t address, uint64_t size, unsigned access, int fd)
{
	const struct dma_region region = {.address = address, .size = size, .access = access};

	return dma_map(&dma, &region, fd, 0);
}

static int memory(size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static int iov_of(uint64_t address, uint32_t len, unsigned access, struct iovec *iov, int max)
{
	const struct dma_range range = {.address = address, .len = len, .access = access};

	return dma_iov(&dma, &range, iov, max);
}

static void test_bad_ranges(void **state)
{
	(void)state;
	assert_int_equal(map(0x1000, 0, RW, -1), -EINVAL);
	assert_int_equal(map(UINT64_MAX, 2, RW, -1), -EINVAL);
	assert_int_equal(map(UINT64_MAX - 0xfff, 0x1001, RW, -1), -EINVAL);
	assert_int_equal(map(2, UINT64_MAX, RW, -1), -EINVAL);
	assert_int_equal(map(0x1000, 0x1000, RW, -1), 0);
	assert_int_equal(map(0x1000, 0x1000, RW, -1), -EEXIST);
	assert_int_equal(map(0x0000, 0x1001, RW, -1), -EEXIST);
	assert_int_equal(map(0x0000, 0x4000, RW, -1), -EEXIST);
	assert_int_equal(map(0x1800, 0x0100, RW, -1), -EEXIST);
	assert_int_equal(map(0x1fff, 0x1000, RW, -1), -EEXIST);
	assert_int_equal(map(0x2000, 0x1000, RW, -1), 0);
	assert_int_equal(map(0x0000, 0x1000, RW, -1), 0);
	assert_int_equal(dma.count, 3);
	assert_int_equal(dma_unmap(&dma, 0x1000, 0x800), -ENOENT);
	assert_int_equal(dma_unmap(&dma, 0x1800, 0x800), -ENOENT);
	assert_int_equal(dma_unmap(&dma, 0x9000, 0x1000), -ENOENT);
	assert_int_equal(dma_unmap(&dma, 0x1000, 0x1000), 0);
	assert_int_equal(dma_unmap(&dma, 0x1000, 0x1000), -ENOENT);
	assert_int_equal(map(0x1000, 0x1000, RW, -1), 0);
}

static void test_full_table(void **state)
{
	(void)state;
	for (uint64_t i = DMA_MAX_REGIONS; i > 0; i--)
		assert_int_equal(map(i * 0x1000, 0x1000, RW, -1), 0);
	assert_int_equal(map(0, 0x1000, RW, -1), -ENOSPC);
	assert_int_equal(map(0x1000, 0x1000, RW, -1), -EEXIST);
	assert_int_equal(dma_unmap(&dma, 0x7000, 0x1000), 0);
	assert_int_equal(map(0x7000, 0x1000, RW, -1), 0);
	dma_unmap_all(&dma);
	assert_int_equal(dma.count, 0);
	assert_int_equal(map(0, 0x1000, RW, -1), 0);
}

static void test_copies_across_a_seam(void **state)
{
	uint8_t low[64], high[64], buf[32], back[32];
	struct iovec iov[2];

	(void)state;
	memset(low, 0, sizeof(low));
	memset(high, 0, sizeof(high));
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i + 1);
	assert_int_equal(dma_map_host(&dma, 0x1000, low, sizeof(low)), 0);
	assert_int_equal(dma_map_host(&dma, 0x1000 + sizeof(low), high, sizeof(high)), 0);
	assert_int_equal(dma_write(&dma, 0x1000 + 54, buf, 32), 0);
	assert_memory_equal(low + 54, buf, 10);
	assert_memory_equal(high, buf + 10, 22);
	assert_int_equal(high[22], 0);
	assert_int_equal(dma_read(&dma, 0x1000 + 54, back, 32), 0);
	assert_memory_equal(back, buf, 32);
	assert_int_equal(iov_of(0x1000 + 54, 32, RW, iov, 2), 2);
	assert_ptr_equal(iov[0].iov_base, low + 54);
	assert_int_equal(iov[0].iov_len, 10);
	assert_ptr_equal(iov[1].iov_base, high);
	assert_int_equal(iov[1].iov_len, 22);
	assert_int_equal(iov_of(0x1000 + 54, 32, RW, iov, 1), -EMSGSIZE);
	assert_int_equal(iov_of(0x1000 + 54, 10, RW, iov, 1), 1);
	assert_int_equal(iov_of(0x1000 + 54, 0, RW, iov, 0), 0);
	/* Beyond the end of the second: nothing is written, what is read is zero. */
	assert_int_equal(dma_write(&dma, 0x1000 + 120, buf, 9), -EFAULT);
	assert_int_equal(high[56], 0);
	memset(back, 0xee, sizeof(back));
	assert_int_equal(dma_read(&dma, 0x1000 + 100, back, 32), -EFAULT);
	for (size_t i = 0; i < sizeof(back); i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(iov_of(0x1000 + 100, 32, RW, iov, 2), -EFAULT);
	assert_int_equal(dma_read(&dma, 0x5000, back, 0), 0);
	assert_int_equal(dma_read(&dma, UINT64_MAX, back, 2), -EFAULT);
}

static void test_access_rights(void **state)
{
	int fd = memory(PAGE);
	struct iovec iov[1];
	uint32_t word = 7;

	(void)state;
	assert_int_equal(map(0x1000, PAGE, DMA_FROM_GUEST, fd), 0);
	assert_int_equal(dma_read(&dma, 0x1000, &word, 4), 0);
	assert_int_equal(word, 0);
	assert_int_equal(dma_write(&dma, 0x1000, &word, 4), -EFAULT);
	assert_int_equal(iov_of(0x1000, 4, RW, iov, 1), -EFAULT);
	assert_int_equal(iov_of(0x1000, 4, DMA_FROM_GUEST, iov, 1), 1);
	dma_unmap_all(&dma);
	assert_int_equal(map(0x1000, PAGE, DMA_TO_GUEST, fd), 0);
	assert_int_equal(dma_write(&dma, 0x1000, &word, 4), 0);
	assert_int_equal(dma_read(&dma, 0x1000, &word, 4), -EFAULT);
	dma_unmap_all(&dma);
	assert_int_equal(map(0x1000, PAGE, 0, fd), 0);
	assert_int_equal(dma_read(&dma, 0x1000, &word, 4), -EFAULT);
	assert_int_equal(dma_write(&dma, 0x1000, &word, 4), -EFAULT);
	close(fd);
}

static void test_offset_in_the_middle_of_a_page(void **state)
{
	const struct dma_region region = {.address = 0x2100, .size = 2 * PAGE, .access = RW};
	int fd = memory(4 * PAGE);
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(dma_map(&dma, &region, fd, PAGE + 0x123), 0);
	assert_int_equal(pwrite(fd, "a", 1, PAGE + 0x123), 1);
	assert_int_equal(pwrite(fd, "z", 1, 3 * PAGE + 0x122), 1);
	assert_int_equal(dma_read(&dma, 0x2100, &byte, 1), 0);
	assert_int_equal(byte, 'a');
	assert_int_equal(dma_read(&dma, 0x2100 + 2 * PAGE - 1, &byte, 1), 0);
	assert_int_equal(byte, 'z');
	assert_int_equal(dma_read(&dma, 0x20ff, &byte, 1), -EFAULT);
	assert_int_equal(dma_read(&dma, 0x2100 + 2 * PAGE, &byte, 1), -EFAULT);
	close(fd);
}

/* What can't be mapped is accepted and not reachable: too short, no file, read-only, no fd. */
static void test_unreachable_ranges(void **state)
{
	int fd = memory(PAGE), fds[2], ro;
	const struct dma_region region = {.address = 0x10000, .size = PAGE, .access = RW};
	char path[64];
	uint32_t word;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	assert_int_equal(map(0x1000, PAGE + 1, RW, fd), 0);
	assert_int_equal(map(0x3000, PAGE, RW, fds[0]), 0);
	assert_int_equal(map(0x4000, PAGE, RW, ro), 0);
	assert_int_equal(map(0x5000, PAGE, RW, -1), 0);
	assert_int_equal(map(0x6000, PAGE, RW, 9999), 0);
	assert_int_equal(dma_map(&dma, &region, fd, 1), 0);
	assert_int_equal(dma_unmap(&dma, 0x10000, PAGE), 0);
	assert_int_equal(dma_map(&dma, &region, fd, UINT64_MAX), 0);
	assert_int_equal(map(0x20000, UINT64_MAX - 0x20000, RW, fd), 0);
	for (int i = 0; i < dma.count; i++) {
		word = 1;
		assert_int_equal(dma_read(&dma, dma.regions[i].address, &word, 4), -EFAULT);
		assert_int_equal(word, 0);
		assert_int_equal(dma_write(&dma, dma.regions[i].address, &word, 4), -EFAULT);
	}
	assert_int_equal(dma.unreachable, 2 * dma.count);
	assert_int_equal(map(0x7000, PAGE, DMA_FROM_GUEST, ro), 0);
	assert_int_equal(dma_read(&dma, 0x7000, &word, 4), 0);
	close(ro);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

/* Random maps, unmaps and look-ups against a table of bytes. */
static void test_random_against_a_plain_model(void **state)
{
	enum { SPACE = 512 };
	static uint8_t host[SPACE];
	int owner[SPACE];
	struct {
		int at, size;
	} live[SPACE] = {0};
	unsigned seed = 1;

	(void)state;
	memset(owner, 0, sizeof(owner));
	for (int step = 1; step < 20000; step++) {
		int at = rand_r(&seed) % SPACE, size = 1 + rand_r(&seed) % 16;
		int used = 0, gap = 0;
		uint8_t buf[16];

		size = MIN(size, SPACE - at);
		for (int i = at; i < at + size; i++) {
			used += owner[i] != 0;
			gap += owner[i] == 0;
		}
		assert_int_equal(dma_read(&dma, (uint64_t)at, buf, (uint32_t)size),
				 gap ? -EFAULT : 0);
		if (owner[at] && live[owner[at] % SPACE].at == at) {
			int slot = owner[at] % SPACE;

			assert_int_equal(dma_unmap(&dma, (uint64_t)at, (uint64_t)live[slot].size),
					 0);
			memset(owner + at, 0, (size_t)live[slot].size * sizeof(owner[0]));
			continue;
		}
		assert_int_equal(dma_map_host(&dma, (uint64_t)at, host + at, (uint64_t)size),
				 used ? -EEXIST : 0);
		for (int i = at; i < at + size && !used; i++)
			owner[i] = at + SPACE; /* never 0; the slot is the first byte */
		if (!used) {
			live[at].at = at;
			live[at].size = size;
		}
	}
	assert_true(dma.generation > 5000);
}

static void test_memory_cut_by_the_client(void **state)
{
	int fd = memory(2 * PAGE), other = memory(PAGE);
	uint32_t word = 0x12345678;

	(void)state;
	assert_int_equal(map(0x1000, 2 * PAGE, RW, fd), 0);
	assert_int_equal(map(0x8000, PAGE, RW, other), 0);
	assert_int_equal(dma_catch_sigbus(&dma), 0);
	assert_int_equal(dma_write(&dma, 0x1000, &word, 4), 0);
	assert_int_equal(dma_write(&dma, 0x8000, &word, 4), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(dma_read(&dma, 0x1000, &word, 4), 0);
	assert_int_equal(word, 0);
	assert_int_equal(dma.faults, 1);
	word = 5;
	assert_int_equal(dma_write(&dma, 0x1000 + PAGE, &word, 4), 0);
	assert_int_equal(dma_read(&dma, 0x1000 + PAGE, &word, 4), 0);
	assert_int_equal(word, 5);
	assert_int_equal(dma.faults, 1);
	assert_int_equal(dma_read(&dma, 0x8000, &word, 4), 0);
	assert_int_equal(word, 0x12345678);
	assert_int_equal(dma_unmap(&dma, 0x1000, 2 * PAGE), 0);
	close(fd);
	close(other);
}

/* In a child: a fault outside guest memory, or a SIGBUS by kill(), ends the process as always. */
static int die_by(bool fault)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int fd = memory(PAGE);
		volatile uint8_t *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

		signal(SIGBUS, SIG_DFL);
		dma_catch_sigbus(&dma);
		if (ftruncate(fd, 0) == 0 && fault)
			_exit(p[0]);
		raise(SIGBUS);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_other_faults_kill(void **state)
{
	(void)state;
	assert_int_equal(die_by(true), SIGBUS);
	assert_int_equal(die_by(false), SIGBUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bad_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copies_across_a_seam, setup, teardown),
		cmocka_unit_test_setup_teardown(test_access_rights, setup, teardown),
		cmocka_unit_test_setup_teardown(test_offset_in_the_middle_of_a_page, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_unreachable_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_against_a_plain_model, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_cut_by_the_client, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_faults_kill, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
