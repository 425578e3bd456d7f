// SPDX-License-Identifier: BSD-2-Clause
// The forms that make things.
import { request } from './api.js';
import { openForm } from './form.js';
import { forwardName, modelName, natAddresses, netdevText } from './objects.js';
import { state } from './store.js';
import { idError, macError, parseNet, portError } from './valid.js';

/** @typedef {import('./form.js').Option} Option */
/** @typedef {import('./form.js').Field} Field */
/** @typedef {import('./form.js').Values} Values */

const NET = '10.0.2.0/24';

/**
 * Members of a body from the values of a form; what was left empty is left out.
 * @param {Values} values
 * @param {string[]} names
 */
function members(values, ...names) {
	return Object.fromEntries(names.filter((name) => values[name]).map((name) => [name, values[name]]));
}

/**
 * The field for a NAT's network, which says the addresses that follow.
 * @param {(values: Values) => boolean} shown
 * @returns {Field}
 */
function netField(shown) {
	return {
		name: 'net', label: 'Network', value: NET, shown,
		check: (value) => {
			const net = parseNet(value);

			return typeof net === 'string' ? net : null;
		},
		follows: ({ net }) => {
			const a = natAddresses(net);

			return a ? `Gateway ${a.host} · DNS ${a.dns} · guest ${a.guest ?? 'the first free address'}` : '';
		},
	};
}

/** @type {Field} */
const ID = { name: 'id', label: 'Name', placeholder: 'chosen by the daemon', check: idError };

/**
 * What a NIC can be plugged into.
 * @returns {Option[]}
 */
export function plugOptions() {
	const netdevs = [...state.netdevs.values()];

	return netdevs.map((netdev) => ({
		value: `netdev:${netdev.id}`, label: `${netdev.id} · ${netdevText(netdev)}`, group: 'Netdevs',
		reason: netdev.used_by ? `used by ${netdev.used_by.split('/').at(-1)}` : undefined,
	}));
}

/**
 * The member of a NIC that a choice of plugOptions() stands for.
 * @param {string} choice
 */
export function plugMember(choice) {
	const [kind, id] = choice.split(':');

	return id ? { [kind]: id } : { netdev: null };
}

/** Makes the netdev that a new NIC asks for, and takes it back if the NIC cannot be made. */
async function createNatNic(/** @type {object} */ nic, /** @type {Values} */ values) {
	const netdev = await request('POST', '/netdevs', { type: 'user', ...members(values, 'net') });

	try {
		return await request('POST', '/nics', { ...nic, netdev: netdev.id });
	} catch (error) {
		await request('DELETE', `/netdevs/${netdev.id}`);
		throw error;
	}
}

/**
 * The form for a NIC.
 * @param {string} [plug] what is chosen first
 * @param {string} [forward] port of the guest to be forwarded
 */
export function newNic(plug = 'new', forward = '') {
	const models = state.capabilities?.nics ?? [];

	openForm({
		title: 'New NIC',
		verb: 'Create NIC',
		fields: [
			{
				name: 'plug', label: 'Plug into', kind: 'select', value: plug,
				options: [
					{ value: 'new', label: 'a NAT of its own' },
					{ value: 'none', label: 'nothing: no cable' },
					...plugOptions(),
				],
				hint: 'It can be plugged somewhere else at any time, while the guest runs.',
			},
			netField((values) => values.plug === 'new'),
			{
				name: 'forward', label: 'Forward a port of this host to the guest’s port', value: forward,
				placeholder: 'none, or a port such as 22', shown: (values) => values.plug === 'new',
				hint: 'The host chooses a free port of 127.0.0.1; more can be added later.',
				check: (value) => value === '' ? null : portError(value, false),
			},
			{
				name: 'model', label: 'Model', kind: 'select', value: 'e1000',
				options: models.map((m) => ({ value: m.model, label: modelName(m.model) })),
			},
			{ name: 'guest', label: 'Guest', placeholder: 'a name for people, such as web server' },
			{ name: 'mac', label: 'MAC address', placeholder: 'chosen by the daemon', check: macError },
			ID,
		],
		send: async (values) => {
			const nic = members(values, 'model', 'guest', 'mac', 'id');
			const made = values.plug === 'new' ? await createNatNic(nic, values) :
				await request('POST', '/nics',
					values.plug === 'none' ? nic : { ...nic, ...plugMember(values.plug) });

			if (values.plug === 'new' && values.forward)
				return `${made.id} is there; ${forwardName(await request('POST', '/forwards',
					{ nic: made.id, guest_port: Number(values.forward) }))}.`;
			return `${made.id} is there. A guest plugs it in with the arguments of “QEMU”.`;
		},
	});
}

/** The form for a netdev. */
export function newNetdev() {
	openForm({
		title: 'New netdev',
		intro: 'NAT without privileges, for one NIC: what QEMU calls -netdev user.',
		verb: 'Create netdev',
		fields: [
			netField(() => true),
			{
				name: 'restrict', label: 'Isolate the guest: only forwards get through', kind: 'checkbox',
			},
			{
				name: 'host-loopback', label: 'Let the guest reach this host’s loopback services',
				kind: 'checkbox', hint: 'Through the gateway’s address; never the API.',
			},
			ID,
		],
		send: async (values) => {
			const made = await request('POST', '/netdevs', {
				type: 'user', ...members(values, 'net', 'id'),
				...values.restrict && { restrict: true },
				...values['host-loopback'] && { 'host-loopback': true },
			});

			return `${made.id} is there.`;
		},
	});
}

/**
 * What a rule as QEMU writes it means: [tcp|udp]:[addr]:port-[addr]:port.
 * @param {string} text
 * @returns {Values | null}
 */
function parseRule(text) {
	const match = /^(tcp|udp)?:(\[[^\]]*\]|[\d.]*):(\d+)-(\[[^\]]*\]|[\d.]*):(\d+)$/.exec(text.trim());

	if (!match)
		return null;
	const [, proto, host, port, guest, guestPort] = match.map((part) => part?.replace(/[[\]]/g, ''));
	return {
		proto: proto || 'tcp', host_addr: host || '127.0.0.1', host_port: port, guest_addr: guest,
		guest_port: guestPort,
	};
}

/**
 * A rule that there is already for such a port, if there is one.
 * @param {Values} values
 */
function twin(values) {
	const port = Number(values.host_port);
	const any = ['0.0.0.0', '::'];

	return port !== 0 && [...state.forwards.values()].find((f) => f.proto === values.proto &&
		port >= (f.host_port ?? 0) && port < (f.host_port ?? 0) + (f.ports ?? 1) &&
		(f.host_addr === values.host_addr || any.includes(f.host_addr ?? '') ||
			any.includes(values.host_addr)));
}

/** Whom a forward can be for. @returns {Option[]} */
function forwardTargets() {
	return [
		...[...state.nics.values()].map((nic) => ({
			value: `nic:${nic.id}`, label: nic.guest ? `${nic.id} · ${nic.guest}` : nic.id ?? '',
			group: 'NICs, wherever they are plugged in',
		})),
		...[...state.netdevs.values()].filter((netdev) => netdev.type === 'user').map((netdev) => ({
			value: `netdev:${netdev.id}`, label: `${netdev.id} · ${netdevText(netdev)}`,
			group: 'Netdevs, whoever is plugged in',
		})),
	];
}

/**
 * The form for a forward.
 * @param {string} target as in nic:nic0
 */
export function newForward(target) {
	openForm({
		title: 'Forward a port',
		intro: 'This host listens, and what comes in goes to the guest.',
		verb: 'Create forward',
		fields: [
			{ name: 'target', label: 'To', kind: 'select', value: target, options: forwardTargets() },
			{
				name: 'proto', label: 'Protocol', kind: 'select', value: 'tcp',
				options: [{ value: 'tcp', label: 'TCP' }, { value: 'udp', label: 'UDP' }],
			},
			{
				name: 'host_addr', label: 'Listen on', value: '127.0.0.1',
				follows: ({ host_addr: addr }) => /^(127\.|::1$|localhost)/.test(addr) ?
					'Only this machine can connect.' : 'Other machines can connect, too.',
				hint: '0.0.0.0 is every address of this host.',
				check: (value) => value ? null : 'An address of this host, such as 127.0.0.1.',
			},
			{
				name: 'host_port', label: 'Port of this host', value: '0', hint: '0: the host chooses one. '
					+ 'A rule as QEMU has it can be pasted here: tcp:127.0.0.1:2222-:22.',
				spread: parseRule,
				check: (value, values) => {
					const other = twin(values);

					return portError(value, true) ??
						(other ? `${other.id} listens there already: ${forwardName(other)}.` : null);
				},
			},
			{
				name: 'guest_port', label: 'Port of the guest', value: '22',
				check: (value) => portError(value, false),
			},
			{
				name: 'guest_addr', label: 'Address of the guest', placeholder: 'the first lease',
			},
		],
		send: async (values) => {
			const [kind, id] = values.target.split(':');
			const made = await request('POST', '/forwards', {
				[kind]: id, ...members(values, 'proto', 'host_addr', 'guest_addr'),
				host_port: Number(values.host_port), guest_port: Number(values.guest_port),
			});

			return `${made.id}: ${forwardName(made)}.`;
		},
	});
}
