/* SPDX-License-Identifier: GPL-2.0-or-later */
#define VLAN_HLEN 4
