# SPDX-License-Identifier: BSD-2-Clause
# The decoders; included by the top Makefile. A stub has one of them, with the static library that
# it uses, and stand-ins for the functions of a C library that this library references.

NO_MALLOC := decoders/no_malloc.o
DECODERS := $(filter-out $(NO_MALLOC),$(patsubst %.c,%.o,$(wildcard decoders/*.c)))

# Per codec: its number (enum bzb_codec), its source here, and its library.
CODEC_STUBS := zstd xz lzma gzip lz4 none
zstd_CODEC := 5
zstd_DECODER := zstd
zstd_LIB := libzstd.a
xz_CODEC := 3
xz_DECODER := lzma
xz_LIB := liblzma.a
lzma_CODEC := 2
lzma_DECODER := lzma
lzma_LIB := liblzma.a
gzip_CODEC := 1
gzip_DECODER := gzip
gzip_LIB := libz.a
lz4_CODEC := 4
lz4_DECODER := lz4
lz4_LIB := liblz4.a
none_CODEC := 0
none_DECODER := none

# The symbols that are linked away: the linker defines each of them as linked_away(), which ends the
# boot, and so omits the objects of the library that define them. No stream of ours reaches them.
#
# libzstd, for frames older than 0.8: 100 KB of decoders
zstd_LEGACY := $(foreach v,v05 v06 v07,\
	$(foreach f,createDCtx freeDCtx decompressInitDictionary decompressContinue,ZBUFF$v_$f) \
	$(foreach f,createDCtx freeDCtx decompress_usingDict decompressDCtx findFrameSizeInfoLegacy \
		getFrameParams,ZSTD$v_$f))
# libzstd, dictionaries: our frames have none
zstd_DICTIONARIES := $(foreach f,copyDDictParameters createDDict createDDict_advanced freeDDict \
	DDict_dictContent DDict_dictSize getDictID_fromDDict sizeof_DDict,ZSTD_$f)
# libzstd, the frame's checksum: the manifest has one
zstd_CHECKSUM := ZSTD_XXH64 $(foreach f,reset update digest,ZSTD_XXH64_$f)
# libzstd, texts of errors
zstd_TEXTS := ERR_getErrorString
zstd_AWAY := $(zstd_LEGACY) $(zstd_DICTIONARIES) $(zstd_CHECKSUM) $(zstd_TEXTS)

# Where each function is in a section of its own (tools/split_functions.c), the linker omits those
# that nothing calls, and these are left out, too: of streams and whole frames, for the stub decodes
# parts; and of literals two at a time, which HUF_selectDecoder() of stub/pe/ does not choose.
libzstd.a_UNUSED := ZSTD_decompressStream ZSTD_decompress_usingDict ZSTD_findFrameCompressedSize \
	HUF_readDTableX2_wksp HUF_decompress1X2_usingDTable_internal \
	HUF_decompress4X2_usingDTable_internal
libzstd.a_REPLACED := HUF_selectDecoder

# liblzma, checks of a block other than CRC-32: our streams have that one
xz_CHECKS := lzma_crc64 $(foreach f,init update finish,lzma_sha256_$f)
# liblzma, filters other than x86 and LZMA2
xz_FILTERS := $(foreach f,coder_memusage decoder_init props_decode,lzma_delta_$f) \
	$(foreach f,arm armthumb arm64 ia64 powerpc riscv sparc,lzma_simple_$f_decoder_init)
xz_AWAY := $(xz_CHECKS) $(xz_FILTERS)
# but for those of arm64 kernels (packer/payload/compress_lzma.c)
arm64_KEPT := lzma_simple_arm64_decoder_init

# zlib, the default allocator, which calls malloc()
gzip_AWAY := zcalloc zcfree

# These read all of the payload.
$(addprefix $(BUILD)/target/,$(DECODERS)): target_CFLAGS += -O2
