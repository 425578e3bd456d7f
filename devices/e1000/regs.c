/* SPDX-License-Identifier: BSD-2-Clause */
/* The register table of the 82540EM: BAR 0, and IOADDR space of the I/O BAR. */
#include "devices/e1000/e1000.h"

#define BITS16 0x0000ffffu
#define BITS32 0xffffffffu

/** ctrl_write() - CTRL: reset, PHY reset, link set-up; RST clears itself */
static void ctrl_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;

	(void)index;
	if (value & CTRL_RST) {
		e1000_soft_reset(e);
		return;
	}
	if (value & ~old & CTRL_PHY_RST)
		link_phy_reset(e);
	link_update(e);
}

/** ctrl_dup_write() - 0004 is a second way to CTRL (82545/46 reset through it) */
static void ctrl_dup_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;

	(void)old;
	reg_write(&e1000_bank, e->s->regs, e,
		  &(struct reg_access){.offset = E1000_CTRL, .size = 4, .value = value});
	(void)index;
}

/** ctrl_dup_read() - reads as CTRL */
static uint32_t ctrl_dup_read(void *dev, unsigned index)
{
	(void)index;
	return e1000_get(dev, E1000_CTRL);
}

/** ctrl_ext_write() - CTRL_EXT: EE_RST reloads the EEPROM and clears itself */
static void ctrl_ext_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)old;
	if (value & CTRL_EXT_EE_RST)
		eeprom_autoload(dev);
}

/** pba_write() - PBA: the transmit part is what the receive part leaves of 64 KiB */
static void pba_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;
	uint32_t rxa = value & 0x78;

	(void)index;
	(void)old;
	e1000_set(e, E1000_PBA, rxa | (64 - MIN(rxa, 64u)) << 16);
}

/*
 * Plain rows: name, offset, width of the stored value, reset value. MAC registers without a reset
 * value in the SDM ("X") keep their contents over CTRL.RST and are zero at power-up.
 */
#define ROW(off, reg_name, sec) .offset = (off), .width = 4, .name = (reg_name), .section = (sec)
#define RO(off, name, sec, rst)                     \
	{                                           \
		ROW(off, name, sec), .reset = (rst) \
	}
#define RW(off, name, sec, rst, mask)                                   \
	{                                                               \
		ROW(off, name, sec), .reset = (rst), .writable = (mask) \
	}
#define RW_KEEP(off, name, sec, rst, mask)                                                 \
	{                                                                                  \
		ROW(off, name, sec), .reset = (rst), .writable = (mask), .flags = REG_KEEP \
	}
#define ARRAY(off, name, sec, n, dist, mask)                                             \
	{                                                                                \
		ROW(off, name, sec), .count = (n), .stride = (dist), .writable = (mask), \
				     .flags = REG_KEEP                                   \
	}
#define STAT(off, name)                                      \
	{                                                    \
		ROW(off, name, "13.7"), .read_clear = BITS32 \
	}
#define STAT_HIGH(off, name, fn)                     \
	{                                            \
		ROW(off, name, "13.7"), .read = (fn) \
	}
#define STAT_LOW(off, name)            \
	{                              \
		ROW(off, name, "13.7") \
	}

/* clang-format off */
static const struct reg regs[] = {
	{ROW(E1000_CTRL, "CTRL", "13.4.1"), .reset = 0x00000a09, .writable = 0xdbf31be9,
	 .write = ctrl_write},
	{ROW(E1000_CTRL_DUP, "CTRL_DUP", "13.4.1"), .write = ctrl_dup_write, .read = ctrl_dup_read},
	RO(E1000_STATUS, "STATUS", "13.4.2", STATUS_SPEED_1000),
	{ROW(E1000_EECD, "EECD", "13.4.3"), .reset = 0x110, .writable = 0x77,
	 .write = eecd_write, .read = eecd_read},
	{ROW(E1000_EERD, "EERD", "13.4.4"), .write = eerd_write},
	{ROW(E1000_CTRL_EXT, "CTRL_EXT", "13.4.6"), .writable = 0x00c2cfff,
	 .write = ctrl_ext_write},
	RO(E1000_FLA, "FLA", "13.4.5", 0),
	{ROW(E1000_MDIC, "MDIC", "13.4.8"), .writable = 0x2fffffff, .write = mdic_write},
	RW(E1000_FCAL, "FCAL", "13.4.9", 0x00c28001, BITS32),
	RW(E1000_FCAH, "FCAH", "13.4.10", 0x0100, BITS16),
	RW(E1000_FCT, "FCT", "13.4.11", 0x8808, BITS16),
	RW(E1000_VET, "VET", "13.4.12", 0x8100, BITS16),
	{ROW(E1000_ICR, "ICR", "13.4.17"), .write = icr_write, .read = icr_read},
	RW(E1000_ITR, "ITR", "13.4.18", 0, BITS16),
	{ROW(E1000_ICS, "ICS", "13.4.19"), .flags = REG_WRITE_ONLY, .write = ics_write},
	{ROW(E1000_IMS, "IMS", "13.4.20"), .write = ims_write},
	{ROW(E1000_IMC, "IMC", "13.4.21"), .flags = REG_WRITE_ONLY, .write = imc_write},
	RW(E1000_RCTL, "RCTL", "13.4.22", 0, RCTL_MASK),
	RW(E1000_FCTTV, "FCTTV", "13.4.13", 0, BITS16),
	RW(E1000_TXCW, "TXCW", "13.4.14", 0, 0xc000ffff),
	RO(E1000_RXCW, "RXCW", "13.4.15", 0),
	RW(E1000_TCTL, "TCTL", "13.4.33", 0, TCTL_MASK),
	RW(E1000_TIPG, "TIPG", "13.4.34", 0x0060200a, 0x3fffffff),
	RW(E1000_AIT, "AIT", "13.4.35", 0, BITS16),
	RW(E1000_LEDCTL, "LEDCTL", "13.4.16", 0x07068302, BITS32),
	{ROW(E1000_PBA, "PBA", "13.4.16"), .reset = 0x00100030, .flags = REG_KEEP,
	 .write = pba_write},
	RW(E1000_FCRTL, "FCRTL", "13.4.23", 0, 0x8000fff8),
	RW(E1000_FCRTH, "FCRTH", "13.4.24", 0, 0x0000fff8),
	RW(E1000_RDFH, "RDFH", "13.8", 0, 0x1fff),
	RW(E1000_RDFT, "RDFT", "13.8", 0, 0x1fff),
	RW(E1000_RDFHS, "RDFHS", "13.8", 0, 0x1fff),
	RW(E1000_RDFTS, "RDFTS", "13.8", 0, 0x1fff),
	RW(E1000_RDFPC, "RDFPC", "13.8", 0, 0x1fff),
	RW_KEEP(E1000_RDBAL, "RDBAL", "13.4.25", 0, 0xfffffff0),
	RW_KEEP(E1000_RDBAH, "RDBAH", "13.4.26", 0, BITS32),
	RW(E1000_RDLEN, "RDLEN", "13.4.27", 0, 0x000fff80),
	RW(E1000_RDH, "RDH", "13.4.28", 0, BITS16),
	RW(E1000_RDT, "RDT", "13.4.29", 0, BITS16),
	{ROW(E1000_RDTR, "RDTR", "13.4.30"), .writable = BITS16, .write = rdtr_write},
	RW(E1000_RXDCTL, "RXDCTL", "13.4.46", 0x01010000, 0x013f3f3f),
	RW(E1000_RADV, "RADV", "13.4.31", 0, BITS16),
	RW(E1000_RSRPD, "RSRPD", "13.4.32", 0, 0x0fff),
	RW(E1000_TDFH, "TDFH", "13.8", 0, 0x07ff),
	RW(E1000_TDFT, "TDFT", "13.8", 0, 0x07ff),
	RW(E1000_TDFHS, "TDFHS", "13.8", 0, 0x1fff),
	RW(E1000_TDFTS, "TDFTS", "13.8", 0, 0x1fff),
	RW(E1000_TDFPC, "TDFPC", "13.8", 0, 0x1fff),
	RW_KEEP(E1000_TDBAL, "TDBAL", "13.4.36", 0, 0xfffffff0),
	RW_KEEP(E1000_TDBAH, "TDBAH", "13.4.37", 0, BITS32),
	RW(E1000_TDLEN, "TDLEN", "13.4.38", 0, 0x000fff80),
	RW(E1000_TDH, "TDH", "13.4.39", 0, BITS16),
	RW(E1000_TDT, "TDT", "13.4.40", 0, BITS16),
	RW(E1000_TIDV, "TIDV", "13.4.41", 0, BITS16),
	RW(E1000_TXDCTL, "TXDCTL", "13.4.43", 0, 0xff3f3f3f),
	RW(E1000_TADV, "TADV", "13.4.44", 0, BITS16),
	RW(E1000_TSPMT, "TSPMT", "13.4.45", 0x01000400, BITS32),
	STAT(0x4000, "CRCERRS"), STAT(0x4004, "ALGNERRC"), STAT(0x4008, "SYMERRS"),
	STAT(0x400c, "RXERRC"), STAT(E1000_MPC, "MPC"), STAT(0x4014, "SCC"), STAT(0x4018, "ECOL"),
	STAT(0x401c, "MCC"), STAT(0x4020, "LATECOL"), STAT(0x4028, "COLC"), STAT(0x4030, "DC"),
	STAT(0x4034, "TNCRS"), STAT(0x4038, "SEC"), STAT(0x403c, "CEXTERR"),
	STAT(E1000_RLEC, "RLEC"), STAT(0x4048, "XONRXC"), STAT(0x404c, "XONTXC"),
	STAT(0x4050, "XOFFRXC"), STAT(0x4054, "XOFFTXC"), STAT(0x4058, "FCRUC"),
	STAT(E1000_PRC64, "PRC64"), STAT(0x4060, "PRC127"), STAT(0x4064, "PRC255"),
	STAT(0x4068, "PRC511"), STAT(0x406c, "PRC1023"), STAT(0x4070, "PRC1522"),
	STAT(E1000_GPRC, "GPRC"), STAT(E1000_BPRC, "BPRC"), STAT(E1000_MPRC, "MPRC"),
	STAT(E1000_GPTC, "GPTC"),
	STAT_LOW(E1000_GORCL, "GORCL"), STAT_HIGH(E1000_GORCH, "GORCH", gorch_read),
	STAT_LOW(E1000_GOTCL, "GOTCL"), STAT_HIGH(E1000_GOTCH, "GOTCH", gotch_read),
	STAT(E1000_RNBC, "RNBC"), STAT(E1000_RUC, "RUC"), STAT(0x40a8, "RFC"),
	STAT(E1000_ROC, "ROC"), STAT(0x40b0, "RJC"), STAT(0x40b4, "MGTPRC"),
	STAT(0x40b8, "MGTPDC"), STAT(0x40bc, "MGTPTC"),
	STAT_LOW(E1000_TORL, "TORL"), STAT_HIGH(E1000_TORH, "TORH", torh_read),
	STAT_LOW(E1000_TOTL, "TOTL"), STAT_HIGH(E1000_TOTH, "TOTH", toth_read),
	STAT(E1000_TPR, "TPR"), STAT(E1000_TPT, "TPT"),
	STAT(E1000_PTC64, "PTC64"), STAT(0x40dc, "PTC127"), STAT(0x40e0, "PTC255"),
	STAT(0x40e4, "PTC511"), STAT(0x40e8, "PTC1023"), STAT(0x40ec, "PTC1522"),
	STAT(E1000_MPTC, "MPTC"), STAT(E1000_BPTC, "BPTC"), STAT(E1000_TSCTC, "TSCTC"),
	STAT(E1000_TSCTFC, "TSCTFC"),
	RW(E1000_RXCSUM, "RXCSUM", "13.4.47", 0, 0x07ff),
	ARRAY(E1000_MTA, "MTA", "13.5.1", 128, 4, BITS32),
	ARRAY(E1000_RAL, "RAL", "13.5.2", RAR_COUNT, 8, BITS32),
	ARRAY(E1000_RAH, "RAH", "13.5.3", RAR_COUNT, 8, 0x8003ffff),
	ARRAY(E1000_VFTA, "VFTA", "13.5.4", 128, 4, BITS32),
	RW(E1000_WUC, "WUC", "13.6", 0, 0x0000000b),
	RW(E1000_WUFC, "WUFC", "13.6", 0, 0x000f00ff),
	{ROW(E1000_WUS, "WUS", "13.6"), .w1c = 0x000f00ff, .flags = REG_KEEP},
	RW(E1000_MANC, "MANC", "13.6", 0, BITS32),
	RW(E1000_IPAV, "IPAV", "13.6", 0, 0x0001000f),
	ARRAY(E1000_IP4AT, "IP4AT", "13.6", 4, 8, BITS32),
	ARRAY(E1000_IP6AT, "IP6AT", "13.6", 4, 4, BITS32),
	RO(E1000_WUPL, "WUPL", "13.6", 0),
	{ROW(E1000_WUPM, "WUPM", "13.6"), .count = 32, .stride = 4, .flags = REG_KEEP},
	ARRAY(E1000_FFLT, "FFLT", "13.6", 4, 8, 0x07ff),
	ARRAY(E1000_FFMT, "FFMT", "13.6", 128, 8, 0x000f),
	ARRAY(E1000_FFVT, "FFVT", "13.6", 128, 8, BITS32),
	ARRAY(E1000_PBM, "PBM", "13.8", 0x4000, 4, BITS32),
};
/* clang-format on */

const struct reg_bank e1000_bank = {
	.name = "e1000",
	.regs = regs,
	.count = ARRAY_SIZE(regs),
	.size = E1000_BAR0_SIZE,
	.dword_only = true,
};
