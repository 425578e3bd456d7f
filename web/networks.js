// SPDX-License-Identifier: BSD-2-Clause
// The views #/networks and #/netdevs/ID.
import { h } from './dom.js';
import { newNetdev } from './forms.js';
import { forwardsCard } from './forwards.js';
import { forwardsOf, natAddresses, netdevText, rateLines, rateText, removeNetdev, stateChip } from './objects.js';
import { state } from './store.js';
import { button, facts } from './ui.js';

/** @typedef {import('./types.js').Netdev} Netdev */

/** A link to an object. @param {string | null | undefined} path */
function link(path) {
	return path ? h('a', { href: `#${path}` }, path.split('/').at(-1)) : h('span', { class: 'quiet' },
		'nobody');
}

/** @param {Netdev} netdev */
function row(netdev) {
	const path = `/netdevs/${netdev.id}`;

	return h('tr', { key: netdev.id, 'data-netdev': netdev.id },
		h('th', { scope: 'row' }, h('a', { href: `#${path}` }, netdev.id)),
		h('td', { 'data-label': 'What' }, netdevText(netdev)),
		h('td', { 'data-label': 'State' }, stateChip(netdev)),
		h('td', { 'data-label': 'Used by' }, link(netdev.used_by)),
		h('td', { 'data-label': 'Rate', class: 'number' }, rateLines(path)),
		h('td', { class: 'actions' }, button('Delete', () => removeNetdev(netdev),
			{ 'aria-label': `Delete ${netdev.id}` })));
}

/** The view #/networks. */
export function networksView() {
	const netdevs = [...state.netdevs.values()];

	return [
		h('div', { class: 'title' }, h('h1', { tabindex: -1 }, 'Networks'),
			button('New netdev', newNetdev, { class: 'primary' })),
		h('p', { class: 'lead' }, 'What packets do on this host. ', h('a', { href: '#/modes' },
			'The modes, explained'), '.'),
		netdevs.length === 0 ? h('div', { class: 'empty card' },
			h('h2', null, 'No netdevs yet'),
			h('p', null, 'A netdev is what a NIC’s cable leads to: today NAT, without any privilege.')) :
			h('div', { class: 'card list' }, h('table', null,
				h('caption', null, 'Netdevs'),
				h('thead', null, h('tr', null, ['Netdev', 'What', 'State', 'Used by', 'Rate', '']
					.map((name) => h('th', { scope: 'col' }, name ||
						h('span', { class: 'hidden' }, 'Actions'))))),
				h('tbody', null, netdevs.map(row)))),
		netdevs.length > 0 && forwardsCard([...state.forwards.values()],
			netdevs.find((n) => n.type === 'user')?.id ? `netdev:${netdevs.find((n) => n.type === 'user')?.id}` : ''),
	];
}

/**
 * What there is to say of a netdev of its type.
 * @param {Netdev} netdev
 * @returns {[string, import('./dom.js').Child][]}
 */
function details(netdev) {
	if (netdev.type === 'tap')
		return [['Interface', netdev.ifname], ['Bridge', netdev.br], ['MTU', netdev.mtu]];
	const a = natAddresses(netdev.net ?? '');

	return [
		['Network', netdev.net],
		['Gateway', netdev.host ?? a?.host],
		['DNS server', netdev.dns ?? a?.dns],
		['First lease', netdev.dhcpstart ?? a?.guest],
		['Isolated', netdev.restrict ? 'yes: only forwards get through' : 'no'],
		['Host’s loopback', netdev['host-loopback'] ? 'open to the guest' : 'closed to the guest'],
	];
}

/**
 * The view of one netdev.
 * @param {string} id
 */
export function netdevView(id) {
	const netdev = state.netdevs.get(id);

	if (!netdev)
		return [h('h1', { tabindex: -1 }, id), h('p', null, 'There is no such netdev. ',
			h('a', { href: '#/networks' }, 'All networks'))];
	return [
		h('div', { class: 'title' }, h('h1', { tabindex: -1 }, netdev.id), stateChip(netdev),
			button('Delete', () => removeNetdev(netdev))),
		h('section', { class: 'card' }, h('h2', null, 'Netdev'), facts([
			['Type', netdev.type],
			...details(netdev),
			['Used by', link(netdev.used_by)],
			['Rate', rateText(`/netdevs/${netdev.id}`)],
		])),
		netdev.type === 'user' && forwardsCard(forwardsOf(`/netdevs/${netdev.id}`, netdev.used_by ?? null),
			`netdev:${netdev.id}`),
	];
}
