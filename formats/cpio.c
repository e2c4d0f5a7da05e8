/* SPDX-License-Identifier: BSD-2-Clause */
/* Initrds with files of one folder. */
#include <bzboot/cpio.h>

#define ALIGNMENT 4u
#define ABOVE_MODE 0555u	/* of the folders above the last one */

/* inode.7, "The file type and mode" */
enum { IS_FOLDER = 0040000, IS_FILE = 0100000 };

/* The head of a record. Its numbers have eight hexadecimal digits; systemd-stub has them in lower
 * case, but in upper case in the last record. The name follows, then the file, each with NULs up to
 * a multiple of four bytes. */
enum number {
	INODE,
	MODE,
	USER,
	GROUP,
	LINKS,
	TIME,
	SIZE,
	DEVICE_MAJOR,
	DEVICE_MINOR,
	SPECIAL_MAJOR,
	SPECIAL_MINOR,
	NAME_SIZE,
	CHECK,
	NUMBERS
};

struct head {
	char magic[6];
	char numbers[NUMBERS][8];
};

struct record {
	uint32_t inode, mode;
	const char *digits;
	struct bzb_span path; /* without its NUL */
	const char *name;     /* in the folder @path; NULL: @path is the name */
	uint32_t size;
};

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

static struct bzb_span text(const char *from)
{
	struct bzb_span span = { (const unsigned char *)from, 0 };

	while (from[span.size])
		span.size++;
	return span;
}

static void put_number(char *to, uint32_t value, const char *digits)
{
	for (int i = 7; i >= 0; i--, value >>= 4)
		to[i] = digits[value & 15];
}

static void put(struct bzb_cpio *cpio, struct bzb_span bytes)
{
	if (cpio->to)
		memcpy(cpio->to + cpio->size, bytes.data, bytes.size);
	cpio->size += bytes.size;
}

static void pad(struct bzb_cpio *cpio)
{
	while (cpio->size % ALIGNMENT)
		put(cpio, (struct bzb_span){ (const unsigned char *)"", 1 });
}

static void put_head(struct bzb_cpio *cpio, const struct record *record, uint32_t name_size)
{
	const uint32_t numbers[NUMBERS] = {
		[INODE] = record->inode, [MODE] = record->mode,	  [LINKS] = 1,
		[SIZE] = record->size,	 [NAME_SIZE] = name_size,
	};
	struct head head = { .magic = { '0', '7', '0', '7', '0', '1' } };

	for (int i = 0; i < NUMBERS; i++)
		put_number(head.numbers[i], numbers[i], record->digits);
	put(cpio, (struct bzb_span){ (const unsigned char *)&head, sizeof(head) });
}

static void put_name(struct bzb_cpio *cpio, const struct record *record)
{
	put(cpio, record->path);
	if (record->name) {
		put(cpio, text("/"));
		put(cpio, text(record->name));
	}
	put(cpio, (struct bzb_span){ (const unsigned char *)"", 1 });
	pad(cpio);
}

/* @ret: where the bytes of a file belong. */
static int put_record(struct bzb_cpio *cpio, const struct record *record, unsigned char **ret)
{
	const uint64_t name_size =
		(uint64_t)record->path.size + (record->name ? 1 + text(record->name).size : 0) + 1;
	const uint64_t size = bzb_align_up(sizeof(struct head) + name_size, ALIGNMENT) +
			      bzb_align_up(record->size, ALIGNMENT);

	if (size > cpio->room - cpio->size)
		return -BZB_ERR_NOSPACE;
	put_head(cpio, record, (uint32_t)name_size);
	put_name(cpio, record);
	*ret = cpio->to ? cpio->to + cpio->size : NULL;
	cpio->size += record->size;
	pad(cpio);
	return 0;
}

static int put_folder(struct bzb_cpio *cpio, size_t path_size, uint32_t mode)
{
	const struct record record = {
		.inode = cpio->inode++,
		.mode = IS_FOLDER | mode,
		.digits = lower,
		.path = { (const unsigned char *)cpio->folder->path, path_size },
	};
	unsigned char *unused;

	return put_record(cpio, &record, &unused);
}

int bzb_cpio_begin(unsigned char *to, size_t room, const struct bzb_cpio_folder *folder,
		   struct bzb_cpio *ret)
{
	struct bzb_cpio cpio = {
		.to = to, .room = to ? room : SIZE_MAX, .inode = 1, .folder = folder
	};
	const struct bzb_span path = text(folder->path);
	int err = 0;

	for (size_t i = 0; !err && i < path.size; i++)
		if (path.data[i] == '/')
			err = put_folder(&cpio, i, ABOVE_MODE);
	if (!err)
		err = put_folder(&cpio, path.size, folder->folder_mode);
	if (!err)
		*ret = cpio;
	return err;
}

int bzb_cpio_add(struct bzb_cpio *cpio, const char *name, uint64_t size, unsigned char **ret)
{
	const struct record record = {
		.inode = cpio->inode,
		.mode = IS_FILE | cpio->folder->file_mode,
		.digits = lower,
		.path = text(cpio->folder->path),
		.name = name,
		.size = (uint32_t)size,
	};
	int err;

	if (size > UINT32_MAX)
		return -BZB_ERR_TOOLARGE;
	err = put_record(cpio, &record, ret);
	if (!err)
		cpio->inode++;
	return err;
}

int bzb_cpio_end(struct bzb_cpio *cpio)
{
	const struct record record = { .digits = upper, .path = text("TRAILER!!!") };
	unsigned char *unused;

	return put_record(cpio, &record, &unused);
}

int bzb_cpio_write(const struct bzb_cpio_folder *folder, const char *name, struct bzb_span file,
		   unsigned char *to, size_t room, size_t *ret)
{
	struct bzb_cpio cpio;
	unsigned char *data;
	int err = bzb_cpio_begin(to, room, folder, &cpio);

	if (!err)
		err = bzb_cpio_add(&cpio, name, file.size, &data);
	if (!err)
		err = bzb_cpio_end(&cpio);
	if (err)
		return err;
	if (data && file.size)
		memcpy(data, file.data, file.size);
	*ret = cpio.size;
	return 0;
}
