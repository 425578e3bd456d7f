// SPDX-License-Identifier: BSD-2-Clause
// What the page knows: a copy of the daemon's objects, kept up to date by its events.
import { ApiError, get, listen } from './api.js';

/*
 * Theory of operation
 *
 * The lists are asked for once; /events tells what has changed since, from the revision of the oldest
 * list on, so nothing is missed. When the stream breaks, or says `reset`, everything is asked for
 * again: a state that has lost its thread is not mended but replaced.
 *
 * Counters come once a second as the event `stats`, with the daemon's own clock. A rate is the
 * difference of two of them, so a late or lost one makes a rate older, not wrong.
 *
 * A hidden tab holds no stream: a browser has but six connections to a host.
 */

const HISTORY = 60; /* rates kept of each object */
const SILENCE_MS = 8000; /* the counters alone come each second */
const RETRY_MS = [500, 1000, 2000];
const LOG = 200; /* events kept for #/events */

/** @typedef {{ rx: number, tx: number }} Rate bytes a second */
/** @typedef {{ time: Date, kind: string, text: string, detail?: unknown }} LogLine */
/** @typedef {'connecting' | 'live' | 'reconnecting' | 'paused'} Connection */

export const state = {
	/** @type {Connection} */
	connection: 'connecting',
	since: new Date(),
	/** @type {import('./types.js').Index | null} */
	index: null,
	/** @type {import('./types.js').Capabilities | null} */
	capabilities: null,
	/** @type {import('./types.js').Modes | null} */
	modes: null,
	/** @type {Map<string, import('./types.js').Nic>} */
	nics: new Map(),
	/** @type {Map<string, import('./types.js').Netdev>} */
	netdevs: new Map(),
	/** @type {Map<string, import('./types.js').Forward>} */
	forwards: new Map(),
	/** Rates by path of the object, the newest last.
	 * @type {Map<string, Rate[]>} */
	rates: new Map(),
	/** @type {LogLine[]} newest first */
	log: [],
};

/** @type {Record<string, Map<string, any>>} */
const collections = { nics: state.nics, netdevs: state.netdevs, forwards: state.forwards };

/** @type {(() => void)[]} */
const watchers = [];
let scheduled = false;

/** Tells those who draw that something has changed: once for all that happens at a time. */
export function changed() {
	if (scheduled)
		return;
	scheduled = true;
	queueMicrotask(() => {
		scheduled = false;
		for (const watcher of watchers)
			watcher();
	});
}

/** @param {() => void} watcher */
export function watch(watcher) {
	watchers.push(watcher);
}

/**
 * Adds a line to #/events.
 * @param {string} kind
 * @param {string} text
 * @param {unknown} [detail]
 */
export function log(kind, text, detail) {
	state.log.unshift({ time: new Date(), kind, text, detail });
	state.log.length = Math.min(state.log.length, LOG);
	changed();
}

/** @param {Connection} connection */
function connection(connection) {
	if (state.connection === connection)
		return;
	state.connection = connection;
	state.since = new Date();
	changed();
}

/** Is the daemon there to be asked for something? */
export function isLive() {
	return state.connection === 'live';
}

/**
 * The rate of an object now.
 * @param {string} path as in /nics/nic0
 * @returns {Rate}
 */
export function rateOf(path) {
	return state.rates.get(path)?.at(-1) ?? { rx: 0, tx: 0 };
}

/** The counters of an object, as last heard; they have a clock of their own, beside the objects.
 * @type {Map<string, { stats: import('./types.js').Stats, ms: number }>} */
const counters = new Map();

/**
 * @param {string} path
 * @returns {import('./types.js').Stats}
 */
export function statsOf(path) {
	return counters.get(path)?.stats ?? {};
}

/**
 * Counters of one object: a new rate. Counters that have gone back belong to a new card.
 * @param {string} path
 * @param {import('./types.js').Stats} stats
 * @param {number} ms
 */
function count(path, stats, ms) {
	const before = counters.get(path);
	const history = state.rates.get(path) ?? [];

	if (before && ms > before.ms) {
		const rate = (/** @type {'rx_bytes' | 'tx_bytes'} */ name) =>
			Math.max(0, (stats[name] ?? 0) - (before.stats[name] ?? 0)) * 1000 / (ms - before.ms);
		history.push({ rx: rate('rx_bytes'), tx: rate('tx_bytes') });
	}
	if (history.length > HISTORY)
		history.shift();
	state.rates.set(path, history);
	counters.set(path, { stats, ms });
}

/** @param {import('./types.js').Event} event */
function takeStats(event) {
	for (const [name, objects] of Object.entries(event.stats ?? {})) {
		for (const [id, stats] of Object.entries(/** @type {Record<string, any>} */ (objects)))
			count(`/${name}/${id}`, stats, event.time_ms ?? 0);
	}
}

/** @param {import('./types.js').Event} event */
function takeChange(event) {
	const [, name, id] = event.object?.split('/') ?? [];
	const objects = collections[name ?? ''];

	if (!objects || id === undefined)
		return;
	if (event.type.endsWith('.deleted')) {
		objects.delete(id);
		counters.delete(event.object ?? '');
		state.rates.delete(event.object ?? '');
	} else if (event.resource) {
		objects.set(id, event.resource);
	}
}

/** @param {import('./types.js').Event} event */
function take(event) {
	if (event.type === 'stats') {
		takeStats(event);
	} else if (event.type === 'reset') {
		throw new ApiError('GET /events', 200, null);
	} else {
		takeChange(event);
		log(event.type, event.object ?? '', event);
	}
	changed();
}

/** Asks for everything. Returns the revision from which on the events are news. */
async function load() {
	const names = Object.keys(collections);
	const [index, capabilities, modes, ...lists] = await Promise.all([
		get('/'), get('/capabilities'), state.modes ?? get('/modes'),
		...names.map((name) => get(`/${name}`))]);

	Object.assign(state, { index, capabilities, modes });
	names.forEach((name, i) => {
		const objects = collections[name];

		objects.clear();
		for (const object of lists[i].items)
			objects.set(object.id, object);
	});
	return Math.min(...lists.map((list) => list.revision));
}

/** @type {AbortController | null} */
let stream = null;

/** One life of the stream: from the lists to its end, whatever that is. */
async function follow() {
	const control = new AbortController();
	let timer = 0;
	const heard = () => {
		clearTimeout(timer);
		timer = setTimeout(() => control.abort(), SILENCE_MS);
	};

	stream = control;
	try {
		const revision = await load();
		heard();
		connection('live');
		await listen(`since=${revision}&stats=true`, control.signal, heard, take);
	} finally {
		clearTimeout(timer);
		control.abort();
		stream = null;
	}
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Resolves when the tab is to be seen. */
function visible() {
	return new Promise((resolve) => {
		const look = () => {
			if (document.hidden)
				return;
			document.removeEventListener('visibilitychange', look);
			resolve(null);
		};
		document.addEventListener('visibilitychange', look);
		look();
	});
}

/** Keeps the state up to date for ever. */
export async function run() {
	let failures = 0;

	document.addEventListener('visibilitychange', () => {
		if (document.hidden)
			stream?.abort();
	});
	for (;;) {
		await visible();
		const begin = Date.now();
		try {
			await follow();
		} catch (error) {
			if (!(error instanceof ApiError || error instanceof TypeError ||
			      error instanceof DOMException))
				console.error(error);
		}
		connection(document.hidden ? 'paused' : 'reconnecting');
		failures = Date.now() - begin > SILENCE_MS ? 0 : failures + 1;
		if (!document.hidden)
			await pause(RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 0);
	}
}
