// SPDX-License-Identifier: BSD-2-Clause
// Pictures of every view and dialog, empty and full, light and dark, wide and narrow.
import { mkdirSync, rmSync } from 'node:fs';

import { DIALOGS, furnish, VIEWS } from './accessibility.mjs';
import { Browser, go, World } from './world.mjs';

const OUT = 'build/screenshots';
const world = new World();
const browser = new Browser();

/** A file's name for a view. */
function name(...words) {
	return `${OUT}/${words.join('-').replace(/#\//g, '').replace(/[^\w-]+/g, '_').replace(/^-/, 'map-')}.png`;
}

async function views(page, list, ...words) {
	for (const view of list) {
		await go(page, view);
		await page.screenshot({ path: name(view.slice(2) || 'map', ...words), fullPage: true });
	}
}

async function dialogs(page, ...words) {
	for (const [view, button] of DIALOGS) {
		await go(page, view);
		await page.getByRole('button', { name: button }).first().click();
		await page.locator('dialog[open]').waitFor();
		await page.screenshot({ path: name('dialog', button, ...words) });
		await page.keyboard.press('Escape');
	}
}

/** Calls for each combination of size and colours, with a fresh page. */
async function each(action) {
	for (const [size, viewport] of [['wide', { width: 1280, height: 800 }], ['narrow', { width: 360, height: 740 }]]) {
		for (const colorScheme of ['light', 'dark']) {
			const page = await browser.open(world.url, { viewport, colorScheme, reducedMotion: 'reduce' });

			await action(page, size, colorScheme);
			await page.context().close();
		}
	}
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
try {
	await Promise.all([world.start(), browser.start()]);
	await each((page, ...words) => views(page, ['#/', '#/nics', '#/networks', '#/events'], 'empty', ...words));
	await furnish(world);
	await each(async (page, ...words) => {
		await views(page, VIEWS, ...words);
		await dialogs(page, ...words);
	});
	console.log(`the pictures are in ${OUT}`);
} finally {
	await Promise.allSettled([browser.close(), world.close()]);
}
process.exit(0);
