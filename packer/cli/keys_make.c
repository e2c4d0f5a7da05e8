/* SPDX-License-Identifier: BSD-2-Clause */
/* Actions that make files: init, rotate, retire. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>

#include <bzboot/siglist.h>

#include "io/fileio.h"
#include "io/guid.h"
#include "io/lap.h"
#include "sign/efi_update.h"
#include "sign/new_key.h"
#include "key_files.h"
#include "keys_actions.h"
#include "keys_use.h"

/* Everything that has to be freed. */
struct job {
	const struct keys_options *options;
	struct keys *keys;
	struct guid owner;
	struct new_key made[EFI_KEY_COUNT];
	struct blob lists[EFI_KEY_COUNT]; /* the values of the variables */
	struct key_files files;
};

static void free_job(struct job *job)
{
	for (size_t i = 0; i < EFI_KEY_COUNT; i++) {
		new_key_free(&job->made[i]);
		blob_free(&job->lists[i]);
	}
	key_files_free(&job->files);
	keys_close(job->keys);
}

static int open_keys(struct job *job)
{
	const char *culprit = NULL;
	struct why why;

	return keys_open(&job->options->access, &job->keys, &culprit, &why) ?
		       diag_fail(culprit, &why) :
		       0;
}

static void append(struct blob *to, struct bzb_span bytes)
{
	const size_t size = to->size;

	blob_resize(to, size + bytes.size);
	memcpy(to->data + size, bytes.data, bytes.size);
}

/* --- certificates ------------------------------------------------------------------------ */

static struct blob certificate_der(const X509 *certificate)
{
	unsigned char *der = NULL;
	const int size = i2d_X509(certificate, &der);
	struct blob bytes;

	if (size <= 0)
		diag_no_memory(0);
	bytes = blob_copy((struct bzb_span){ der, (size_t)size });
	OPENSSL_free(der);
	return bytes;
}

static struct blob certificate_pem(const X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct blob bytes;
	char *pem;
	long size;

	if (!bio || !PEM_write_bio_X509(bio, certificate) ||
	    (size = BIO_get_mem_data(bio, &pem)) <= 0)
		diag_no_memory(0);
	bytes = blob_copy((struct bzb_span){ (unsigned char *)pem, (size_t)size });
	BIO_free(bio);
	return bytes;
}

static struct blob list_of(const X509 *certificate, const struct guid *owner)
{
	struct blob der = certificate_der(certificate);
	struct blob list = blob_alloc(BZB_SIGLIST_OVERHEAD + der.size);

	bzb_siglist_write_x509(owner->bytes, blob_span(&der), list.data, list.size);
	blob_free(&der);
	return list;
}

static void append_certificate(struct blob *to, const X509 *certificate, const struct guid *owner)
{
	struct blob list = list_of(certificate, owner);

	append(to, blob_span(&list));
	blob_free(&list);
}

/* --- files with more of them --------------------------------------------------------------- */

static bool are_lists(struct bzb_span bytes)
{
	struct bzb_siglist_walk walk = { .rest = bytes };
	struct bzb_siglist_entry entry;
	int more;

	while ((more = bzb_siglist_next(&walk, &entry)) > 0)
		;
	return !more && bytes.size;
}

/* Lists, in a file of their own or of efivarfs, where four bytes precede them, or certificates. */
static int append_file(struct job *job, const char *path, struct blob *to)
{
	STACK_OF(X509) *certificates;
	struct bzb_span lists;
	struct blob file;
	struct why why;
	bool done = true;
	int err;

	if (file_read(path, &file, &why))
		return diag_fail(path, &why);
	if (are_lists(blob_span(&file)))
		append(to, blob_span(&file));
	else if (!bzb_slice(blob_span(&file), 4, file.size - 4, &lists) && are_lists(lists))
		append(to, lists);
	else
		done = false;
	blob_free(&file);
	if (done)
		return 0;
	certificates = sk_X509_new_null();
	if (!certificates)
		diag_no_memory(0);
	err = keys_load_certificates(job->keys, path, certificates, &why);
	for (int i = 0; !err && i < sk_X509_num(certificates); i++)
		append_certificate(to, sk_X509_value(certificates, i), &job->owner);
	sk_X509_pop_free(certificates, X509_free);
	return err ? diag_fail(path, &why) : 0;
}

static int append_files(struct job *job, const struct names *paths, struct blob *to)
{
	for (size_t i = 0; i < paths->count; i++)
		if (append_file(job, paths->names[i], to))
			return -1;
	return 0;
}

/* --- new keys ------------------------------------------------------------------------------ */

/* The common name of its certificate */
static const char *common_name(const struct job *job, size_t which)
{
	static char name[256];

	snprintf(name, sizeof(name), "%s %s", job->options->name, efi_keys[which].name);
	return name;
}

static void add_certificate(struct job *job, size_t which)
{
	const X509 *certificate = job->made[which].certificate;

	key_files_add(&job->files, efi_keys[which].name, ".crt", certificate_pem(certificate));
	key_files_add(&job->files, efi_keys[which].name, ".cer", certificate_der(certificate));
	append_certificate(&job->lists[which], certificate, &job->owner);
}

static int make_key(struct job *job, size_t which, bool encrypt)
{
	struct new_key *made = &job->made[which];
	struct blob pem;
	struct why why;

	if (new_key_make(common_name(job, which), job->options->days, made, &why))
		return diag_fail(job->options->folder, &why);
	keys_encode_private(job->keys, made->key, encrypt, &pem);
	key_files_add(&job->files, efi_keys[which].name, ".key", pem);
	add_certificate(job, which);
	return 0;
}

/* --- keys that are there already ------------------------------------------------------------ */

static int load_key(struct job *job, const char *uri, EVP_PKEY **ret)
{
	struct why why;

	if (keys_load_private(job->keys, uri, ret, &why))
		return diag_fail(uri, &why);
	if (EVP_PKEY_is_a(*ret, "RSA"))
		return 0;
	explain(&why, "is a key of type %s: firmware accepts only RSA",
		EVP_PKEY_get0_type_name(*ret));
	return diag_fail(uri, &why);
}

static int check_match(const X509 *certificate, const char *cert, const EVP_PKEY *key,
		       const char *uri)
{
	struct why why;

	if (keys_match(certificate, key))
		return 0;
	explain(&why, "is not the key of %.200s", cert);
	return diag_fail(uri, &why);
}

/* A file of several is a chain: the first one counts. */
static int load_certificate(struct job *job, const char *cert, X509 **ret)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	struct why why;
	int err;

	if (!certificates)
		diag_no_memory(0);
	err = keys_load_certificates(job->keys, cert, certificates, &why);
	if (err)
		diag(cert, &why);
	else
		*ret = sk_X509_shift(certificates);
	sk_X509_pop_free(certificates, X509_free);
	return err;
}

static int take_key(struct job *job, size_t which, const struct keys_existing *existing)
{
	struct new_key *made = &job->made[which];
	struct why why;

	if (load_key(job, existing->key, &made->key))
		return -1;
	if (!existing->cert) {
		if (new_key_certify(made->key, common_name(job, which), job->options->days,
				    &made->certificate, &why))
			return diag_fail(existing->key, &why);
	} else if (load_certificate(job, existing->cert, &made->certificate) ||
		   check_match(made->certificate, existing->cert, made->key, existing->key)) {
		return -1;
	}
	add_certificate(job, which);
	return 0;
}

static int make_or_take(struct job *job, size_t which)
{
	const struct keys_options *options = job->options;
	const struct keys_existing none = { 0 };
	const struct keys_existing *existing = which == EFI_KEY_PK  ? &options->pk :
					       which == EFI_KEY_KEK ? &options->kek :
								      &none;

	return existing->key ? take_key(job, which, existing) :
			       make_key(job, which, options->encrypt);
}

/* --- updates -------------------------------------------------------------------------------- */

/* @stem: of the file; @which: of efi_keys */
static int sign_update(struct job *job, const char *stem, size_t which, struct bzb_span value,
		       int64_t time, EVP_PKEY *key, X509 *certificate)
{
	struct blob update;
	struct why why;

	if (efi_update_sign(&efi_keys[which], value, time, key, certificate, &update, &why))
		return diag_fail(job->options->folder, &why);
	key_files_add(&job->files, stem, ".auth", update);
	return 0;
}

/* PK signs itself and KEK, KEK signs db. Deleting PK has to be later than setting it. */
static int sign_updates(struct job *job)
{
	static const enum efi_key_name signers[EFI_KEY_COUNT] = {
		[EFI_KEY_DB] = EFI_KEY_KEK,
		[EFI_KEY_KEK] = EFI_KEY_PK,
		[EFI_KEY_PK] = EFI_KEY_PK,
	};
	const struct new_key *pk = &job->made[EFI_KEY_PK];
	const int64_t now = time(NULL);

	for (size_t i = 0; i < EFI_KEY_COUNT; i++) {
		const struct new_key *signer = &job->made[signers[i]];

		key_files_add(&job->files, efi_keys[i].name, ".esl",
			      blob_copy(blob_span(&job->lists[i])));
		if (sign_update(job, efi_keys[i].name, i, blob_span(&job->lists[i]), now,
				signer->key, signer->certificate))
			return -1;
	}
	return sign_update(job, "noPK", EFI_KEY_PK, (struct bzb_span){ 0 }, now + 1, pk->key,
			   pk->certificate);
}

static int make_owner(struct job *job)
{
	char text[GUID_TEXT_SIZE];
	struct why why;

	if (guid_random(&job->owner)) {
		explain(&why, "cannot make an owner: %s", strerror(errno));
		return diag_fail(job->options->folder, &why);
	}
	guid_format(&job->owner, text);
	text[GUID_TEXT_SIZE - 1] = '\n';
	key_files_add(&job->files, "owner", ".guid",
		      blob_copy((struct bzb_span){ (unsigned char *)text, sizeof(text) }));
	return 0;
}

static int make_all(struct job *job)
{
	const struct keys_options *options = job->options;
	struct why why;

	if (open_keys(job) || make_owner(job))
		return -1;
	if (options->encrypt && keys_ask_new(job->keys, options->folder, &why))
		return diag_fail(options->folder, &why);
	for (size_t i = EFI_KEY_COUNT; i-- > 0;)
		if (make_or_take(job, i))
			return -1;
	lap("make the keys");
	if (append_files(job, &options->also_db, &job->lists[EFI_KEY_DB]) ||
	    append_files(job, &options->also_kek, &job->lists[EFI_KEY_KEK]))
		return -1;
	return sign_updates(job);
}

int action_init(const struct keys_options *options)
{
	struct job job = { .options = options };
	struct folder folder;
	struct why why;
	int err;

	if (!folder_is_free(options->folder, &why))
		return diag_fail(options->folder, &why);
	if (options->use && keys_use_check(options))
		return -1;
	err = make_all(&job);
	folder = key_files_folder(&job.files);
	if (!err && folder_create(options->folder, &folder, &why))
		err = diag_fail(options->folder, &why);
	if (!err && options->use)
		err = keys_use(options);
	lap("write the files");
	free_job(&job);
	return err;
}

/* --- rotate, retire -------------------------------------------------------------------------- */

static int read_owner(struct job *job)
{
	const char *folder = job->options->folder;
	char owner[GUID_TEXT_SIZE] = "";
	struct blob text;
	struct why why;

	if (key_file_read(folder, "owner", ".guid", &text))
		return -1;
	memcpy(owner, text.data, text.size < sizeof(owner) ? text.size : sizeof(owner) - 1);
	blob_free(&text);
	if (guid_parse(owner, &job->owner))
		return 0;
	explain(&why, "is not a GUID");
	return diag_fail(key_file_path(folder, "owner", ".guid"), &why);
}

/* Both need KEK of the folder, which signs the new db. */
static int open_folder(struct job *job)
{
	const char *folder = job->options->folder;
	struct new_key *kek = &job->made[EFI_KEY_KEK];
	const char *key = job->options->kek.key;
	char path[PATH_MAX];

	if (read_owner(job) || open_keys(job) ||
	    key_file_certificate(folder, "KEK", &kek->certificate))
		return -1;
	if (!key) {
		snprintf(path, sizeof(path), "%s", key_file_path(folder, "KEK", ".key"));
		key = path;
	}
	return load_key(job, key, &kek->key) ||
			       check_match(kek->certificate, key_file_path(folder, "KEK", ".crt"),
					   kek->key, key) ?
		       -1 :
		       0;
}

/* @stem: whose files the folder loses; NULL: none */
static int replace_db(struct job *job, const char *stem, const char *const *lost)
{
	const char *path = job->options->folder;
	const struct bzb_span value = blob_span(&job->lists[EFI_KEY_DB]);
	const struct new_key *kek = &job->made[EFI_KEY_KEK];
	struct folder folder;
	struct why why;

	key_files_add(&job->files, "db", ".esl", blob_copy(value));
	if (sign_update(job, "db", EFI_KEY_DB, value, time(NULL), kek->key, kek->certificate) ||
	    key_files_keep(&job->files, path, stem))
		return -1;
	folder = key_files_folder(&job->files);
	return folder_replace(path, &folder, lost, &why) ? diag_fail(path, &why) : 0;
}

/* The files of db become those of db-old. */
static int keep_old(struct job *job)
{
	static const char *const endings[] = { ".key", ".crt", ".cer" };
	struct blob bytes;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(endings); i++) {
		if (key_file_read(job->options->folder, "db", endings[i], &bytes))
			return -1;
		key_files_add(&job->files, "db-old", endings[i], bytes);
	}
	return 0;
}

/* The new key is encrypted if the old one is, by the passphrase or PIN of KEK. */
static int make_new_db(struct job *job)
{
	static const char mark[] = "ENCRYPTED";
	struct blob pem, list;
	struct why why;
	bool encrypted;

	if (key_file_read(job->options->folder, "db", ".key", &pem))
		return -1;
	encrypted = memmem(pem.data, pem.size, mark, sizeof(mark) - 1);
	blob_free(&pem);
	if (encrypted && keys_ask_new(job->keys, job->options->folder, &why))
		return diag_fail(job->options->folder, &why);
	if (make_key(job, EFI_KEY_DB, encrypted) ||
	    key_file_read(job->options->folder, "db", ".esl", &list))
		return -1;
	append(&job->lists[EFI_KEY_DB], blob_span(&list));
	blob_free(&list);
	return 0;
}

static int rotate(struct job *job)
{
	static const char *const lost[] = { NULL };
	const char *folder = job->options->folder;
	struct why why;

	if (!access(key_file_path(folder, "db-old", ".crt"), F_OK)) {
		explain(&why, "is there already: 'bzboot keys retire' removes it");
		return diag_fail(key_file_path(folder, "db-old", ".crt"), &why);
	}
	if (open_folder(job) || keep_old(job) || make_new_db(job))
		return -1;
	return replace_db(job, NULL, lost);
}

int action_rotate(const struct keys_options *options)
{
	struct job job = { .options = options };
	int err = rotate(&job);

	lap("exchange the folder");
	free_job(&job);
	return err;
}

/* The value of db without the list of the old certificate */
static int drop_old(struct job *job)
{
	const char *folder = job->options->folder;
	struct blob *value = &job->lists[EFI_KEY_DB], list;
	unsigned char *at;
	struct why why;
	X509 *old;

	if (key_file_certificate(folder, "db-old", &old))
		return -1;
	list = list_of(old, &job->owner);
	X509_free(old);
	if (key_file_read(folder, "db", ".esl", value)) {
		blob_free(&list);
		return -1;
	}
	at = memmem(value->data, value->size, list.data, list.size);
	if (at) {
		memmove(at, at + list.size, value->size - (size_t)(at - value->data) - list.size);
		value->size -= list.size;
	}
	blob_free(&list);
	if (at && value->size)
		return 0;
	explain(&why, at ? "has no other certificate" : "does not have the certificate of db-old");
	return diag_fail(key_file_path(folder, "db", ".esl"), &why);
}

int action_retire(const struct keys_options *options)
{
	static const char *const lost[] = { "db-old.key", "db-old.crt", "db-old.cer", NULL };
	struct job job = { .options = options };
	int err = open_folder(&job) || drop_old(&job) || replace_db(&job, "db-old", lost);

	lap("exchange the folder");
	free_job(&job);
	return err;
}
