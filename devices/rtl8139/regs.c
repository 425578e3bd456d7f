/* SPDX-License-Identifier: BSD-2-Clause */
/* The register table, and the hooks that need no file of their own. */
#include "devices/rtl8139/rtl8139.h"

/*
 * Theory of operation
 *
 * The RTL8139C has all rows but those of C+ mode (REG_LATER). The two modes share offsets 10 to 2F:
 * the rows carry the C-mode names, and CPCR decides what a write means (hook of TSD). Locked rows
 * (REG_LOCKED) keep their value unless 9346CR is in its "config register write enable" mode. The
 * station address, CONFIG5 and BMCR are not among them: drivers write them without.
 */

/** is_locked() - bank->locked: 9346CR opens the configuration registers */
static bool is_locked(void *dev)
{
	return (rtl_r8(dev, RTL_9346CR) & RTL_EEM) != RTL_EEM_CONFIG;
}

/** config5_read() - hook: PME_STS is PME_Status of the PCI capability */
static uint32_t config5_read(void *dev, unsigned index)
{
	const struct rtl8139 *card = dev;
	const struct nic *nic = &card->nic;

	(void)index;
	return rtl_r8(card, RTL_CONFIG5) |
	       (pci_pme(nic->mem.pci, &nic->class->identity).status ? RTL_CONFIG5_PME_STS : 0);
}

/** config5_write() - hook: writing 1 clears PME_STS */
static void config5_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;
	struct pci_pme pme = pci_pme(card->nic.mem.pci, &card->nic.class->identity);

	(void)index;
	(void)old;
	if (value & RTL_CONFIG5_PME_STS)
		pme.status = false;
	pci_set_pme(card->nic.mem.pci, &card->nic.class->identity, pme);
}

/** cr_write() - hook: reset; rings begin anew when their direction is switched on */
static void cr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;
	uint32_t rises = value & ~old;

	(void)index;
	if (value & RTL_CR_RST) {
		rtl8139_reset(card, false);
		return;
	}
	if (!(value & RTL_CR_TE))
		rtl8139_tx_stop(card);
	if (rises & RTL_CR_RE)
		rtl8139_rx_restart(card);
}

void rtl8139_dtccr_write(struct rtl8139 *card, unsigned index, uint32_t value)
{
	if (index == 1)
		rtl_w32(card, RTL_DTCCR + 4, value);
	if (index != 0)
		return;
	rtl_w32(card, RTL_DTCCR, value & RTL_DTCCR_ADDRESS);
	if (value & RTL_DTCCR_DUMP) /* done before the guest can look, so the bit reads 0 */
		rtl8139_dump_tally(card, rtl_r64(card, RTL_DTCCR));
}

/** mpc_write() - hook: any write clears */
static void mpc_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)value;
	(void)old;
	rtl_w32(dev, RTL_MPC, 0);
}

/** tppoll_write() - hook: doorbells of the transmit rings, software interrupt */
static void tppoll_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;

	(void)index;
	(void)old;
	if (value & RTL_TPPOLL_NPQ && rtl8139_tx_is_cplus(card))
		card->state->tx_pending |= 1 << RTL8139_NORMAL;
	if (value & RTL_TPPOLL_HPQ && rtl8139_tx_is_cplus(card))
		card->state->tx_pending |= 1 << RTL8139_HIGH;
	if (value & RTL_TPPOLL_FSWINT)
		rtl8139_raise(card, RTL_INT_SWINT);
}

#define C       "RTL8139C"
#define CPLUS   "RTL8139C+"
#define MII     "802.3 22.2.4"
#define ALL32   0xffffffff
#define PLUS_WO (REG_LATER | REG_WRITE_ONLY)

/* clang-format off */
static const struct reg regs[] = {
	/* offset, width, flags, count, stride, name, section, reset, writable, others by name */
	{RTL_IDR0,      1, 0,              6,  0, "IDR",            C, 0, 0xff},
	{RTL_MAR0,      4, 0,              2,  0, "MAR",            C, 0, ALL32},
	{RTL_TSD0,      4, 0,              4,  0, "TSDn",           C,
	 RTL_TSD_OWN, RTL_TSD_WRITABLE, .write = rtl8139_tsd_write},
	{RTL_TSAD0,     4, 0,              4,  0, "TSADn",          C, 0, ALL32},
	{RTL_RBSTART,   4, 0,              1,  0, "RBSTART",        C, 0, ALL32},
	{RTL_ERBCR,     2, 0,              1,  0, "ERBCR",          C, 0},
	{RTL_ERSR,      1, 0,              1,  0, "ERSR",           C, 0, .w1c = 0x0f},
	{RTL_CR,        1, 0,              1,  0, "CR",             C,
	 RTL_CR_BUFE, RTL_CR_RE | RTL_CR_TE, .write = cr_write, .read = rtl8139_cr_read},
	{RTL_CAPR,      2, 0,              1,  0, "CAPR",           C, 0xfff0, 0xffff},
	{RTL_CBR,       2, 0,              1,  0, "CBR",            C, 0},
	{RTL_IMR,       2, 0,              1,  0, "IMR",            C,
	 0, RTL_INT_ALL, .write = rtl8139_imr_write},
	{RTL_ISR,       2, 0,              1,  0, "ISR",            C,
	 0, .w1c = RTL_INT_ALL, .write = rtl8139_isr_write, .read = rtl8139_isr_read},
	{RTL_TCR,       4, 0,              1,  0, "TCR",            C,
	 RTL_TCR_HWVERID_CPLUS, RTL_TCR_WRITABLE, .write = rtl8139_tcr_write,
	 .early_reset = RTL_TCR_HWVERID_C},
	{RTL_RCR,       4, 0,              1,  0, "RCR",            C, 0, RTL_RCR_WRITABLE},
	{RTL_TCTR,      4, 0,              1,  0, "TCTR",           C,
	 0, .write = rtl8139_tctr_write, .read = rtl8139_tctr_read},
	{RTL_MPC,       4, 0,              1,  0, "MPC",            C, 0, .write = mpc_write},
	{RTL_9346CR,    1, 0,              1,  0, "9346CR",         C,
	 0, 0xce, .write = rtl8139_9346cr_write, .read = rtl8139_9346cr_read},
	{RTL_CONFIG0,   1, REG_LOCKED,     1,  0, "CONFIG0",        C, 0x10, 0x07},
	{RTL_CONFIG1,   1, REG_LOCKED,     1,  0, "CONFIG1",        C,
	 0x41 | RTL_CONFIG1_MAPS, 0xf3},
	{RTL_TIMERINT,  4, 0,              1,  0, "TimerInt",       C,
	 0, ALL32, .write = rtl8139_timerint_write},
	{RTL_MSR,       1, REG_LOCKED,     1,  0, "MSR",            C,
	 RTL_MSR_FLOW | RTL_MSR_AUX | RTL_MSR_LINKB, RTL_MSR_FLOW},
	{RTL_CONFIG3,   1, REG_LOCKED,     1,  0, "CONFIG3",        C, 0xe1, 0x70},
	{RTL_CONFIG4,   1, REG_LOCKED,     1,  0, "CONFIG4",        C, 0x80, 0xf5},
	{RTL_HLTCLK,    1, REG_WRITE_ONLY, 1,  0, "HltClk",         C, 0},
	{RTL_MULINT,    2, 0,              1,  0, "MULINT",         C, 0, 0x0fff},
	{RTL_RERID,     1, REG_KEEP,       1,  0, "RERID",          C, 0x20, .early_reset = 0x10},
	{RTL_TSAD,      2, 0,              1,  0, "TSAD",           C,
	 0x000f, .read = rtl8139_tsad_read},
	{RTL_BMCR,      2, REG_KEEP,       1,  0, "BMCR",           MII,
	 RTL_BMCR_DEFAULT, RTL_BMCR_WRITABLE, .write = rtl8139_bmcr_write},
	{RTL_BMSR,      2, REG_KEEP,       1,  0, "BMSR",           MII,
	 RTL_BMSR_DEFAULT, .read = rtl8139_bmsr_read},
	{RTL_ANAR,      2, REG_KEEP,       1,  0, "ANAR",           MII,
	 RTL_ANAR_DEFAULT, 0x25e0},
	{RTL_ANLPAR,    2, REG_KEEP,       1,  0, "ANLPAR",         MII, 0},
	{RTL_ANER,      2, REG_KEEP,       1,  0, "ANER",           MII, 0x0005},
	{RTL_DIS,       2, REG_KEEP,       1,  0, "DIS",            C, 0, .read_clear = 0xffff},
	{RTL_FCSC,      2, REG_KEEP,       1,  0, "FCSC",           C, 0, .read_clear = 0xffff},
	{RTL_NWAYTR,    2, REG_KEEP,       1,  0, "NWAYTR",         C, 0, 0x00ff},
	{RTL_REC,       2, REG_KEEP,       1,  0, "REC",            C, 0, .read_clear = 0xffff},
	{RTL_CSCR,      2, REG_KEEP,       1,  0, "CSCR",           C,
	 0x01c0, 0x83e0, .w1c = RTL_CSCR_LINK_CHANGED},
	{RTL_PHY1_PARM, 4, REG_KEEP,       1,  0, "PHY1_PARM",      C, 0, ALL32},
	{RTL_TW_PARM,   4, REG_KEEP,       1,  0, "TW_PARM",        C, 0, ALL32},
	{RTL_PHY2_PARM, 1, REG_KEEP,       1,  0, "PHY2_PARM",      C, 0, 0xff},
	{RTL_TXDMAOK,   2, REG_LATER,      1,  0, "TxDmaOkLowDesc", CPLUS, 0},
	{RTL_CRC0,      1, 0,              8,  0, "CRC",            C, 0, 0xff},
	{RTL_WAKEUP0,   4, 0,              16, 0, "Wakeup",         C, 0, ALL32},
	{RTL_LSBCRC0,   1, 0,              8,  0, "LSBCRC",         C, 0, 0xff},
	{RTL_FLASH,     4, 0,              1,  0, "FLASH",          C, 0, ALL32},
	{RTL_CONFIG5,   1, 0,              1,  0, "CONFIG5",        C,
	 0, 0x7e, .write = config5_write, .read = config5_read},
	{RTL_TPPOLL,    1, PLUS_WO,        1,  0, "TPPoll",         CPLUS,
	 0, .write = tppoll_write},
	{RTL_RMS,       2, REG_LATER,      1,  0, "RMS",            CPLUS, 0},
	{RTL_CPCR,      2, REG_LATER,      1,  0, "CPCR",           CPLUS,
	 0, RTL_CPCR_WRITABLE},
	{RTL_INTRMIT,   2, REG_LATER,      1,  0, "IntrMitigate",   CPLUS, 0},
	{RTL_RDSAR,     4, REG_LATER,      2,  0, "RDSAR",          CPLUS, 0, ALL32},
	{RTL_ETTHR,     1, REG_LATER,      1,  0, "ETThR",          CPLUS, 0, 0x3f},
	{RTL_FER,       4, 0,              4,  0, "FER",            C, 0, ALL32},
};
/* clang-format on */

const struct reg_bank rtl8139_bank = {
	.name = "rtl8139",
	.regs = regs,
	.count = ARRAY_SIZE(regs),
	.size = RTL_BAR_SIZE,
	.locked = is_locked,
};

const struct reg_bank rtl8139c_bank = {
	.name = "rtl8139c",
	.regs = regs,
	.count = ARRAY_SIZE(regs),
	.size = RTL_BAR_SIZE,
	.early = true,
	.locked = is_locked,
};
