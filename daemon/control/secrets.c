/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading secrets, making a token. */
#include "daemon/control/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control/options.h"
#include "net/base/error.h"
#include "net/base/log.h"

#define TOKEN_BYTES 32

/**
 * struct room - where a file's content goes
 * @at:		the bytes
 * @size:	their number
 */
struct room {
	char *at;
	size_t size;
};

/**
 * check_rights() - is it a file that only its owner, who is root or we, can get at?
 * @fd:		the file
 * @path:	its path
 * @err:	says what it is
 *
 * Return: 0 or -errno
 */
static int check_rights(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "%s is no file", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return error_set(err, EPERM,
				 "%s is a secret, but others than its owner have rights to it: "
				 "chmod 600 %s",
				 path, path);
	if (st.st_uid != 0 && st.st_uid != getuid())
		return error_set(err, EPERM, "%s belongs to user %u, who could read and change it",
				 path, (unsigned)st.st_uid);
	return 0;
}

/**
 * read_small() - read a file
 * @path:	the file
 * @secret:	nobody else may have rights to it
 * @text:	filled, terminated
 * @err:	says why not
 *
 * Return: its length, or -errno
 */
static int read_small(const char *path, bool secret, struct room text, struct error *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), ret;
	ssize_t n = 0;

	if (fd < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	ret = secret ? check_rights(fd, path, err) : 0;
	if (ret == 0) {
		n = read(fd, text.at, text.size);
		if (n < 0)
			ret = error_set(err, errno, "%s: %s", path, strerror(errno));
		else if ((size_t)n == text.size)
			ret = error_set(err, EFBIG, "%s has more than %zu bytes", path,
					text.size - 1);
	}
	close(fd);
	if (ret < 0)
		return ret;
	text.at[n] = '\0';
	return (int)n;
}

/**
 * make_token() - choose a token and write it into a new file
 * @path:	the file
 * @err:	says why not
 *
 * Return: 0, -EEXIST when somebody was faster, or -errno
 */
static int make_token(const char *path, struct error *err)
{
	unsigned char random[TOKEN_BYTES];
	char text[2 * TOKEN_BYTES + 2];
	int fd;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_set(err, EIO, "the kernel has no random numbers");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(&text[2 * i], 3, "%02x", random[i]);
	text[2 * TOKEN_BYTES] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, errno, "%s cannot be made: %s", path, strerror(errno));
	if (write(fd, text, sizeof(text) - 1) != sizeof(text) - 1 || fsync(fd) < 0) {
		close(fd);
		unlink(path);
		return error_set(err, EIO, "%s cannot be written", path);
	}
	close(fd);
	log_info("%s did not exist; there is a new token in it", path);
	return 0;
}

/**
 * check_token() - is it long enough, and can a header have it?
 * @path:	where it stands
 * @token:	the token; white space at its end is taken off
 * @len:	its length
 * @err:	says why not
 *
 * Return: 0 or -EINVAL
 */
static int check_token(const char *path, char *token, size_t len, struct error *err)
{
	while (len > 0 && strchr(" \t\r\n", token[len - 1]))
		token[--len] = '\0';
	if (len < AUTH_MIN_TOKEN)
		return error_set(err, EINVAL, "the token in %s needs at least %d letters", path,
				 AUTH_MIN_TOKEN);
	for (size_t i = 0; i < len; i++) {
		if (token[i] <= ' ' || token[i] > '~')
			return error_set(err, EINVAL,
					 "the token in %s has a byte that no header could have",
					 path);
	}
	return 0;
}

/**
 * read_token() - read the token, and first choose one if there is no such file
 * @path:	the file
 * @token:	filled
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int read_token(const char *path, char token[AUTH_MAX_TOKEN + 1], struct error *err)
{
	int len, ret;

	if (access(path, F_OK) < 0 && errno == ENOENT) {
		ret = make_token(path, err);
		if (ret < 0 && ret != -EEXIST)
			return ret;
	}
	len = read_small(path, true, (struct room){token, AUTH_MAX_TOKEN + 1}, err);
	return len < 0 ? len : check_token(path, token, (size_t)len, err);
}

int secrets_read(const struct options *options, struct secrets *secrets, struct error *err)
{
	int ret = 0;

	secrets->tls = (struct http_tls){.cert = secrets->cert, .key = secrets->key};
	if (!options->tls_cert != !options->tls_key)
		return error_set(err, EINVAL, "--tls-cert and --tls-key need each other");
	if (options->token_file)
		ret = read_token(options->token_file, secrets->token, err);
	if (ret == 0 && options->tls_cert)
		ret = read_small(options->tls_cert, false,
				 (struct room){secrets->cert, sizeof(secrets->cert)}, err);
	if (ret >= 0 && options->tls_key)
		ret = read_small(options->tls_key, true,
				 (struct room){secrets->key, sizeof(secrets->key)}, err);
	return ret < 0 ? ret : 0;
}
