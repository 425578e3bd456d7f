/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000 models that nic_class() offers, and all in which they differ. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/nic.h"

/** enum e1000_part - index into e1000_models */
enum e1000_part {
	E1000_82540EM,
	E1000_82545EM,
	E1000_82544GC,
	E1000_PARTS,
};

/**
 * struct e1000_model - a member of the family
 * @class:	what a card is made of; its bank says which registers the part lacks
 * @bus:	STATUS bits of the bus it sits on
 * @phy_id2:	PHY register 3
 * @apm_word:	EEPROM word whose bit @apm_bit lets a magic packet wake the machine (SDM 5.6)
 * @apm_bit:	see @apm_word
 * @early:	82544: no ITR, RADV, TADV, RSRPD, MANC, LEDCTL; no TXD_LOW and SRPD; the EEPROM is
 *		not asked for (EECD.REQ); no IPv6 checksums; a descriptor can ask by RPS for its
 *		status when the frame is sent
 */
struct e1000_model {
	struct nic_class class;
	uint32_t bus;
	uint16_t phy_id2;
	uint8_t apm_word;
	uint16_t apm_bit;
	bool early;
};

extern const struct e1000_model e1000_models[E1000_PARTS];
