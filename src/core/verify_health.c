/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The part of the verdict that is about how well it works, against how well it did before. */

#include <stdio.h>
#include <sys/socket.h>

#include "verifier.h"

/* DUPLEX_HALF and DUPLEX_FULL of linux/ethtool.h */
static const char *const duplex_names[] = {"half", "full"};
#define DUPLEXES ((int64_t)(sizeof(duplex_names) / sizeof(duplex_names[0])))

/* A faster link is as good; one that no longer tells its speed is told, and no reason to fail. */
static void verify_speed(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after)
{
	char old[32], new[32] = "unknown";

	if (before->speed_mbps <= 0)
		return;
	snprintf(old, sizeof(old), "%lld Mbit/s", (long long)before->speed_mbps);
	if (after->speed_mbps > 0)
		snprintf(new, sizeof(new), "%lld Mbit/s", (long long)after->speed_mbps);
	verifier_tell(verifier, after->speed_mbps >= before->speed_mbps, "speed", before->name, old,
		new, "ethtool")
		->is_noted = after->speed_mbps <= 0;
}

static void verify_duplex(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after)
{
	bool is_known = after->duplex >= 0 && after->duplex < DUPLEXES;

	if (before->duplex < 0 || before->duplex >= DUPLEXES)
		return;
	verifier_tell(verifier, after->duplex >= before->duplex, "duplex", before->name,
		duplex_names[before->duplex], is_known ? duplex_names[after->duplex] : "unknown",
		"ethtool")
		->is_noted = !is_known;
}

/*
 * baseline: what the counter would show had nothing happened. A driver that hung before may hang
 * again once it is put back: that is told, and not what a rollback is judged by.
 */
static void verify_timeouts(struct verifier *verifier, const char *name, const char *subject,
	int64_t before, int64_t after, int64_t baseline, const char *source)
{
	char old[24] = "unknown", new[24];

	if (after < 0)
		return;
	if (before >= 0)
		snprintf(old, sizeof(old), "%lld", (long long)before);
	snprintf(new, sizeof(new), "%lld", (long long)after);
	verifier_tell(verifier, after <= baseline, name, subject, old, new, source)->is_noted =
		!verifier->expectation->is_trial;
}

static void verify_counters(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after)
{
	/* The kernel's own begin with the link. A driver's may live on in its device. */
	bool is_new = before->ifindex != after->ifindex;
	int64_t own = before->driver_tx_timeouts > 0 ? before->driver_tx_timeouts : 0;

	verify_timeouts(verifier, "tx-timeouts", before->name, before->tx_timeouts,
		after->tx_timeouts, is_new || before->tx_timeouts < 0 ? 0 : before->tx_timeouts,
		"sysfs");
	verify_timeouts(verifier, "own-tx-timeouts", before->name, before->driver_tx_timeouts,
		after->driver_tx_timeouts, own, "ethtool statistics");
}

void verify_link_health(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after)
{
	/* Without carrier a link has no speed, and that it has none is told already. */
	if (before->is_up && before->has_carrier && after->has_carrier) {
		verify_speed(verifier, before, after);
		verify_duplex(verifier, before, after);
	}
	verify_counters(verifier, before, after);
}

static const struct ds_gateway *find_gateway(
	const struct ds_health *health, const struct ds_gateway *wanted)
{
	for (size_t i = 0; i < health->gateways.count; i++)
		if (ds_string_equal(health->gateways.items[i].link, wanted->link) &&
			ds_string_equal(health->gateways.items[i].address, wanted->address))
			return &health->gateways.items[i];
	return NULL;
}

static void verify_gateways(struct verifier *verifier)
{
	static const char *const words[DS_ANSWER_COUNT] = {
		"not asked", "answers", "does not answer"};
	const struct ds_health *health = &verifier->before->health;

	for (size_t i = 0; i < health->gateways.count; i++) {
		const struct ds_gateway *before = &health->gateways.items[i];
		const struct ds_gateway *after = find_gateway(&verifier->after->health, before);
		int answer = after ? after->answer : DS_ANSWER_NONE;

		verifier_tell(verifier, before->answer != DS_ANSWER_YES || answer == DS_ANSWER_YES,
			"gateway", before->address, words[before->answer], words[answer],
			before->family == AF_INET ? "ARP" : "neighbour discovery");
	}
}

static const struct ds_command *find_command(const struct ds_health *health, const char *line)
{
	for (size_t i = 0; i < health->commands.count; i++)
		if (ds_string_equal(health->commands.items[i].line, line))
			return &health->commands.items[i];
	return NULL;
}

static const char *command_words(const struct ds_command *command)
{
	if (!command || command->answer == DS_ANSWER_NONE)
		return "not run";
	if (command->answer == DS_ANSWER_YES)
		return "succeeds";
	return command->words ? command->words : "fails";
}

static void verify_commands(struct verifier *verifier)
{
	const struct ds_health *health = &verifier->before->health;

	for (size_t i = 0; i < health->commands.count; i++) {
		const struct ds_command *before = &health->commands.items[i];
		const struct ds_command *after =
			find_command(&verifier->after->health, before->line);

		verifier_tell(verifier, after && after->answer == DS_ANSWER_YES, "check",
			before->line, command_words(before), command_words(after), "--check")
			->is_noted = before->answer != DS_ANSWER_YES;
	}
}

/*
 * The old driver's complaints are no news of the swap. That nobody could listen says nothing of the
 * driver either, but silence is then no praise.
 */
static void verify_log(struct verifier *verifier)
{
	const ds_strings *complaints = &verifier->after->health.complaints;
	const char *error = verifier->after->health.log_error;

	if (error)
		verifier_tell(verifier, false, "kernel-log", verifier->after->module.name, NULL,
			error, "/dev/kmsg")
			->is_noted = true;
	for (size_t i = 0; i < complaints->count; i++)
		verifier_tell(verifier, false, "kernel-log", verifier->after->module.name,
			"no complaint", complaints->items[i], "/dev/kmsg")
			->is_noted = !verifier->expectation->is_trial;
}

void verify_health(struct verifier *verifier)
{
	if (!verifier->after->health.is_measured)
		return;
	verify_gateways(verifier);
	verify_commands(verifier);
	verify_log(verifier);
}
