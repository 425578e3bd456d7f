/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and numbers of the 8254x SDM (317453): registers, bits, descriptors. */
#pragma once

#include <stdint.h>

#define E1000_BAR0_SIZE 0x20000
#define E1000_IO_SIZE   64
#define E1000_IOADDR    0
#define E1000_IODATA    4

/* Register offsets (SDM chapter 13). */
#define E1000_CTRL     0x0000
#define E1000_CTRL_DUP 0x0004
#define E1000_STATUS   0x0008
#define E1000_EECD     0x0010
#define E1000_EERD     0x0014
#define E1000_CTRL_EXT 0x0018
#define E1000_FLA      0x001c
#define E1000_MDIC     0x0020
#define E1000_FCAL     0x0028
#define E1000_FCAH     0x002c
#define E1000_FCT      0x0030
#define E1000_VET      0x0038
#define E1000_ICR      0x00c0
#define E1000_ITR      0x00c4
#define E1000_ICS      0x00c8
#define E1000_IMS      0x00d0
#define E1000_IMC      0x00d8
#define E1000_RCTL     0x0100
#define E1000_FCTTV    0x0170
#define E1000_TXCW     0x0178
#define E1000_RXCW     0x0180
#define E1000_TCTL     0x0400
#define E1000_TIPG     0x0410
#define E1000_AIT      0x0458
#define E1000_LEDCTL   0x0e00
#define E1000_PBA      0x1000
#define E1000_FCRTL    0x2160
#define E1000_FCRTH    0x2168
#define E1000_RDFH     0x2410
#define E1000_RDFT     0x2418
#define E1000_RDFHS    0x2420
#define E1000_RDFTS    0x2428
#define E1000_RDFPC    0x2430
#define E1000_RDBAL    0x2800
#define E1000_RDBAH    0x2804
#define E1000_RDLEN    0x2808
#define E1000_RDH      0x2810
#define E1000_RDT      0x2818
#define E1000_RDTR     0x2820
#define E1000_RXDCTL   0x2828
#define E1000_RADV     0x282c
#define E1000_RSRPD    0x2c00
#define E1000_TXDMAC   0x3000
#define E1000_TDFH     0x3410
#define E1000_TDFT     0x3418
#define E1000_TDFHS    0x3420
#define E1000_TDFTS    0x3428
#define E1000_TDFPC    0x3430
#define E1000_TDBAL    0x3800
#define E1000_TDBAH    0x3804
#define E1000_TDLEN    0x3808
#define E1000_TDH      0x3810
#define E1000_TDT      0x3818
#define E1000_TIDV     0x3820
#define E1000_TXDCTL   0x3828
#define E1000_TADV     0x382c
#define E1000_TSPMT    0x3830
#define E1000_CRCERRS  0x4000
#define E1000_MPC      0x4010
#define E1000_DC       0x4030
#define E1000_RLEC     0x4040
#define E1000_XONRXC   0x4048
#define E1000_XONTXC   0x404c
#define E1000_XOFFRXC  0x4050
#define E1000_XOFFTXC  0x4054
#define E1000_FCRUC    0x4058
#define E1000_PRC64    0x405c
#define E1000_GPRC     0x4074
#define E1000_BPRC     0x4078
#define E1000_MPRC     0x407c
#define E1000_GPTC     0x4080
#define E1000_GORCL    0x4088
#define E1000_GORCH    0x408c
#define E1000_GOTCL    0x4090
#define E1000_GOTCH    0x4094
#define E1000_RNBC     0x40a0
#define E1000_RUC      0x40a4
#define E1000_ROC      0x40ac
#define E1000_TORL     0x40c0
#define E1000_TORH     0x40c4
#define E1000_TOTL     0x40c8
#define E1000_TOTH     0x40cc
#define E1000_TPR      0x40d0
#define E1000_TPT      0x40d4
#define E1000_PTC64    0x40d8
#define E1000_MPTC     0x40f0
#define E1000_BPTC     0x40f4
#define E1000_TSCTC    0x40f8
#define E1000_TSCTFC   0x40fc
#define E1000_RXCSUM   0x5000
#define E1000_MTA      0x5200
#define E1000_RAL      0x5400
#define E1000_RAH      0x5404
#define E1000_VFTA     0x5600
#define E1000_WUC      0x5800
#define E1000_WUFC     0x5808
#define E1000_WUS      0x5810
#define E1000_MANC     0x5820
#define E1000_IPAV     0x5838
#define E1000_IP4AT    0x5840
#define E1000_IP6AT    0x5880
#define E1000_WUPL     0x5900
#define E1000_WUPM     0x5a00
#define E1000_FFLT     0x5f00
#define E1000_FFMT     0x9000
#define E1000_FFVT     0x9800
#define E1000_PBM      0x10000

#define CTRL_FD        (1u << 0)
#define CTRL_ASDE      (1u << 5)
#define CTRL_SLU       (1u << 6)
#define CTRL_SPEED_POS 8
#define CTRL_SPEED     (3u << 8)
#define CTRL_FRCSPD    (1u << 11)
#define CTRL_FRCDPX    (1u << 12)
#define CTRL_RST       (1u << 26)
#define CTRL_RFCE      (1u << 27)
#define CTRL_TFCE      (1u << 28)
#define CTRL_VME       (1u << 30)
#define CTRL_PHY_RST   (1u << 31)

#define STATUS_FD         (1u << 0)
#define STATUS_LU         (1u << 1)
#define STATUS_TXOFF      (1u << 4)
#define STATUS_SPEED_POS  6
#define STATUS_SPEED_1000 (2u << 6)
#define STATUS_SPEED_MASK (3u << 6)
#define STATUS_ASDV_POS   8
#define STATUS_ASDV_MASK  (3u << 8)
#define STATUS_MTXCKOK    (1u << 10)
#define STATUS_PCI66      (1u << 11)
#define STATUS_BUS64      (1u << 12)
#define STATUS_PCIX_MODE  (1u << 13)
#define STATUS_PCIX_133   (2u << 14)

#define EECD_SK   (1u << 0)
#define EECD_CS   (1u << 1)
#define EECD_DI   (1u << 2)
#define EECD_DO   (1u << 3)
#define EECD_REQ  (1u << 6)
#define EECD_GNT  (1u << 7)
#define EECD_PRES (1u << 8)

#define EERD_START      (1u << 0)
#define EERD_DONE       (1u << 4)
#define EERD_ADDR_SHIFT 8
#define EERD_DATA_SHIFT 16

#define CTRL_EXT_EE_RST (1u << 13)

#define MDIC_REG_SHIFT 16
#define MDIC_PHY_SHIFT 21
#define MDIC_OP_WRITE  (1u << 26)
#define MDIC_OP_READ   (2u << 26)
#define MDIC_OP_MASK   (3u << 26)
#define MDIC_READY     (1u << 28)
#define MDIC_INT_EN    (1u << 29)
#define MDIC_ERROR     (1u << 30)

#define INT_TXDW    (1u << 0)
#define INT_TXQE    (1u << 1)
#define INT_LSC     (1u << 2)
#define INT_RXDMT0  (1u << 4)
#define INT_RXO     (1u << 6)
#define INT_RXT0    (1u << 7)
#define INT_MDAC    (1u << 9)
#define INT_TXD_LOW (1u << 15)
#define INT_SRPD    (1u << 16)
#define INT_ALL     0x1ffffu
#define INT_EARLY   0x07fffu /* 82544: no TXD_LOW, no SRPD */

#define RCTL_EN    (1u << 1)
#define RCTL_SBP   (1u << 2)
#define RCTL_UPE   (1u << 3)
#define RCTL_MPE   (1u << 4)
#define RCTL_LPE   (1u << 5)
#define RCTL_LBM   (3u << 6)
#define RCTL_BAM   (1u << 15)
#define RCTL_VFE   (1u << 18)
#define RCTL_CFIEN (1u << 19)
#define RCTL_CFI   (1u << 20)
#define RCTL_DPF   (1u << 22)
#define RCTL_PMCF  (1u << 23)
#define RCTL_BSEX  (1u << 25)
#define RCTL_SECRC (1u << 26)
#define RCTL_MASK  0x06dfb3feu

#define TCTL_EN     (1u << 1)
#define TCTL_PSP    (1u << 3)
#define TCTL_SWXOFF (1u << 22)
#define TCTL_MASK   0x033ffffau

#define RDTR_FPD (1u << 31)

#define TXDCTL_LWTHRESH_POS 25

#define RXCSUM_PCSS    0xffu
#define RXCSUM_IPOFL   (1u << 8)
#define RXCSUM_TUOFL   (1u << 9)
#define RXCSUM_IPV6OFL (1u << 10)

#define FCRTL_RTL  0xfff8u
#define FCRTL_XONE (1u << 31)

#define WUC_APME       (1u << 0)
#define WUC_PME_EN     (1u << 1)
#define WUC_PME_STATUS (1u << 2)
#define WUC_APMPME     (1u << 3)

#define WAKE_LNKC   0x00000001u
#define WAKE_MAG    0x00000002u
#define WAKE_EX     0x00000004u
#define WAKE_MC     0x00000008u
#define WAKE_BC     0x00000010u
#define WAKE_ARP    0x00000020u
#define WAKE_IPV4   0x00000040u
#define WAKE_IPV6   0x00000080u
#define WAKE_FLX0   0x00010000u
#define WAKE_ALL    0x000f00ffu
#define FLEX_COUNT  4
#define FLEX_LENGTH 128 /* bytes a flexible filter looks at (SDM 6.4.4) */
#define IPAV_V6     (1u << 16)

#define RAH_AV      (1u << 31)
#define RAH_AS_MASK (3u << 16)
#define RAR_COUNT   16

/* Transmit descriptor, dword 2: length, command (SDM 3.3). */
#define TXD_LEN_LEGACY 0xffffu
#define TXD_LEN_DATA   0xfffffu
#define TXD_DTYP_SHIFT 20
#define TXD_DTYP_MASK  0xfu
#define TXD_DTYP_DATA  1
#define TXD_CMD_EOP    (1u << 24)
#define TXD_CMD_IFCS   (1u << 25)
#define TXD_CMD_IC     (1u << 26) /* legacy */
#define TXD_CMD_TSE    (1u << 26) /* extended */
#define TXD_CMD_RS     (1u << 27)
#define TXD_CMD_RPS    (1u << 28)
#define TXD_CMD_DEXT   (1u << 29)
#define TXD_CMD_VLE    (1u << 30)
#define TXD_CMD_IDE    (1u << 31)
#define TUCMD_TCP      (1u << 24) /* context */
#define TUCMD_IP       (1u << 25)
#define TUCMD_TSE      (1u << 26)
/* dword 3: status, options, special. */
#define TXD_STA_DD      (1u << 0)
#define TXD_POPTS_IXSM  (1u << 8)
#define TXD_POPTS_TXSM  (1u << 9)
#define TXD_SPECIAL_POS 16

#define RXD_STA_DD    (1u << 0)
#define RXD_STA_EOP   (1u << 1)
#define RXD_STA_IXSM  (1u << 2)
#define RXD_STA_VP    (1u << 3)
#define RXD_STA_TCPCS (1u << 5)
#define RXD_STA_IPCS  (1u << 6)
#define RXD_STA_PIF   (1u << 7)
#define RXD_ERR_TCPE  (1u << 5)
#define RXD_ERR_IPE   (1u << 6)

#define DESC_SIZE 16

/* M88E1011 PHY registers (MDIO address 1). */
#define PHY_ADDRESS    1
#define PHY_BMCR       0
#define PHY_BMSR       1
#define PHY_ID2        3
#define PHY_ANAR       4
#define PHY_ANLPAR     5
#define PHY_1000T_CTRL 9
#define PHY_1000T_STAT 10
#define PHY_PSSR       17
#define PHY_INT_STATUS 19
#define PHY_COUNT      32

#define BMCR_SPEED_MSB (1u << 6)
#define BMCR_DUPLEX    (1u << 8)
#define BMCR_RESTART   (1u << 9)
#define BMCR_ISOLATE   (1u << 10)
#define BMCR_PDOWN     (1u << 11)
#define BMCR_ANENABLE  (1u << 12)
#define BMCR_SPEED_LSB (1u << 13)
#define BMCR_LOOPBACK  (1u << 14)
#define BMCR_RESET     (1u << 15)

#define BMSR_LINK      (1u << 2)
#define BMSR_AN_DONE   (1u << 5)
#define BMSR_ALWAYS    0x7949u /* SDM PHY chapter: abilities, preamble suppression, AN able */
#define ANAR_100_FULL  (1u << 8)
#define ANAR_100_HALF  (1u << 7)
#define ANAR_10_FULL   (1u << 6)
#define ANAR_10_HALF   (1u << 5)
#define ANLPAR_PARTNER 0x45e1u /* 10/100 full and half, symmetric pause, acknowledged */
#define ADV_1000_FULL  (1u << 9)
#define ADV_1000_HALF  (1u << 8)
#define STAT_1000_OK   0x7c00u /* receivers good, partner can 1000BASE-T full and half */

#define PSSR_SPEED_POS 14
#define PSSR_DUPLEX    (1u << 13)
#define PSSR_RESOLVED  (1u << 11)
#define PSSR_LINK      (1u << 10)

#define PHY_INT_SPEED   (1u << 14)
#define PHY_INT_DUPLEX  (1u << 13)
#define PHY_INT_AN_DONE (1u << 11)
#define PHY_INT_LINK    (1u << 10)

#define PHY_SPEED_10   0u /* in STATUS.SPEED, CTRL.SPEED, PSSR and here */
#define PHY_SPEED_100  1u
#define PHY_SPEED_1000 2u
