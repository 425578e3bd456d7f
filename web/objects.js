// SPDX-License-Identifier: BSD-2-Clause
// What can be said of NICs and netdevs in a few words, and what can be done to them at once.
import { request } from './api.js';
import { h } from './dom.js';
import { count, plural, rate } from './fmt.js';
import { rateOf, state, statsOf } from './store.js';
import { nth, parseNet } from './valid.js';
import { attempt, chip, confirm } from './ui.js';

/** @typedef {import('./types.js').Nic} Nic */
/** @typedef {import('./types.js').Netdev} Netdev */
/** @typedef {import('./types.js').Forward} Forward */

/** @param {string | undefined} model */
export function modelName(model) {
	return state.capabilities?.nics.find((n) => n.model === model)?.description ?? model ?? '';
}

/** What a NIC is plugged into, as its path, or null. @param {Nic} nic */
export function plugOf(nic) {
	return nic.netdev ? `/netdevs/${nic.netdev}` : null;
}

/** @param {string | null} path as in /netdevs/user0 */
export function plugName(path) {
	return path?.split('/').at(-1) ?? 'nothing';
}

/** A netdev in a few words. @param {Netdev} netdev */
export function netdevText(netdev) {
	if (netdev.type === 'tap')
		return `interface ${netdev.ifname ?? 'of this host'}`;
	return `NAT, ${netdev.net ?? 'IPv6 only'}`;
}

/** The addresses that follow from a network, as libslirp and QEMU choose them. @param {string} text */
export function natAddresses(text) {
	const net = parseNet(text);

	if (typeof net === 'string')
		return null;
	return { host: nth(net, 2), dns: nth(net, 3), guest: nth(net, 15) };
}

/** The address that DHCP gives the guest of a NIC, as far as one can know. @param {Nic} nic */
export function addressOf(nic) {
	const netdev = nic.netdev ? state.netdevs.get(nic.netdev) : undefined;

	if (netdev?.type !== 'user')
		return null; /* whoever is behind the interface gives addresses */
	return netdev.dhcpstart ?? natAddresses(netdev.net ?? '')?.guest ?? null;
}

/** Whether packets can pass. @param {Nic} nic */
export function isPlugged(nic) {
	return plugOf(nic) !== null && nic.link !== 'down';
}

/** @param {Nic} nic */
export function nicChip(nic) {
	switch (nic.status?.state) {
	case 'attached': return chip('good', 'in use by a guest');
	case 'error': return chip('bad', nic.status.error?.detail ?? 'error');
	default: return chip('idle', 'waits for a guest');
	}
}

/** @param {{ status?: { state?: string, error?: { detail?: string } | null } }} object */
export function stateChip(object) {
	const word = object.status?.state ?? 'up';
	const detail = object.status?.error?.detail;

	switch (word) {
	case 'up':
	case 'listening': return chip('good', word);
	case 'waiting': return chip('idle', word);
	case 'connecting': return chip('busy', detail ? `connecting: ${detail}` : word);
	default: return chip('bad', detail ? `${word}: ${detail}` : word);
	}
}

/** @param {string} path */
export function rateText(path) {
	const { rx, tx } = rateOf(path);

	return `↓ ${rate(rx)} ↑ ${rate(tx)}`;
}

/** The same, one above the other. @param {string} path */
export function rateLines(path) {
	const { rx, tx } = rateOf(path);

	return h('div', null, h('div', null, `↓ ${rate(rx)}`), h('div', null, `↑ ${rate(tx)}`));
}

/** All drops of an object. @param {string} path */
export function dropsOf(path) {
	return Object.values(statsOf(path).drops ?? {}).reduce((sum, n) => sum + n, 0);
}

/** Drops by reason, in words. @param {string} path */
export function dropText(path) {
	return Object.entries(statsOf(path).drops ?? {}).filter(([, n]) => n)
		.map(([reason, n]) => `${reason} ${count(n)}`).join(', ');
}

/** Pulls the cable of a NIC, or plugs it in again. @param {Nic} nic */
export function toggleCable(nic) {
	const link = nic.link === 'down' ? 'up' : 'down';

	return attempt(`Turning the cable of ${nic.id} ${link === 'up' ? 'on' : 'off'}`,
		() => request('PATCH', `/nics/${nic.id}`, { link }));
}

/**
 * Deletes an object, after asking; one that is in use has it said.
 * @param {string} path
 * @param {import('./dom.js').Child} text what that means
 * @param {boolean} force
 */
export async function remove(path, text, force) {
	const name = path.split('/').at(-1);

	if (await confirm(`Delete ${name}?`, text, 'Delete')) {
		await attempt(`Deleting ${name}`, () => request('DELETE', `${path}${force ? '?force=true' : ''}`),
			`${name} is deleted.`);
	}
}

/** @param {Nic} nic */
export function removeNic(nic) {
	const attached = nic.status?.state === 'attached';

	return remove(`/nics/${nic.id}`, attached ?
		'A guest has this card plugged in, and may fail without it.' :
		'The card and its socket go; what it is plugged into stays.', attached);
}

/** @param {Netdev} netdev */
export function removeNetdev(netdev) {
	const user = netdev.used_by;

	return remove(`/netdevs/${netdev.id}`, user ?
		`${user.split('/').at(-1)} is plugged into it; its cable will be pulled.` :
		'Nothing is plugged into it.', Boolean(user));
}

/**
 * An address with a port, or several.
 * @param {string} address
 * @param {number} port
 * @param {number} ports
 */
function endpoint(address, port, ports) {
	const range = ports > 1 ? `${port}–${port + ports - 1}` : port;

	return `${address.includes(':') ? `[${address}]` : address}:${range}`;
}

/** Where a forward listens. @param {Forward} forward */
export function listensAt(forward) {
	return endpoint(forward.host_addr ?? '127.0.0.1', forward.host_port ?? 0, forward.ports ?? 1);
}

/** Where a forward leads. @param {Forward} forward */
export function leadsTo(forward) {
	const ports = endpoint('', forward.guest_port ?? 0, forward.ports ?? 1);

	return forward.guest_addr ?
		endpoint(forward.guest_addr, forward.guest_port ?? 0, forward.ports ?? 1) : `port ${ports.slice(1)}`;
}

/** A forward in a few words. @param {Forward} forward */
export function forwardName(forward) {
	return `${forward.proto === 'udp' ? 'udp ' : ''}${listensAt(forward)} → ${leadsTo(forward)}`;
}

/**
 * The forwards for a NIC, a netdev or a network.
 * @param {...(string | null)} paths
 */
export function forwardsOf(...paths) {
	return [...state.forwards.values()].filter((f) => paths.includes(f.nic ? `/nics/${f.nic}` :
		`/netdevs/${f.netdev}`));
}

/** One line about all of it. */
export function summary() {
	const nics = [...state.nics.values()];
	const attached = nics.filter((nic) => nic.status?.state === 'attached').length;
	const sum = nics.reduce((total, nic) => {
		const { rx, tx } = rateOf(`/nics/${nic.id}`);

		return { rx: total.rx + rx, tx: total.tx + tx };
	}, { rx: 0, tx: 0 });
	const drops = nics.reduce((total, nic) => total + dropsOf(`/nics/${nic.id}`), 0);
	const errors = [...nics, ...state.netdevs.values(), ...state.forwards.values()].filter((o) =>
		['error', 'failed'].includes(o.status?.state ?? ''));

	return { nics: plural(nics.length, 'NIC'), attached, sum, drops, errors: errors.length };
}
