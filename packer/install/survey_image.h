/* SPDX-License-Identifier: BSD-2-Clause */
/* An installed image: the files that it consists of, who signed it, whether the firmware takes it. */
#ifndef PACKER_SURVEY_IMAGE_H
#define PACKER_SURVEY_IMAGE_H

#include "record.h"
#include "trust.h"

/* Something that needs attention */
struct survey_fault {
	char *subject; /* a file, or a version */
	struct why why;
};

struct survey_faults {
	struct survey_fault *faults;
	size_t count;
};

/* An image, or, of layout bls, an entry and the files that it names */
struct survey_image {
	char *path; /* that boot loaders show, relative to the ESP */
	struct install_name name;
	uint64_t size;	  /* of all its files, bytes */
	bool is_recorded; /* they are as install wrote them */
	bool is_current;  /* it is the one that the sources of the record are about */
	char *signer;	  /* of the first good signature; NULL: there is none */
	int64_t time;	  /* of that signature, seconds since 1970; 0: it has none */
	bool is_judged;	  /* the image is there, and is a PE image: */
	enum trust_answer trust;
};

/**
 * survey_image_read() - read the files of an image
 * @place: found
 * @firmware: that is to start it
 * @record: of its version
 * @image: its path and name; gets the rest. For survey_image_free()
 * @faults: gets what is wrong
 */
void survey_image_read(const struct install_place *place, const struct firmware *firmware,
		       const struct install_record *record, struct survey_image *image,
		       struct survey_faults *faults);

/**
 * survey_image_free() - free the texts
 * @image: read
 */
void survey_image_free(struct survey_image *image);

/**
 * survey_fault_add() - one more fault
 * @faults: all zeros at first, for survey_faults_free()
 * @subject: copied
 * @format: as of printf: what is wrong with it
 */
void survey_fault_add(struct survey_faults *faults, const char *subject, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * survey_faults_free() - free the list
 * @faults: becomes empty
 */
void survey_faults_free(struct survey_faults *faults);

#endif
