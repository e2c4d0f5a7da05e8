/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The BIOS's disks (Enhanced Disk Drive Services), and the signatures in their MBRs,
 * by which Linux maps its own disks to those of the BIOS. edd=off skips all of it,
 * edd=skipmbr the signatures.
 */
#include "bios.h"
#include "bios_console.h"
#include "ports.h"
#include "setup_cmdline.h"

#define FIRST_DISK 0x80
#define SECTOR_MAX 4096u
#define SECTOR_DEFAULT 512u
#define MBR_SIGNATURE 0x1b8u
#define MBR_MAGIC 0x1feu

/* Twice the largest sector, so that it has an aligned one in any segment: DMA of some BIOSes fails
 * at a 64 KiB boundary. */
static unsigned char mbr_buffer[2 * SECTOR_MAX];

/* Fills in @edd; false if the BIOS has no EDD for this disk. */
static bool query_edd(uint8_t disk, struct edd_info *edd)
{
	struct bios_regs regs;

	memset(edd, 0, sizeof(*edd));
	bios_regs(&regs, 0x4100); /* check extensions present */
	regs.bx = 0x55aa;
	regs.dl = disk;
	bios_call(BIOS_DISK, &regs);
	if (bios_failed(&regs) || regs.bx != 0xaa55)
		return false;
	edd->device = disk;
	edd->version = regs.ah;
	edd->interface_support = regs.cx;

	edd->params.length = sizeof(edd->params);
	bios_regs(&regs, 0x4800); /* extended drive parameters */
	regs.dl = disk;
	regs.esi = near(&edd->params);
	bios_call(BIOS_DISK, &regs);

	bios_regs(&regs, 0x0800); /* drive parameters; ES:DI = 0:0 */
	regs.dl = disk;
	regs.es = 0;
	bios_call(BIOS_DISK, &regs);
	if (!bios_failed(&regs)) {
		edd->legacy_max_cylinder = regs.ch | (regs.cl & 0xc0) << 2;
		edd->legacy_max_head = regs.dh;
		edd->legacy_sectors_per_track = regs.cl & 0x3f;
	}
	return true;
}

/* Reads the signature of the MBR; false if the disk has no MBR. */
static bool read_signature(uint8_t disk, uint32_t sector_size, uint32_t *ret)
{
	struct bios_regs regs;
	unsigned char *buffer;

	if (!sector_size)
		sector_size = SECTOR_DEFAULT;
	if (sector_size > SECTOR_MAX)
		return false;
	buffer = mbr_buffer + (-linear(mbr_buffer) & (sector_size - 1));
	memset(buffer, 0, SECTOR_DEFAULT);
	bios_regs(&regs, 0x0201); /* read one sector */
	regs.ecx = 1;		  /* cylinder 0, sector 1 */
	regs.dl = disk;
	regs.ebx = near(buffer);
	bios_call(BIOS_DISK, &regs);
	if (bios_failed(&regs))
		return false;
	memcpy(ret, buffer + MBR_SIGNATURE, sizeof(*ret));
	return buffer[MBR_MAGIC] == 0x55 && buffer[MBR_MAGIC + 1] == 0xaa;
}

static void query_disk(struct zero_page *zp, unsigned int index, bool read_mbr)
{
	uint8_t disk = (uint8_t)(FIRST_DISK + index);
	struct edd_info edd;

	if (query_edd(disk, &edd) && zp->eddbuf_entries < EDD_MAX)
		zp->eddbuf[zp->eddbuf_entries++] = edd;
	if (read_mbr &&
	    read_signature(disk, edd.params.bytes_per_sector, &zp->edd_mbr_sig_buffer[index]))
		zp->edd_mbr_sig_buf_entries = (uint8_t)(index + 1);
}

void query_disks(struct zero_page *zp)
{
	const char *option = find_last_word(cmdline, "edd=");
	bool read_mbr = true;

	if (option && is_word(option, "off"))
		return;
	if (option && (is_word(option, "skipmbr") || is_word(option, "skip")))
		read_mbr = false;
	/* Some BIOSes never return from this. */
	if (!(zp->hdr.loadflags & QUIET_FLAG) && !has_word(cmdline, "quiet"))
		print("bzboot: asking the BIOS about disks; if it hangs, use edd=off\n");
	for (unsigned int i = 0; i < EDD_MBR_SIGNATURES_MAX; i++)
		query_disk(zp, i, read_mbr);
}
