/* SPDX-License-Identifier: BSD-2-Clause */
/* Views of frames. */
#include "net/core/packet.h"

#include <errno.h>
#include <string.h>

#include "net/base/bytes.h"

void packet_from_buffer(struct packet *p, struct iovec *iov, const void *buf, uint32_t len)
{
	*iov = (struct iovec){.iov_base = (void *)buf, .iov_len = len};
	*p = (struct packet){.iov = iov, .iovcnt = 1, .len = len};
}

uint32_t packet_copy(const struct packet *p, uint32_t offset, void *dst, uint32_t len)
{
	uint32_t done = 0;

	for (int i = 0; i < p->iovcnt && done < len; i++) {
		uint32_t piece = (uint32_t)p->iov[i].iov_len;
		uint32_t n;

		if (offset >= piece) {
			offset -= piece;
			continue;
		}
		n = MIN(piece - offset, len - done);
		memcpy((uint8_t *)dst + done, (const uint8_t *)p->iov[i].iov_base + offset, n);
		done += n;
		offset = 0;
	}
	return done;
}

int packet_slice(const struct packet *p, uint32_t offset, uint32_t len, struct iovec *iov, int max)
{
	int n = 0;

	for (int i = 0; i < p->iovcnt && len > 0; i++) {
		uint32_t piece = (uint32_t)p->iov[i].iov_len;

		if (offset >= piece) {
			offset -= piece;
			continue;
		}
		if (n == max)
			return -EMSGSIZE;
		iov[n].iov_base = (uint8_t *)p->iov[i].iov_base + offset;
		iov[n].iov_len = MIN(piece - offset, len);
		len -= (uint32_t)iov[n].iov_len;
		offset = 0;
		n++;
	}
	return n;
}
