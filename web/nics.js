// SPDX-License-Identifier: BSD-2-Clause
// The views #/nics and #/nics/ID.
import { get, request } from './api.js';
import { h, s } from './dom.js';
import { bytes, count, rate } from './fmt.js';
import { newNic, plugMember, plugOptions } from './forms.js';
import { forwardsCard } from './forwards.js';
import { picture } from './modes.js';
import {
	addressOf, dropText, forwardsOf, modelName, nicChip, plugName, plugOf, rateLines, removeNic, toggleCable,
} from './objects.js';
import { rateOf, state, statsOf } from './store.js';
import { attempt, button, copyable, dialog, facts, mutating, opener } from './ui.js';

/** @typedef {import('./types.js').Nic} Nic */

/** The switch of a NIC's cable. @param {Nic} nic */
export function cable(nic) {
	const on = nic.link !== 'down';

	return button(h('span', null, on ? 'on' : 'off'), () => toggleCable(nic), {
		role: 'switch', class: 'switch', 'aria-checked': on, 'aria-label': `Cable of ${nic.id}`,
	});
}

/** The menu that plugs a NIC somewhere else. @param {Nic} nic */
export function plugMenu(nic) {
	const here = nic.netdev ? `netdev:${nic.netdev}` : 'none';
	const options = plugOptions().map((o) => o.value === here ? { ...o, reason: undefined } : o);

	return h('select', mutating({
		'aria-label': `What ${nic.id} is plugged into`,
		onchange: (/** @type {Event} */ event) => {
			const select = /** @type {HTMLSelectElement} */ (event.currentTarget);

			attempt(`Plugging ${nic.id} into ${plugName(select.value.replace(':', '/'))}`,
				() => request('PATCH', `/nics/${nic.id}`, plugMember(select.value)),
				`${nic.id} is plugged into ${plugName(select.value.replace(':', '/'))}.`)
				.finally(() => { select.value = plugValue(nic.id ?? ''); });
		},
	}), [{ value: 'none', label: 'nothing', reason: undefined }, ...options].map((o) => h('option', {
		value: o.value, selected: o.value === here, disabled: Boolean(o.reason),
	}, o.reason ? `${o.label} (${o.reason})` : o.label)));
}

/** @param {string} id */
function plugValue(id) {
	const nic = state.nics.get(id);

	return nic?.netdev ? `netdev:${nic.netdev}` : 'none';
}

/** Shows what to give to QEMU. @param {Nic} nic */
export async function showQemu(nic) {
	await attempt(`Asking for the arguments of ${nic.id}`, async () => {
		const place = h('div', null);
		const memory = h('input', { type: 'text', value: '512M', id: 'memory', size: 8 });
		const show = async () => {
			const args = await get(`/nics/${nic.id}/qemu-args?memory=${encodeURIComponent(memory.value)}`);

			place.replaceChildren(copyable(`qemu-system-x86_64 ${args.shell}`, 'arguments for QEMU'),
				...args.warnings.map((/** @type {string} */ w) => h('p', { class: 'hint' }, w)));
		};

		memory.onchange = () => attempt('Asking for the arguments', show);
		await show();
		dialog(`Plug ${nic.id} into a guest`,
			h('p', null, 'For QEMU 10.1 or later. Add your disks and the rest of the machine.'),
			h('div', { class: 'field' }, h('label', { for: 'memory' }, 'Memory of the guest'), memory),
			place);
	});
}

/** @param {Nic} nic */
function row(nic) {
	const path = `/nics/${nic.id}`;

	return h('tr', { key: nic.id, 'data-nic': nic.id },
		h('th', { scope: 'row' }, h('a', { href: `#${path}` }, nic.id),
			nic.guest && h('div', { class: 'quiet' }, nic.guest)),
		h('td', { 'data-label': 'Card' }, h('div', null, modelName(nic.model), h('br'),
			h('code', { class: 'quiet' }, nic.mac))),
		h('td', { 'data-label': 'State' }, nicChip(nic)),
		h('td', { 'data-label': 'Plugged into' }, plugMenu(nic)),
		h('td', { 'data-label': 'Cable' }, cable(nic)),
		h('td', { 'data-label': 'Rate', class: 'number' }, rateLines(path)),
		h('td', { class: 'actions' }, opener('QEMU', () => { showQemu(nic); },
			{ 'aria-label': `Arguments for QEMU for ${nic.id}` }),
		button('Delete', () => removeNic(nic), { 'aria-label': `Delete ${nic.id}` })));
}

/** What stands where there is nothing yet. */
export function empty() {
	return h('div', { class: 'empty card' },
		h('h2', null, 'No network cards yet'),
		h('p', null, 'A NIC is a PCI card that this daemon emulates. A guest in QEMU plugs it in through a '
			+ 'socket and drives it with its own driver; you pull and plug its cable here.'),
		button('New NIC', () => newNic(), { class: 'primary' }),
		h('p', { class: 'quiet' }, 'Not sure which network? ', h('a', { href: '#/modes' },
			'The modes, explained'), '.'));
}

/** The view #/nics. */
export function nicsView() {
	return [
		h('div', { class: 'title' }, h('h1', { tabindex: -1 }, 'NICs'),
			button('New NIC', () => newNic(), { class: 'primary' })),
		state.nics.size === 0 ? empty() : h('div', { class: 'card list' }, h('table', null,
			h('thead', null, h('tr', null, ['NIC', 'Card', 'State', 'Plugged into', 'Cable', 'Rate', '']
				.map((name) => h('th', { scope: 'col' }, name ||
					h('span', { class: 'hidden' }, 'Actions'))))),
			h('tbody', null, [...state.nics.values()].map(row)))),
	];
}

/**
 * Sixty seconds of a rate.
 * @param {string} path
 * @param {'rx' | 'tx'} way
 * @param {string} label
 */
function spark(path, way, label) {
	const values = (state.rates.get(path) ?? []).map((r) => r[way]);
	const top = Math.max(...values, 1);
	const points = values.map((v, i) => `${(60 - values.length + i) * 4},${39 - v / top * 36}`);

	return h('figure', { class: `spark ${way}` },
		h('figcaption', null, h('span', null, label), h('strong', null, rate(rateOf(path)[way])),
			h('span', { class: 'quiet' }, top > 1 && `at most ${rate(top)}`)),
		s('svg', { viewBox: '0 0 240 40', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
			s('polyline', { points: points.join(' ') })));
}

/** @param {Nic} nic */
function traffic(nic) {
	const path = `/nics/${nic.id}`;
	const stats = statsOf(path);
	const drops = dropText(path);

	return h('section', { class: 'card' }, h('h2', null, 'Traffic'),
		h('div', { class: 'sparks' }, spark(path, 'rx', '↓ to the guest'),
			spark(path, 'tx', '↑ from the guest')),
		facts([
			['Received', `${count(stats.rx_packets ?? 0)} packets, ${bytes(stats.rx_bytes ?? 0)}`],
			['Sent', `${count(stats.tx_packets ?? 0)} packets, ${bytes(stats.tx_bytes ?? 0)}`],
			['Dropped', drops || 'nothing'],
			['Interrupts', count(stats.interrupts ?? 0)],
		]));
}

/** The picture of a NIC's mode. @param {Nic} nic */
function scene(nic) {
	const isNat = state.netdevs.get(nic.netdev ?? '')?.type === 'user';
	const mode = isNat && state.modes?.modes.find((m) => m.mode === 'nat');

	return mode && h('figure', { class: 'card' }, h('h2', null, `Who reaches ${nic.id}: ${mode.title}`),
		picture(mode), h('figcaption', null, mode.caption));
}

/**
 * The view of one NIC.
 * @param {string} id
 */
export function nicView(id) {
	const nic = state.nics.get(id);

	if (!nic)
		return [h('h1', { tabindex: -1 }, id), h('p', null, 'There is no such NIC. ',
			h('a', { href: '#/nics' }, 'All NICs'))];
	const address = addressOf(nic);
	return [
		h('div', { class: 'title' }, h('h1', { tabindex: -1 }, nic.id), nicChip(nic),
			opener('QEMU', () => { showQemu(nic); }), button('Delete', () => removeNic(nic))),
		h('section', { class: 'card' }, h('h2', null, 'Card'), facts([
			['Model', modelName(nic.model)],
			['MAC address', h('code', null, nic.mac)],
			['Guest', nic.guest],
			['Cable', cable(nic)],
			['Plugged into', plugMenu(nic)],
			['Address', plugOf(nic) && address && `${address}, if the guest asks DHCP`],
			['Socket', h('code', null, nic.socket)],
		])),
		traffic(nic),
		forwardsCard(forwardsOf(`/nics/${nic.id}`, plugOf(nic)), `nic:${nic.id}`),
		scene(nic),
	];
}
