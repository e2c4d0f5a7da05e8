/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot services that count, fail on request, and record what the image has
 * allocated. The firmware itself and its drivers keep the real ones.
 */
#include "driver.h"

#define HOLDINGS_MAX 256

struct plan plan;
struct account account;

static EFI_SYSTEM_TABLE *st; /* in runtime memory, as kernels expect */
static EFI_BOOT_SERVICES bs;
static EFI_RUNTIME_SERVICES rt;

/* The image's present allocations */
static struct holding {
	uint64_t what;	     /* address, or event */
	UINTN pages;	     /* 0: from a pool, or an event */
	unsigned int *count; /* in account */
} holdings[HOLDINGS_MAX];

static UINTN tables_before;

bool same_guid(const EFI_GUID *a, const EFI_GUID *b)
{
	const unsigned char *p = (const void *)a, *q = (const void *)b;

	for (size_t i = 0; i < sizeof(*a); i++)
		if (p[i] != q[i])
			return false;
	return true;
}

bool call_fails(const char *name)
{
	account.calls++;
	if (!plan.fail || account.calls < plan.fail ||
	    (account.calls > plan.fail && !plan.for_good))
		return false;
	if (!account.failed)
		account.failed = name;
	return true;
}

/* --- the record --- */

static void take(uint64_t what, UINTN pages, unsigned int *count)
{
	for (size_t i = 0; i < HOLDINGS_MAX; i++)
		if (!holdings[i].count) {
			holdings[i] = (struct holding){ what, pages, count };
			++*count;
			return;
		}
	give_up("the image has more allocations than can be recorded");
}

static bool give_back(uint64_t what, UINTN pages, const unsigned int *count)
{
	for (size_t i = 0; i < HOLDINGS_MAX; i++)
		if (holdings[i].count == count && holdings[i].what == what &&
		    holdings[i].pages == pages) {
			--*holdings[i].count;
			holdings[i] = (struct holding){ 0 };
			return true;
		}
	account.wrong++;
	return false;
}

#define HEADER_AT 0x202		/* boot.rst: "HdrS" */
#define HEADER 0x53726448

const unsigned char *find_params(void)
{
	for (size_t i = 0; i < HOLDINGS_MAX; i++) {
		const unsigned char *at = (const unsigned char *)(uintptr_t)holdings[i].what;

		if (holdings[i].count == &account.pages && holdings[i].pages == 1 &&
		    load(at + HEADER_AT, 4) == HEADER)
			return at;
	}
	return NULL;
}

/* --- memory --- */

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
					EFI_PHYSICAL_ADDRESS *addr)
{
	EFI_STATUS status;

	if (!pages)
		account.wrong++;
	if (call_fails("AllocatePages") || !pages ||
	    (plan.largest && pages > plan.largest / EFI_PAGE_SIZE))
		return EFI_OUT_OF_RESOURCES;
	status = real_bs->AllocatePages(how, type, pages, addr);
	if (EFI_ERROR(status))
		return status;
	take(*addr, pages, &account.pages);
	if (plan.protect)
		protect_allocation(*addr, pages);
	return status;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS addr, UINTN pages)
{
	if (!give_back(addr, pages, &account.pages))
		return EFI_NOT_FOUND;
	if (plan.protect && !still_protected(addr, pages))
		account.wrong++;
	return real_bs->FreePages(addr, pages);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret)
{
	EFI_STATUS status;

	if (call_fails("AllocatePool"))
		return EFI_OUT_OF_RESOURCES;
	status = real_bs->AllocatePool(type, size, ret);
	if (!EFI_ERROR(status))
		take((uintptr_t)*ret, 0, &account.pools);
	return status;
}

static EFI_STATUS EFIAPI free_pool(void *at)
{
	return give_back((uintptr_t)at, 0, &account.pools) ? real_bs->FreePool(at) :
							     EFI_INVALID_PARAMETER;
}

/* Gives free memory above 4 GiB the type and the attribute of the plan. */
static void change_high(unsigned char *map, UINTN size, UINTN descriptor_size)
{
	for (UINTN at = 0; at < size; at += descriptor_size) {
		EFI_MEMORY_DESCRIPTOR *d = (void *)(map + at);

		if (d->Type != EfiConventionalMemory || d->PhysicalStart < 1ull << 32)
			continue;
		if (plan.type)
			d->Type = plan.type;
		d->Attribute |= plan.attribute;
	}
}

static void lie_about_map(const struct map_lie *lie, EFI_STATUS status, UINTN was, UINTN *size,
			  UINTN *descriptor_size)
{
	if (!EFI_ERROR(status)) {
		*descriptor_size = lie->reading;
		*size += lie->more;
	} else {
		*descriptor_size = lie->sizing ? lie->sizing : was;
	}
}

static EFI_STATUS EFIAPI get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
					UINTN *descriptor_size, UINT32 *version)
{
	UINTN was = *descriptor_size;
	EFI_STATUS status;

	if (call_fails("GetMemoryMap"))
		return EFI_DEVICE_ERROR;
	status = real_bs->GetMemoryMap(size, map, key, descriptor_size, version);
	if (plan.lie)
		lie_about_map(plan.lie, status, was, size, descriptor_size);
	if (!EFI_ERROR(status) && (plan.type || plan.attribute))
		change_high((unsigned char *)map, *size, *descriptor_size);
	return status;
}

/* --- protocols --- */

static bool hidden(const EFI_GUID *guid)
{
	return plan.hidden && same_guid(plan.hidden, guid);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
	if (call_fails("HandleProtocol") || hidden(guid))
		return EFI_UNSUPPORTED;
	return real_bs->HandleProtocol(handle, guid, ret);
}

static EFI_STATUS EFIAPI open_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret,
				       EFI_HANDLE agent, EFI_HANDLE controller, UINT32 attributes)
{
	if (call_fails("OpenProtocol") || hidden(guid))
		return EFI_UNSUPPORTED;
	return real_bs->OpenProtocol(handle, guid, ret, agent, controller, attributes);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **ret)
{
	if (call_fails("LocateProtocol") || hidden(guid))
		return EFI_NOT_FOUND;
	return real_bs->LocateProtocol(guid, registration, ret);
}

static EFI_STATUS EFIAPI locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	if (call_fails("LocateDevicePath") || hidden(guid))
		return EFI_NOT_FOUND;
	return real_bs->LocateDevicePath(guid, path, ret);
}

static EFI_STATUS EFIAPI locate_handle(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, void *key,
				       UINTN *size, EFI_HANDLE *ret)
{
	if (call_fails("LocateHandle") || (guid && hidden(guid)))
		return EFI_NOT_FOUND;
	return real_bs->LocateHandle(how, guid, key, size, ret);
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, void *key,
					      UINTN *count, EFI_HANDLE **ret)
{
	EFI_STATUS status;

	if (call_fails("LocateHandleBuffer") || (guid && hidden(guid)))
		return EFI_NOT_FOUND;
	status = real_bs->LocateHandleBuffer(how, guid, key, count, ret);
	if (!EFI_ERROR(status))
		take((uintptr_t)*ret, 0, &account.pools);
	return status;
}

/* --- events, variables, tables --- */

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL level, EFI_EVENT_NOTIFY notify,
				      void *context, EFI_EVENT *ret)
{
	EFI_STATUS status;

	if (call_fails("CreateEvent"))
		return EFI_OUT_OF_RESOURCES;
	status = real_bs->CreateEvent(type, level, notify, context, ret);
	if (!EFI_ERROR(status))
		take((uintptr_t)*ret, 0, &account.events);
	return status;
}

static EFI_STATUS EFIAPI close_event(EFI_EVENT event)
{
	return give_back((uintptr_t)event, 0, &account.events) ? real_bs->CloseEvent(event) :
								 EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size,
				      void *to)
{
	if (call_fails("GetVariable"))
		return EFI_DEVICE_ERROR;
	return real_st->RuntimeServices->GetVariable(name, guid, attributes, size, to);
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *guid, UINT32 attributes, UINTN size,
				      void *from)
{
	if (call_fails("SetVariable"))
		return EFI_DEVICE_ERROR;
	return real_st->RuntimeServices->SetVariable(name, guid, attributes, size, from);
}

static void copy_tables(void)
{
	st->NumberOfTableEntries = real_st->NumberOfTableEntries;
	st->ConfigurationTable = real_st->ConfigurationTable;
}

static EFI_STATUS EFIAPI install_table(EFI_GUID *guid, void *table)
{
	EFI_STATUS status;

	if (table && call_fails("InstallConfigurationTable"))
		return EFI_OUT_OF_RESOURCES;
	status = real_bs->InstallConfigurationTable(guid, table);
	copy_tables();
	return status;
}

/* --- ExitBootServices() --- */

/* Neighbours of different types, because others would be merged into one entry */
static void grow_map(unsigned int entries)
{
	EFI_PHYSICAL_ADDRESS addr;

	for (unsigned int i = 0; i < entries; i++)
		real_bs->AllocatePages(AllocateAnyPages, i % 2 ? EfiLoaderCode : EfiLoaderData, 1,
				       &addr);
}

/* The real one fails, too, if the map has changed since it was read. */
static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE handle, UINTN key)
{
	EFI_STATUS status;

	account.exit_reached = true;
	if (call_fails("ExitBootServices"))
		return EFI_DEVICE_ERROR;
	if (!plan.leave)
		return EFI_INVALID_PARAMETER;
	grow_map(plan.growth);
	plan.growth = 0;
	status = real_bs->ExitBootServices(handle, key);
	if (!EFI_ERROR(status))
		st->BootServices = NULL;
	return status;
}

static void replace_services(void)
{
	bs.AllocatePages = allocate_pages;
	bs.FreePages = free_pages;
	bs.AllocatePool = allocate_pool;
	bs.FreePool = free_pool;
	bs.GetMemoryMap = get_memory_map;
	bs.HandleProtocol = handle_protocol;
	bs.OpenProtocol = open_protocol;
	bs.LocateProtocol = locate_protocol;
	bs.LocateDevicePath = locate_device_path;
	bs.LocateHandle = locate_handle;
	bs.LocateHandleBuffer = locate_handle_buffer;
	bs.CreateEvent = create_event;
	bs.CloseEvent = close_event;
	bs.InstallConfigurationTable = install_table;
	bs.ExitBootServices = exit_boot_services;
	rt.GetVariable = get_variable;
	rt.SetVariable = set_variable;
}

EFI_SYSTEM_TABLE *services_begin(const struct plan *p)
{
	plan = *p;
	account = (struct account){ 0 };
	memset(holdings, 0, sizeof(holdings));
	if (!st &&
	    EFI_ERROR(real_bs->AllocatePool(EfiRuntimeServicesData, sizeof(*st), (void **)&st)))
		give_up("no memory for a system table");
	*st = *real_st;
	bs = *real_bs;
	rt = *real_st->RuntimeServices;
	st->BootServices = &bs;
	if (!plan.leave) /* otherwise the kernel keeps the table */
		st->RuntimeServices = &rt;
	replace_services();
	if (p->change)
		p->change(st);
	tables_before = real_st->NumberOfTableEntries;
	return st;
}

void services_end(void)
{
	account.tables = (unsigned int)(real_st->NumberOfTableEntries - tables_before);
	plan = (struct plan){ 0 };
}
