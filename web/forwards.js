// SPDX-License-Identifier: BSD-2-Clause
// Forwards as a list: in the views of NICs, netdevs and networks.
import { h } from './dom.js';
import { count } from './fmt.js';
import { newForward } from './forms.js';
import { leadsTo, listensAt, remove, stateChip } from './objects.js';
import { statsOf } from './store.js';
import { button, copyable } from './ui.js';

/** @typedef {import('./types.js').Forward} Forward */

/** What came in through a forward. @param {Forward} forward */
function traffic(forward) {
	const stats = /** @type {Record<string, number>} */ (statsOf(`/forwards/${forward.id}`));

	return forward.proto === 'udp' ? `${count(stats.datagrams ?? 0)} datagrams` :
		`${count(stats.connections ?? 0)} connections`;
}

/** @param {Forward} forward */
function row(forward) {
	const target = forward.nic ? `/nics/${forward.nic}` : `/netdevs/${forward.netdev}`;

	return h('tr', { key: forward.id, 'data-forward': forward.id },
		h('th', { scope: 'row' }, h('div', null, forward.proto?.toUpperCase()), listensAt(forward)),
		h('td', { 'data-label': 'Leads to' }, h('div', null,
			h('a', { href: `#${target}` }, target.split('/').at(-1)), ` ${leadsTo(forward)}`)),
		h('td', { 'data-label': 'State' }, stateChip(forward)),
		h('td', { 'data-label': 'Came in', class: 'number' }, traffic(forward)),
		h('td', { class: 'actions' }, button('Delete', () => remove(`/forwards/${forward.id}`,
			'The port is free at once; connections that there are stay.', false),
		{ 'aria-label': `Delete forward ${forward.id}` })));
}

/**
 * A card with forwards and the button for another one.
 * @param {Forward[]} forwards
 * @param {string} target whom a new one is for, as in nic:nic0
 */
export function forwardsCard(forwards, target) {
	const ssh = forwards.find((f) => f.guest_port === 22 && f.proto === 'tcp' &&
		f.status?.state === 'listening');

	return h('section', { class: 'card list', 'aria-label': 'Forwards' },
		h('div', { class: 'title' }, h('h2', null, 'Forwards'),
			button('Forward a port', () => newForward(target))),
		forwards.length === 0 ? h('p', { class: 'quiet' },
			'None: nothing outside can begin a connection to the guest.') : h('table', null,
			h('thead', null, h('tr', null, ['Listens at', 'Leads to', 'State', 'Came in', ''].map((name) =>
				h('th', { scope: 'col' }, name || h('span', { class: 'hidden' }, 'Actions'))))),
			h('tbody', null, forwards.map(row))),
		ssh && copyable(`ssh -p ${ssh.host_port} user@${ssh.host_addr === '0.0.0.0' ? '127.0.0.1' :
			ssh.host_addr}`, 'the way in by SSH'));
}
