// SPDX-License-Identifier: BSD-2-Clause
// The same with openapi-fetch and the types that openapi-typescript generates.
import assert from 'node:assert/strict';

import createClient from 'openapi-fetch';

import type { components, paths } from '../schema';
import { base, must, step } from './cases';

type Nic = components['schemas']['Nic'];

const client = createClient<paths>({ baseUrl: base });

async function main() {
	await step('fetch: a netdev and a NIC', async () => {
		const netdev = must(await client.POST('/netdevs', { body: { type: 'user' } as const }));
		const nic: Nic = must(await client.POST('/nics', { body: { netdev: netdev.id } }));
		assert.equal(nic.status?.state, 'waiting');
	});
	await step('fetch: what GET shows can be sent back', async () => {
		const nic = must(await client.GET('/nics/{id}', { params: { path: { id: 'nic0' } } }));
		const again = must(await client.PATCH('/nics/{id}', {
			params: { path: { id: 'nic0' } }, body: nic, headers: { 'Content-Type': 'application/json' },
		}));
		assert.equal(again.mac, nic.mac);
	});
	await step('fetch: an unknown member is refused', async () => {
		const { error } = await client.POST('/nics', { body: { cable: 'up' } as Nic });
		assert.equal(error?.status, 422);
		assert.equal(error?.errors?.[0]?.pointer, '#/cable');
	});
	await step('fetch: the modes', async () => {
		const { modes } = must(await client.GET('/modes'));
		assert.deepEqual(modes.map((m) => m.mode),
			['nat', 'nat-network', 'host-only', 'bridged', 'internal']);
	});
	await step('fetch: nothing is left', async () => {
		const params = { path: { id: 'nic0' }, query: { force: true } };
		assert.equal((await client.DELETE('/nics/{id}', { params })).response.status, 204);
		assert.equal((await client.DELETE('/netdevs/{id}', {
			params: { path: { id: 'user0' } },
		})).response.status, 204);
	});
}

void main();
