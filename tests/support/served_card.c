/* SPDX-License-Identifier: BSD-2-Clause */
/* A test card behind a vfio-user server. */
#include "tests/support/served_card.h"

#include <dirent.h>
#include <stdlib.h>

#include "net/base/log.h"

static int64_t now_of(void *context)
{
	return ((struct served_card *)context)->now_ns;
}

int served_card_setup(void **state)
{
	struct served_card *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	log_set_level(LOG_LEVEL_ERROR);
	s->now_ns = 1000000000;
	s->loop = loop_new();
	loop_set_clock(s->loop, now_of, s);
	s->card = test_card_new(s->loop);
	s->server = vfio_user_start(s->loop, &s->card->nic, fake_listen(&s->address), NULL);
	if (!s->server)
		return -1;
	fake_connect(&s->client, s->loop, &s->address);
	*state = s;
	return 0;
}

int served_card_teardown(void **state)
{
	struct served_card *s = *state;

	fake_close(&s->client);
	vfio_user_stop(s->server);
	nic_free(&s->card->nic);
	loop_free(s->loop);
	free(s);
	return 0;
}

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 3; /* ".", "..", and the directory itself */
}
