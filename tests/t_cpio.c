/* SPDX-License-Identifier: BSD-2-Clause */
/* Initrds with files of one folder: bzboot/cpio.h. The expected bytes are written by other
 * means. */
#include "test.h"

static const struct bzb_cpio_folder credentials = { ".extra/credentials", 0500, 0400 };
static const struct bzb_cpio_folder top = { ".extra", 0555, 0444 };

/* --- the archive that is expected --- */

struct expected {
	char bytes[0x1000];
	size_t size;
};

static void expect_padding(struct expected *archive)
{
	while (archive->size % 4)
		archive->bytes[archive->size++] = '\0';
}

static void expect_bytes(struct expected *archive, const char *text)
{
	memcpy(archive->bytes + archive->size, text, strlen(text));
	archive->size += strlen(text);
}

static void expect(struct expected *archive, unsigned int inode, unsigned int mode,
		   const char *name, const char *file)
{
	char head[200];

	snprintf(head, sizeof(head),
		 "070701%08x%08x00000000000000000000000100000000%08zx"
		 "00000000000000000000000000000000%08zx00000000",
		 inode, mode, strlen(file), strlen(name) + 1);
	expect_bytes(archive, head);
	expect_bytes(archive, name);
	archive->bytes[archive->size++] = '\0';
	expect_padding(archive);
	expect_bytes(archive, file);
	expect_padding(archive);
}

static void expect_end(struct expected *archive)
{
	static const char end[] = "070701"
				  "00000000000000000000000000000000"
				  "000000010000000000000000"
				  "00000000000000000000000000000000"
				  "0000000B00000000"
				  "TRAILER!!!\0\0\0";

	memcpy(archive->bytes + archive->size, end, sizeof(end));
	archive->size += sizeof(end);
}

static struct expected two_credentials(void)
{
	struct expected archive = { .size = 0 };

	expect(&archive, 1, 0040555, ".extra", "");
	expect(&archive, 2, 0040500, ".extra/credentials", "");
	expect(&archive, 3, 0100400, ".extra/credentials/a.cred", "twelve bytes");
	expect(&archive, 4, 0100400, ".extra/credentials/empty.cred", "");
	expect(&archive, 5, 0100400, ".extra/credentials/Long-name.cred", "seven b");
	expect_end(&archive);
	return archive;
}

/* --- the same by the library --- */

static void add(struct bzb_cpio *cpio, const char *name, const char *file)
{
	unsigned char *data;

	CHECK_OK(bzb_cpio_add(cpio, name, strlen(file), &data));
	CHECK((data != NULL) == (cpio->to != NULL));
	if (data)
		memcpy(data, file, strlen(file));
}

static size_t write_credentials(unsigned char *to, size_t room)
{
	struct bzb_cpio cpio;

	CHECK_OK(bzb_cpio_begin(to, room, &credentials, &cpio));
	add(&cpio, "a.cred", "twelve bytes");
	add(&cpio, "empty.cred", "");
	add(&cpio, "Long-name.cred", "seven b");
	CHECK_OK(bzb_cpio_end(&cpio));
	return cpio.size;
}

static void writes_the_bytes_of_systemd_stub(void)
{
	const struct expected archive = two_credentials();
	const size_t size = write_credentials(NULL, 0);
	unsigned char *to = test_alloc(size);

	CHECK_EQ(archive.size, size);
	memset(to, 0xa5, size);
	CHECK_EQ(size, write_credentials(to, size));
	CHECK_BYTES(archive.bytes, to, size);
}

static void writes_one_file(void)
{
	struct expected archive = { .size = 0 };
	unsigned char *to;
	size_t size;

	expect(&archive, 1, 0040555, ".extra", "");
	expect(&archive, 2, 0100444, ".extra/os-release", "ID=x\n");
	expect_end(&archive);
	CHECK_OK(bzb_cpio_write(&top, "os-release", TEXT("ID=x\n"), NULL, 0, &size));
	CHECK_EQ(archive.size, size);
	to = test_alloc(size);
	memset(to, 0xa5, size);
	CHECK_OK(bzb_cpio_write(&top, "os-release", TEXT("ID=x\n"), to, size, &size));
	CHECK_BYTES(archive.bytes, to, size);
	CHECK_OK(bzb_cpio_write(&top, "none", (struct bzb_span){ NULL, 0 }, NULL, 0, &size));
}

static void a_copy_takes_back_what_was_added(void)
{
	struct bzb_cpio cpio, before;
	unsigned char first[1000], second[1000];

	memset(first, 0, sizeof(first));
	memset(second, 0, sizeof(second));
	CHECK_OK(bzb_cpio_begin(first, sizeof(first), &top, &cpio));
	before = cpio;
	add(&cpio, "cannot-be-read-and-has-a-longer-name", "some");
	cpio = before;
	add(&cpio, "b", "c");
	CHECK_OK(bzb_cpio_begin(second, sizeof(second), &top, &before));
	add(&before, "b", "c");
	CHECK_EQ(before.size, cpio.size);
	CHECK_BYTES(second, first, cpio.size);
}

/* Every room that is too small, byte by byte; with one file of the size that makes the archive as
 * large as @needed */
static void refuses_a_small_room(void)
{
	enum { FOLDERS = 252, NAME = 136, END = 124, needed = 1000 };

	for (size_t room = 0; room < needed; room++) {
		unsigned char *to = test_alloc(room), *data = to;
		struct bzb_cpio cpio, before;
		int err = WATCHED(&cpio, bzb_cpio_begin(to, room, &credentials, &cpio));

		if (!err) {
			before = cpio;
			err = RETURNED(bzb_cpio_add(&cpio, "a.cred", needed - FOLDERS - NAME - END,
						    &data));
			CHECK(!err || (!memcmp(&before, &cpio, sizeof(cpio)) && data == to));
		}
		if (!err) {
			before = cpio;
			err = RETURNED(bzb_cpio_end(&cpio));
			CHECK(!err || !memcmp(&before, &cpio, sizeof(cpio)));
		}
		CHECK_EQ(-BZB_ERR_NOSPACE, err);
	}
}

static void refuses_one_file_in_a_small_room(void)
{
	unsigned char to[500];
	size_t size = 1;

	for (size_t room = 0; room < 120 + 128 + 4 + 124; room++)
		CHECK_ERR(BZB_ERR_NOSPACE,
			  bzb_cpio_write(&top, "os-release", TEXT("x"), to, room, &size));
	CHECK_EQ(1, size);
}

static void refuses_files_of_4_gib(void)
{
	struct bzb_cpio cpio;
	unsigned char *data = NULL;

	CHECK_OK(bzb_cpio_begin(NULL, 0, &top, &cpio));
	CHECK_ERR(BZB_ERR_TOOLARGE, bzb_cpio_add(&cpio, "large", 1ull << 32, &data));
	CHECK_EQ(sizeof(size_t) > 4 ? 0 : -BZB_ERR_NOSPACE,
		 bzb_cpio_add(&cpio, "largest", UINT32_MAX, &data));
	if (sizeof(size_t) > 4)
		CHECK_EQ(bzb_align_up(UINT32_MAX, 4) + 248, cpio.size);
}

static const struct test tests[] = {
	{ "an archive has the bytes that systemd-stub writes", writes_the_bytes_of_systemd_stub },
	{ "an archive with one file is written", writes_one_file },
	{ "a copy of the state takes back a file", a_copy_takes_back_what_was_added },
	{ "a room that is too small is refused", refuses_a_small_room },
	{ "so it is for one file", refuses_one_file_in_a_small_room },
	{ "a file of 4 GiB is refused", refuses_files_of_4_gib },
};

int main(void)
{
	return RUN_TESTS(tests);
}
