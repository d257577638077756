/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host's own files lie on, told from the texts of /proc. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/sys/storage.h"

#define LOCAL "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"

struct row {
	const char *name, *mountinfo, *swaps;
	const char *what, *source, *link; /* of the first; NULL: there is none, or no link */
};

static const struct row rows[] = {
	{"local", LOCAL "23 22 0:5 / /dev rw - devtmpfs udev rw\n", "Filename Type\n", NULL, NULL,
		NULL},
	{"nfs root", "22 1 0:21 / / rw - nfs4 [::1]:/r rw,vers=4.2,addr=127.0.0.1,x=1\n", NULL, "/",
		"nfs4 from 127.0.0.1", "lo"},
	{"cifs usr", LOCAL "30 22 0:50 / /usr ro,x - cifs //s/usr rw,addr=::1\n", NULL, "/usr",
		"cifs from ::1", "lo"},
	{"nobody knows", LOCAL "30 22 0:50 / /usr rw - ceph 192.0.2.1:/ rw\n", NULL, "/usr", "ceph",
		NULL},
	{"state", LOCAL "30 22 0:50 / /var/lib rw a:1 b:2 - nfs s:/v rw,addr=127.0.0.1\n", NULL,
		"the journal", "nfs from 127.0.0.1", "lo"},
	{"elsewhere", LOCAL "30 22 0:50 / /srv rw - nfs s:/v rw,addr=127.0.0.1\n", NULL, NULL, NULL,
		NULL},
	{"hidden", "21 1 0:21 / / rw - nfs s:/ rw,addr=127.0.0.1\n" LOCAL, NULL, NULL, NULL, NULL},
	{"a name like another", LOCAL "30 22 0:50 / /us rw - nfs s:/v rw,addr=127.0.0.1\n", NULL,
		NULL, NULL, NULL},
	{"swap file", LOCAL "30 22 0:50 / /tmp rw - nfs s:/v rw,addr=127.0.0.1\n",
		"Filename Type Size\n/tmp\tfile\t1\n", "the swap space", "nfs from 127.0.0.1",
		"lo"},
	{"damage", "\n22\n22 1 0:21 / /\n22 1 0:21 / / rw - nfs\n - \n22 1 x / / rw - nfs s rw\n",
		"\n \n/\\\n/\\04\n", NULL, NULL, NULL},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct ds_host host = {0};
		struct ds_error error;

		assert_int_equal(sys_storage_of(&host, row->mountinfo, row->swaps, &error), 0);
		if (host.remotes.count != (row->what ? 1 : 0))
			fail_msg("%s: %zu found", row->name, host.remotes.count);
		if (row->what) {
			assert_string_equal(host.remotes.items[0].what, row->what);
			assert_string_equal(host.remotes.items[0].source, row->source);
			assert_true(ds_string_equal(host.remotes.items[0].link, row->link));
		}
		ds_record_done(&ds_host_record, &host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
