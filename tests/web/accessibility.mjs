// SPDX-License-Identifier: BSD-2-Clause
// axe on every view and dialog, light and dark; narrow and wide; by keyboard.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { go, npm } from './world.mjs';

const AXE = readFileSync(npm.resolve('axe-core/axe.min.js'), 'utf8');
export const VIEWS = ['#/', '#/nics', '#/nics/nic0', '#/networks', '#/netdevs/user0', '#/modes',
	'#/events'];
/** Dialogs: the view, and the button that opens it. */
export const DIALOGS = [['#/nics', 'New NIC'], ['#/networks', 'New netdev'],
	['#/netdevs/user0', 'Forward a port'], ['#/nics', 'Arguments for QEMU for nic0'], ['#/nics', 'Delete nic0'], ['#/', 'Keys and help']];

/** Something of everything. */
export async function furnish(world) {
	await world.api('POST', '/netdevs', { type: 'user', id: 'user0', hostfwd: ['tcp::0-:22'] });
	await world.api('POST', '/netdevs', { type: 'user', id: 'lab', net: '192.168.76.0/24' });
	await world.api('POST', '/nics', { id: 'nic0', netdev: 'user0', guest: 'web server' });
	await world.api('POST', '/nics', {
		id: 'nic1', netdev: 'lab', model: 'rtl8139', guest: 'web server', link: 'down',
	});
	await world.api('POST', '/nics', {
		id: 'a-card-with-a-name-that-is-rather-longer-than-any-place-for-it', guest: 'a guest '.repeat(8).trim(),
	});
}

/** What axe finds; nothing is too small. */
async function violations(page) {
	const found = await page.evaluate(async () => {
		const { violations: all } = await globalThis.axe.run(document, { resultTypes: ['violations'] });

		return all.map((v) => `${v.impact} ${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' ')}`);
	});
	assert.deepEqual(found, []);
}

/** A context whose policy lets the test bring its own script. */
function open(browser, world, colorScheme) {
	return browser.open(world.url, { colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
}

async function axe(report, world, browser, colorScheme) {
	const page = await open(browser, world, colorScheme);

	await page.evaluate(AXE);
	for (const view of VIEWS) {
		await report.case(`axe has nothing to say: ${view}, ${colorScheme}`, page, async () => {
			await go(page, view);
			await violations(page);
		});
	}
	for (const [view, name] of DIALOGS) {
		await report.case(`axe has nothing to say: ${name}, ${colorScheme}`, page, async () => {
			await go(page, view);
			await page.getByRole('button', { name }).first().click();
			await page.locator('dialog[open]').waitFor();
			try {
				await violations(page);
			} finally {
				await page.keyboard.press('Escape');
			}
		});
	}
	await page.context().close();
}

async function sizes(report, world, browser) {
	for (const [width, height] of [[360, 740], [1440, 900]]) {
		const page = await browser.open(world.url, { viewport: { width, height } });
		for (const view of VIEWS) {
			await report.case(`${width} wide, ${view}: nothing sticks out`, page, async () => {
				await go(page, view);
				const wide = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) =>
					!e.closest('.scroll *, .node *, .hidden, .skip, svg') && e.getBoundingClientRect().right > innerWidth + 1)
					.map((e) => e.outerHTML.slice(0, 120)));
				assert.deepEqual(wide, []);
				assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
			});
		}
		await page.context().close();
	}
}

async function keyboard(report, world, browser) {
	const page = await browser.open(world.url);

	await report.case('Tab comes to every node, and one sees where it is', page, async () => {
		const wanted = new Set(await page.locator('a.node').evaluateAll((all) =>
			all.map((e) => e.dataset.path)));
		for (let i = 0; i < 40 && wanted.size; i++) {
			await page.keyboard.press('Tab');
			const [path, outline] = await page.evaluate(() => [document.activeElement.dataset.path,
				getComputedStyle(document.activeElement).outlineStyle]);
			if (wanted.delete(path))
				assert.notEqual(outline, 'none', path);
		}
		assert.deepEqual([...wanted], []);
	});
	await report.case('arrows walk the map', page, async () => {
		const here = () => page.evaluate(() => document.activeElement.dataset.path);
		await page.locator('[data-path="/nics/nic0"]').focus();
		await page.keyboard.press('ArrowRight');
		assert.equal(await here(), '/netdevs/user0');
		await page.keyboard.press('ArrowDown');
		assert.equal(await here(), '/netdevs/lab');
		await page.keyboard.press('ArrowLeft');
		assert.equal(await here(), '/nics/nic1');
		await page.keyboard.press('Enter');
		await page.locator('h1', { hasText: 'nic1' }).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
	});
	await page.context().close();
}

/** All of them. */
export async function accessibilityCases(report, world, browser) {
	await furnish(world);
	await axe(report, world, browser, 'light');
	await axe(report, world, browser, 'dark');
	await sizes(report, world, browser);
	await keyboard(report, world, browser);
	await world.clear();
}
