// SPDX-License-Identifier: BSD-2-Clause
// The view #/: what is wired to what on this host, in four fixed columns.
import { h, s } from './dom.js';
import { rate } from './fmt.js';
import { newNic } from './forms.js';
import { empty, showQemu } from './nics.js';
import {
	addressOf, dropsOf, forwardsOf, isPlugged, netdevText, nicChip, plugName, plugOf, removeNetdev, removeNic,
	stateChip, summary, toggleCable,
} from './objects.js';
import { rateOf, state } from './store.js';
import { button } from './ui.js';

/*
 * Guests with their NICs, networks, this host, outside: the columns never change, so there is nothing
 * to lay out but rows. Nodes are links in the document's order, columns one after the other; on a
 * narrow screen the same nodes are a list, and the lines between them are left out.
 */

/** @typedef {import('./types.js').Nic} Nic */
/** @typedef {{ key: string, at: number, path: string }} Spot a node: its row, and its object */

const ROW = 92; /* pixels */
const GAP = 26; /* more between two guests */
const COLUMN = { nic: [0, 30], net: [47, 70], host: [78, 87], outside: [92, 100] }; /* percent */

/** NICs by guest, in the order of their names. @returns {[string, Nic[]][]} */
function guests() {
	/** @type {Map<string, Nic[]>} */
	const groups = new Map();

	for (const nic of state.nics.values()) {
		const name = nic.guest ?? '';
		groups.set(name, [...groups.get(name) ?? [], nic]);
	}
	return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === '') || a.localeCompare(b));
}

/** Where everything stands. */
function layout() {
	/** @type {Map<string, number>} */
	const rows = new Map();
	const groups = guests().map(([name, nics]) => ({ name, nics, top: 0, height: 0 }));
	let y = GAP;

	for (const group of groups) {
		group.top = y;
		for (const nic of group.nics) {
			rows.set(`/nics/${nic.id}`, y);
			y += ROW;
		}
		group.height = y - group.top;
		y += GAP;
	}
	const nets = [...state.netdevs.values()].map((netdev) => {
		const path = `/netdevs/${netdev.id}`;
		const ys = [...state.nics.values()].filter((nic) => plugOf(nic) === path)
			.map((nic) => rows.get(`/nics/${nic.id}`) ?? 0);

		return { netdev, path, y: ys.length ? ys.reduce((a, b) => a + b) / ys.length : Infinity };
	}).sort((a, b) => a.y - b.y);
	let next = GAP;
	for (const net of nets) {
		net.y = Math.max(next, Number.isFinite(net.y) ? net.y : next);
		rows.set(net.path, net.y);
		next = net.y + ROW;
	}
	return { rows, groups, nets, height: Math.max(y, next, 3 * ROW) };
}

/**
 * Puts an element where it belongs.
 * @param {number[]} column
 * @param {number} top
 * @param {number} height
 */
function spot([left, right], top, height) {
	return { left: `${left}%`, width: `${right - left}%`, top: `${top}px`, height: `${height}px` };
}

/** What the lines around a node say, for those who do not see them. @param {Nic} nic */
function nicLabel(nic) {
	const { rx, tx } = rateOf(`/nics/${nic.id}`);

	return `${nic.guest ? ` of ${nic.guest}` : ''}, plugged into ${plugName(plugOf(nic))}, `
		+ `cable ${nic.link === 'down' ? 'off' : 'on'}, ${rate(rx)} in, ${rate(tx)} out`;
}

/**
 * @param {Nic} nic
 * @param {number} top
 */
function nicNode(nic, top) {
	const path = `/nics/${nic.id}`;
	const drops = dropsOf(path);

	return h('a', {
		key: path, class: 'node nic', href: `#${path}`, 'data-path': path, 'data-column': 'nic',
		style: spot(COLUMN.nic, top, ROW - 14),
	}, h('span', { class: 'name' }, nic.id, h('span', { class: 'quiet' }, ` ${nic.model}`)),
	nic.guest && h('span', { class: 'narrow' }, nic.guest),
	nicChip(nic),
	h('span', { class: 'quiet' }, addressOf(nic) ?? 'no address',
		drops > 0 && h('span', { class: 'drops' }, ` · ${drops} dropped`)),
	h('span', { class: 'hidden' }, nicLabel(nic)));
}

/**
 * @param {import('./types.js').Netdev} netdev
 * @param {string} path
 * @param {number} top
 */
function netdevNode(netdev, path, top) {
	const forwards = forwardsOf(path, netdev.used_by ?? null);

	return h('a', {
		key: path, class: 'node net', href: `#${path}`, 'data-path': path, 'data-column': 'net',
		style: spot(COLUMN.net, top, ROW - 14),
	}, h('span', { class: 'name' }, netdev.id), stateChip(netdev),
	h('span', { class: 'quiet' }, netdevText(netdev), forwards.length > 0 && ` · ⇢ :${
		forwards[0].host_port}${forwards.length > 1 ? ` +${forwards.length - 1}` : ''}`));
}

/**
 * The line from a NIC to what it is plugged into, with its rates; or what is missing.
 * @param {Nic} nic
 * @param {Map<string, number>} rows
 */
function edge(nic, rows) {
	const path = `/nics/${nic.id}`;
	const y = (rows.get(path) ?? 0) + (ROW - 14) / 2;
	const plug = plugOf(nic);
	const to = plug ? rows.get(plug) : undefined;
	const from = COLUMN.nic[1] * 10;
	const end = COLUMN.net[0] * 10;
	const { rx, tx } = rateOf(path);
	const flows = rx + tx > 0 && isPlugged(nic);
	const y2 = to === undefined ? y : to + (ROW - 14) / 2;

	return s('path', {
		key: path, 'data-nic': nic.id,
		class: `edge${isPlugged(nic) ? '' : ' unplugged'}${flows ? ' flows' : ''}`,
		d: to === undefined ? `M${from},${y} H${from + 30}` : isPlugged(nic) ?
			`M${from},${y} C${from + 85},${y} ${end - 85},${y2} ${end},${y2}` :
			`M${from},${y} H${from + 40} M${end - 40},${y2} H${end}`,
	});
}

/**
 * @param {Nic} nic
 * @param {Map<string, number>} rows
 */
function edgeLabel(nic, rows) {
	const path = `/nics/${nic.id}`;
	const { rx, tx } = rateOf(path);
	const style = spot([COLUMN.nic[1], COLUMN.net[0]], (rows.get(path) ?? 0) + 2, ROW - 18);

	if (!isPlugged(nic))
		return h('div', { key: path, class: 'rates off', 'data-rates': nic.id, style },
			h('span', null, plugOf(nic) ? '✕ cable off' : '✕ no cable'));
	return h('div', { key: path, class: 'rates', 'data-rates': nic.id, style },
		h('span', null, `↓ ${rate(rx)}`), h('span', null, `↑ ${rate(tx)}`));
}

/** What leaves the networks' column. @param {ReturnType<typeof layout>} plan */
function wayOut(plan) {
	const lines = plan.nets.map(({ path, y }) => s('path', {
		key: `out${path}`, class: 'edge',
		d: `M${COLUMN.net[1] * 10},${y + (ROW - 14) / 2} H${COLUMN.host[0] * 10}`,
	}));

	if (lines.length)
		lines.push(s('path', {
			key: 'out', class: 'edge',
			d: `M${COLUMN.host[1] * 10},${plan.height / 2} H${COLUMN.outside[0] * 10}`,
		}));
	return lines;
}

/** Arrow keys, c, n and Delete. @param {KeyboardEvent} event */
function keys(event) {
	const map = /** @type {HTMLElement} */ (event.currentTarget);
	const node = event.target instanceof Element ? event.target.closest('.node') : null;
	const path = node?.getAttribute('data-path') ?? '';
	const id = path.split('/').at(-1) ?? '';
	const nic = path.startsWith('/nics/') ? state.nics.get(id) : undefined;
	const netdev = path.startsWith('/netdevs/') ? state.netdevs.get(id) : undefined;

	if (event.ctrlKey || event.altKey || event.metaKey)
		return;
	if (event.key.startsWith('Arrow') && node)
		walk(map, node, event.key);
	else if (event.key === 'c' && nic)
		toggleCable(nic);
	else if (event.key === 'q' && nic)
		showQemu(nic);
	else if (event.key === 'n')
		newNic();
	else if (event.key === 'Delete' && nic)
		removeNic(nic);
	else if (event.key === 'Delete' && netdev)
		removeNetdev(netdev);
	else
		return;
	event.preventDefault();
}

/**
 * Moves the focus to the next node in a direction.
 * @param {HTMLElement} map
 * @param {Element} node
 * @param {string} key
 */
function walk(map, node, key) {
	const columns = ['nic', 'net'];
	const column = node.getAttribute('data-column') ?? '';
	const side = { ArrowLeft: -1, ArrowRight: 1 }[key];
	const name = side ? columns[columns.indexOf(column) + side] : column;
	const nodes = [...map.querySelectorAll(`[data-column="${name}"]`)];
	const middle = (/** @type {Element} */ e) => e.getBoundingClientRect().top;
	const next = side ? nodes.sort((a, b) =>
		Math.abs(middle(a) - middle(node)) - Math.abs(middle(b) - middle(node)))[0] :
		nodes[nodes.indexOf(node) + (key === 'ArrowUp' ? -1 : 1)];

	if (next instanceof HTMLElement) {
		next.focus();
		next.scrollIntoView({ block: 'nearest' });
	}
}

/** The line of numbers above the map. */
function strip() {
	const { nics, attached, sum, drops, errors } = summary();

	return h('p', { class: 'strip' },
		h('span', null, h('strong', null, nics), ` · ${attached} in use`),
		h('span', null, `↓ ${rate(sum.rx)} ↑ ${rate(sum.tx)}`),
		h('span', { class: drops ? 'drops' : null }, `${drops} dropped`),
		errors > 0 && h('span', { class: 'drops' }, `▲ ${errors} not working`));
}

/** The view #/. */
export function mapView() {
	const title = h('div', { class: 'title' }, h('h1', { tabindex: -1 }, 'Map'),
		button('New NIC', () => newNic(), { class: 'primary' }));

	if (state.nics.size === 0 && state.netdevs.size === 0)
		return [title, empty()];
	const plan = layout();
	const tall = plan.height - GAP;
	return [
		title, strip(),
		h('div', { class: 'map', onkeydown: keys, style: { height: `${plan.height + 34}px` } },
			h('div', { class: 'heads', 'aria-hidden': 'true' }, Object.entries({
				nic: 'Guests and their NICs', net: 'Networks', host: 'Host', outside: 'Outside',
			}).map(([column, name]) => h('span', {
				style: { left: `${COLUMN[/** @type {keyof COLUMN} */ (column)][0]}%` },
			}, name))),
			h('div', { class: 'plane', style: { height: `${plan.height}px` } },
				s('svg', {
					viewBox: `0 0 1000 ${plan.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true',
					class: 'edges',
				}, [...state.nics.values()].map((nic) => edge(nic, plan.rows)), wayOut(plan)),
				plan.groups.map((group) => h('div', {
					key: `guest-${group.name}`, class: 'guest',
					style: spot([COLUMN.nic[0], COLUMN.nic[1]], group.top - 20, group.height + 14),
				}, h('span', { class: group.name ? null : 'quiet' }, group.name || 'no name'))),
				plan.groups.flatMap((group) => group.nics).map((nic) => [
					nicNode(nic, plan.rows.get(`/nics/${nic.id}`) ?? 0), edgeLabel(nic, plan.rows)]),
				plan.nets.map(({ netdev, path, y }) => netdevNode(netdev, path, y)),
				h('div', { key: 'host', class: 'node host', style: spot(COLUMN.host, GAP, tall) },
					h('span', { class: 'name' }, 'This host')),
				h('div', { key: 'outside', class: 'node outside', style: spot(COLUMN.outside, GAP, tall) },
					h('span', { class: 'name' }, 'Your network, the internet')))),
	];
}
