// SPDX-License-Identifier: BSD-2-Clause
// The forms that make things.
import { request } from './api.js';
import { openForm } from './form.js';
import { modelName, natAddresses, netdevText } from './objects.js';
import { state } from './store.js';
import { idError, macError, parseNet } from './valid.js';

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
 */
export function newNic(plug = 'new') {
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
