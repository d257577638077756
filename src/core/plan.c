/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Decides what there is to do and lets the phases add their steps, in the order of the run. */

#include "plan_builder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the module itself. Those stand first, what lies on them behind. */
static size_t port_count(const struct ds_network *network)
{
	size_t count = 0;

	while (count < network->links.count && !network->links.items[count].is_upper)
		count++;
	return count;
}

/* "eth0, eth1 and the 3 links on top" */
static void put_links(FILE *stream, const struct ds_network *network)
{
	size_t ports = port_count(network), uppers = network->links.count - ports;

	for (size_t i = 0; i < ports; i++)
		fprintf(stream, "%s%s", i ? ", " : "", network->links.items[i].name);
	if (uppers)
		fprintf(stream, "%s %zu link%s on top", ports ? " and the" : "the", uppers,
			uppers == 1 ? "" : "s");
}

static void put_all_links(FILE *stream, const struct ds_host *host)
{
	const struct ds_network *network = &host->network;
	const char *separator = network->links.count ? "; " : "";

	put_links(stream, network);
	for (size_t i = 0; i < network->namespaces.count; i++) {
		const struct ds_namespace *there = &network->namespaces.items[i];

		if (there->network.links.count == 0)
			continue;
		fprintf(stream, "%sin netns %s: ", separator, there->name);
		put_links(stream, &there->network);
		separator = "; ";
	}
}

static void put_devices(FILE *stream, const struct ds_host *host)
{
	for (size_t i = 0; i < host->devices.count; i++)
		fprintf(stream, "%s%s", i ? ", " : "", host->devices.items[i].address);
}

/* For people; NULL: out of memory. */
static char *text_of(
	void (*put)(FILE *stream, const struct ds_host *host), const struct ds_host *host)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	put(stream, host);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * The file that holds what runs, so that a rollback loads what ran; where none does (the user
 * overrode running-not-on-disk), the installed one.
 */
static void choose_way_back(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	const struct {
		const struct ds_file *file;
		const struct ds_image *image;
	} files[] = {
		{&host->installed, &host->installed_image},
		{&host->previous, &host->previous_image},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i].file->type != DS_FILE_REGULAR ||
			files[i].image->fault != DS_IMAGE_OK ||
			ds_identity_compare(&files[i].image->identity, &host->module.identity,
				NULL) == DS_SAME_NO)
			continue;
		builder->back_file = files[i].file;
		builder->back_image = files[i].image;
		return;
	}
	if (host->installed.type == DS_FILE_REGULAR && host->installed_image.fault == DS_IMAGE_OK) {
		builder->back_file = &host->installed;
		builder->back_image = &host->installed_image;
	}
}

static void describe(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_plan *plan = builder->plan;

	ds_plan_set(builder, &plan->module, host->module.name);
	ds_plan_set_identity(builder, &plan->from, &host->module.identity);
	ds_plan_set_identity(builder, &plan->to, &host->candidate_image.identity);
	ds_plan_set(builder, &plan->from_digest, host->installed_image.digest);
	ds_plan_set(builder, &plan->to_digest, host->candidate_image.digest);
	plan->is_live = builder->has_live;
	if (host->installed.type != DS_FILE_ABSENT)
		ds_plan_set(builder, &plan->installed_path, host->installed.path);
}

bool ds_plan_exchanges_code(const struct ds_request *request, const struct ds_host *host)
{
	return !request->kernel && host->module.state == DS_MODULE_LIVE &&
	       (request->params.count > 0 ||
		       ds_identity_compare(&host->module.identity, &host->candidate_image.identity,
			       NULL) != DS_SAME_YES);
}

static void decide_halves(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;

	builder->has_files =
		host->installed.type == DS_FILE_REGULAR &&
		!ds_string_equal(host->installed_image.digest, host->candidate_image.digest);
	builder->has_live = ds_plan_exchanges_code(builder->request, host);
}

static void builder_start(struct ds_plan_builder *builder)
{
	const struct ds_request *request = builder->request;
	const struct ds_host *host = builder->host;

	decide_halves(builder);
	choose_way_back(builder);
	builder->links = text_of(put_all_links, host);
	builder->devices = text_of(put_devices, host);
	builder->params = request->params.count > 0
				  ? ds_params_line(request->params.items, request->params.count)
				  : strdup(host->module.options ? host->module.options : "");
	if (!builder->links || !builder->devices || !builder->params)
		builder->is_out_of_memory = true;
}

int ds_plan_build(const struct ds_request *request, const struct ds_host *host,
	struct ds_plan *ret_plan, struct ds_error *error)
{
	struct ds_plan_builder builder = {.request = request, .host = host, .plan = ret_plan};

	builder_start(&builder);
	describe(&builder);
	if (!builder.is_out_of_memory && (builder.has_files || builder.has_live)) {
		ds_plan_prepare(&builder);
		ds_plan_trial(&builder);
		ds_plan_commit(&builder);
		ds_plan_clean(&builder);
		ds_plan_if_stuck(&builder);
	}
	free(builder.links);
	free(builder.devices);
	free(builder.params);
	if (builder.is_out_of_memory) {
		ds_record_done(&ds_plan_record, ret_plan);
		return ds_error_set(error, -ENOMEM, "out of memory");
	}
	return 0;
}
