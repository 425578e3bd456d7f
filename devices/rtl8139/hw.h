/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and numbers of the RTL8139C and C+, as their datasheets have them. */
#pragma once

#define RTL_BAR_SIZE 256

/** enum rtl_reg - offsets of registers */
enum rtl_reg {
	RTL_IDR0 = 0x00,    /* station address */
	RTL_MAR0 = 0x08,    /* multicast hash filter */
	RTL_TSD0 = 0x10,    /* C mode: transmit status of descriptor */
	RTL_DTCCR = 0x10,   /* C+ mode: dump tally counter command */
	RTL_TSAD0 = 0x20,   /* C mode: transmit start address of descriptor */
	RTL_TNPDS = 0x20,   /* C+ mode: transmit normal priority descriptors start address */
	RTL_THPDS = 0x28,   /* C+ mode: the same for high priority */
	RTL_RBSTART = 0x30, /* C mode: receive buffer start address */
	RTL_ERBCR = 0x34,   /* early receive byte count */
	RTL_ERSR = 0x36,    /* early receive status */
	RTL_CR = 0x37,      /* command */
	RTL_CAPR = 0x38,    /* current address of packet read */
	RTL_CBR = 0x3a,     /* current buffer address */
	RTL_IMR = 0x3c,     /* interrupt mask */
	RTL_ISR = 0x3e,     /* interrupt status */
	RTL_TCR = 0x40,     /* transmit configuration */
	RTL_RCR = 0x44,     /* receive configuration */
	RTL_TCTR = 0x48,    /* timer count */
	RTL_MPC = 0x4c,     /* missed packet counter */
	RTL_9346CR = 0x50,  /* EEPROM command */
	RTL_CONFIG0 = 0x51,
	RTL_CONFIG1 = 0x52,
	RTL_TIMERINT = 0x54, /* timer interrupt */
	RTL_MSR = 0x58,      /* media status */
	RTL_CONFIG3 = 0x59,
	RTL_CONFIG4 = 0x5a,
	RTL_HLTCLK = 0x5b, /* halt clock */
	RTL_MULINT = 0x5c, /* multiple interrupt select */
	RTL_RERID = 0x5e,  /* PCI revision */
	RTL_TSAD = 0x60,   /* transmit status of all descriptors */
	RTL_BMCR = 0x62,   /* basic mode control */
	RTL_BMSR = 0x64,   /* basic mode status */
	RTL_ANAR = 0x66,   /* autonegotiation advertisement */
	RTL_ANLPAR = 0x68, /* autonegotiation link partner */
	RTL_ANER = 0x6a,   /* autonegotiation expansion */
	RTL_DIS = 0x6c,    /* disconnect counter */
	RTL_FCSC = 0x6e,   /* false carrier sense counter */
	RTL_NWAYTR = 0x70, /* N-way test */
	RTL_REC = 0x72,    /* RX_ER counter */
	RTL_CSCR = 0x74,   /* CS configuration */
	RTL_PHY1_PARM = 0x78,
	RTL_TW_PARM = 0x7c,
	RTL_PHY2_PARM = 0x80,
	RTL_TXDMAOK = 0x82, /* low part of the descriptor sent last */
	RTL_CRC0 = 0x84,    /* CRC of wake-up frame */
	RTL_WAKEUP0 = 0x8c, /* mask of wake-up frame */
	RTL_LSBCRC0 = 0xcc, /* least significant byte of the mask's CRC */
	RTL_FLASH = 0xd4,   /* flash memory read and write */
	RTL_CONFIG5 = 0xd8,
	RTL_TPPOLL = 0xd9,  /* C+ mode: transmit priority polling */
	RTL_RMS = 0xda,     /* 8169: receive packet maximum size; not on this chip */
	RTL_CPCR = 0xe0,    /* C+ command */
	RTL_INTRMIT = 0xe2, /* 8169: interrupt mitigation; not on this chip */
	RTL_RDSAR = 0xe4,   /* C+ mode: receive descriptors start address */
	RTL_ETTHR = 0xec,   /* early transmit threshold */
	RTL_FER = 0xf0,     /* CardBus function events: event, mask, present state, force */
};

/* CR */
#define RTL_CR_BUFE 0x01
#define RTL_CR_TE   0x04
#define RTL_CR_RE   0x08
#define RTL_CR_RST  0x10

/* IMR, ISR */
#define RTL_INT_ROK     0x0001
#define RTL_INT_RER     0x0002
#define RTL_INT_TOK     0x0004
#define RTL_INT_TER     0x0008
#define RTL_INT_RDU     0x0010 /* C mode: RXOVW */
#define RTL_INT_LINKCHG 0x0020 /* C mode: PUN, too */
#define RTL_INT_FOVW    0x0040
#define RTL_INT_TDU     0x0080
#define RTL_INT_SWINT   0x0100
#define RTL_INT_LENCHG  0x2000
#define RTL_INT_TIMEOUT 0x4000
#define RTL_INT_SERR    0x8000
#define RTL_INT_ALL     0xe1ff

/* TSD0 to TSD3 (C mode) */
#define RTL_TSD_CRS      0x80000000 /* carrier lost while sending */
#define RTL_TSD_TABT     0x40000000 /* aborted */
#define RTL_TSD_TOK      0x00008000
#define RTL_TSD_TUN      0x00004000
#define RTL_TSD_OWN      0x00002000 /* 1: the driver's */
#define RTL_TSD_SIZE     0x00001fff
#define RTL_TSD_WRITABLE 0x003f3fff

/* TCR */
#define RTL_TCR_HWVERID_C     0x74000000
#define RTL_TCR_HWVERID_CPLUS 0x74800000
#define RTL_TCR_CRC           0x00010000 /* 1: the chip appends no FCS */
#define RTL_TCR_CLRABT        0x00000001
#define RTL_TCR_LBK           0x00060000 /* both bits: loopback */
#define RTL_TCR_WRITABLE      0x030f07f0

/* RCR */
#define RTL_RCR_AAP         0x00000001 /* all physical addresses */
#define RTL_RCR_APM         0x00000002 /* physical match */
#define RTL_RCR_AM          0x00000004 /* multicast by hash */
#define RTL_RCR_AB          0x00000008 /* broadcast */
#define RTL_RCR_AER         0x00000020 /* frames with errors */
#define RTL_RCR_WRAP        0x00000080 /* records go on behind the ring */
#define RTL_RCR_WRITABLE    0x0f03ffbf
#define RTL_RCR_RBLEN_SHIFT 11
#define RTL_RING_8K         0x2000 /* RBLEN 0; each step doubles it */
#define RTL_RING_64K        0x10000

/* Status word of a record in the ring of C mode */
#define RTL_RECORD_ROK 0x0001
#define RTL_RECORD_CRC 0x0004

/* 9346CR */
#define RTL_EE_DO      0x01
#define RTL_EE_DI      0x02
#define RTL_EE_SK      0x04
#define RTL_EE_CS      0x08
#define RTL_EEM        0xc0
#define RTL_EEM_NORMAL 0x00
#define RTL_EEM_LOAD   0x40
#define RTL_EEM_PINS   0x80
#define RTL_EEM_CONFIG 0xc0

/* CONFIG1 */
#define RTL_CONFIG1_MAPS 0x0c /* MEMMAP, IOMAP: always there */
#define RTL_CONFIG1_PMEN 0x01

/* CONFIG3 */
#define RTL_CONFIG3_MAGIC  0x20
#define RTL_CONFIG3_LINKUP 0x10

/* CONFIG5 */
#define RTL_CONFIG5_BWF     0x40 /* wake up by broadcast, ... */
#define RTL_CONFIG5_MWF     0x20 /* multicast, ... */
#define RTL_CONFIG5_UWF     0x10 /* unicast frames */
#define RTL_CONFIG5_PME_STS 0x01

/* CSCR */
#define RTL_CSCR_LINK_CHANGED 0x0800
#define RTL_CSCR_LINK_OK      0x0400

/* MSR */
#define RTL_MSR_LINKB    0x04 /* 1: no link */
#define RTL_MSR_SPEED_10 0x08
#define RTL_MSR_AUX      0x10
#define RTL_MSR_FLOW     0xc0 /* TXFCE, RXFCE */

/* MII registers (IEEE 802.3 22.2.4) */
#define RTL_BMCR_RESET      0x8000
#define RTL_BMCR_DEFAULT    0x3100 /* 100 Mb/s, autonegotiation, full duplex */
#define RTL_BMCR_WRITABLE   0x3100
#define RTL_BMCR_SPEED_100  0x2000
#define RTL_BMCR_ANE        0x1000
#define RTL_BMCR_RESTART    0x0200
#define RTL_BMCR_FULL       0x0100
#define RTL_BMSR_DEFAULT    0x7809
#define RTL_BMSR_NEGOTIATED 0x0020
#define RTL_BMSR_LINK       0x0004
#define RTL_ANAR_DEFAULT    0x05e1
#define RTL_ANAR_100_FULL   0x0100
#define RTL_ANAR_100_HALF   0x0080
#define RTL_ANAR_10_FULL    0x0040
#define RTL_ANAR_10_HALF    0x0020
#define RTL_ANLPAR_PARTNER  0x45e1

/* TPPoll */
#define RTL_TPPOLL_FSWINT 0x01
#define RTL_TPPOLL_NPQ    0x40
#define RTL_TPPOLL_HPQ    0x80

/* CPCR */
#define RTL_CPCR_TXEN     0x0001
#define RTL_CPCR_RXEN     0x0002
#define RTL_CPCR_RXCSUM   0x0020
#define RTL_CPCR_VLAN     0x0040
#define RTL_CPCR_WRITABLE 0x007b

/* DTCCR */
#define RTL_DTCCR_DUMP    0x08
#define RTL_DTCCR_ADDRESS 0xffffffc0
#define RTL_TALLY_SIZE    64

/* C+ descriptors: a ring has 64 at most and begins at a multiple of 256 */
#define RTL_DESC_SIZE  16
#define RTL_RING_MAX   64
#define RTL_RING_ALIGN 256

#define RTL_OWN 0x80000000
#define RTL_EOR 0x40000000
#define RTL_FS  0x20000000
#define RTL_LS  0x10000000

#define RTL_TX_LGSEN     0x08000000
#define RTL_TX_MSS_SHIFT 16
#define RTL_TX_MSS_MASK  0x7ff
#define RTL_TX_IPCS      0x00040000
#define RTL_TX_UDPCS     0x00020000
#define RTL_TX_TCPCS     0x00010000
#define RTL_TX_LEN       0x0000ffff
#define RTL_TX_TES       0x00800000 /* status: error summary */
#define RTL_TX_TAGC      0x00020000 /* word 1: insert the tag */

#define RTL_RX_SIZE 0x00001fff /* buffer size, frame length */
#define RTL_RX_MAR  0x04000000
#define RTL_RX_PAM  0x02000000
#define RTL_RX_BAR  0x01000000
#define RTL_RX_PIDT 0x00010000 /* protocol: TCP */
#define RTL_RX_PIDU 0x00020000 /* UDP */
#define RTL_RX_PIDI 0x00030000 /* IP */
#define RTL_RX_IPF  0x00008000 /* wrong checksum of IP, UDP, TCP */
#define RTL_RX_UDPF 0x00004000
#define RTL_RX_TCPF 0x00002000
#define RTL_RX_TAVA 0x00010000 /* word 1: a tag was taken out */
