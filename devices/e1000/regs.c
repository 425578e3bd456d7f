/* SPDX-License-Identifier: BSD-2-Clause */
/* The register table of the 8254x: BAR 0, and IOADDR space of the I/O BAR. */
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
	if ((value ^ old) & CTRL_PHY_RST)
		phy_reset(e, value & CTRL_PHY_RST);
	link_update(e);
}

/** ctrl_dup_write() - 0004 is a second way to CTRL (82545/46 reset through it) */
static void ctrl_dup_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;

	(void)old;
	reg_write(e1000_bank_of(e), e->s->regs, e,
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

/** ics_read() - ICS reads as ICR, and clears nothing: VxWorks looks there */
static uint32_t ics_read(void *dev, unsigned index)
{
	(void)index;
	return e1000_get(dev, E1000_ICR);
}

/** tctl_write() - TCTL: SWXOFF sends one XOFF and clears itself */
static void tctl_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)old;
	if (value & TCTL_SWXOFF)
		pause_send(dev, true);
}

/** wuc_write() - WUC: PME_En and PME_Status are the ones of PMCSR */
static void wuc_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)old;
	wake_control(dev, value);
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
#define LATER(off, name, sec, rst, mask)                                                    \
	{                                                                                   \
		ROW(off, name, sec), .reset = (rst), .writable = (mask), .flags = REG_LATER \
	}
#define STAT(off, name)                                      \
	{                                                    \
		ROW(off, name, "13.7"), .read_clear = BITS32 \
	}
#define STAT_LATER(off, name)                                                    \
	{                                                                        \
		ROW(off, name, "13.7"), .read_clear = BITS32, .flags = REG_LATER \
	}
#define STAT_HIGH(off, name, fn)                     \
	{                                            \
		ROW(off, name, "13.7"), .read = (fn) \
	}
#define STAT_LOW(off, name)            \
	{                              \
		ROW(off, name, "13.7") \
	}

/* Bits of ICR, ICS, IMS and IMC (SDM 13.4.17). */
#define CAUSES                                                                                    \
	"0:TXDW 1:TXQE 2:LSC 3:RXSEQ 4:RXDMT0 6:RXO 7:RXT0 9:MDAC 10:RXCFG 14-11:GPI 15:TXD_LOW " \
	"16:SRPD"
#define WAKE_UPS   "0:LNKC 1:MAG 2:EX 3:MC 4:BC 5:ARP 6:IPV4 7:IPV6 19-16:FLX"
#define THRESHOLDS "5-0:PTHRESH 13-8:HTHRESH 21-16:WTHRESH 24:GRAN"

/* clang-format off */
static const struct reg regs[] = {
	{ROW(E1000_CTRL, "CTRL", "13.4.1"), .reset = 0x00000a09, .writable = 0xdbfc1be9,
	 .fields = "0:FD 3:LRST 5:ASDE 6:SLU 7:ILOS 9-8:SPEED 11:FRCSPD 12:FRCDPX 21-18:SWDPIN "
		   "25-22:SWDPIO 26:RST 27:RFCE 28:TFCE 30:VME 31:PHY_RST",
	 .write = ctrl_write},
	{ROW(E1000_CTRL_DUP, "CTRL_DUP", "13.4.1"), .write = ctrl_dup_write, .read = ctrl_dup_read},
	{ROW(E1000_STATUS, "STATUS", "13.4.2"), .reset = STATUS_SPEED_1000,
	 .fields = "0:FD 1:LU 3-2:FUNC_ID 4:TXOFF 5:TBIMODE 7-6:SPEED 9-8:ASDV "
		   "10:MTXCKOK 11:PCI66 12:BUS64 13:PCIX_MODE 15-14:PCIXSPD"},
	{ROW(E1000_EECD, "EECD", "13.4.3"), .reset = 0x110, .writable = 0x77,
	 .fields = "0:SK 1:CS 2:DI 3:DO 5-4:FWE 6:REQ 7:GNT 8:PRES 9:SIZE",
	 .write = eecd_write, .read = eecd_read},
	{ROW(E1000_EERD, "EERD", "13.4.4"), .fields = "0:START 4:DONE 15-8:ADDR 31-16:DATA",
	 .write = eerd_write},
	{ROW(E1000_CTRL_EXT, "CTRL_EXT", "13.4.6"), .writable = 0x00c2cfff,
	 .fields = "3-0:GPI_EN 7-4:SWDPIN 11-8:SWDPIO 12:ASDCHK 13:EE_RST 14:IPS 15:SPD_BYPS "
		   "17:RO_DIS 23-22:LINK_MODE",
	 .write = ctrl_ext_write},
	RO(E1000_FLA, "FLA", "13.4.5", 0),
	{ROW(E1000_MDIC, "MDIC", "13.4.8"), .writable = 0x2fffffff,
	 .fields = "15-0:DATA 20-16:REG 25-21:PHY 27-26:OP 28:R 29:I 30:E", .write = mdic_write},
	RW(E1000_FCAL, "FCAL", "13.4.9", 0x00c28001, BITS32),
	RW(E1000_FCAH, "FCAH", "13.4.10", 0x0100, BITS16),
	RW(E1000_FCT, "FCT", "13.4.11", 0x8808, BITS16),
	RW(E1000_VET, "VET", "13.4.12", 0x8100, BITS16),
	{ROW(E1000_ICR, "ICR", "13.4.17"), .fields = CAUSES, .write = icr_write, .read = icr_read},
	LATER(E1000_ITR, "ITR", "13.4.18", 0, BITS16),
	{ROW(E1000_ICS, "ICS", "13.4.19"), .fields = CAUSES, .write = ics_write, .read = ics_read},
	{ROW(E1000_IMS, "IMS", "13.4.20"), .fields = CAUSES, .write = ims_write},
	{ROW(E1000_IMC, "IMC", "13.4.21"), .fields = CAUSES, .flags = REG_WRITE_ONLY,
	 .write = imc_write},
	{ROW(E1000_RCTL, "RCTL", "13.4.22"), .writable = RCTL_MASK,
	 .fields = "1:EN 2:SBP 3:UPE 4:MPE 5:LPE 7-6:LBM 9-8:RDMTS 13-12:MO 15:BAM 17-16:BSIZE "
		   "18:VFE 19:CFIEN 20:CFI 22:DPF 23:PMCF 25:BSEX 26:SECRC"},
	RW(E1000_FCTTV, "FCTTV", "13.4.13", 0, BITS16),
	RW(E1000_TXCW, "TXCW", "13.4.14", 0, 0xc000ffff),
	RO(E1000_RXCW, "RXCW", "13.4.15", 0),
	{ROW(E1000_TCTL, "TCTL", "13.4.33"), .writable = TCTL_MASK,
	 .fields = "1:EN 3:PSP 11-4:CT 21-12:COLD 22:SWXOFF 24:RTLC 25:NRTU", .write = tctl_write},
	{ROW(E1000_TIPG, "TIPG", "13.4.34"), .reset = 0x0060200a, .writable = 0x3fffffff,
	 .fields = "9-0:IPGT 19-10:IPGR1 29-20:IPGR2"},
	RW(E1000_AIT, "AIT", "13.4.35", 0, BITS16),
	{ROW(E1000_LEDCTL, "LEDCTL", "13.4.16"), .reset = 0x07068302, .writable = BITS32,
	 .flags = REG_LATER,
	 .fields = "3-0:LED0_MODE 6:LED0_IVRT 7:LED0_BLINK 11-8:LED1_MODE 14:LED1_IVRT "
		   "15:LED1_BLINK 19-16:LED2_MODE 22:LED2_IVRT 23:LED2_BLINK 27-24:LED3_MODE "
		   "30:LED3_IVRT 31:LED3_BLINK"},
	{ROW(E1000_PBA, "PBA", "13.4.16"), .reset = 0x00100030, .flags = REG_KEEP,
	 .fields = "6-0:RXA 31-16:TXA", .write = pba_write},
	{ROW(E1000_FCRTL, "FCRTL", "13.4.23"), .writable = 0x8000fff8,
	 .fields = "15-0:RTL 31:XONE"},
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
	{ROW(E1000_RDTR, "RDTR", "13.4.30"), .writable = BITS16, .fields = "15-0:DELAY 31:FPD",
	 .write = rdtr_write},
	{ROW(E1000_RXDCTL, "RXDCTL", "13.4.46"), .reset = 0x01010000, .writable = 0x013f3f3f,
	 .fields = THRESHOLDS},
	LATER(E1000_RADV, "RADV", "13.4.31", 0, BITS16),
	LATER(E1000_RSRPD, "RSRPD", "13.4.32", 0, 0x0fff),
	RW(E1000_TXDMAC, "TXDMAC", "13.4.42", 0, 1),
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
	{ROW(E1000_TXDCTL, "TXDCTL", "13.4.43"), .writable = 0xff3f3f3f,
	 .fields = THRESHOLDS " 31-25:LWTHRESH"},
	LATER(E1000_TADV, "TADV", "13.4.44", 0, BITS16),
	{ROW(E1000_TSPMT, "TSPMT", "13.4.45"), .reset = 0x01000400, .writable = BITS32,
	 .fields = "15-0:TSMT 31-16:TSPBP"},
	STAT(E1000_CRCERRS, "CRCERRS"), STAT(0x4004, "ALGNERRC"), STAT(0x4008, "SYMERRS"),
	STAT(0x400c, "RXERRC"), STAT(E1000_MPC, "MPC"), STAT(0x4014, "SCC"), STAT(0x4018, "ECOL"),
	STAT(0x401c, "MCC"), STAT(0x4020, "LATECOL"), STAT(0x4028, "COLC"), STAT(E1000_DC, "DC"),
	STAT(0x4034, "TNCRS"), STAT(0x4038, "SEC"), STAT(0x403c, "CEXTERR"),
	STAT(E1000_RLEC, "RLEC"), STAT(E1000_XONRXC, "XONRXC"), STAT(E1000_XONTXC, "XONTXC"),
	STAT(E1000_XOFFRXC, "XOFFRXC"), STAT(E1000_XOFFTXC, "XOFFTXC"), STAT(E1000_FCRUC, "FCRUC"),
	STAT(E1000_PRC64, "PRC64"), STAT(0x4060, "PRC127"), STAT(0x4064, "PRC255"),
	STAT(0x4068, "PRC511"), STAT(0x406c, "PRC1023"), STAT(0x4070, "PRC1522"),
	STAT(E1000_GPRC, "GPRC"), STAT(E1000_BPRC, "BPRC"), STAT(E1000_MPRC, "MPRC"),
	STAT(E1000_GPTC, "GPTC"),
	STAT_LOW(E1000_GORCL, "GORCL"), STAT_HIGH(E1000_GORCH, "GORCH", gorch_read),
	STAT_LOW(E1000_GOTCL, "GOTCL"), STAT_HIGH(E1000_GOTCH, "GOTCH", gotch_read),
	STAT(E1000_RNBC, "RNBC"), STAT(E1000_RUC, "RUC"), STAT(0x40a8, "RFC"),
	STAT(E1000_ROC, "ROC"), STAT(0x40b0, "RJC"), STAT_LATER(0x40b4, "MGTPRC"),
	STAT_LATER(0x40b8, "MGTPDC"), STAT_LATER(0x40bc, "MGTPTC"),
	STAT_LOW(E1000_TORL, "TORL"), STAT_HIGH(E1000_TORH, "TORH", torh_read),
	STAT_LOW(E1000_TOTL, "TOTL"), STAT_HIGH(E1000_TOTH, "TOTH", toth_read),
	STAT(E1000_TPR, "TPR"), STAT(E1000_TPT, "TPT"),
	STAT(E1000_PTC64, "PTC64"), STAT(0x40dc, "PTC127"), STAT(0x40e0, "PTC255"),
	STAT(0x40e4, "PTC511"), STAT(0x40e8, "PTC1023"), STAT(0x40ec, "PTC1522"),
	STAT(E1000_MPTC, "MPTC"), STAT(E1000_BPTC, "BPTC"), STAT(E1000_TSCTC, "TSCTC"),
	STAT(E1000_TSCTFC, "TSCTFC"),
	{ROW(E1000_RXCSUM, "RXCSUM", "13.4.47"), .writable = 0x07ff,
	 .fields = "7-0:PCSS 8:IPOFL 9:TUOFL 10:IPV6OFL"},
	ARRAY(E1000_MTA, "MTA", "13.5.1", 128, 4, BITS32),
	ARRAY(E1000_RAL, "RAL", "13.5.2", RAR_COUNT, 8, BITS32),
	{ROW(E1000_RAH, "RAH", "13.5.3"), .count = RAR_COUNT, .stride = 8, .writable = 0x8003ffff,
	 .flags = REG_KEEP, .fields = "15-0:RAH 17-16:AS 31:AV"},
	ARRAY(E1000_VFTA, "VFTA", "13.5.4", 128, 4, BITS32),
	{ROW(E1000_WUC, "WUC", "13.6"), .writable = WUC_APME | WUC_PME_EN | WUC_APMPME,
	 .fields = "0:APME 1:PME_EN 2:PME_STATUS 3:APMPME", .write = wuc_write, .read = wuc_read},
	{ROW(E1000_WUFC, "WUFC", "13.6"), .writable = WAKE_ALL, .fields = WAKE_UPS},
	{ROW(E1000_WUS, "WUS", "13.6"), .w1c = WAKE_ALL, .flags = REG_STICKY, .fields = WAKE_UPS},
	{ROW(E1000_MANC, "MANC", "13.6"), .writable = BITS32, .flags = REG_LATER,
	 .fields = "0:SMBUS_EN 1:ASF_EN 2:RST_PEND 13:ARP_EN 21:EN_MNG2HOST"},
	{ROW(E1000_IPAV, "IPAV", "13.6"), .writable = 0x0001000f, .fields = "3-0:V4 16:V6"},
	ARRAY(E1000_IP4AT, "IP4AT", "13.6", 4, 8, BITS32),
	ARRAY(E1000_IP6AT, "IP6AT", "13.6", 4, 4, BITS32),
	{ROW(E1000_WUPL, "WUPL", "13.6"), .flags = REG_STICKY},
	{ROW(E1000_WUPM, "WUPM", "13.6"), .count = 32, .stride = 4, .flags = REG_STICKY},
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

const struct reg_bank e1000_early_bank = {
	.name = "e1000-82544",
	.regs = regs,
	.count = ARRAY_SIZE(regs),
	.size = E1000_BAR0_SIZE,
	.early = true,
	.dword_only = true,
};
