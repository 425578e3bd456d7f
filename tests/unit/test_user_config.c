/* SPDX-License-Identifier: BSD-2-Clause */
/* A user netdev's members: what is derived, what is refused with which words, what open() does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/backend/backend.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/user/config.h"

/** check() - run the check over a body; the body afterwards is returned */
static json_t *check(const char *json, int *result, struct error *err)
{
	json_t *body = json_loads(json, 0, NULL);

	if (!body)
		fail_msg("bad JSON in the test: %s", json);
	*err = (struct error){0};
	*result = backend_class("user")->check(body, err);
	return body;
}

/** struct refusal - a body and why it is refused */
struct refusal {
	const char *json;
	const char *pointer;
	const char *words;
};

static const struct refusal refusals[] = {
	{"{'net':'300.1.1.1/8'}", "#/net", "Failed to parse netmask"},
	{"{'net':'10.0.0.0'}", "#/net", "Failed to parse netmask"},
	{"{'net':'10.0.0.0/24x'}", "#/net", "Failed to parse netmask"},
	{"{'net':'10.0.0.0/255.0.255.0'}", "#/net", "Failed to parse netmask"},
	{"{'net':'10.0.0.0/'}", "#/net", "Failed to parse netmask"},
	{"{'net':'/24'}", "#/net", "Failed to parse netmask"},
	{"{'net':'10.0.0.0/33'}", "#/net", "must be in range 4-32"},
	{"{'net':'10.0.0.0/3'}", "#/net", "must be in range 4-32"},
	{"{'net':'10.0.0.0/224.0.0.0'}", "#/net", "must be in range 4-32"},
	{"{'net':'10.0.0.0/30'}", "#/net", "no room"},
	{"{'net':'127.0.0.0/8'}", "#/net", "can't be a guest's network"},
	{"{'net':'0.0.0.0/8'}", "#/net", "can't be a guest's network"},
	{"{'net':'224.0.0.0/24'}", "#/net", "can't be a guest's network"},
	{"{'host':'x'}", "#/host", "'x' is not an IPv4 address"},
	{"{'host':'10.0.3.2'}", "#/host", "Host doesn't belong to network"},
	{"{'host':'10.0.2.255'}", "#/host", "Host doesn't belong to network"},
	{"{'host':'10.0.2.0'}", "#/host", "Host doesn't belong to network"},
	{"{'dns':'10.0.3.3'}", "#/dns", "DNS doesn't belong to network"},
	{"{'dns':'10.0.2.2'}", "#/dns", "DNS must be different from host"},
	{"{'host':'10.0.2.3'}", "#/dns", "DNS must be different from host"},
	{"{'dhcpstart':'10.0.3.3'}", "#/dhcpstart", "DHCP doesn't belong to network"},
	{"{'dhcpstart':'10.0.2.2'}", "#/dhcpstart", "DHCP must be different from host and DNS"},
	{"{'dhcpstart':'10.0.2.3'}", "#/dhcpstart", "DHCP must be different from host and DNS"},
	{"{'ipv4':false,'ipv6':false}", "#/ipv4", "IPv4 and IPv6 disabled"},
	{"{'ipv4':false,'net':'10.1.0.0/16'}", "#/net", "IPv4 disabled but netmask/host/dns"},
	{"{'ipv4':false,'net':'10.0.2.0/24'}", "#/net", "IPv4 disabled but netmask/host/dns"},
	{"{'ipv6':true,'net':'10.0.2.0/24'}", "#/net", "IPv4 disabled but netmask/host/dns"},
	{"{'ipv6':true,'host':'10.0.2.2'}", "#/host", "IPv4 disabled but netmask/host/dns"},
	{"{'ipv4':false,'dns':'10.0.2.3'}", "#/dns", "IPv4 disabled but netmask/host/dns"},
	{"{'ipv4':true,'ipv6-host':'fec0::2'}", "#/ipv6-host", "IPv6 disabled but prefix"},
	{"{'ipv6':false,'ipv6-prefix':'fd00::'}", "#/ipv6-prefix", "IPv6 disabled but prefix"},
	{"{'ipv6-prefix':'zz'}", "#/ipv6-prefix", "Failed to parse IPv6 prefix"},
	{"{'ipv6-prefix':'ff02::'}", "#/ipv6-prefix", "Invalid IPv6 prefix"},
	{"{'ipv6-prefix':'fe80::'}", "#/ipv6-prefix", "Invalid IPv6 prefix"},
	{"{'ipv6-prefix':'::1'}", "#/ipv6-prefix", "Invalid IPv6 prefix"},
	{"{'ipv6-prefixlen':127}", "#/ipv6-prefixlen", "must be between 0 and 126"},
	{"{'ipv6-prefixlen':300}", "#/ipv6-prefixlen", "must be between 0 and 126"},
	{"{'ipv6-prefixlen':-1}", "#/ipv6-prefixlen", "must be between 0 and 126"},
	{"{'ipv6-host':'fd00::2'}", "#/ipv6-host", "doesn't belong to network"},
	{"{'ipv6-dns':'fd00::2'}", "#/ipv6-dns", "doesn't belong to network"},
	{"{'ipv6-dns':'fec0::2'}", "#/ipv6-dns", "DNS must be different from host"},
	{"{'dns-upstream':['1.1.1.1','x']}", "#/dns-upstream/1", "'x' is not a DNS server"},
	{"{'dns-upstream':['1.1.1.1:0']}", "#/dns-upstream/0", "is not a DNS server"},
	{"{'dns-upstream':['1.1.1.1:70000']}", "#/dns-upstream/0", "is not a DNS server"},
	{"{'dns-upstream':['[1.1.1.1]:53']}", "#/dns-upstream/0", "is not a DNS server"},
	{"{'dns-upstream':['[::1']}", "#/dns-upstream/0", "is not a DNS server"},
	{"{'dns-upstream':['0.0.0.0']}", "#/dns-upstream/0", "not the address of one host"},
	{"{'dns-upstream':['[::]:53']}", "#/dns-upstream/0", "not the address of one host"},
	{"{'dns-upstream':['224.0.0.251']}", "#/dns-upstream/0", "not the address of one host"},
	{"{'dns-upstream':['255.255.255.255']}", "#/dns-upstream/0", "not the address of one host"},
	{"{'dns-upstream':['ff02::fb']}", "#/dns-upstream/0", "not the address of one host"},
	{"{'dns-upstream':['fe80::1']}", "#/dns-upstream/0", "needs its interface (scope)"},
	{"{'hostfwd':['tcp::1-:2','x']}", "#/hostfwd/1", "'x' (No : separators)"},
	{"{'hostfwd':['']}", "#/hostfwd/0", "No : separators"},
	{"{'hostfwd':['sctp::1-:2']}", "#/hostfwd/0", "Bad protocol name"},
	{"{'hostfwd':['tcp:1-:2']}", "#/hostfwd/0", "Bad host address"},
	{"{'hostfwd':['tcp:1']}", "#/hostfwd/0", "Missing : separator"},
	{"{'hostfwd':['tcp:localhost:1-:2']}", "#/hostfwd/0", "Bad host address"},
	{"{'hostfwd':['tcp:::1:1-:2']}", "#/hostfwd/0", "Bad host port"},
	{"{'hostfwd':['tcp:[1.2.3.4]:1-:2']}", "#/hostfwd/0", "Bad host address"},
	{"{'hostfwd':['tcp::1']}", "#/hostfwd/0", "Bad host port separator"},
	{"{'hostfwd':['tcp::x-:2']}", "#/hostfwd/0", "Bad host port"},
	{"{'hostfwd':['tcp::65536-:2']}", "#/hostfwd/0", "Bad host port"},
	{"{'hostfwd':['tcp::-1-:2']}", "#/hostfwd/0", "Bad host port"},
	{"{'hostfwd':['tcp::1-2']}", "#/hostfwd/0", "Missing guest address"},
	{"{'hostfwd':['tcp::1-x:2']}", "#/hostfwd/0", "Bad guest address"},
	{"{'hostfwd':['tcp::1-10.0.3.1:2']}", "#/hostfwd/0", "Bad guest address: it is not"},
	{"{'hostfwd':['tcp::1-10.0.2.2:2']}", "#/hostfwd/0", "Bad guest address: it is not"},
	{"{'hostfwd':['tcp::1-[fec0::9]:2']}", "#/hostfwd/0", "must be of the same family"},
	{"{'hostfwd':['tcp:[::1]:1-10.0.2.9:2']}", "#/hostfwd/0", "must be of the same family"},
	{"{'hostfwd':['tcp:[::1]:1-[fd00::9]:2']}", "#/hostfwd/0", "Bad guest address: it is not"},
	{"{'hostfwd':['tcp::1-10.0.2.0:2']}", "#/hostfwd/0", "Bad guest address: it is not"},
	{"{'hostfwd':['tcp::1-10.0.2.255:2']}", "#/hostfwd/0", "Bad guest address: it is not"},
	{"{'hostfwd':['udp:224.0.0.1:1-:2']}", "#/hostfwd/0", "multicast or broadcast"},
	{"{'hostfwd':['udp:255.255.255.255:1-:2']}", "#/hostfwd/0", "multicast or broadcast"},
	{"{'hostfwd':['udp:[ff02::1]:1-:2']}", "#/hostfwd/0", "multicast or broadcast"},
	{"{'hostfwd':['tcp:[fe80::1]:0-:1']}", "#/hostfwd/0", "needs its interface (scope)"},
	{"{'hostfwd':['tcp::1-:']}", "#/hostfwd/0", "Bad guest port"},
	{"{'hostfwd':['tcp::1-:0']}", "#/hostfwd/0", "Bad guest port"},
	{"{'hostfwd':['tcp::1-:2x']}", "#/hostfwd/0", "Bad guest port"},
	{"{'ipv4':true,'hostfwd':['tcp:[::1]:1-:2']}", "#/hostfwd/0", "no address of that family"},
	{"{'ipv6':true,'hostfwd':['tcp:127.0.0.1:1-:2']}", "#/hostfwd/0",
	 "no address of that family"},
};

/** with_quotes() - ' becomes ", so that the tables can be read */
static const char *with_quotes(const char *text)
{
	static char buf[512];
	char *p;

	snprintf(buf, sizeof(buf), "%s", text);
	/* Only the quotes around members and values; words have none in here. */
	for (p = buf; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return buf;
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct error err;
		int result;
		json_t *body = check(with_quotes(r->json), &result, &err);
		json_t *same = json_loads(with_quotes(r->json), 0, NULL);

		if (result != -EINVAL || strcmp(err.pointer, r->pointer) != 0 ||
		    !strstr(err.message, r->words))
			fail_msg("%s: %d %s: %s", r->json, result, err.pointer, err.message);
		assert_true(json_equal(body, same)); /* a refusal changes nothing */
		json_decref(same);
		json_decref(body);
	}
}

/** struct derived - a body and some members of what becomes of it */
struct derived {
	const char *json;
	const char *members;
};

static const struct derived derived[] = {
	{"{}", "{'ipv4':true,'net':'10.0.2.0/24','host':'10.0.2.2','dns':'10.0.2.3',"
	       "'dhcpstart':'10.0.2.15','ipv6':true,'ipv6-prefix':'fec0::','ipv6-prefixlen':64,"
	       "'ipv6-host':'fec0::2','ipv6-dns':'fec0::3'}"},
	{"{'net':'192.168.76.0/24','dhcpstart':'192.168.76.9'}",
	 "{'net':'192.168.76.0/24','host':'192.168.76.2','dns':'192.168.76.3',"
	 "'dhcpstart':'192.168.76.9'}"},
	{"{'net':'10.0.0.0/8'}", "{'host':'10.0.2.2','dns':'10.0.2.3','dhcpstart':'10.0.2.15'}"},
	{"{'net':'172.16.5.4/255.255.0.0'}", "{'net':'172.16.0.0/16','host':'172.16.2.2'}"},
	{"{'net':'10.0.0.32/29'}",
	 "{'host':'10.0.0.34','dns':'10.0.0.35','dhcpstart':'10.0.0.36'}"},
	{"{'net':'10.0.0.32/28'}", "{'host':'10.0.0.34','dhcpstart':'10.0.0.36'}"},
	{"{'net':'10.0.0.32/27'}", "{'host':'10.0.0.34','dhcpstart':'10.0.0.47'}"},
	{"{'ipv6':true}", "{'ipv4':false,'ipv6':true}"},
	{"{'ipv4':true}", "{'ipv4':true,'ipv6':false}"},
	{"{'ipv4':false}", "{'ipv4':false,'ipv6':true}"},
	{"{'ipv6':false}", "{'ipv4':true,'ipv6':false}"},
	{"{'ipv4':true,'ipv6':true}", "{'ipv4':true,'ipv6':true}"},
	{"{'ipv6-prefix':'fd00:1:2:3:4::','ipv6-prefixlen':0}",
	 "{'ipv6-prefix':'fd00:1:2:3::','ipv6-prefixlen':64,'ipv6-host':'fd00:1:2:3::2'}"},
	{"{'ipv6-prefix':'fd00::f0','ipv6-prefixlen':126}",
	 "{'ipv6-prefix':'fd00::f0','ipv6-host':'fd00::f2','ipv6-dns':'fd00::f3'}"},
	{"{'hostfwd':['tcp::5555-:22','udp:[::1]:5353-:53','::1-:2']}", "{}"},
	{"{'ipv6':true,'hostfwd':['tcp::5555-:22']}", "{}"},
	{"{'dns-upstream':['1.1.1.1','1.1.1.1:54','[2001:db8::1]:55','2001:db8::1','[::1]']}",
	 "{}"},
};

static void test_derived(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(derived); i++) {
		struct error err;
		int result;
		json_t *body = check(with_quotes(derived[i].json), &result, &err);
		json_t *members = json_loads(with_quotes(derived[i].members), 0, NULL);
		json_t *again, *value;
		const char *key;

		if (result < 0)
			fail_msg("%s: %s", derived[i].json, err.message);
		json_object_foreach (members, key, value) {
			if (!json_equal(json_object_get(body, key), value))
				fail_msg("%s: %s", derived[i].json, key);
		}
		/* What a GET shows can be posted again and means the same. */
		again = json_deep_copy(body);
		assert_int_equal(backend_class("user")->check(again, &err), 0);
		assert_true(json_equal(again, body));
		json_decref(again);
		json_decref(members);
		json_decref(body);
	}
}

static void test_long_hostname(void **state)
{
	char json[400], name[257];
	struct error err;
	int result;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	snprintf(json, sizeof(json), "{\"hostname\":\"%s\"}", name);
	json_decref(check(json, &result, &err));
	assert_int_equal(result, 0);
	name[255] = 'a';
	name[256] = '\0';
	snprintf(json, sizeof(json), "{\"hostname\":\"%s\"}", name);
	json_decref(check(json, &result, &err));
	assert_int_equal(result, -EINVAL);
	assert_string_equal(err.pointer, "#/hostname");
}

/** open() makes all sockets or none, and says who has the port. */
static void test_open(void **state)
{
	const struct backend_class *class = backend_class("user");
	struct backend_fds fds, more;
	struct error err = {0};
	char json[128], pid[32];
	json_t *body, *list;
	unsigned port;
	int result;

	(void)state;
	body = check("{\"hostfwd\":[\"tcp::0-:22\",\"udp:127.0.0.2:0-:7\"]}", &result, &err);
	assert_int_equal(class->open(body, &fds, &err), 0);
	assert_int_equal(fds.count, 2);
	list = json_object_get(body, "hostfwd");
	assert_int_equal(sscanf(json_string_value(json_array_get(list, 0)),
				"tcp:127.0.0.1:%u-10.0.2.15:22", &port),
			 1);
	assert_in_range(port, 1, 65535);
	json_decref(body);
	snprintf(json, sizeof(json), "{\"hostfwd\":[\"udp::0-:7\",\"tcp::%u-:22\"]}", port);
	body = check(json, &result, &err);
	assert_int_equal(class->open(body, &more, &err), -EADDRINUSE);
	assert_int_equal(more.count, 0);
	assert_string_equal(err.pointer, "#/hostfwd/1");
	assert_non_null(strstr(err.message, "Could not set up host forwarding rule 'tcp::"));
	assert_non_null(strstr(err.message, "Address already in use"));
	snprintf(pid, sizeof(pid), "pid %d)", getpid());
	assert_non_null(strstr(err.message, pid));
	assert_string_equal(json_string_value(json_array_get(json_object_get(body, "hostfwd"), 0)),
			    "udp::0-:7");
	backend_fds_close(&fds);
	assert_int_equal(class->open(body, &fds, &err), 0); /* free again */
	backend_fds_close(&fds);
	json_decref(body);
	body = check("{\"hostfwd\":[\"tcp:198.51.100.1:0-:7\"]}", &result, &err);
	assert_int_equal(class->open(body, &fds, &err), -EADDRNOTAVAIL);
	json_decref(body);
}

static void test_forward_text(void **state)
{
	static const char *const rules[] = {"tcp:127.0.0.1:5555-10.0.2.15:22",
					    "udp:0.0.0.0:1-10.0.2.200:65535",
					    "tcp:[::1]:5555-[fec0::9]:22", "udp:[::]:5555-:22"};
	struct user_config cfg = {.ipv4 = true, .ipv6 = true};

	(void)state;
	assert_int_equal(user_parse_net("10.0.2.0/24", &cfg, NULL), 0);
	assert_int_equal(user_finish_ipv4(&cfg, NULL), 0);
	assert_int_equal(user_finish_ipv6(&cfg, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct user_forward fwd;
		const char *reason;
		char text[128];

		assert_int_equal(user_parse_forward(&cfg, rules[i], &fwd, &reason), 0);
		user_format_forward(&fwd, text, sizeof(text));
		assert_string_equal(text, rules[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),      cmocka_unit_test(test_derived),
		cmocka_unit_test(test_long_hostname), cmocka_unit_test(test_open),
		cmocka_unit_test(test_forward_text),
	};

	return cmocka_run_group_tests_name("user_config", tests, NULL, NULL);
}
