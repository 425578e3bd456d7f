// SPDX-License-Identifier: BSD-2-Clause
// The pictures and the table of the modes say what /modes says.
import assert from 'node:assert/strict';

import { go } from './world.mjs';

/** What the elements below a root say of who reaches whom. */
function said(root, selector) {
	return root.locator(selector).evaluateAll((elements) =>
		elements.map((e) => `${e.dataset.from}>${e.dataset.to}:${e.dataset.allowed}`));
}

async function pictures(report, world, page) {
	const { modes } = await world.api('GET', '/modes');

	await report.case('five pictures, each with a name and a description', page, async () => {
		assert.deepEqual(await page.locator('svg.scene').evaluateAll((all) =>
			all.map((svg) => svg.dataset.mode)), modes.map((m) => m.mode));
		for (const mode of modes) {
			const svg = page.locator(`svg[data-mode="${mode.mode}"]`);
			assert.equal(await svg.locator('title').textContent(), mode.title);
			assert.ok((await svg.locator('desc').textContent()).length > 100);
		}
	});
	await report.case('pictures, table and /modes agree, cell by cell', page, async () => {
		for (const mode of modes) {
			const wanted = mode.reach.map((r) => `${r.from}>${r.to}:${r.allowed}`);
			const svg = page.locator(`svg[data-mode="${mode.mode}"]`);
			assert.deepEqual(await said(svg, '.arrow'), wanted, mode.mode);
			assert.deepEqual(await said(page.locator(`tr[data-mode="${mode.mode}"]`), 'td.allowed'),
				wanted, mode.mode);
		}
	});
	await report.case('the pictures hold the addresses', page, async () => {
		const text = (/** @type {string} */ mode) =>
			page.locator(`svg[data-mode="${mode}"] text`).allTextContents();
		const nat = (await text('nat')).join(' ');
		for (const word of ['10.0.2.15', '10.0.2.2', '10.0.2.3', 'from', 'host\'s address'])
			assert.ok(nat.includes(word), `${word} in ${nat}`);
		assert.ok((await text('host-only')).join(' ').includes('192.168.56.1'));
	});
	await report.case('what is blocked has a cross and no head, and stops at the wall', page, async () => {
		assert.equal(await page.locator('.arrow.no [marker-end]').count(), 0);
		assert.equal(await page.locator('.arrow:not(.no) path:not([marker-end])').count(), 0);
		for (const [allowed, sign] of [['yes', '✓'], ['no', '✕'], ['forward', '⇢']]) {
			const signs = await page.locator(`.arrow.${allowed} text`).allTextContents();
			assert.ok(signs.length && signs.every((text) => text === sign), signs.join());
		}
		for (const mode of ['host-only', 'internal']) {
			const wall = await page.locator(`svg[data-mode="${mode}"] .wall`).boundingBox();
			const arrow = await page.locator(`svg[data-mode="${mode}"] [data-to="outside"] path`)
				.boundingBox();
			assert.ok(arrow.x + arrow.width <= wall.x + wall.width, mode);
		}
	});
}

/** All of them. */
export async function modeCases(report, world, browser) {
	const page = await browser.open(`${world.url}#/modes`);

	await pictures(report, world, page);
	await report.case('without colours the signs are still there', page, async () => {
		await page.emulateMedia({ forcedColors: 'active' });
		assert.ok(await page.locator('.arrow.no text').first().isVisible());
		assert.ok(await page.locator('td.allowed .sign').first().isVisible());
		await page.emulateMedia({ forcedColors: 'none' });
	});
	await report.case('a wish leads to a form', page, async () => {
		await go(page, '#/modes');
		await page.locator('.wishes li', { hasText: 'only needs the internet' }).getByRole('button').click();
		await page.getByRole('dialog').waitFor();
		await page.keyboard.press('Escape');
	});
	await page.context().close();
}
