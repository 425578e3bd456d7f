/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing unprivileged users for control and workers. */
#include "daemon/control/identity.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/base/error.h"

#define FIRST_SPARE_UID 65533 /* below nobody's; Debian gives none of these to accounts */
#define LAST_SPARE_UID  65000

/**
 * become() - fill in an account
 * @id:		filled
 * @pw:		the account
 */
static void become(struct identity *id, const struct passwd *pw)
{
	id->change = true;
	id->uid = pw->pw_uid;
	id->gid = pw->pw_gid;
	snprintf(id->name, sizeof(id->name), "%s", pw->pw_name);
}

/**
 * stay() - keep the user that the process was started as
 * @id:		filled
 */
static void stay(struct identity *id)
{
	const struct passwd *pw = getpwuid(getuid());

	id->change = false;
	id->uid = getuid();
	id->gid = getgid();
	if (pw)
		snprintf(id->name, sizeof(id->name), "%s", pw->pw_name);
	else
		snprintf(id->name, sizeof(id->name), "%u", (unsigned)id->uid);
}

/**
 * choose_spare() - a user id that no account has
 * @id:		filled
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int choose_spare(struct identity *id, struct error *err)
{
	uid_t uid = FIRST_SPARE_UID;

	while (uid >= LAST_SPARE_UID && getpwuid(uid))
		uid--;
	if (uid < LAST_SPARE_UID)
		return error_set(err, ENOENT, "there is no spare user id for workers");
	*id = (struct identity){.change = true, .uid = uid, .gid = uid};
	snprintf(id->name, sizeof(id->name), "%u", (unsigned)uid);
	return 0;
}

/**
 * choose_worker() - "patchbay-worker", or "nobody", or a spare one, but never control's
 * @ids:	@control is filled, @worker will be
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int choose_worker(struct identities *ids, struct error *err)
{
	static const char *const names[] = {"patchbay-worker", "nobody"};

	for (int i = 0; i < 2; i++) {
		const struct passwd *pw = getpwnam(names[i]);

		if (!pw || pw->pw_uid == ids->control.uid || pw->pw_uid == 0)
			continue;
		become(&ids->worker, pw);
		return 0;
	}
	return choose_spare(&ids->worker, err);
}

int identities_choose(const char *user, struct identities *ids, struct error *err)
{
	const struct passwd *pw;

	if (getuid() != 0) {
		stay(&ids->control);
		ids->worker = ids->control;
		if (user && strcmp(user, ids->control.name) != 0)
			return error_set(err, EPERM, "only root can become user %s", user);
		return 0;
	}
	pw = user ? getpwnam(user) : getpwnam("patchbay");
	if (!pw && !user)
		pw = getpwnam("nobody");
	if (!pw)
		return error_set(err, ENOENT, "there is no user %s", user ? user : "nobody");
	if (pw->pw_uid == 0)
		return error_set(err, EINVAL,
				 "--user %s would leave the daemon root; name another user",
				 pw->pw_name);
	become(&ids->control, pw);
	return choose_worker(ids, err);
}
