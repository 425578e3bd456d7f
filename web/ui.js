// SPDX-License-Identifier: BSD-2-Clause
// What the views share: buttons that act, notes, confirmations, things to copy.
import { ApiError } from './api.js';
import { byId, h } from './dom.js';
import { isLive, log } from './store.js';

/** @typedef {import('./dom.js').Child} Child */

const NOTE_MS = 6000;
const OFFLINE = 'The daemon does not answer; wait until it is back.';

/**
 * A note about something that went well; it goes by itself.
 * @param {string} text
 */
export function note(text) {
	const element = h('div', { class: 'note' }, text);

	byId('notes').append(element);
	setTimeout(() => element.remove(), NOTE_MS);
	log('done', text);
}

/**
 * What went wrong, in the daemon's words; it stays until somebody has read it.
 * @param {string} what was tried
 * @param {unknown} error
 */
export function complain(what, error) {
	const why = error instanceof Error ? error.message : String(error);
	const problem = error instanceof ApiError ? error.problem : null;
	const element = h('div', { class: 'note problem' },
		h('div', null, h('strong', null, `${what} did not work. `), why,
			(problem?.errors ?? []).filter((e) => e.detail !== why).map((e) =>
				h('div', null, h('code', null, e.pointer), ' ', e.detail)),
			problem?.users && h('div', null, `Used by ${problem.users.join(', ')}.`)),
		h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: () => element.remove() },
			'✕'));

	byId('problems').append(element);
	log('problem', `${what}: ${why}`, problem);
}

/**
 * Does something that may fail, says how it went.
 * @param {string} what as in "Deleting nic0"
 * @param {() => Promise<unknown>} action
 * @param {string} [done] what to say afterwards
 */
export async function attempt(what, action, done) {
	try {
		await action();
		if (done)
			note(done);
	} catch (error) {
		complain(what, error);
	}
}

/**
 * Properties of a control that changes something: out of order while the daemon is away.
 * @param {import('./dom.js').Props} [props]
 */
export function mutating(props = {}) {
	return isLive() ? props : { ...props, disabled: true, title: OFFLINE };
}

/**
 * A button that does something; it cannot be pressed twice while that takes time.
 * @param {Child} label
 * @param {() => unknown} action
 * @param {import('./dom.js').Props} [props]
 */
export function button(label, action, props = {}) {
	return h('button', mutating({
		type: 'button',
		onclick: async (/** @type {MouseEvent} */ event) => {
			const self = /** @type {HTMLButtonElement} */ (event.currentTarget);

			if (self.getAttribute('aria-busy'))
				return;
			self.setAttribute('aria-busy', 'true');
			try {
				await action();
			} finally {
				self.removeAttribute('aria-busy');
			}
		},
		...props,
	}), label);
}

/**
 * A button that opens something; there is nothing it could do to the daemon.
 * @param {Child} label
 * @param {() => void} action
 * @param {import('./dom.js').Props} [props]
 */
export function opener(label, action, props = {}) {
	return h('button', { type: 'button', onclick: action, ...props }, label);
}

/**
 * Shows a dialog; it is gone when it is closed. The browser keeps the focus inside, closes it with
 * Escape, and gives the focus back.
 * @param {string} title
 * @param {...(Child | Child[])} content
 * @returns {HTMLDialogElement}
 */
export function dialog(title, ...content) {
	const id = `dialog-${Date.now()}`;
	const element = h('dialog', { 'aria-labelledby': id, onclose: () => element.remove() },
		h('div', { class: 'dialog-head' }, h('h2', { id }, title),
			h('button', {
				type: 'button', class: 'plain', 'aria-label': 'Close', onclick: () => element.close(),
			}, '✕')),
		...content);

	byId('dialogs').append(element);
	element.showModal();
	return element;
}

/**
 * Asks before something is destroyed.
 * @param {string} title
 * @param {Child} text
 * @param {string} verb
 * @returns {Promise<boolean>}
 */
export function confirm(title, text, verb) {
	return new Promise((resolve) => {
		let answer = false;
		const element = dialog(title, h('p', null, text), h('div', { class: 'actions' },
			opener('Cancel', () => element.close(), { autofocus: true }),
			opener(verb, () => {
				answer = true;
				element.close();
			}, { class: 'danger' })));
		element.addEventListener('close', () => resolve(answer));
	});
}

/**
 * Text to take along, with a button that copies it.
 * @param {string} text
 * @param {string} label what it is
 */
export function copyable(text, label) {
	const pre = h('pre', { tabindex: 0, 'aria-label': label }, text);

	return h('div', { class: 'copyable' }, pre, opener('Copy', async () => {
		try {
			await navigator.clipboard.writeText(text);
			note(`Copied: ${label}`);
		} catch {
			getSelection()?.selectAllChildren(pre);
			note('Selected: press Ctrl+C to copy.');
		}
	}, { 'aria-label': `Copy ${label}` }));
}

/**
 * A state, as a sign and a word: never by colour alone.
 * @param {'good' | 'idle' | 'bad' | 'busy'} kind
 * @param {string} word
 */
export function chip(kind, word) {
	const sign = { good: '●', idle: '○', bad: '▲', busy: '◌' }[kind];

	return h('span', { class: `chip ${kind}` }, h('span', { 'aria-hidden': 'true' }, sign), ` ${word}`);
}

/**
 * Pairs of name and value.
 * @param {[string, Child | Child[]][]} pairs those without a value are left out
 */
export function facts(pairs) {
	return h('dl', { class: 'facts' }, pairs.filter(([, value]) => value || value === 0).map(
		([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
}
