// SPDX-License-Identifier: BSD-2-Clause
// What only a guest can tell: its cable, its traffic.
import assert from 'node:assert/strict';
import { connect } from 'node:net';

import { go, until } from './world.mjs';

const UNITS = { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 };

/** "1.2 Mbit/s" as a number. */
function parseRate(text) {
	const [, number, unit] = /([\d.]+) (\S*bit\/s)/.exec(text);

	return Number(number) * UNITS[unit];
}

/**
 * The rates at which nic0 receives, by the counters that /events tells, one a second.
 * Meanwhile something else is done, over and over.
 */
async function received(world, ticks, meanwhile) {
	const control = new AbortController();
	const response = await fetch(new URL('/events?stats=true&types=nic.none', world.url),
		{ signal: control.signal });
	const rates = [];
	let text = '';
	let last = null;
	const looking = setInterval(meanwhile, 100);

	for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
		const blocks = (text + chunk).split('\n\n');
		text = blocks.pop();
		for (const block of blocks.filter((b) => b.startsWith('event: stats'))) {
			const { time_ms: ms, stats } = JSON.parse(block.slice(block.indexOf('data:') + 5));
			const bytes = stats.nics.nic0.rx_bytes;
			if (last && bytes > last.bytes)
				rates.push((bytes - last.bytes) * 8000 / (ms - last.ms));
			last = { bytes, ms };
		}
		if (rates.length >= ticks)
			break;
	}
	clearInterval(looking);
	control.abort();
	return rates;
}

async function cable(report, world, page) {
	const carrier = () => world.shell('cat /sys/class/net/eth0/carrier');

	await report.case('the page shows that a guest has the card', page, async () => {
		await page.locator('[data-path="/nics/nic0"]', { hasText: 'in use by a guest' }).waitFor();
	});
	await report.case('the guest sees its cable pulled and plugged in', page, async () => {
		await go(page, '#/nics');
		const switching = page.getByRole('switch', { name: 'Cable of nic0' });
		const times = [];
		for (const wanted of ['0', '1']) {
			await switching.click();
			times.push(await until('the carrier', async () => await carrier() === wanted));
		}
		return `${times.join(' and ')} ms`;
	});
}

async function rates(report, world, page) {
	await report.case('no traffic: 0 bit/s, and nothing moves', page, async () => {
		await go(page, '#/');
		await until('silence', async () => (await page.locator('[data-rates="nic0"]').textContent()) ===
			'↓ 0 bit/s↑ 0 bit/s', 30_000);
		assert.equal(await page.locator('path.flows').count(), 0);
	});
	await report.case('traffic: the rates on the map are those of the counters', page, async () => {
		const job = world.shell(`for i in 1 2 3 4 5 6 7 8 9 10; do wget -q -O /dev/null ${
			world.server}/2000000 || exit 1; sleep 0.5; done`, 120);
		const line = page.locator('path[data-nic="nic0"].flows');
		const samples = [];

		job.catch(() => {}); /* it is looked at in the end, if there is one */
		await line.waitFor({ state: 'attached' });
		assert.equal(await line.evaluate((e) => getComputedStyle(e).animationName), 'flow');
		await page.emulateMedia({ reducedMotion: 'reduce' });
		assert.equal(await line.evaluate((e) => getComputedStyle(e).animationName), 'none');
		await page.emulateMedia({ reducedMotion: 'no-preference' });
		const wanted = await received(world, 6, async () => {
			samples.push(parseRate(await page.locator('[data-rates="nic0"] span').first().textContent()));
		});
		await job;
		const seen = wanted.filter((rate) => samples.some((s) => Math.abs(s / rate - 1) < 0.1));
		assert.ok(seen.length >= wanted.length - 2, `the page showed ${samples}, counted was ${wanted}`);
		return `${wanted.map((rate) => (rate / 1e6).toFixed(1)).join(', ')} Mbit/s`;
	});
	await report.case('the NIC\'s own view has its counters and a line', page, async () => {
		await go(page, '#/nics/nic0');
		const { stats } = await world.api('GET', '/nics/nic0');
		assert.ok((await page.locator('.spark.rx polyline').getAttribute('points')).split(' ').length > 5);
		await page.getByText(`${stats.rx_packets.toLocaleString('en-GB')} packets`).waitFor();
	});
}

/** Connects to a port of this host; resolves to what is said there, or to an errno. */
function dial(port) {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');

		socket.setTimeout(5000, () => socket.destroy(new Error('silence')));
		socket.on('data', (data) => {
			resolve(data.toString().trim());
			socket.destroy();
		});
		socket.on('error', (error) => resolve(error.code ?? error.message));
		socket.on('end', () => resolve('end'));
	});
}

async function forwarded(report, world, page) {
	await report.case('a forward leads into the guest as long as it is there', page, async () => {
		await world.shell('nc -ll -p 7000 -e echo hello </dev/null >/dev/null 2>&1 &');
		await go(page, '#/nics/nic0');
		await page.getByRole('button', { name: 'Forward a port' }).click();
		await page.getByLabel('Port of the guest').fill('7000');
		await page.getByRole('button', { name: 'Create forward' }).click();
		const row = page.locator('tr[data-forward]');
		await row.filter({ hasText: 'listening' }).waitFor();
		const { items: [rule] } = await world.api('GET', '/forwards');
		await until('the guest', async () => await dial(rule.host_port) === 'hello', 20_000);
		await row.filter({ hasText: /[1-9]\d* connections/ }).waitFor();
		await row.getByRole('button').click();
		await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await row.waitFor({ state: 'detached' });
		assert.equal(await dial(rule.host_port), 'ECONNREFUSED');
	});
}

async function replug(report, world, page) {
	await report.case('plugged in somewhere else, the guest gets another address', page, async () => {
		await world.api('POST', '/netdevs', { type: 'user', id: 'other', net: '10.7.0.0/24' });
		await page.getByRole('combobox', { name: 'What nic0 is plugged into' })
			.selectOption('netdev:other');
		await until('the plug', async () => (await world.api('GET', '/nics/nic0')).netdev === 'other');
		await until('the carrier', async () =>
			await world.shell('cat /sys/class/net/eth0/carrier') === '1', 30_000);
		const address = await world.shell('udhcpc -i eth0 -n -q -f -t 10 -T 1 -s /etc/udhcpc/default.script'
			+ ' >/dev/null 2>&1; ip -4 addr show dev eth0');
		assert.match(address, /10\.7\.0\.15/);
	});
}

/** All of them; one boot serves them all. */
export async function guestCases(report, world, browser) {
	await world.api('POST', '/netdevs', { type: 'user' , id: 'user0' });
	await world.api('POST', '/nics', { id: 'nic0', netdev: 'user0', guest: 'alpine' });
	const page = await browser.open(world.url);
	await world.do('boot', { nics: ['nic0'] });
	await world.shell('modprobe e1000; ip link set eth0 up; udhcpc -i eth0 -n -q -f -t 10 -T 1 '
		+ '-s /etc/udhcpc/default.script >/dev/null 2>&1; true');
	await cable(report, world, page);
	await world.shell('until [ "$(cat /sys/class/net/eth0/carrier)" = 1 ]; do sleep 0.1; done; '
		+ 'udhcpc -i eth0 -n -q -f -t 10 -T 1 -s /etc/udhcpc/default.script >/dev/null 2>&1; true');
	await rates(report, world, page);
	await forwarded(report, world, page);
	await replug(report, world, page);
	await page.context().close();
}
