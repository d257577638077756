/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links in other network namespaces that lie on ours, against a real kernel: they come back there.
 */
#include "netns.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../../src/sys/netns.h"
#include "../../src/sys/sys.h"

/* A process that does nothing but be in a namespace of its own. */
struct other {
	pid_t pid;
};

static void other_open(struct other *other)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	other->pid = fork();
	if (other->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* not to outlive a test that fails */
		if (unshare(CLONE_NEWNET) != 0)
			_exit(1);
		/* The kernel's own addresses are there at once, and not when the check has ended.
		 */
		write_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

static void other_close(struct other *other)
{
	kill(other->pid, SIGTERM);
	waitpid(other->pid, NULL, 0);
}

/* The words of ip, in there. */
__attribute__((format(printf, 2, 3))) static void ip_in(
	const struct other *other, const char *format, ...)
{
	char command[512], words[400];
	va_list list;

	va_start(list, format);
	vsnprintf(words, sizeof(words), format, list);
	va_end(list);
	snprintf(command, sizeof(command), "nsenter -t %d -n ip %s", (int)other->pid, words);
	if (system(command) != 0) /* NOLINT: the text is ours */
		fail_msg("%s", command);
}

/* All that ip knows of it, without what a new link cannot keep. */
static char *show_in(const void *subject)
{
	const struct other *other = subject;
	static char text[65536];
	char command[512];
	FILE *pipe;
	size_t got;

	snprintf(command, sizeof(command),
		"nsenter -t %d -n sh -c 'for l in mv0 up0 v5; do ip -d addr show $l; done;"
		" ip route show table all | sort; ip -6 route show table all | sort' 2>/dev/null |"
		" sed 's/^[0-9]*: //; s/@if[0-9]*//; s/dev if[0-9]*//; s/promiscuity [0-9]*//; "
		"s/valid_lft.*//;"
		" s/ tentative//; s/ nodad//'",
		(int)other->pid);
	pipe = popen(command, "r"); /* NOLINT: the text is ours */
	assert_non_null(pipe);
	got = fread(text, 1, sizeof(text) - 1, pipe);
	text[got] = '\0';
	pclose(pipe);
	return strdup(text);
}

static void assert_same_text(const char *before, const char *after)
{
	if (strcmp(before, after) == 0)
		return;
	fprintf(stderr, "before:\n%s\nafter:\n%s\n", before, after);
	fail();
}

static const struct ds_network *network_in(
	const struct ds_network *network, const struct other *other)
{
	const struct ds_namespace *found;
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)other->pid);
	assert_int_equal(stat(path, &status), 0);
	found = ds_namespace_find(network, (int64_t)status.st_ino);
	assert_non_null(found);
	assert_string_equal(found->path, path);
	assert_string_equal(found->name, path);
	return &found->network;
}

static void assert_comes_back_in(const struct other *other)
{
	struct ds_network before, after;
	char *first, *then;

	first = shown(show_in, other, NULL);
	before = look_at("p0", NULL);
	lose_one();
	settle("p0x");
	restore(&before);
	after = look_at("p0", NULL);
	assert_same(&before, &after);
	assert_same((void *)(uintptr_t)network_in(&before, other),
		(void *)(uintptr_t)network_in(&after, other));
	then = shown(show_in, other, first);
	assert_same_text(first, then);
	restore(&before); /* once more changes nothing */
	free(then);
	then = show_in(other);
	assert_same_text(first, then);
	free(first);
	free(then);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* A container's: called as a link of ours is, and another one lies on it in there. */
static void test_uppers(void **state)
{
	struct other other;

	(void)state;
	other_open(&other);
	ip("addr add 192.0.2.1/24 dev p0");
	ip("link add link p0 name mv0 type macvlan mode bridge");
	ip("link set mv0 netns %d", (int)other.pid);
	ip("link add v5 type vxlan id 5 dev p0 remote 192.0.2.9 dstport 4790");
	ip("link set v5 netns %d", (int)other.pid);
	ip_in(&other, "link set mv0 up mtu 1400 alias \"in there\"");
	ip_in(&other, "addr add 192.0.2.7/24 dev mv0");
	ip_in(&other, "addr add 2001:db8:7::1/64 dev mv0 nodad");
	ip_in(&other, "route add default via 192.0.2.254");
	ip_in(&other, "link add up0 type vxlan id 6 dev mv0 remote 192.0.2.9 dstport 4789");
	ip_in(&other, "link set up0 up");
	ip_in(&other, "link set v5 up");
	ip_in(&other, "addr add 198.18.5.1/24 dev v5");
	ip_in(&other, "neigh add 198.18.5.9 lladdr 02:00:00:00:00:09 dev v5 nud permanent");
	assert_comes_back_in(&other);
	other_close(&other);
}

/* The index and the name that it had may be another link's where it is made from. */
static void test_taken_index_and_name(void **state)
{
	struct ds_network before, after;
	struct other other;

	(void)state;
	other_open(&other);
	ip_in(&other, "link add name dummy type bridge");
	ip("link add link p0 name mv0 index 4711 type macvlan");
	ip("link set mv0 netns %d", (int)other.pid);
	ip("link add name mv0 index 4711 type bridge");
	before = look_at("p0", NULL);
	assert_int_equal(network_in(&before, &other)->links.count, 1);
	assert_string_equal(network_in(&before, &other)->links.items[0].lower, "p0");
	assert_int_not_equal(network_in(&before, &other)->links.items[0].lower_netns, 0);
	lose_one();
	restore(&before);
	after = look_at("p0", NULL);
	assert_int_equal(network_in(&after, &other)->links.count, 1);
	assert_string_equal(network_in(&after, &other)->links.items[0].name, "mv0");
	assert_int_not_equal(network_in(&after, &other)->links.items[0].ifindex, 4711);
	ip("link del mv0");
	other_close(&other);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* What lies on a link of the other namespace, but in ours: made when the other one is. */
static void test_back_again(void **state)
{
	struct ds_network before, after;
	struct other other;

	(void)state;
	other_open(&other);
	ip("link add link p0 name mv0 type macvlan mode bridge");
	ip("link set mv0 netns %d", (int)other.pid);
	ip_in(&other, "link set mv0 up");
	ip_in(&other, "link add home type vxlan id 7 dev mv0 remote 192.0.2.9 dstport 4789");
	ip_in(&other, "link set home netns %d", (int)getpid());
	ip("link set home up");
	ip("addr add 198.18.7.1/24 dev home");
	before = look_at("p0", NULL);
	assert_int_equal(before.links.count, 2);
	lose_one();
	restore(&before);
	after = look_at("p0", NULL);
	assert_same(&before, &after);
	other_close(&other);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* vxlan names the link below by its index in that one's namespace. */
static void test_vxlan(void **state)
{
	struct other other;

	(void)state;
	other_open(&other);
	ip("link add up0 type vxlan id 42 dev p0 remote 192.0.2.9 dstport 4789");
	ip("link set up0 netns %d", (int)other.pid);
	ip_in(&other, "link set up0 up");
	ip_in(&other, "addr add 198.18.8.1/24 dev up0");
	assert_comes_back_in(&other);
	other_close(&other);
}

/* A kind that we do not know is deleted there all the same, and said; and so is a gone namespace.
 */
static void test_what_cannot_be_made(void **state)
{
	struct ds_network before;
	struct ds_error error = {0};
	struct other other;

	(void)state;
	other_open(&other);
	ip("link set p0x netns %d", (int)other.pid);
	ip("link add link p0 name mv0 type macvlan");
	ip("link set mv0 netns %d", (int)other.pid);
	before = look_at("p0", NULL);
	assert_true(ds_strings_has(&network_in(&before, &other)->dependents, "p0x"));
	ip_in(&other, "link set p0x netns %d", (int)getpid());
	other_close(&other);
	lose_one();
	assert_int_equal(
		sys_network_restore(&before, sys_net_now_ms() + 2000, NULL, &error), -ESRCH);
	if (!strstr(error.text, "it is gone"))
		fail_msg("%s", error.text);
	ds_record_done(&ds_network_record, &before);
}

/* The last process ends while its link is away: held, the namespace is there for the link. */
static void test_held(void **state)
{
	struct ds_network before, after;
	struct sys sys = {0};
	struct other other;

	(void)state;
	other_open(&other);
	ip("link add link p0 name mv0 type macvlan mode bridge");
	ip("link set mv0 netns %d", (int)other.pid);
	ip_in(&other, "link set mv0 up");
	ip_in(&other, "addr add 192.0.2.7/24 dev mv0");
	before = look_at("p0", NULL);
	sys_netns_hold(&sys, &before);
	sys_netns_hold(&sys, &before);
	assert_int_equal(sys.namespaces.count, 1);
	other_close(&other);
	lose_one();
	restore(&before);
	after = look_at("p0", NULL);
	assert_int_equal(after.namespaces.count, 1);
	assert_int_equal(after.namespaces.items[0].inode, before.namespaces.items[0].inode);
	assert_same(&before.namespaces.items[0].network, &after.namespaces.items[0].network);
	close(sys.namespaces.items[0]);
	free(sys.namespaces.items);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUND(test_uppers),
		ROUND(test_taken_index_and_name),
		ROUND(test_back_again),
		ROUND(test_vxlan),
		ROUND(test_what_cannot_be_made),
		ROUND(test_held),
	};

	return cmocka_run_group_tests(tests, enter_network_namespace, NULL);
}
