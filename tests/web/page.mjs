// SPDX-License-Identifier: BSD-2-Clause
// The page as a whole: how it comes, that it is live, what it does when the daemon is away.
import assert from 'node:assert/strict';

import { go, live, until } from './world.mjs';

const BUDGET = 150_000;

/** The bytes of all that a page asked for. */
async function weight(browser, url) {
	const page = await browser.chromium.newPage();
	let bytes = 0;

	page.on('response', async (response) => {
		if (!response.url().includes('/events'))
			bytes += Number(response.headers()['content-length'] ?? 0);
	});
	await page.goto(url);
	await live(page);
	await page.close();
	return bytes;
}

async function arrival(report, world, browser) {
	const begin = Date.now();
	const page = await browser.open(world.url);
	const took = Date.now() - begin;

	await report.case('it comes, says what it is, and is live', page, async () => {
		assert.equal(await page.locator('h1').textContent(), 'Map');
		return `live after ${took} ms`;
	});
	await report.case('its scripts and styles come from files only', page, async () => {
		assert.equal(await page.locator('script:not([src]), style, [style]:not(body *)').count(), 0);
		const ran = await page.evaluate(() => {
			const script = document.createElement('script');

			script.textContent = 'globalThis.inline = true';
			document.head.append(script);
			script.remove();
			return globalThis.inline ?? false;
		});
		assert.equal(ran, false);
		assert.match(page.faults.splice(0).join(), /Content Security Policy/);
	});
	await report.case('with nothing there, it says so and offers to begin', page, async () => {
		assert.match(await page.locator('.empty').textContent(), /No network cards yet/);
		await page.locator('.empty').getByRole('button', { name: 'New NIC' }).click();
		await page.getByRole('dialog', { name: 'New NIC' }).waitFor();
		await page.keyboard.press('Escape');
		assert.equal(await page.locator('dialog').count(), 0);
		assert.equal(await page.evaluate(() => document.activeElement.textContent), 'New NIC');
	});
	await report.case('it is light', null, async () => {
		const bytes = await weight(browser, world.url);

		assert.ok(bytes > 20_000 && bytes <= BUDGET, `${bytes} bytes`);
		return `${bytes} bytes`;
	});
	return page;
}

async function news(report, world, page) {
	await report.case('what curl makes and deletes comes and goes by itself', page, async () => {
		await world.api('POST', '/nics', { id: 'curled', guest: '<img src=x onerror=alert(1)>' });
		const node = page.locator('[data-path="/nics/curled"]');
		const ms = await until('the node', () => node.isVisible());
		assert.equal(await page.locator('.map .guest').textContent(), '<img src=x onerror=alert(1)>');
		assert.equal(await page.locator('main img').count(), 0);
		await world.api('DELETE', '/nics/curled');
		await node.waitFor({ state: 'detached' });
		return `after ${ms} ms`;
	});
	await report.case('the events are listed', page, async () => {
		await go(page, '#/events');
		const text = await page.locator('.log').textContent();
		assert.match(text, /nic\.created/);
		assert.match(text, /nic\.deleted/);
	});
	await report.case('focus and open menus survive what happens', page, async () => {
		await world.api('POST', '/nics', { id: 'one' });
		await go(page, '#/nics');
		const button = page.getByRole('button', { name: 'Delete one' });
		await button.focus();
		await world.api('POST', '/nics', { id: 'two' });
		await page.locator('[data-nic="two"]').waitFor();
		assert.ok(await button.evaluate((e) => document.activeElement === e));
		await world.clear();
	});
}

async function away(report, world, page) {
	await report.case('a daemon that is gone', page, async () => {
		await world.api('POST', '/netdevs', { type: 'user', id: 'gone' });
		await go(page, '#/networks');
		await page.locator('[data-netdev="gone"]').waitFor();
		await world.do('end');
		const ms = await until('the pill', () =>
			page.locator('.pill[data-state="reconnecting"]').isVisible());
		const button = page.getByRole('button', { name: 'New netdev' });
		assert.ok(await button.isDisabled());
		assert.match(await button.getAttribute('title'), /does not answer/);
		page.faults.length = 0; /* the browser complains of the connections it lost */
		return `noticed after ${ms} ms`;
	});
	await report.case('a daemon that is back', page, async () => {
		await world.start();
		await live(page);
		await world.clear();
		await world.api('POST', '/netdevs', { type: 'user', id: 'back' });
		await page.locator('[data-netdev="back"]').waitFor();
		assert.equal(await page.locator('[data-netdev="gone"]').count(), 0);
		assert.ok(await page.getByRole('button', { name: 'New netdev' }).isEnabled());
		page.faults.length = 0;
		await world.clear();
	});
}

async function tabs(report, world, browser, page) {
	await report.case('seven tabs', null, async () => {
		const pages = [];

		for (let i = 0; i < 7; i++) {
			pages.push(await page.context().newPage());
			await pages[i].goto(world.url);
			/* A tab that comes to the front hides the others, in a window; here it is told. */
			await pages[i].evaluate(() => new Promise((resolve) => { setTimeout(resolve, 200); }));
			await live(pages[i]);
			await pages[i].evaluate(() => {
				Object.defineProperty(document, 'hidden', { value: true });
				document.dispatchEvent(new Event('visibilitychange'));
			});
			await pages[i].locator('.pill[data-state="paused"]').waitFor();
		}
		for (const tab of pages)
			await tab.close();
	});
	await report.case('the theme is kept', null, async () => {
		const dark = await browser.open(world.url, { colorScheme: 'light' });
		const background = () => dark.evaluate(() => getComputedStyle(document.body).backgroundColor);
		const light = await background();
		const theme = dark.getByRole('button', { name: /^Theme/ });

		await theme.click();
		await theme.click();
		assert.equal(await theme.getAttribute('aria-label'), 'Theme: dark');
		assert.notEqual(await background(), light);
		await dark.reload();
		await live(dark);
		assert.equal(await theme.getAttribute('aria-label'), 'Theme: dark');
		assert.notEqual(await background(), light);
		await dark.context().close();
	});
}

/** All of them. */
export async function pageCases(report, world, browser) {
	const page = await arrival(report, world, browser);

	await news(report, world, page);
	await away(report, world, page);
	await tabs(report, world, browser, page);
	await page.context().close();
}
