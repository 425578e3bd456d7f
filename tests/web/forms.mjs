// SPDX-License-Identifier: BSD-2-Clause
// Making, changing and deleting things, as a person does it.
import assert from 'node:assert/strict';

import { go, until } from './world.mjs';

/** Presses Tab until an element with that text or label has the focus. */
async function tabTo(page, name) {
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press('Tab');
		const here = await page.evaluate(() => {
			const e = document.activeElement;

			return e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
		});
		if (here === name)
			return;
	}
	throw new Error(`Tab does not lead to ${name}`);
}

/** Notes the requests that change something. */
function mutations(page) {
	const seen = [];

	page.on('request', (request) => {
		if (request.method() !== 'GET')
			seen.push(`${request.method()} ${new URL(request.url()).pathname}`);
	});
	return seen;
}

async function making(report, world, page) {
	await report.case('a NIC with a NAT of its own, by keyboard alone', page, async () => {
		await go(page, '#/');
		await tabTo(page, 'New NIC');
		await page.keyboard.press('Enter');
		await page.getByRole('dialog', { name: 'New NIC' }).waitFor();
		await tabTo(page, 'Guest');
		await page.keyboard.type('typed');
		await tabTo(page, 'Create NIC');
		await page.keyboard.press('Enter');
		const ms = await until('the node', () => page.locator('[data-path="/nics/nic0"]').isVisible());
		await page.locator('[role=status] .note', { hasText: 'nic0 is there' }).waitFor();
		const nic = await world.api('GET', '/nics/nic0');
		assert.deepEqual([nic.model, nic.guest, nic.netdev], ['e1000', 'typed', 'user0']);
		return `there after ${ms} ms`;
	});
	await report.case('the addresses of a NAT follow from its network, while typing', page, async () => {
		const sent = mutations(page);
		await page.getByRole('button', { name: 'New NIC' }).click();
		const net = page.getByLabel('Network');
		const follows = page.locator('#field-net-follows');
		await net.fill('192.168.0.0/16');
		assert.equal(await follows.textContent(),
			'Gateway 192.168.0.2 · DNS 192.168.0.3 · guest 192.168.0.15');
		for (const wrong of ['10.0.2.0/31', '10.0.2.0', '10.0.300.0/24', '']) {
			await net.fill(wrong);
			await page.getByRole('button', { name: 'Create NIC' }).click();
			assert.equal(await net.getAttribute('aria-invalid'), 'true', wrong);
			assert.ok(await page.locator('#field-net-error').isVisible(), wrong);
			assert.ok(await net.evaluate((e) => e === document.activeElement), wrong);
		}
		assert.deepEqual(sent, []);
		await page.keyboard.press('Escape');
	});
	await report.case('what the daemon refuses stands at its field, and the form keeps its input', page,
		async () => {
			await page.getByRole('button', { name: 'New NIC' }).click();
			await page.getByLabel('Plug into').selectOption('none');
			await page.getByLabel('MAC address').fill('52:54:00:12:34:56');
			await page.getByLabel('Name').fill('nic0');
			await page.getByRole('button', { name: 'Create NIC' }).click();
			const alert = page.locator('dialog [role=alert]');
			await alert.waitFor();
			assert.match(await alert.textContent(), /nic0/);
			assert.equal(await page.getByLabel('MAC address').inputValue(), '52:54:00:12:34:56');
			await page.keyboard.press('Escape');
			page.faults.length = 0; /* Chromium writes every 409 to the console */
		});
	await report.case('a MAC address and a name are checked before they are sent', page, async () => {
		const sent = mutations(page);
		await page.getByRole('button', { name: 'New NIC' }).click();
		await page.getByLabel('MAC address').fill('53:54:00:12:34:56');
		await page.getByLabel('Name').fill('0');
		await page.getByRole('button', { name: 'Create NIC' }).click();
		assert.match(await page.locator('#field-mac-error').textContent(), /group/);
		assert.ok(await page.locator('#field-id-error').isVisible());
		assert.deepEqual(sent, []);
		await page.keyboard.press('Escape');
	});
}

async function changing(report, world, page) {
	await report.case('the cable, by its switch', page, async () => {
		await go(page, '#/nics');
		const cable = page.getByRole('switch', { name: 'Cable of nic0' });
		assert.equal(await cable.getAttribute('aria-checked'), 'true');
		await cable.click();
		await until('the switch', async () => await cable.getAttribute('aria-checked') === 'false');
		assert.equal((await world.api('GET', '/nics/nic0')).link, 'down');
		await go(page, '#/');
		assert.ok(await page.locator('path[data-nic="nic0"].unplugged').count());
		await page.locator('[data-path="/nics/nic0"]').focus();
		await page.keyboard.press('c');
		await until('the line', async () => await page.locator('path[data-nic="nic0"].unplugged').count() === 0);
		assert.equal((await world.api('GET', '/nics/nic0')).link, 'up');
	});
	await report.case('plugged in somewhere else, by its menu', page, async () => {
		await world.api('POST', '/netdevs', { type: 'user', id: 'other', net: '10.7.0.0/24' });
		await go(page, '#/nics/nic0');
		const menu = page.getByRole('combobox', { name: 'What nic0 is plugged into' });
		await menu.locator('option[value="netdev:other"]').waitFor({ state: 'attached' });
		await menu.selectOption('netdev:other');
		await until('the plug', async () => (await world.api('GET', '/nics/nic0')).netdev === 'other');
		await page.getByText('10.7.0.15').first().waitFor();
		await menu.selectOption('none');
		await until('no plug', async () => (await world.api('GET', '/nics/nic0')).netdev === null ||
			(await world.api('GET', '/nics/nic0')).netdev === undefined);
		await menu.selectOption('netdev:user0');
		await until('the plug', async () => (await world.api('GET', '/nics/nic0')).netdev === 'user0');
	});
	await report.case('what to give to QEMU', page, async () => {
		await page.getByRole('button', { name: 'QEMU' }).first().click();
		const pre = page.locator('dialog pre');
		await pre.waitFor();
		assert.match(await pre.textContent(), /vfio-user-pci.*nic0\.sock/);
		await page.getByLabel('Memory of the guest').fill('2G');
		await page.getByLabel('Memory of the guest').press('Tab');
		await page.locator('dialog pre', { hasText: 'size=2G' }).waitFor();
		await page.keyboard.press('Escape');
	});
}

async function deleting(report, world, page) {
	await report.case('deleting asks first, and says what it means', page, async () => {
		await go(page, '#/networks');
		await page.getByRole('button', { name: 'Delete user0' }).click();
		const dialog = page.getByRole('dialog', { name: 'Delete user0?' });
		assert.match(await dialog.textContent(), /nic0 is plugged into it/);
		await page.keyboard.press('Escape');
		assert.ok(await world.api('GET', '/netdevs/user0'));
		await page.getByRole('button', { name: 'Delete user0' }).click();
		await dialog.getByRole('button', { name: 'Delete' }).click();
		await page.locator('[data-netdev="user0"]').waitFor({ state: 'detached' });
		await go(page, '#/');
		await page.locator('[data-path="/nics/nic0"]').focus();
		await page.keyboard.press('Delete');
		await page.getByRole('button', { name: 'Delete', exact: true }).click();
		await page.locator('[data-path="/nics/nic0"]').waitFor({ state: 'detached' });
	});
	await report.case('what goes wrong says what, why, and stays until it is dismissed', page, async () => {
		await world.api('POST', '/nics', { id: 'late', netdev: 'other' });
		await go(page, '#/nics');
		const cable = page.getByRole('switch', { name: 'Cable of late' });
		await cable.waitFor();
		await page.route('**/nics/late', (route) => route.fulfill({
			status: 409, contentType: 'application/problem+json', body: JSON.stringify({
				type: '/problems/host-state', title: 'The host refuses this', status: 409,
				detail: 'The host has no cable for it.', instance: '/nics/late', errno: 'ENODEV',
			}),
		}));
		await cable.click();
		const problem = page.locator('[role=alert] .problem');
		await problem.waitFor();
		assert.match(await problem.textContent(), /cable of late off did not work.*no cable for it/);
		await page.unroute('**/nics/late');
		await problem.getByRole('button', { name: 'Dismiss' }).press('Enter');
		assert.equal(await problem.count(), 0);
		await go(page, '#/events');
		assert.match(await page.locator('.log').textContent(), /no cable for it/);
		page.faults.length = 0;
	});
	await world.clear();
}

/** Opens the form for a forward and fills it in. */
async function forward(page, values) {
	await page.getByRole('button', { name: 'Forward a port' }).click();
	for (const [label, value] of Object.entries(values))
		await page.getByLabel(label, { exact: true }).fill(value);
}

async function forwards(report, world, page) {
	await world.api('POST', '/netdevs', { type: 'user', id: 'fw', hostfwd: ['tcp::0-:80'] });
	await report.case('a forward: made, listed, deleted; the others do not notice', page, async () => {
		await go(page, '#/netdevs/fw');
		await page.locator('tr[data-forward]', { hasText: '10.0.2.15:80' }).waitFor();
		await forward(page, { 'Port of the guest': '2200' });
		await page.getByRole('button', { name: 'Create forward' }).click();
		const row = page.locator('tr[data-forward]', { hasText: 'port 2200' });
		await row.waitFor();
		const rule = (await world.api('GET', '/forwards')).items.find((f) => f.guest_port === 2200);
		assert.match(await row.textContent(), new RegExp(`127\\.0\\.0\\.1:${rule.host_port}`));
		await row.getByRole('button').click();
		await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await row.waitFor({ state: 'detached' });
		assert.equal(await page.locator('tr[data-forward]').count(), 1);
	});
	await report.case('a forward to a busy port says so at its field, and makes nothing', page, async () => {
		const busy = new URL(world.url).port;
		await forward(page, { 'Port of this host': busy });
		await page.getByRole('button', { name: 'Create forward' }).click();
		const error = page.locator('#field-host_port-error');
		await error.waitFor();
		assert.match(await error.textContent(), new RegExp(`Address already in use.*${busy}`));
		assert.equal((await world.api('GET', '/forwards')).items.length, 1);
		page.faults.length = 0; /* Chromium writes every 409 to the console */
	});
	await report.case('a rule that is there already is found before it is sent', page, async () => {
		const sent = mutations(page);
		const [rule] = (await world.api('GET', '/forwards')).items;
		const field = page.getByLabel('Port of this host');
		await field.fill(`udp:0.0.0.0:${rule.host_port}-10.0.2.16:53`);
		assert.equal(await page.getByLabel('Listen on').inputValue(), '0.0.0.0');
		assert.equal(await page.getByLabel('Protocol').inputValue(), 'udp');
		assert.equal(await page.getByLabel('Address of the guest').inputValue(), '10.0.2.16');
		await page.getByLabel('Protocol').selectOption('tcp');
		await page.getByRole('button', { name: 'Create forward' }).click();
		assert.equal(await field.getAttribute('aria-invalid'), 'true');
		assert.ok(await field.evaluate((e) => e === document.activeElement));
		assert.match(await page.locator('#field-host_port-error').textContent(), /listens there already/);
		assert.deepEqual(sent, []);
		await page.keyboard.press('Escape');
	});
	await world.clear();
}

/** All of them. */
export async function formCases(report, world, browser) {
	const page = await browser.open(world.url);

	await making(report, world, page);
	await changing(report, world, page);
	await deleting(report, world, page);
	await forwards(report, world, page);
	await page.context().close();
}
