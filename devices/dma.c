/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory: mapping, look-up, copying, and surviving a client that takes it away. */
#include "devices/dma.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/base/bytes.h"

/*
 * Theory of operation
 *
 * The table is a sorted array, because clients change it seldom (some dozen times a boot) and cards
 * search it for each descriptor and buffer; nearly always the region that was found last fits.
 * Nothing in it can fail later: sizes and sums are checked when a region enters.
 *
 * A region whose memory the process can't map stays in the table, unreachable. The client is told
 * that mapping worked, since QEMU only logs a failure, and all it names this way without sharing is
 * flash, option ROMs and other cards' registers.
 */

void dma_init(struct dma *dma)
{
	memset(dma, 0, sizeof(*dma));
}

/**
 * count_below() - how many regions begin at or before an address
 * @dma:	the table
 * @address:	guest address
 */
static int count_below(const struct dma *dma, uint64_t address)
{
	int low = 0, high = dma->count;

	while (low < high) {
		int mid = (low + high) / 2;

		if (dma->regions[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * covers() - does a region have a byte?
 * @region:	the region
 * @address:	guest address of the byte
 */
static bool covers(const struct dma_region *region, uint64_t address)
{
	return address >= region->address && address - region->address < region->size;
}

/**
 * find() - the region that has a byte
 * @dma:	the table
 * @address:	guest address of the byte
 *
 * Return: the region, or NULL
 */
static const struct dma_region *find(struct dma *dma, uint64_t address)
{
	int i = dma->recent;

	if (i < dma->count && covers(&dma->regions[i], address))
		return &dma->regions[i];
	i = count_below(dma, address) - 1;
	if (i < 0 || !covers(&dma->regions[i], address))
		return NULL;
	dma->recent = i;
	return &dma->regions[i];
}

/**
 * find_slot() - where a new region belongs
 * @dma:	the table
 * @region:	its address and size
 *
 * Return: index, or -errno as dma_map()
 */
static int find_slot(const struct dma *dma, const struct dma_region *region)
{
	int slot;

	if (region->size == 0 || region->size > UINT64_MAX - region->address)
		return -EINVAL;
	slot = count_below(dma, region->address);
	if (slot > 0 && covers(&dma->regions[slot - 1], region->address))
		return -EEXIST;
	if (slot < dma->count && covers(region, dma->regions[slot].address))
		return -EEXIST;
	return dma->count < DMA_MAX_REGIONS ? slot : -ENOSPC;
}

/**
 * insert() - put a region into its slot
 * @dma:	the table
 * @slot:	from find_slot()
 * @region:	complete
 */
static void insert(struct dma *dma, int slot, const struct dma_region *region)
{
	struct dma_region *at = &dma->regions[slot];

	memmove(at + 1, at, (size_t)(dma->count - slot) * sizeof(*at));
	*at = *region;
	dma->count++;
	dma->generation++;
}

/**
 * map_unit() - what offset and length of a mapping must be multiples of
 * @st:		the memory file
 *
 * Return: bytes; for files on hugetlbfs that is the size of a huge page, which st_blksize tells
 */
static uint64_t map_unit(const struct stat *st)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t block = (uint64_t)st->st_blksize;

	return block > page && (block & (block - 1)) == 0 ? block : page;
}

/**
 * attach() - map the memory behind a region, if that is possible
 * @region:	@host, @map_base and @map_size are filled on success
 * @fd:		the memory file
 * @offset:	where the region begins in it; hostile
 *
 * Only regular files (memfds, hugetlbfs, tmpfs): their size says whether the range is there.
 */
static void attach(struct dma_region *region, int fd, uint64_t offset)
{
	int prot = (region->access & DMA_FROM_GUEST ? PROT_READ : 0) |
		   (region->access & DMA_TO_GUEST ? PROT_READ | PROT_WRITE : 0);
	struct stat st;
	uint64_t unit, lead, length;
	void *base;

	if (prot == 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return;
	if (offset > (uint64_t)st.st_size || region->size > (uint64_t)st.st_size - offset)
		return;
	unit = map_unit(&st);
	lead = offset % unit;
	length = (lead + region->size + unit - 1) / unit * unit; /* both are below 2^63 */
	base = mmap(NULL, length, prot, MAP_SHARED, fd, (off_t)(offset - lead));
	if (base == MAP_FAILED)
		return;
	madvise(base, length, MADV_DONTDUMP); /* a core file is no place for a guest's memory */
	region->map_base = base;
	region->map_size = length;
	region->host = (uint8_t *)base + lead;
}

int dma_map(struct dma *dma, const struct dma_region *region, int fd, uint64_t offset)
{
	struct dma_region added = {
		.address = region->address, .size = region->size, .access = region->access};
	int slot = find_slot(dma, &added);

	if (slot < 0)
		return slot;
	if (fd >= 0)
		attach(&added, fd, offset);
	insert(dma, slot, &added);
	return 0;
}

int dma_map_host(struct dma *dma, uint64_t address, void *host, uint64_t size)
{
	struct dma_region added = {.address = address,
				   .size = size,
				   .host = host,
				   .access = DMA_FROM_GUEST | DMA_TO_GUEST};
	int slot = find_slot(dma, &added);

	if (slot < 0)
		return slot;
	insert(dma, slot, &added);
	return 0;
}

/**
 * detach() - undo attach()
 * @region:	the region
 */
static void detach(const struct dma_region *region)
{
	if (region->map_base)
		munmap(region->map_base, region->map_size);
}

int dma_unmap(struct dma *dma, uint64_t address, uint64_t size)
{
	int i = count_below(dma, address) - 1;
	struct dma_region *at;

	if (i < 0)
		return -ENOENT;
	at = &dma->regions[i];
	if (at->address != address || at->size != size)
		return -ENOENT;
	detach(at);
	dma->count--;
	dma->generation++;
	memmove(at, at + 1, (size_t)(dma->count - i) * sizeof(*at));
	return 0;
}

void dma_unmap_all(struct dma *dma)
{
	for (int i = 0; i < dma->count; i++)
		detach(&dma->regions[i]);
	dma->count = 0;
	dma->generation++;
}

/**
 * piece() - the first bytes of a guest range that lie in one region
 * @dma:	the table
 * @range:	the range, not empty
 * @ret_len:	filled with their number
 *
 * Return: where they are, or NULL when the first byte can't be accessed so
 */
static uint8_t *piece(struct dma *dma, const struct dma_range *range, uint32_t *ret_len)
{
	const struct dma_region *region = find(dma, range->address);
	uint64_t at;

	if (!region)
		return NULL;
	if (!region->host) {
		dma->unreachable++;
		return NULL;
	}
	if ((region->access & range->access) != range->access)
		return NULL;
	at = range->address - region->address;
	*ret_len = (uint32_t)MIN(range->len, region->size - at);
	return region->host + at;
}

/**
 * advance() - shorten a range by its first bytes
 * @range:	the range
 * @len:	bytes; the end of a region never wraps, so neither does this
 */
static void advance(struct dma_range *range, uint32_t len)
{
	range->address += len;
	range->len -= len;
}

uint8_t *dma_host(struct dma *dma, const struct dma_range *range)
{
	const struct dma_region *region = find(dma, range->address);
	uint64_t at;

	if (!region || !region->host || (region->access & range->access) != range->access)
		return NULL; /* not counted: whoever asks has another way, which counts */
	at = range->address - region->address;
	return range->len <= region->size - at ? region->host + at : NULL;
}

int dma_iov(struct dma *dma, const struct dma_range *range, struct iovec *iov, int max)
{
	struct dma_range rest = *range;
	int n = 0;

	while (rest.len > 0) {
		uint32_t len;
		uint8_t *host = piece(dma, &rest, &len);

		if (!host)
			return -EFAULT;
		if (n == max)
			return -EMSGSIZE;
		iov[n++] = (struct iovec){.iov_base = host, .iov_len = len};
		advance(&rest, len);
	}
	return n;
}

int dma_read(struct dma *dma, uint64_t address, void *buf, uint32_t len)
{
	struct dma_range rest = {.address = address, .len = len, .access = DMA_FROM_GUEST};
	uint8_t *to = buf;

	while (rest.len > 0) {
		uint32_t part;
		const uint8_t *host = piece(dma, &rest, &part);

		if (!host) {
			memset(buf, 0, len);
			return -EFAULT;
		}
		memcpy(to, host, part);
		to += part;
		advance(&rest, part);
	}
	return 0;
}

/**
 * writable() - can a whole range be written?
 * @dma:	the table
 * @rest:	the range
 */
static bool writable(struct dma *dma, struct dma_range rest)
{
	while (rest.len > 0) {
		uint32_t part;

		if (!piece(dma, &rest, &part))
			return false;
		advance(&rest, part);
	}
	return true;
}

int dma_write(struct dma *dma, uint64_t address, const void *buf, uint32_t len)
{
	struct dma_range rest = {.address = address, .len = len, .access = DMA_TO_GUEST};
	const uint8_t *from = buf;
	uint8_t *whole = len ? dma_host(dma, &rest) : NULL;

	if (whole) {
		memcpy(whole, from, len);
		return 0;
	}
	if (!writable(dma, rest))
		return -EFAULT;
	while (rest.len > 0) {
		uint32_t part = 0;
		uint8_t *to = piece(dma, &rest, &part);

		memcpy(to, from, part);
		from += part;
		advance(&rest, part);
	}
	return 0;
}

/* The table whose regions may lose their memory; the handler has no other way to find it. */
static struct dma *volatile caught;

/**
 * replace() - put zero pages where a region's memory was
 * @address:	host address that faulted
 *
 * Runs in the signal handler, within a copy from or to the region: mmap() is the only call.
 *
 * Return: false when the address is in no region
 */
static bool replace(uintptr_t address)
{
	struct dma *dma = caught;

	for (int i = 0; dma && i < dma->count; i++) {
		const struct dma_region *r = &dma->regions[i];

		if (!r->map_base || address - (uintptr_t)r->map_base >= r->map_size)
			continue;
		if (mmap(r->map_base, r->map_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
			 0) == MAP_FAILED)
			return false;
		dma->faults++;
		return true;
	}
	return false;
}

/**
 * on_sigbus() - an access found no page
 * @signal_number: SIGBUS
 * @info:	says where
 * @context:	not used
 *
 * With the default action back in place, a fault that is not ours repeats and kills.
 */
static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	(void)context;
	if (info->si_code <= 0 || !replace((uintptr_t)info->si_addr)) {
		signal(signal_number, SIG_DFL);
		if (info->si_code <= 0) /* sent by kill(): it would not repeat by itself */
			raise(signal_number);
	}
	errno = saved_errno;
}

int dma_catch_sigbus(struct dma *dma)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	if (dma)
		action.sa_sigaction = on_sigbus;
	else
		action.sa_handler = SIG_DFL;
	caught = dma;
	return sigaction(SIGBUS, &action, NULL) < 0 ? -errno : 0;
}
