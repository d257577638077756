/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ethtool family has, in words that `ethtool` uses. */
#include <linux/ethtool_netlink.h>

#include "net_ethtool.h"

static const struct sys_ethtool_number rings[] = {
	{ETHTOOL_A_RINGS_RX, 4, "rx"},
	{ETHTOOL_A_RINGS_RX_MINI, 4, "rx-mini"},
	{ETHTOOL_A_RINGS_RX_JUMBO, 4, "rx-jumbo"},
	{ETHTOOL_A_RINGS_TX, 4, "tx"},
	{ETHTOOL_A_RINGS_RX_BUF_LEN, 4, "rx-buf-len"},
	{ETHTOOL_A_RINGS_CQE_SIZE, 4, "cqe-size"},
	{ETHTOOL_A_RINGS_TX_PUSH, 1, "tx-push"},
	{0, 0, NULL},
};
static const struct sys_ethtool_number channels[] = {
	{ETHTOOL_A_CHANNELS_RX_COUNT, 4, "rx"},
	{ETHTOOL_A_CHANNELS_TX_COUNT, 4, "tx"},
	{ETHTOOL_A_CHANNELS_OTHER_COUNT, 4, "other"},
	{ETHTOOL_A_CHANNELS_COMBINED_COUNT, 4, "combined"},
	{0, 0, NULL},
};
static const struct sys_ethtool_number coalesce[] = {
	{ETHTOOL_A_COALESCE_RX_USECS, 4, "rx-usecs"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES, 4, "rx-frames"},
	{ETHTOOL_A_COALESCE_RX_USECS_IRQ, 4, "rx-usecs-irq"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES_IRQ, 4, "rx-frames-irq"},
	{ETHTOOL_A_COALESCE_TX_USECS, 4, "tx-usecs"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES, 4, "tx-frames"},
	{ETHTOOL_A_COALESCE_TX_USECS_IRQ, 4, "tx-usecs-irq"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES_IRQ, 4, "tx-frames-irq"},
	{ETHTOOL_A_COALESCE_STATS_BLOCK_USECS, 4, "stats-block-usecs"},
	{ETHTOOL_A_COALESCE_USE_ADAPTIVE_RX, 1, "adaptive-rx"},
	{ETHTOOL_A_COALESCE_USE_ADAPTIVE_TX, 1, "adaptive-tx"},
	{ETHTOOL_A_COALESCE_PKT_RATE_LOW, 4, "pkt-rate-low"},
	{ETHTOOL_A_COALESCE_RX_USECS_LOW, 4, "rx-usecs-low"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES_LOW, 4, "rx-frames-low"},
	{ETHTOOL_A_COALESCE_TX_USECS_LOW, 4, "tx-usecs-low"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES_LOW, 4, "tx-frames-low"},
	{ETHTOOL_A_COALESCE_PKT_RATE_HIGH, 4, "pkt-rate-high"},
	{ETHTOOL_A_COALESCE_RX_USECS_HIGH, 4, "rx-usecs-high"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES_HIGH, 4, "rx-frames-high"},
	{ETHTOOL_A_COALESCE_TX_USECS_HIGH, 4, "tx-usecs-high"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES_HIGH, 4, "tx-frames-high"},
	{ETHTOOL_A_COALESCE_RATE_SAMPLE_INTERVAL, 4, "sample-interval"},
	{ETHTOOL_A_COALESCE_USE_CQE_MODE_TX, 1, "cqe-mode-tx"},
	{ETHTOOL_A_COALESCE_USE_CQE_MODE_RX, 1, "cqe-mode-rx"},
	{0, 0, NULL},
};
static const struct sys_ethtool_number pause_numbers[] = {
	{ETHTOOL_A_PAUSE_AUTONEG, 1, "autoneg"},
	{ETHTOOL_A_PAUSE_RX, 1, "rx"},
	{ETHTOOL_A_PAUSE_TX, 1, "tx"},
	{0, 0, NULL},
};
static const struct sys_ethtool_number eee[] = {
	{ETHTOOL_A_EEE_ENABLED, 1, "enabled"},
	{ETHTOOL_A_EEE_TX_LPI_ENABLED, 1, "tx-lpi"},
	{ETHTOOL_A_EEE_TX_LPI_TIMER, 4, "tx-timer"},
	{0, 0, NULL},
};
static const struct sys_ethtool_number fec[] = {
	{ETHTOOL_A_FEC_AUTO, 1, "auto"},
	{0, 0, NULL},
};
static const struct sys_ethtool_number linkmodes[] = {
	{ETHTOOL_A_LINKMODES_AUTONEG, 1, "autoneg"},
	{ETHTOOL_A_LINKMODES_SPEED, 4, "speed"},
	{ETHTOOL_A_LINKMODES_DUPLEX, 1, "duplex"},
	{ETHTOOL_A_LINKMODES_MASTER_SLAVE_CFG, 1, "master-slave"},
	{0, 0, NULL},
};

const struct sys_ethtool_group sys_ethtool_groups[SYS_ETHTOOL_GROUPS] = {
	{"channels", ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_MSG_CHANNELS_SET, channels, 0, 0, true},
	{"rings", ETHTOOL_MSG_RINGS_GET, ETHTOOL_MSG_RINGS_SET, rings, 0, 0, true},
	{"private", ETHTOOL_MSG_PRIVFLAGS_GET, ETHTOOL_MSG_PRIVFLAGS_SET, NULL,
		ETHTOOL_A_PRIVFLAGS_FLAGS, 0, true},
	[SYS_ETHTOOL_FEATURES] = {"features", ETHTOOL_MSG_FEATURES_GET, ETHTOOL_MSG_FEATURES_SET,
		NULL, ETHTOOL_A_FEATURES_WANTED, ETHTOOL_A_FEATURES_HW, false},
	{"coalesce", ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_COALESCE_SET, coalesce, 0, 0, false},
	{"pause", ETHTOOL_MSG_PAUSE_GET, ETHTOOL_MSG_PAUSE_SET, pause_numbers, 0, 0, false},
	{"eee", ETHTOOL_MSG_EEE_GET, ETHTOOL_MSG_EEE_SET, eee, ETHTOOL_A_EEE_MODES_OURS, 0, false},
	{"fec", ETHTOOL_MSG_FEC_GET, ETHTOOL_MSG_FEC_SET, fec, ETHTOOL_A_FEC_MODES, 0, false},
	{"modes", ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_MSG_LINKMODES_SET, linkmodes,
		ETHTOOL_A_LINKMODES_OURS, 0, false},
	{"wol", ETHTOOL_MSG_WOL_GET, ETHTOOL_MSG_WOL_SET, NULL, ETHTOOL_A_WOL_MODES, 0, false},
};
