/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A link in the verdict. */
#include <stddef.h>
#include <stdio.h>

#include "verifier.h"

static void verify_driver(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after)
{
	const char *wanted = verifier->expectation->ethtool_version;
	const struct ds_driver_info *old = &before->driver, *new = &after->driver;

	verifier_tell(verifier, ds_string_equal(old->driver, new->driver), "driver", after->name,
		old->driver, new->driver, ds_source_names[new->driver_source]);
	if (old->version || new->version || wanted)
		verifier_tell(verifier, !wanted || ds_string_equal(wanted, new->version),
			"driver-version", after->name, old->version, new->version,
			ds_source_names[new->version_source]);
}

static const char *link_state(const struct ds_link *link)
{
	return !link->is_up ? "down" : link->has_carrier ? "up" : "up, no carrier";
}

/* What stands on a link itself, and whoever set it wants to find it again. */
static const struct attribute {
	const char *name; /* of the fact */
	size_t offset;
	enum {
		ATTRIBUTE_TEXT,
		ATTRIBUTE_ADDED, /* a text that its owner may have given since */
		ATTRIBUTE_NUMBER,
		ATTRIBUTE_FLAG, /* may have been set since */
		ATTRIBUTE_NAMES,
	} type;
	bool is_always_told;
} attributes[] = {
	{"mac", offsetof(struct ds_link, mac), ATTRIBUTE_TEXT, false},
	{"master", offsetof(struct ds_link, master), ATTRIBUTE_TEXT, false},
	{"mtu", offsetof(struct ds_link, mtu), ATTRIBUTE_NUMBER, true},
	{"txqlen", offsetof(struct ds_link, txqlen), ATTRIBUTE_NUMBER, false},
	{"group", offsetof(struct ds_link, group), ATTRIBUTE_NUMBER, false},
	{"alias", offsetof(struct ds_link, alias), ATTRIBUTE_ADDED, false},
	{"altnames", offsetof(struct ds_link, altnames), ATTRIBUTE_NAMES, false},
	{"promisc", offsetof(struct ds_link, is_promisc), ATTRIBUTE_FLAG, false},
	{"allmulti", offsetof(struct ds_link, is_allmulti), ATTRIBUTE_FLAG, false},
	{"addr-gen-mode", offsetof(struct ds_link, addr_gen_mode), ATTRIBUTE_NUMBER, false},
	{"token", offsetof(struct ds_link, token), ATTRIBUTE_ADDED, false},
};

static const void *value_of(const struct attribute *attribute, const struct ds_link *link)
{
	return (const char *)link + attribute->offset;
}

static bool is_kept(const struct attribute *attribute, const struct ds_link *before,
	const struct ds_link *after)
{
	const void *old = value_of(attribute, before), *new = value_of(attribute, after);
	const char *text = NULL;

	switch (attribute->type) {
	case ATTRIBUTE_ADDED:
		text = *(char *const *)old;
		return !text || ds_string_equal(text, *(char *const *)new);
	case ATTRIBUTE_NUMBER:
		return *(const int64_t *)old < 0 || *(const int64_t *)old == *(const int64_t *)new;
	case ATTRIBUTE_FLAG:
		return !*(const bool *)old || *(const bool *)new;
	case ATTRIBUTE_NAMES:
		for (size_t i = 0; i < ((const ds_strings *)old)->count; i++)
			if (!ds_strings_has(new, ((const ds_strings *)old)->items[i]))
				return false;
		return true;
	case ATTRIBUTE_TEXT:
	default:
		return ds_string_equal(*(char *const *)old, *(char *const *)new);
	}
}

#define TEXT_BYTES 256

/* A number, "on", or names as far as there is room; longer texts are told as they are. */
static const char *value_text(
	const struct attribute *attribute, const struct ds_link *link, char text[TEXT_BYTES])
{
	const void *value = value_of(attribute, link);
	size_t used = 0;

	text[0] = '\0';
	switch (attribute->type) {
	case ATTRIBUTE_NUMBER:
		snprintf(text, TEXT_BYTES, "%lld", (long long)*(const int64_t *)value);
		return text;
	case ATTRIBUTE_FLAG:
		return *(const bool *)value ? "on" : "off";
	case ATTRIBUTE_NAMES:
		for (size_t i = 0; i < ((const ds_strings *)value)->count && used < TEXT_BYTES; i++)
			used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s%s",
				i ? " " : "", ((const ds_strings *)value)->items[i]);
		return text;
	case ATTRIBUTE_TEXT:
	case ATTRIBUTE_ADDED:
	default:
		return *(char *const *)value;
	}
}

/* Links are many: only what we wrote, or what is not as it was, is worth a line. */
static void verify_attribute(struct verifier *verifier, const struct attribute *attribute,
	const struct ds_link *before, const struct ds_link *after)
{
	bool is_same = is_kept(attribute, before, after);
	char old[TEXT_BYTES], new[TEXT_BYTES];
	struct ds_fact *fact;

	if (is_same && !attribute->is_always_told &&
		!verifier_was_restored(verifier, attribute->name, before->name))
		return;
	fact = verifier_tell(verifier, is_same, attribute->name, before->name,
		value_text(attribute, before, old), value_text(attribute, after, new), "rtnetlink");
	verifier_note_return(verifier, fact, attribute->name, before->name);
}

/* A link that was made again: out of the same, over the same. */
static void verify_upper(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after)
{
	if (!ds_string_equal(before->lower, after->lower) ||
		before->lower_netns != after->lower_netns)
		verifier_tell(verifier, false, "lower", before->name, before->lower, after->lower,
			"rtnetlink");
	if (!ds_string_equal(before->kind, after->kind) ||
		!ds_string_equal(before->data, after->data))
		verifier_tell(verifier, false, "link-kind", before->name, before->kind, after->kind,
			"rtnetlink");
}

/* Only what worked before may fail: a link without carrier may stay without. */
void verify_link(struct verifier *verifier, const struct ds_link *before)
{
	const struct ds_link *after = ds_link_match(verifier->net_after, before);
	bool is_after_boot = verifier->expectation->is_after_boot, is_as_good;
	struct ds_fact *fact;

	if (!after) {
		verifier_tell(verifier, false, "link", before->name, link_state(before), "gone",
			"rtnetlink")
			->is_noted = is_after_boot && before->is_upper;
		return;
	}
	is_as_good = before->is_up == after->is_up &&
		     (!before->is_up || !before->has_carrier || after->has_carrier);
	fact = verifier_tell(verifier, is_as_good, "link", before->name, link_state(before),
		link_state(after), "rtnetlink");
	/* Who sets links up after a boot may leave this one down, or be late. */
	fact->is_noted = is_after_boot && (!after->is_up || before->is_upper);
	verifier_note_return(verifier, fact, "link", before->name);
	if (!ds_string_equal(before->name, after->name))
		verifier_note_return(verifier,
			verifier_tell(verifier, false, "link-name", before->device, before->name,
				after->name, "rtnetlink"),
			"link-name", before->name);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		verify_attribute(verifier, &attributes[i], before, after);
	if (before->is_upper)
		verify_upper(verifier, before, after);
	else
		verify_driver(verifier, before, after);
	verify_link_health(verifier, before, after);
}
