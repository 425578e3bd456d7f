/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's grammar: what objects come of it, and in which words it is refused. */
#include "daemon/control/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/control/keyval.h"
#include "daemon/control/options.h"
#include "net/base/error.h"
#include "tests/support/model_fixture.h"

static struct model_fixture f;
static char printed[2048];

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	model_fixture_new(&f);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	model_fixture_free(&f);
	return 0;
}

/** apply() - cmdline_apply() of "-netdev", value, "-device", value ...; what it prints is caught */
static int apply(int count, const struct qemu_arg *args)
{
	static struct options options;
	int saved = dup(STDERR_FILENO), fd = memfd_create("stderr", 0), ret;
	ssize_t n;

	memset(&options, 0, sizeof(options));
	memcpy(options.qemu, args, sizeof(*args) * (size_t)count);
	options.qemu_count = (size_t)count;
	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	ret = 0;
	for (enum collection c = 0; c < COLLECTION_COUNT && ret == 0; c++)
		ret = cmdline_apply(&options, c, f.model);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fd, printed, sizeof(printed) - 1, 0);
	printed[n < 0 ? 0 : n] = '\0';
	close(fd);
	return ret;
}

/** one() - apply() of one option */
static int one(enum qemu_option option, const char *text)
{
	return apply(1, &(struct qemu_arg){.option = option, .text = text});
}

/** expect_json() - an object has the members of @json (single quotes for double ones) */
static void expect_json(enum collection c, const char *id, const char *json)
{
	json_t *object = model_get(f.model, c, id), *wanted, *value;
	char *text = strdup(json);
	const char *key;

	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	wanted = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(wanted);
	if (!object)
		fail_msg("there is no %s", id);
	json_object_foreach (wanted, key, value) {
		if (!json_equal(json_object_get(object, key), value))
			fail_msg("%s: %s is %s", id, key,
				 json_dumps(json_object_get(object, key), JSON_ENCODE_ANY));
	}
	json_decref(wanted);
	json_decref(object);
}

static void test_keyval(void **state)
{
	struct keyval kv;

	(void)state;
	assert_int_equal(keyval_parse(&kv, "user,id=a,,b,x,y=,id=c,z=1=2,", "type", NULL), 0);
	assert_int_equal(kv.count, 6);
	assert_string_equal(kv.key[0], "type");
	assert_string_equal(kv.value[0], "user");
	assert_string_equal(kv.value[1], "a,b");
	assert_string_equal(kv.key[2], "x");
	assert_null(kv.value[2]);
	assert_string_equal(kv.value[3], "");
	assert_string_equal(kv.value[5], "1=2");
	assert_string_equal(keyval_take(&kv, "id"), "c");
	assert_int_equal(kv.count, 4);
	assert_null(keyval_take(&kv, "id"));
	keyval_done(&kv);
	assert_int_equal(keyval_parse(&kv, "a,,,,b", "type", NULL), 0);
	assert_string_equal(kv.value[0], "a,,b");
	keyval_done(&kv);
	assert_int_equal(keyval_parse(&kv, "", "type", NULL), 0);
	assert_int_equal(kv.count, 1);
	keyval_done(&kv);
}

static void test_netdev_and_device(void **state)
{
	const struct qemu_arg args[] = {
		{QEMU_DEVICE, "e1000,netdev=mynet0,mac=52:54:00:AB:cd:01,id=card,bus=pci.0"},
		{QEMU_NETDEV, "user,id=mynet0,net=192.168.76.0/24,dhcpstart=192.168.76.9,"
			      "restrict=on,ipv6=off,dns-upstream=192.0.2.1,"
			      "dns-upstream=192.0.2.2"},
	};

	(void)state;
	assert_int_equal(apply(2, args), 0);
	assert_string_equal(printed, "");
	expect_json(COLLECTION_NETDEVS, "mynet0",
		    "{'type':'user','net':'192.168.76.0/24','dhcpstart':'192.168.76.9',"
		    "'restrict':true,'ipv6':false,'dns-upstream':['192.0.2.1','192.0.2.2'],"
		    "'used_by':'/nics/card'}");
	expect_json(COLLECTION_NICS, "card",
		    "{'model':'e1000','mac':'52:54:00:ab:cd:01','netdev':'mynet0'}");
	assert_true(model_find(f.model, COLLECTION_NICS, "card")->from_cli);
	assert_false(f.model->from_cli);
}

static void test_other_forms(void **state)
{
	(void)state;
	assert_int_equal(one(QEMU_NETDEV, "{\"type\":\"user\",\"id\":\"j\",\"dns-upstream\":"
					  "[{\"str\":\"192.0.2.7\"}],\"restrict\":true}"),
			 0);
	expect_json(COLLECTION_NETDEVS, "j", "{'dns-upstream':['192.0.2.7'],'restrict':true}");
	assert_int_equal(one(QEMU_NETDEV, "user,id=k,ipv6-net=fd00:1::/64,restrict"), 0);
	expect_json(COLLECTION_NETDEVS, "k",
		    "{'ipv6-prefix':'fd00:1::','ipv6-prefixlen':64,'restrict':true}");
	assert_int_equal(one(QEMU_NIC, "none"), 0);
	assert_null(model_find(f.model, COLLECTION_NICS, "nic0"));
	assert_int_equal(one(QEMU_NIC, "user,model=rtl8139,mac=52:54:00:00:00:02,id=n"), 0);
	expect_json(COLLECTION_NICS, "nic0",
		    "{'model':'rtl8139','netdev':'n','mac':'52:54:00:00:00:02'}");
	assert_int_equal(one(QEMU_NIC, "model=e1000"), 0);
	expect_json(COLLECTION_NICS, "nic1", "{'model':'e1000','netdev':'user0'}");
	assert_int_equal(one(QEMU_DEVICE, "{\"driver\":\"e1000-82540em\",\"id\":\"d\"}"), 0);
	expect_json(COLLECTION_NICS, "d", "{'model':'e1000','netdev':null}");
}

static void test_net(void **state)
{
	const struct qemu_arg wire[] = {
		{QEMU_NET, "user,id=n,net=192.168.76.0/24"},
		{QEMU_NET, "nic,model=rtl8139,macaddr=52:54:00:00:00:03,addr=5,id=card"},
		{QEMU_NET, "nic,netdev=other"},
		{QEMU_NETDEV, "user,id=other"},
	};
	const struct qemu_arg crowd[] = {
		{QEMU_NET, "nic"}, {QEMU_NET, "user"}, {QEMU_NET, "nic,model=rtl8139"}};

	(void)state;
	assert_int_equal(apply(4, wire), 0);
	assert_string_equal(printed, "");
	expect_json(COLLECTION_NETDEVS, "n", "{'net':'192.168.76.0/24','used_by':'/nics/card'}");
	expect_json(COLLECTION_NICS, "card",
		    "{'model':'rtl8139','netdev':'n','mac':'52:54:00:00:00:03'}");
	expect_json(COLLECTION_NICS, "nic0", "{'model':'e1000','netdev':'other'}");
	assert_int_equal(one(QEMU_NET, "none"), 0);
	assert_int_equal(f.model->objects[COLLECTION_NICS].count, 2);
	assert_int_equal(one(QEMU_NET, "nic"), 0);
	expect_json(COLLECTION_NICS, "nic1", "{'netdev':null}");
	assert_int_equal(one(QEMU_NET, "user"), 0);
	expect_json(COLLECTION_NETDEVS, "user0", "{'used_by':null}");
	assert_int_equal(apply(3, crowd), -1);
	assert_non_null(strstr(printed, "-net nic,model=rtl8139: there is a NIC on hub 0 already"));
	assert_int_equal(apply(2, (struct qemu_arg[]){{QEMU_NET, "user"}, {QEMU_NET, "user"}}), -1);
	assert_non_null(strstr(printed, "there is a netdev on hub 0 already"));
	assert_int_equal(f.model->objects[COLLECTION_NICS].count, 3);
	assert_int_equal(f.model->objects[COLLECTION_NETDEVS].count, 3);
}

/** struct refusal - an option, and what is said of it */
struct refusal {
	enum qemu_option option;
	const char *text;
	const char *words;
};

static const struct refusal refusals[] = {
	{QEMU_NETDEV, "foo,id=a", "Parameter 'type' does not accept value 'foo'"},
	{QEMU_NETDEV, "id=a", "Parameter 'type' is missing"},
	{QEMU_NETDEV, "user", "Parameter 'id' is missing"},
	{QEMU_NETDEV, "user,id=1a", "Parameter 'id' expects an identifier\nIdentifiers consist"},
	{QEMU_NETDEV, "user,id=taken", "Duplicate ID 'taken' for netdev"},
	{QEMU_NETDEV, "user,id=a,bogus=1", "Invalid parameter 'bogus'"},
	{QEMU_NETDEV, "user,id=a,bogus", "Invalid parameter 'bogus'"},
	{QEMU_NETDEV, "user,id=a,restrict=maybe", "Parameter 'restrict' expects 'on' or 'off'"},
	{QEMU_NETDEV, "user,id=a,net", "Expected '=' after parameter 'net'"},
	{QEMU_NETDEV, "user,id=a,ipv6-prefixlen=x", "Parameter 'ipv6-prefixlen' expects a number"},
	{QEMU_NETDEV, "tap,id=a,sndbuf=1Mb",
	 "Parameter 'sndbuf' expects a size, like 4096, 64k or 1M"},
	{QEMU_NETDEV, "tap,id=a,sndbuf=9000000000000000000k",
	 "Parameter 'sndbuf' expects a size, like 4096, 64k or 1M"},
	{QEMU_NETDEV, "user,id=a,status=up", "Invalid parameter"},
	{QEMU_NETDEV, "user,id=a,net=10.0.0.0/33", "netmask"},
	{QEMU_NETDEV, "user,id=a,host=9.9.9.9", "Host doesn't belong to network"},
	{QEMU_NETDEV, "user,id=a,ipv4=off,ipv6=off", "IPv4 and IPv6 disabled"},
	{QEMU_NETDEV, "user,id=a,ipv6-net=fec0::/127", "Invalid IPv6 prefix provided"},
	{QEMU_NETDEV, "user,id=a,ipv6-net=fec0::/x",
	 "parameter 'ipv6-net' expects a number after '/'"},
	{QEMU_NETDEV, "{\"type\":\"user\",\"id\":\"a\",\"ipv6\":\"on\"}",
	 "Invalid parameter type for 'ipv6', expected: boolean"},
	{QEMU_NETDEV, "{\"type\":\"user\"", "JSON parse error"},
	{QEMU_NETDEV, "{\"id\":\"a\"}", "Parameter 'type' is missing"},
	{QEMU_DEVICE, "foo", "'foo' is not a valid device model name"},
	{QEMU_DEVICE, "mac=1", "Parameter 'driver' is missing"},
	{QEMU_DEVICE, "e1000,netdev=nope", "Property 'e1000.netdev' can't find value 'nope'"},
	{QEMU_DEVICE, "rtl8139,netdev=taken",
	 "Property 'rtl8139.netdev' can't take value 'taken', it's in use"},
	{QEMU_DEVICE, "e1000,mac=zz", "Property 'e1000.mac' doesn't take value 'zz'"},
	{QEMU_DEVICE, "e1000,bogus=1", "Property 'e1000.bogus' not found"},
	{QEMU_DEVICE, "e1000,socket=/x", "Property 'e1000.socket' not found"},
	{QEMU_DEVICE, "e1000,id=card", "Duplicate ID 'card' for device"},
	{QEMU_DEVICE, "e1000,mac=52:54:00:00:00:09", "is that of NIC \"card\""},
	{QEMU_NIC, "user,mac=zz", "'mac'"},
	{QEMU_NIC, "user,mac=01:00:00:00:00:00",
	 "NIC cannot have multicast MAC address (odd 1st byte)"},
	{QEMU_NIC, "user,macaddr=52:54:00:00:00:01", "Invalid parameter 'macaddr'"},
	{QEMU_NIC, "user,netdev=taken", "Invalid parameter 'netdev'"},
	{QEMU_NIC, "user,model=foo", "Parameter 'model' does not accept value 'foo'"},
	{QEMU_NIC, "foo", "Parameter 'type' does not accept value 'foo'"},
	{QEMU_NETDEV, "user,id=a,ipv6-net", "Expected '=' after parameter 'ipv6-net'"},
	{QEMU_NET, "foo", "Parameter 'type' does not accept value 'foo'"},
	{QEMU_NET, "id=x", "Parameter 'type' is missing"},
	{QEMU_NET, "hubport", "network backend 'hubport' is only supported with -netdev/-nic"},
	{QEMU_NET, "nic,vlan=0", "Invalid parameter 'vlan'"},
	{QEMU_NET, "nic,mac=52:54:00:00:00:01", "Invalid parameter 'mac'"},
	{QEMU_NET, "nic,macaddr", "Expected '=' after parameter 'macaddr'"},
	{QEMU_NET, "nic,macaddr=01:00:00:00:00:01",
	 "NIC cannot have multicast MAC address (odd 1st byte)"},
	{QEMU_NET, "nic,model=foo", "Parameter 'model' does not accept value 'foo'"},
	{QEMU_NET, "nic,netdev=nope", "nope"},
	{QEMU_NET, "nic,netdev=taken", "taken"},
	{QEMU_NET, "user,vlan=0", "Invalid parameter 'vlan'"},
	{QEMU_NET, "user,id=taken", "Duplicate ID 'taken'"},
};

static void test_refusals(void **state)
{
	static const char *const names[] = {"-netdev", "-nic", "-device", "-net"};
	size_t n = sizeof(refusals) / sizeof(refusals[0]);

	(void)state;
	assert_int_equal(one(QEMU_NETDEV, "user,id=taken"), 0);
	assert_int_equal(one(QEMU_DEVICE, "e1000,netdev=taken,id=card,mac=52:54:00:00:00:09"), 0);
	for (size_t i = 0; i < n; i++) {
		const struct refusal *r = &refusals[i];
		char prefix[256];

		f.config.max_objects++; /* a -nic leaves the netdev that was fine */
		assert_int_equal(one(r->option, r->text), -1);
		snprintf(prefix, sizeof(prefix), "patchbayd: %s %s: ", names[r->option], r->text);
		if (strncmp(printed, prefix, strlen(prefix)) != 0 || !strstr(printed, r->words))
			fail_msg("%s %s: printed \"%s\", not \"%s\"", names[r->option], r->text,
				 printed, r->words);
	}
	assert_int_equal(f.model->objects[COLLECTION_NICS].count, 1);
	assert_null(model_find(f.model, COLLECTION_NETDEVS, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keyval),
		cmocka_unit_test_setup_teardown(test_netdev_and_device, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_net, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
