/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-ins for a stub's decoder, with which it cannot continue */
#include <bzboot/decode.h>

/* decoders/no_malloc.c */
_Noreturn void __stack_chk_fail(void);
/* stub/archive.c */
_Noreturn void linked_away(void);

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return 0;
}

static int overwrite_stack(struct bzb_span stream, void *to, size_t size, void *workspace,
			   size_t workspace_size)
{
	(void)stream;
	(void)to;
	(void)size;
	(void)workspace;
	(void)workspace_size;
	__stack_chk_fail();
}

static int call_what_is_missing(struct bzb_span stream, void *to, size_t size, void *workspace,
				size_t workspace_size)
{
	(void)stream;
	(void)to;
	(void)size;
	(void)workspace;
	(void)workspace_size;
	linked_away();
}

const struct bzb_decoder decoder_overrun = {
	BZB_CODEC_NONE,
	workspace_size,
	overwrite_stack,
	overwrite_stack,
};
const struct bzb_decoder decoder_missing = {
	BZB_CODEC_NONE,
	workspace_size,
	call_what_is_missing,
	call_what_is_missing,
};
