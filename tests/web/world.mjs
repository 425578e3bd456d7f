// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the page share: the world around it, a browser, and how cases are reported.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const npm = createRequire(join(process.env.PATCHBAY_NPM, 'package.json'));
const { chromium } = npm('playwright-core');
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const PATIENCE = 10_000; /* for what takes a fraction of it on a quiet machine */

/** The daemon, the guest and a server, in world.py. */
export class World {
	constructor() {
		this.process = spawn('python3', [join(import.meta.dirname, 'world.py')],
			{ stdio: ['pipe', 'pipe', 'inherit'] });
		this.waiting = new Map();
		this.next = 1;
		createInterface({ input: this.process.stdout }).on('line', (line) => {
			const { id, result, error } = JSON.parse(line);
			const { resolve, reject } = this.waiting.get(id);

			this.waiting.delete(id);
			if (error !== undefined)
				reject(new Error(error));
			else
				resolve(result);
		});
	}

	/** Has something done, as world.py names it. */
	do(name, parameters = {}) {
		const id = this.next++;

		this.process.stdin.write(`${JSON.stringify({ id, do: name, with: parameters })}\n`);
		return new Promise((resolve, reject) => { this.waiting.set(id, { resolve, reject }); });
	}

	async start() {
		Object.assign(this, await this.do('start'));
	}

	/** A request as a program makes it. */
	async api(method, path, body) {
		const response = await fetch(new URL(path, this.url), {
			method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
		});
		const text = await response.text();

		if (!response.ok)
			throw new Error(`${method} ${path}: ${response.status} ${text}`);
		return text && JSON.parse(text);
	}

	/** Deletes every object; those that are used last. */
	async clear() {
		for (const name of ['forwards', 'nics', 'netdevs', 'networks']) {
			const list = await this.api('GET', `/${name}`).catch(() => ({ items: [] }));
			for (const { id } of list.items)
				await this.api('DELETE', `/${name}/${id}${name === 'forwards' ? '' : '?force=true'}`);
		}
	}

	/** Runs a script in the guest. */
	shell(script, timeout = 60) {
		return this.do('shell', { script, timeout });
	}

	close() {
		this.process.stdin.end();
		return new Promise((resolve) => { this.process.on('exit', resolve); });
	}
}

/** Chromium with a profile of its own. */
export class Browser {
	async start() {
		this.profile = mkdtempSync(join(tmpdir(), 'patchbay-chromium.'));
		this.chromium = await chromium.launch({
			executablePath: process.env.PATCHBAY_CHROMIUM, args: ARGUMENTS,
			env: { ...process.env, HOME: this.profile, XDG_CONFIG_HOME: this.profile },
		});
	}

	/**
	 * A page in a context of its own, which notes what went wrong in it.
	 * `faults` holds errors of scripts, messages on the console, requests to anybody else.
	 */
	async open(url, options = {}) {
		const context = await this.chromium.newContext({ viewport: { width: 1280, height: 800 }, ...options });
		const page = await context.newPage();

		page.faults = [];
		page.bytes = 0;
		page.on('pageerror', (error) => page.faults.push(String(error.stack)));
		page.on('console', (message) => {
			if (['error', 'warning'].includes(message.type()))
				page.faults.push(`console: ${message.text()}`);
		});
		page.on('request', (request) => {
			if (!request.url().startsWith(new URL('/', url).href))
				page.faults.push(`a request to ${request.url()}`);
		});
		page.on('dialog', (dialog) => {
			page.faults.push(`a dialog says ${dialog.message()}`);
			dialog.dismiss();
		});
		page.setDefaultTimeout(PATIENCE);
		await page.goto(url);
		await live(page);
		return page;
	}

	async close() {
		await this.chromium.close();
		rmSync(this.profile, { recursive: true, force: true });
	}
}

/** Waits until the page has the daemon's objects. */
export function live(page) {
	return page.locator('.pill[data-state="live"]').waitFor();
}

/** Goes to a view. */
export async function go(page, hash) {
	await page.evaluate((to) => { location.hash = to; }, hash);
	await page.locator(`.view[data-key="${hash.replace(/^#\//, '')}${hash.slice(2).includes('/') ? '' : '/'}"]`)
		.waitFor();
}

/** Waits until something is so. Returns how long that took, in milliseconds. */
export async function until(what, condition, ms = PATIENCE) {
	const begin = Date.now();

	while (!await condition()) {
		if (Date.now() - begin > ms)
			throw new Error(`waited ${ms} ms in vain for ${what}`);
		await new Promise((resolve) => { setTimeout(resolve, 20); });
	}
	return Date.now() - begin;
}

/** Cases, reported as tests/README.md says. */
export class Report {
	constructor(pattern) {
		this.pattern = pattern ?? '';
		this.failed = 0;
	}

	/** Runs a case; the page, if there is one, must have no faults afterwards. */
	async case(name, page, action) {
		const begin = Date.now();

		if (!name.includes(this.pattern))
			return;
		try {
			const said = await action();
			const faults = page?.faults.splice(0) ?? [];
			if (faults.length)
				throw new Error(`the page has faults\n${faults.join('\n')}`);
			console.log(`ok ${name}${typeof said === 'string' ? `: ${said}` : ''} (${
				((Date.now() - begin) / 1000).toFixed(1)} s)`);
		} catch (error) {
			this.failed++;
			page?.faults.splice(0);
			const [first, ...rest] = String(error.message).split('\n');
			console.log(`not ok ${name}: ${first}`);
			console.error(rest.join('\n'), error.stack);
			if (page && !page.isClosed())
				await page.screenshot({ path: `build/test-logs/web-${name.replace(/\W+/g, '-')}.png` });
		}
	}
}
