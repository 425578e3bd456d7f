// SPDX-License-Identifier: BSD-2-Clause
// A day with the client that @hey-api/openapi-ts generates.
import assert from 'node:assert/strict';

import { client } from '../sdk/client.gen';
import * as api from '../sdk';
import { base, must, step } from './cases';

client.setConfig({ baseUrl: base });

/** Listens while something is done, until an event of that type about that object has come. */
async function expectEvent(type: string, object: string, action: () => Promise<unknown>) {
	const control = new AbortController();
	const since = must(await api.listNics()).revision;
	const { stream } = await api.streamEvents({ query: { since: String(since) }, signal: control.signal });
	const timer = setTimeout(() => control.abort(), 10_000);

	await action();
	for await (const event of stream) {
		if (event.type === type && event.object === object) {
			clearTimeout(timer);
			control.abort();
			return event;
		}
	}
	throw new Error(`no ${type} of ${object} came`);
}

async function main() {
	await step('sdk: a netdev by its type', async () => {
		const netdev = must(await api.createNetdev({ body: { type: 'user', id: 'n0', net: '10.9.0.0/24' } }));
		/* The discriminator tells the compiler which members there are. */
		assert.equal(netdev.type === 'user' ? netdev.net : null, '10.9.0.0/24');
	});
	await step('sdk: a NIC, and the event of it', async () => {
		const event = await expectEvent('nic.created', '/nics/c0',
			() => api.createNic({ body: { id: 'c0', netdev: 'n0', model: 'rtl8139' } }));
		assert.equal(event.resource?.['model'], 'rtl8139');
	});
	await step('sdk: its cable', async () => {
		const nic = must(await api.updateNic({ path: { id: 'c0' }, body: { link: 'down' } }));
		assert.equal(nic.link, 'down');
		assert.match(must(await api.getNicQemuArgs({ path: { id: 'c0' } })).shell, /vfio-user-pci/);
	});
	await step('sdk: a refusal says why', async () => {
		const { error, response } = await api.deleteNetdev({ path: { id: 'n0' } });
		assert.equal(response?.status, 409);
		assert.deepEqual(error?.users, ['/nics/c0']);
	});
	await step('sdk: nothing is left', async () => {
		must(await api.deleteNic({ path: { id: 'c0' } }).then(gone));
		must(await api.deleteNetdev({ path: { id: 'n0' } }).then(gone));
		assert.equal(must(await api.listNics()).items.length, 0);
		assert.equal(must(await api.listNetdevs()).items.length, 0);
	});
	process.exit(0);
}

/** A 204 has no data. */
function gone(result: { error?: unknown }) {
	return { error: result.error, data: true };
}

void main();
