// SPDX-License-Identifier: BSD-2-Clause
// All cases, one after the other; usage: tests/web/run [PATTERN]
import { accessibilityCases } from './accessibility.mjs';
import { formCases } from './forms.mjs';
import { guestCases } from './guest.mjs';
import { modeCases } from './modes.mjs';
import { pageCases } from './page.mjs';
import { Browser, Report, World } from './world.mjs';

const report = new Report(process.argv[2]);
const world = new World();
const browser = new Browser();

try {
	await Promise.all([world.start(), browser.start()]);
	await pageCases(report, world, browser);
	await modeCases(report, world, browser);
	await formCases(report, world, browser);
	await accessibilityCases(report, world, browser);
	await guestCases(report, world, browser);
} catch (error) {
	report.failed++;
	console.log(`not ok the page's tests: ${error.message.split('\n')[0]}`);
	console.error(error);
} finally {
	await Promise.allSettled([browser.close(), world.close()]);
}
process.exit(report.failed ? 1 : 0);
