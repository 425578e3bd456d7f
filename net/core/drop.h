/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a packet was dropped: every drop has one of these reasons, and a counter in the API. */
#pragma once

/** enum drop_reason - index into port_stats.drops; drop_reason_name() has the API's spelling */
enum drop_reason {
	DROP_NO_PEER,         /* nothing is plugged in on the other side */
	DROP_LINK_DOWN,       /* the cable is down */
	DROP_QUEUE_FULL,      /* the card's receive queue is full */
	DROP_NO_DESCRIPTOR,   /* the guest gave no receive buffer */
	DROP_FILTERED,        /* the card's address or VLAN filter */
	DROP_RECEIVER_OFF,    /* the guest has not enabled its receiver */
	DROP_TOO_LONG,        /* longer than the port takes */
	DROP_RUNT,            /* shorter than an Ethernet header */
	DROP_MALFORMED,       /* headers contradict each other or the length */
	DROP_BAD_OFFLOAD,     /* checksum or segmentation request outside the frame */
	DROP_DMA,             /* the guest named memory it does not have */
	DROP_TOO_MANY_PIECES, /* more descriptors a packet than the card takes */
	DROP_ETHERTYPE,       /* not ARP, IPv4 or IPv6 */
	DROP_VLAN,            /* tagged, where tags mean nothing */
	DROP_PROTOCOL,        /* IP protocol that is not carried */
	DROP_LOOPBACK,        /* to a loopback or unspecified address of the host */
	DROP_API_PORT,        /* to the API of the daemon */
	DROP_RESERVED_PORT,   /* to a port that the user stack must not see */
	DROP_SPOOFED,         /* source address that is not the guest network's, or is another's */
	DROP_FRAGMENT,        /* overlapping, malformed or oversized fragment */
	DROP_FRAGMENT_LIMIT,  /* too many bytes of unfinished fragments */
	DROP_FLOW_LIMIT,      /* too many open flows */
	DROP_FLOW_RATE,       /* too many new flows a second */
	DROP_NO_DNS,          /* a query, but no upstream server is known */
	DROP_ICMP,            /* ICMP that is not carried */
	DROP_BACKPRESSURE,    /* a lossy sender met a full receiver */
	DROP_LOOP,            /* came back to the switch: a cable leads around */
	DROP_STORM,           /* more flooded frames a second than a member may send */
	DROP_ISOLATED,        /* to another isolated member */
	DROP_SAME_MEMBER,     /* for a station on the side it came from */
	DROP_PAUSE,           /* IEEE 802.3x flow control, which ends at a switch */
	DROP_NOT_SERVED,      /* to a service of the network that it does not offer */
	DROP_RESTRICTED,      /* the netdev lets nothing out but what belongs to forwards */
	DROP_REASON_COUNT,
};

/**
 * drop_reason_name() - the API's name of a reason
 * @reason:	reason below DROP_REASON_COUNT
 *
 * Return: static snake_case word, "queue_full"
 */
const char *drop_reason_name(enum drop_reason reason);
