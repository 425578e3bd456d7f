/* SPDX-License-Identifier: BSD-2-Clause */
/* agent - runs the host's shell scripts in the test guest. */

/*
 * Standard input is the guest's second serial port. Both ways go a header line, then bytes:
 *
 *	agent to host, at its start:	ready
 *	host to agent:			ID SECONDS LENGTH, newline, LENGTH bytes of shell script
 *	agent to host, at its end:	ID STATUS LENGTH, newline, LENGTH bytes of output
 *
 * Scripts run side by side, each in a session of its own; answers come as they end, told apart by
 * ID. After SECONDS the session is killed and STATUS is 137, as a shell would say. Output goes to
 * a file, not a pipe: what a script leaves running in the background keeps nobody waiting.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_JOBS   64
#define MAX_SCRIPT (1 << 20)
#define FOLDER     "/run/agent"

/**
 * struct job - a script that runs
 * @pid:	its shell, and the shell's process group; 0 for a free slot
 * @id:		the host's number for it
 * @deadline:	when it is killed, in seconds of CLOCK_MONOTONIC
 */
struct job {
	pid_t pid;
	int id;
	time_t deadline;
};

static struct job jobs[MAX_JOBS];
static char input[MAX_SCRIPT + 64];
static size_t have;

/** die() - end the agent with the reason of the last failed call; init starts it again */
static void die(const char *what)
{
	perror(what);
	exit(1);
}

/** now() - seconds of the clock that nobody sets */
static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/** write_all() - write a block, however many calls it takes */
static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n <= 0)
			die("write");
		data += n;
		size -= n;
	}
}

/**
 * become_shell() - in the child, become a shell that reads the script from a file
 * @script:	path of the script
 * @output:	path of the file that takes what it prints
 */
static void become_shell(const char *script, const char *output)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	close(0);
	close(1);
	close(2);
	open("/dev/null", O_RDONLY);
	open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	dup(1);
	execl("/bin/sh", "sh", script, NULL);
	_exit(127);
}

/**
 * start_job() - start a script
 * @id:		the host's number for it
 * @seconds:	time it gets
 * @script:	text of the script
 * @size:	its length in bytes
 */
static void start_job(int id, int seconds, const char *script, size_t size)
{
	char path[64], output[64];
	struct job *job = jobs;
	int fd;

	while (job < jobs + MAX_JOBS && job->pid)
		job++;
	if (job == jobs + MAX_JOBS)
		die("too many scripts");
	snprintf(path, sizeof(path), FOLDER "/%d.sh", id);
	snprintf(output, sizeof(output), FOLDER "/%d.out", id);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	write_all(fd, script, size);
	close(fd);
	job->id = id;
	job->deadline = now() + seconds;
	job->pid = fork();
	if (!job->pid)
		become_shell(path, output);
}

/**
 * answer() - tell the host about a script that has ended
 * @job:	the script
 * @status:	exit status as a shell says it
 */
static void answer(const struct job *job, int status)
{
	char path[64], buffer[16384];
	struct stat stat;
	size_t left;
	int fd, n;

	snprintf(path, sizeof(path), FOLDER "/%d.out", job->id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat))
		die(path);
	left = stat.st_size;
	n = snprintf(buffer, sizeof(buffer), "%d %d %zu\n", job->id, status, left);
	write_all(1, buffer, n);
	while (left) {
		n = read(fd, buffer, left < sizeof(buffer) ? left : sizeof(buffer));
		if (n <= 0)
			die(path);
		write_all(1, buffer, n);
		left -= n;
	}
	close(fd);
	unlink(path);
	snprintf(path, sizeof(path), FOLDER "/%d.sh", job->id);
	unlink(path);
}

/** reap() - answer for each script that has ended; other children need no answer */
static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (struct job *job = jobs; job < jobs + MAX_JOBS; job++) {
			if (job->pid != pid)
				continue;
			answer(job,
			       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
			job->pid = 0;
		}
	}
}

/** kill_late() - end the scripts whose time is over; reap() will see them */
static void kill_late(void)
{
	for (struct job *job = jobs; job < jobs + MAX_JOBS; job++)
		if (job->pid && now() >= job->deadline)
			kill(-job->pid, SIGKILL);
}

/** take_requests() - start what has arrived whole; a part of a request stays for later */
static void take_requests(void)
{
	int id, seconds;
	size_t size;
	char *line;

	while ((line = memchr(input, '\n', have))) {
		size_t head = line + 1 - input;

		*line = 0;
		if (sscanf(input, "%d %d %zu", &id, &seconds, &size) != 3 || size > MAX_SCRIPT)
			die("bad request");
		*line = '\n';
		if (have < head + size)
			return;
		start_job(id, seconds, input + head, size);
		have -= head + size;
		memmove(input, input + head + size, have);
	}
}

/** make_raw() - let every byte through the serial port as it is, both ways */
static void make_raw(int fd)
{
	struct termios terminal;

	if (tcgetattr(fd, &terminal))
		die("serial port");
	cfmakeraw(&terminal);
	tcsetattr(fd, TCSANOW, &terminal);
}

/** main() - take requests, answer them, for ever */
int main(void)
{
	struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}, {.events = POLLIN}};
	struct signalfd_siginfo info;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	fds[1].fd = signalfd(-1, &child, SFD_CLOEXEC);
	mkdir(FOLDER, 0700);
	make_raw(0);
	write_all(1, "ready\n", 6);
	for (;;) {
		poll(fds, 2, 500);
		if (fds[0].revents) {
			ssize_t n = read(0, input + have, sizeof(input) - have);

			if (n <= 0)
				die("serial port");
			have += n;
			take_requests();
		}
		if (fds[1].revents && read(fds[1].fd, &info, sizeof(info)) > 0)
			reap();
		kill_late();
	}
}
