// SPDX-License-Identifier: BSD-2-Clause
// The page: header, views by the address's hash, keys.
import { byId, h, morphChildren } from './dom.js';
import { clock, duration } from './fmt.js';
import { newNic } from './forms.js';
import { mapView } from './map.js';
import { modesView } from './modes.js';
import { netdevView, networksView } from './networks.js';
import { nicView, nicsView } from './nics.js';
import { run, state, watch } from './store.js';
import { dialog, opener } from './ui.js';

/** @typedef {import('./dom.js').Child} Child */

/** Views by the first part of the hash; each gets the second part.
 * @type {Record<string, { title: string, nav?: string, show: (id: string) => Child[] }>} */
const VIEWS = {
	'': { title: 'Map', nav: 'Map', show: mapView },
	nics: { title: 'NICs', nav: 'NICs', show: (id) => id ? nicView(id) : nicsView() },
	networks: { title: 'Networks', nav: 'Networks', show: networksView },
	netdevs: { title: 'Netdev', show: netdevView },
	modes: { title: 'Modes', nav: 'Modes', show: () => modesView((_, forward) =>
		newNic('new', forward ? '22' : '')) },
	events: { title: 'Events', nav: 'Events', show: eventsView },
};

/** The view #/events. */
function eventsView() {
	return [
		h('h1', { tabindex: -1 }, 'Events'),
		h('p', { class: 'lead' }, 'What has happened since this page was opened, newest first.'),
		state.log.length === 0 ? h('p', { class: 'quiet' }, 'Nothing yet.') :
			h('ol', { class: 'log card' }, state.log.map((line) => h('li', { class: line.kind.split('.')[0] },
				h('time', null, clock(line.time)), h('span', { class: 'kind' }, line.kind),
				h('span', null, line.text)))),
	];
}

/** The parts of the address's hash. */
function place() {
	const [name = '', id = ''] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);

	return VIEWS[name] ? { name, id, view: VIEWS[name] } : { name: '', id: '', view: VIEWS[''] };
}

/** Whether the daemon is there, in a word. */
function pill() {
	const { connection, since } = state;
	const ago = duration((Date.now() - since.getTime()) / 1000);
	const words = {
		connecting: 'connecting', live: 'live', paused: 'paused', reconnecting: `reconnecting, ${ago}`,
	};

	return h('span', { class: `pill ${connection}`, role: 'status', 'data-state': connection },
		words[connection]);
}

const THEMES = ['auto', 'light', 'dark'];

/** Light, dark, or as the system has it. */
function theme() {
	const now = localStorage.getItem('theme') ?? 'auto';

	return opener(`◐ ${now}`, () => {
		localStorage.setItem('theme', THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
		applyTheme();
		draw();
	}, { class: 'plain', 'aria-label': `Theme: ${now}` });
}

function applyTheme() {
	document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'auto';
}

/** @type {[string, string][]} */
const KEYS = [
	['?', 'this help'],
	['Tab', 'to the next control'],
	['↑ ↓ ← →', 'on the map: to the next node'],
	['Enter', 'on the map: open the node'],
	['c', 'on the map: cable of the NIC on or off'],
	['Delete', 'on the map: delete the node, after asking'],
	['n', 'on the map: new NIC'],
	['Esc', 'closes a dialog'],
];

function help() {
	dialog('Keys', h('dl', { class: 'keys' }, KEYS.map(([key, what]) =>
		h('div', null, h('dt', null, h('kbd', null, key)), h('dd', null, what)))),
	h('p', null, 'All this page does, the API does: ', h('a', { href: '/openapi.yaml' }, 'openapi.yaml'),
		state.index && `. This is Patchbay ${state.index.version}.`));
}

function drawHeader() {
	const { name } = place();
	const current = name === 'netdevs' ? 'networks' : name;

	morphChildren(byId('nav'), Object.entries(VIEWS).filter(([, view]) => view.nav).map(([key, view]) =>
		h('a', { href: `#/${key}`, 'aria-current': key === current ? 'page' : null }, view.nav)));
	morphChildren(byId('tools'), [pill(), theme(), opener('?', help, {
		class: 'plain', 'aria-label': 'Keys and help',
	})]);
}

/** Draws everything anew; what has not changed stays as it is. */
function draw() {
	const { view, id, name } = place();
	const shown = h('div', { key: `${name}/${id}`, class: `view ${name || 'map'}` }, view.show(id));

	document.body.dataset.connection = state.connection;
	document.title = `${id || view.title} · Patchbay`;
	drawHeader();
	if (state.connection === 'connecting')
		shown.replaceChildren(h('p', { class: 'quiet' }, 'Asking the daemon …'));
	morphChildren(byId('main'), [shown]);
}

/** Another view: its title gets the focus, so that it is read out. */
function arrive() {
	draw();
	byId('main').querySelector('h1')?.focus({ preventScroll: true });
	window.scrollTo(0, 0);
}

/** @param {KeyboardEvent} event */
function key(event) {
	const target = event.target instanceof Element ? event.target : null;

	if (event.key !== '?' || target?.closest('input, select, textarea, dialog'))
		return;
	event.preventDefault();
	help();
}

applyTheme();
watch(draw);
window.addEventListener('hashchange', arrive);
document.addEventListener('keydown', key);
setInterval(drawHeader, 1000);
draw();
run();
