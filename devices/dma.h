/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory: the table of mapped ranges, and the only functions that touch them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define DMA_MAX_REGIONS 512

/** enum dma_access - what is about to be done to guest memory */
enum dma_access {
	DMA_FROM_GUEST = 1, /* read by the card */
	DMA_TO_GUEST = 2,   /* written by the card */
};

/**
 * struct dma_range - some bytes of guest memory, and what will be done to them
 * @address:	guest address
 * @len:	bytes
 * @access:	enum dma_access bits
 */
struct dma_range {
	uint64_t address;
	uint32_t len;
	unsigned access;
};

/**
 * struct dma_region - one region of guest addresses that the client mapped
 * @address:	first guest address
 * @size:	bytes, not 0; @address + @size does not wrap
 * @host:	where it is mapped, or NULL for a range without a descriptor (not reachable)
 * @map_base:	what munmap() wants (page aligned), or NULL
 * @map_size:	its length
 * @access:	enum dma_access bits the client granted
 */
struct dma_region {
	uint64_t address;
	uint64_t size;
	uint8_t *host;
	void *map_base;
	size_t map_size;
	unsigned access;
};

/**
 * struct dma - the guest memory of one card; embedded in its owner
 * @regions:	mapped ranges, sorted by address, not overlapping
 * @count:	their number
 * @recent:	index of the region that was found last
 * @generation:	changes with every map and unmap; host pointers never outlive a call anyway
 * @unreachable: times a range without memory behind it was asked for (a client without share=on)
 * @faults:	regions that lost their memory to a client that cut its file (dma_catch_sigbus())
 */
struct dma {
	struct dma_region regions[DMA_MAX_REGIONS];
	int count;
	int recent;
	uint32_t generation;
	uint32_t unreachable;
	volatile uint32_t faults;
};

/**
 * dma_init() - an empty table
 * @dma:	the table
 */
void dma_init(struct dma *dma);

/**
 * dma_map() - add a range of guest memory
 * @dma:	the table
 * @region:	@address, @size and @access are read
 * @fd:		the memory file, or -1 for a range that can't be reached; stays the caller's
 * @offset:	where the range begins in @fd
 *
 * A descriptor that can't be mapped (no regular file, shorter than the range, read-only for a range
 * that may be written) leaves an unreachable range: the client has to be told "mapped" even so.
 *
 * Return: 0; -EINVAL for size 0 or a range that wraps; -EEXIST for an overlap; -ENOSPC when the
 * table is full
 */
int dma_map(struct dma *dma, const struct dma_region *region, int fd, uint64_t offset);

/**
 * dma_map_host() - add a range that is memory of this process (tests)
 * @dma:	the table
 * @address:	guest address
 * @host:	memory; stays the caller's
 * @size:	bytes
 *
 * Return: as dma_map()
 */
int dma_map_host(struct dma *dma, uint64_t address, void *host, uint64_t size);

/**
 * dma_unmap() - remove the range that was added with exactly this address and size
 * @dma:	the table
 * @address:	guest address
 * @size:	bytes
 *
 * Return: 0 or -ENOENT
 */
int dma_unmap(struct dma *dma, uint64_t address, uint64_t size);

/**
 * dma_unmap_all() - forget everything (client gone, reset of the connection)
 * @dma:	the table
 */
void dma_unmap_all(struct dma *dma);

/**
 * dma_host() - a guest range as one piece, valid until the caller returns to the loop
 * @dma:	the table
 * @range:	the bytes, at least one
 *
 * Return: where they are, or NULL when no single region holds them (dma_iov() may still do)
 */
uint8_t *dma_host(struct dma *dma, const struct dma_range *range);

/**
 * dma_iov() - host pieces of a guest range, valid until the caller returns to the loop
 * @dma:	the table
 * @range:	the bytes
 * @iov:	filled, one piece for each region touched
 * @max:	room in @iov
 *
 * Return: number of pieces (0 for a length of 0); -EFAULT when a byte of the range is not mapped,
 * not reachable or not granted; -EMSGSIZE when @max is too small
 */
int dma_iov(struct dma *dma, const struct dma_range *range, struct iovec *iov, int max);

/**
 * dma_read() - copy out of guest memory, once
 * @dma:	the table
 * @address:	guest address
 * @buf:	where to
 * @len:	bytes
 *
 * Return: 0 or -EFAULT; then @buf is all zeros
 */
int dma_read(struct dma *dma, uint64_t address, void *buf, uint32_t len);

/**
 * dma_write() - copy into guest memory
 * @dma:	the table
 * @address:	guest address
 * @buf:	where from
 * @len:	bytes
 *
 * Return: 0 or -EFAULT; then nothing was written
 */
int dma_write(struct dma *dma, uint64_t address, const void *buf, uint32_t len);

/**
 * dma_catch_sigbus() - survive a client that cuts its memory file under our mapping
 * @dma:	the one table of this process, or NULL to stop
 *
 * A fault inside a region replaces the region by private zero pages: the guest loses its data, the
 * worker goes on. A fault anywhere else kills the process as always.
 *
 * Return: 0 or -errno of sigaction()
 */
int dma_catch_sigbus(struct dma *dma);
