// SPDX-License-Identifier: BSD-2-Clause
// The five modes, as pictures and as a table: both from /modes, so they cannot disagree.
import { h, s } from './dom.js';
import { state } from './store.js';

/** @typedef {import('./types.js').Mode} Mode */
/** @typedef {import('./types.js').Reach} Reach */

/* Where the nodes stand and how the arrows run; what differs between modes is in their data. */
const BOXES = {
	guest: [32, 55, 108, 70],
	peer: [32, 215, 108, 70],
	host: [380, 148, 120, 66],
	outside: [640, 50, 132, 84],
};
const WALL = 540;
/** Straight from one point to another, or bent towards two more; the sign stands at `sign` of 1.
 * @type {Record<string, { points: number[], sign: number }>} */
const ARROWS = {
	'guest-outside': { points: [140, 90, 640, 90], sign: 0.91 },
	'outside-guest': { points: [640, 112, 140, 112], sign: 0.09 },
	'guest-host': { points: [140, 118, 230, 120, 290, 166, 380, 168], sign: 0.66 },
	'host-guest': { points: [380, 194, 280, 192, 190, 168, 112, 125], sign: 0.3 },
	'guest-peer': { points: [86, 125, 86, 215], sign: 0.5 },
};
const PORT = [532, 82, 16, 38];
/* A blocked arrow to or from outside ends at the wall. */
/** @type {Record<string, string>} */
const STOPPED = {
	'guest-outside': `M140,90 H${WALL}`,
	'outside-guest': `M640,112 H${WALL}`,
};

/** What `allowed` looks like: never by colour alone. */
export const ALLOWED = {
	yes: { sign: '✓', word: 'yes', sentence: 'yes' },
	no: { sign: '✕', word: 'no', sentence: 'no' },
	forward: { sign: '⇢', word: 'forward only', sentence: 'only through a forward' },
};

/**
 * Lines of text around a centre.
 * @param {string[]} lines
 * @param {number} x
 * @param {number} y
 * @param {string} className
 */
function text(lines, x, y, className) {
	return s('text', { x, y, class: className, 'text-anchor': 'middle' },
		lines.map((line, i) => s('tspan', { x, dy: i ? 14 : 0 }, line)));
}

/**
 * A box with its lines in the middle; the first one is its name.
 * @param {number[]} box
 * @param {string[]} lines
 * @param {string} kind
 */
function box([x, y, w, height], lines, kind) {
	const top = y + height / 2 - (lines.length - 1) * 7 + 4;

	return s('g', { class: `box ${kind}` },
		s('rect', { x, y, width: w, height, rx: kind === 'switch' ? 4 : 8 }),
		s('text', { x: x + w / 2, y: top, 'text-anchor': 'middle' },
			lines.map((line, i) => s('tspan',
				{ x: x + w / 2, dy: i ? 14 : 0, class: i ? 'small' : 'name' }, line))));
}

/**
 * A point on a line or on a Bezier curve.
 * @param {number[]} p x and y of its two or four points
 * @param {number} t how far from its beginning, 0 to 1
 */
function along(p, t) {
	const mix = (/** @type {number} */ i) => p.length === 4 ? p[i] * (1 - t) + p[i + 2] * t :
		p[i] * (1 - t) ** 3 + 3 * p[i + 2] * t * (1 - t) ** 2 + 3 * p[i + 4] * t * t * (1 - t) +
		p[i + 6] * t ** 3;

	return [mix(0), mix(1)];
}

/**
 * One arrow. What is allowed has a head; what is not has a cross and no head.
 * @param {Mode} mode
 * @param {Reach} reach
 */
function arrow(mode, reach) {
	const name = `${reach.from}-${reach.to}`;
	const { points, sign } = ARROWS[name];
	const blocked = reach.allowed === 'no';
	const stop = blocked && STOPPED[name];
	const [x, y] = stop ? [WALL, points[1]] : along(points, sign);
	const [x1, y1, ...rest] = points;
	const head = `url(#head-${mode.mode})`;

	return s('g', {
		class: `arrow ${reach.allowed}`, 'data-from': reach.from, 'data-to': reach.to,
		'data-allowed': reach.allowed,
	}, s('path', {
		d: stop || `M${x1},${y1} ${rest.length > 2 ? 'C' : 'L'}${rest.join(' ')}`,
		'marker-end': blocked ? null : head,
		'marker-start': name === 'guest-peer' && !blocked ? head : null,
	}), s('circle', { cx: x, cy: y, r: 9 }),
	s('text', { x, y: y + 4, 'text-anchor': 'middle' }, ALLOWED[reach.allowed].sign));
}

/**
 * Sentences that say what the picture shows.
 * @param {Mode} mode
 */
function describe(mode) {
	const title = (/** @type {string} */ node) =>
		state.modes?.nodes.find((n) => n.node === node)?.title ?? node;

	return mode.reach.map((r) =>
		`${title(r.from)} to ${title(r.to)}: ${ALLOWED[r.allowed].sentence}. ${r.note}`).join(' ');
}

/**
 * The picture of a mode.
 * @param {Mode} mode
 */
export function picture(mode) {
	const { picture: p } = mode;
	const id = `mode-${mode.mode}`;

	return h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': `Picture: ${mode.title}` },
		drawing(mode, id, p));
}

/**
 * @param {Mode} mode
 * @param {string} id
 * @param {Mode['picture']} p
 */
function drawing(mode, id, p) {
	return s('svg', {
		viewBox: '0 0 800 330', class: 'scene', role: 'img', 'data-mode': mode.mode,
		'aria-labelledby': `${id}-title ${id}-desc`,
	},
	s('title', { id: `${id}-title` }, mode.title),
	s('desc', { id: `${id}-desc` }, describe(mode)),
	s('defs', null, s('marker', {
		id: `head-${mode.mode}`, viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 7,
		markerHeight: 7, orient: 'auto-start-reverse', class: 'head',
	}, s('path', { d: 'M0,0 L10,5 L0,10 z' }))),
	s('rect', { class: 'frame', x: 10, y: 26, width: WALL - 10, height: 290, rx: 12 }),
	s('text', { class: 'small', x: 24, y: 20 }, 'this host'),
	p.wall && s('path', { class: 'wall', d: `M${WALL},34 V308` }),
	p.cells.map(([x, y, w, height]) =>
		s('rect', { class: 'cell', x, y, width: w, height, rx: 10 })),
	p.wires.map((points) => s('polyline', { class: 'wire', points: points.join(' ') })),
	box(PORT, [], 'port'),
	mode.reach.map((reach) => arrow(mode, reach)),
	p.devices.map((device) => box(device.box, device.lines, device.kind)),
	box(BOXES.guest, ['Guest A', p.guest], 'guest'),
	box(BOXES.peer, ['Guest B', p.peer], 'guest'),
	box(BOXES.host, ['This host', p.host], 'host'),
	box(BOXES.outside, ['Outside', 'your network', 'and the internet'], 'outside'),
	p.tags.map((tag) => text(tag.lines, tag.at[0], tag.at[1], 'tag')));
}

/**
 * A cell of the table.
 * @param {Reach} reach
 */
function cell(reach) {
	const { sign, word } = ALLOWED[reach.allowed];

	return h('td', {
		class: `allowed ${reach.allowed}`, title: reach.note, 'data-from': reach.from,
		'data-to': reach.to, 'data-allowed': reach.allowed,
	}, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), ' ', word);
}

/** Who reaches whom in which mode. */
function matrix() {
	const { relations = [], modes = [] } = state.modes ?? {};

	return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Who reaches whom' },
		h('table', { class: 'matrix' },
			h('caption', null, 'Who reaches whom'),
			h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Mode'),
				relations.map((r) => h('th', { scope: 'col' }, r.title)),
				h('th', { scope: 'col' }, 'Addresses'))),
			h('tbody', null, modes.map((mode) => h('tr', { 'data-mode': mode.mode },
				h('th', { scope: 'row' }, mode.title), mode.reach.map(cell),
				h('td', { class: 'quiet' }, mode.addresses))))));
}

/**
 * The wishes: each leads to the form with its mode chosen.
 * @param {(mode: Mode, forward: boolean) => void} choose
 */
function wishes(choose) {
	return h('section', { class: 'card', 'aria-labelledby': 'wishes' },
		h('h2', { id: 'wishes' }, 'I want to …'),
		h('ul', { class: 'wishes' }, (state.modes?.wishes ?? []).map((wish) => {
			const mode = state.modes?.modes.find((m) => m.mode === wish.mode);

			return mode && h('li', null,
				h('div', null, h('strong', null, wish.wish), h('p', { class: 'quiet' }, wish.why)),
				h('button', { type: 'button', onclick: () => choose(mode, wish.forward ?? false) },
					`${mode.title}${wish.forward ? ' + forward' : ''}`));
		})));
}

/**
 * The view #/modes.
 * @param {(mode: Mode, forward: boolean) => void} choose opens the form for a mode
 */
export function modesView(choose) {
	return [
		h('h1', { tabindex: -1 }, 'Modes'),
		h('p', { class: 'lead' }, 'Five ways to wire a guest. They differ in who reaches whom.'),
		wishes(choose),
		matrix(),
		h('div', { class: 'scenes' }, (state.modes?.modes ?? []).map((mode) =>
			h('figure', { class: 'card', key: mode.mode },
				h('h2', null, mode.title), picture(mode), h('figcaption', null, mode.caption)))),
		h('p', { class: 'legend quiet' },
			'✓ gets through · ✕ does not · ⇢ only through a forwarded port'),
	];
}
