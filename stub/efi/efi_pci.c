/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI devices (UEFI 2.10, 14.4): their option ROMs, and DMA before the kernel runs. */
#include "efi_services.h"

#include <efipciio.h>

/* UEFI 2.10, 14.4.14; some firmware has function pointers in place of the size. */
#define ROM_MAX (16u << 20)

/* PCI Local Bus Specification 3.0, 6.1 */
enum {
	PCI_VENDOR_ID = 0x00,
	PCI_DEVICE_ID = 0x02,
	PCI_COMMAND = 0x04,
	PCI_CLASS = 0x0a,
	PCI_COMMAND_MASTER = 0x0004,
	PCI_CLASS_VGA = 0x0300,
	PCI_CLASS_BRIDGE = 0x0604,
};

/* Linux, arch/x86/include/asm/setup_data.h */
struct rom_node {
	struct bzb_setup_data head;
	UINT16 vendor, device_id;
	UINT64 size;
	UINTN segment, bus, device, function;
	UINT8 rom[];
};
_Static_assert(offsetof(struct rom_node, rom) == 64, "pci_setup_rom");

static bool read16(EFI_PCI_IO_PROTOCOL *pci, UINT32 at, UINT16 *ret)
{
	return !EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint16, at, 1, ret));
}

static void for_each_device(struct boot *boot, void (*visit)(struct boot *boot, EFI_HANDLE handle,
							     EFI_PCI_IO_PROTOCOL *pci))
{
	EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
	EFI_BOOT_SERVICES *bs = boot->efi->bs;
	EFI_PCI_IO_PROTOCOL *pci;
	EFI_HANDLE *handles;
	UINTN count;

	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles)))
		return;
	for (UINTN i = 0; i < count; i++)
		if (!EFI_ERROR(bs->HandleProtocol(handles[i], &guid, (void **)&pci)) && pci)
			visit(boot, handles[i], pci);
	bs->FreePool(handles);
}

static void keep_rom(struct boot *boot, EFI_HANDLE handle, EFI_PCI_IO_PROTOCOL *pci)
{
	struct rom_node *node;

	(void)handle;
	if (!pci->RomImage || !pci->RomSize || pci->RomSize > ROM_MAX)
		return;
	node = efi_keep(boot->efi, EfiLoaderData, sizeof(*node) + pci->RomSize);
	if (!node || !read16(pci, PCI_VENDOR_ID, &node->vendor) ||
	    !read16(pci, PCI_DEVICE_ID, &node->device_id) ||
	    EFI_ERROR(pci->GetLocation(pci, &node->segment, &node->bus, &node->device,
				       &node->function)))
		return;
	node->size = pci->RomSize;
	memcpy(node->rom, pci->RomImage, node->size);
	efi_add_setup_data(boot, &node->head, BZB_SETUP_PCI, sizeof(*node) + node->size);
}

void efi_keep_option_roms(struct boot *boot)
{
	for_each_device(boot, keep_rom);
}

/* Disconnects the firmware's drivers of devices after a bridge, before the bridge is stopped. Those
 * of a screen stay: it needs no DMA, and there may be more messages. */
static void disconnect(struct boot *boot, EFI_HANDLE handle, EFI_PCI_IO_PROTOCOL *pci)
{
	UINTN segment, bus, device, function;
	UINT16 class;

	if (!EFI_ERROR(pci->GetLocation(pci, &segment, &bus, &device, &function)) && bus &&
	    read16(pci, PCI_CLASS, &class) && class != PCI_CLASS_VGA)
		boot->efi->bs->DisconnectController(handle, NULL, NULL);
}

static void stop_bridge(struct boot *boot, EFI_HANDLE handle, EFI_PCI_IO_PROTOCOL *pci)
{
	UINT16 class, command;

	(void)boot;
	(void)handle;
	if (!read16(pci, PCI_CLASS, &class) || class != PCI_CLASS_BRIDGE ||
	    !read16(pci, PCI_COMMAND, &command) || !(command & PCI_COMMAND_MASTER))
		return;
	command &= (UINT16)~PCI_COMMAND_MASTER;
	pci->Pci.Write(pci, EfiPciIoWidthUint16, PCI_COMMAND, 1, &command);
}

void efi_stop_dma(struct boot *boot)
{
	if (!boot->options.stop_dma)
		return;
	for_each_device(boot, disconnect);
	for_each_device(boot, stop_bridge);
}
