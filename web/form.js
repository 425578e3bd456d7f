// SPDX-License-Identifier: BSD-2-Clause
// Forms in dialogs, from a list of fields: checked while typing, sent once, and kept when refused.
import { ApiError } from './api.js';
import { h } from './dom.js';
import { dialog, note, opener } from './ui.js';

/** @typedef {Record<string, string>} Values a checkbox is 'on' or '' */
/**
 * @typedef {object} Option
 * @property {string} value
 * @property {string} label
 * @property {string} [text] a sentence, for cards
 * @property {string} [reason] why it cannot be chosen
 * @property {string} [group]
 */
/**
 * @typedef {object} Field
 * @property {string} name as the API's member, so that its errors find their field
 * @property {string} label
 * @property {'text' | 'select' | 'checkbox' | 'cards'} [kind]
 * @property {string} [value]
 * @property {string} [placeholder]
 * @property {string} [hint]
 * @property {Option[]} [options]
 * @property {(values: Values) => boolean} [shown]
 * @property {(value: string, values: Values) => string | null} [check] what is wrong
 * @property {(value: string) => Values | null} [spread] what several fields mean, written in this one
 * @property {(values: Values) => string} [follows] what follows from the values, shown beneath
 */
/**
 * @typedef {object} Form
 * @property {string} title
 * @property {string} verb of the button that sends it
 * @property {Field[]} fields
 * @property {import('./dom.js').Child} [intro]
 * @property {(values: Values) => Promise<string>} send returns what to say when it has worked
 */

/**
 * The control of a field.
 * @param {Field} field
 */
function control(field) {
	const props = { id: `field-${field.name}`, name: field.name };

	if (field.kind === 'select')
		return h('select', props, groups(field.options ?? [], field.value));
	if (field.kind === 'checkbox')
		return h('input', { ...props, type: 'checkbox', checked: field.value === 'on' });
	return h('input', {
		...props, type: 'text', value: field.value ?? '', placeholder: field.placeholder ?? null,
		autocomplete: 'off', spellcheck: 'false',
	});
}

/**
 * The options of a select, in their groups.
 * @param {Option[]} options
 * @param {string} [chosen]
 */
function groups(options, chosen) {
	const names = [...new Set(options.map((o) => o.group))];
	const some = (/** @type {string | undefined} */ group) => options.filter((o) => o.group === group)
		.map((o) => h('option', {
			value: o.value, selected: o.value === chosen, disabled: Boolean(o.reason),
		}, o.reason ? `${o.label} (${o.reason})` : o.label));

	return names.map((name) => name ? h('optgroup', { label: name }, some(name)) : some(name)).flat();
}

/**
 * Radio buttons with a sentence each.
 * @param {Field} field
 */
function cards(field) {
	return h('div', { class: 'cards' }, (field.options ?? []).map((o) => {
		const id = `field-${field.name}-${o.value}`;

		return h('label', { class: 'choice', for: id, 'aria-disabled': o.reason ? 'true' : null },
			h('input', {
				type: 'radio', id, name: field.name, value: o.value, checked: o.value === field.value,
				disabled: Boolean(o.reason),
			}),
			h('span', null, h('strong', null, o.label), h('span', { class: 'quiet' }, o.text ?? ''),
				o.reason && h('span', { class: 'reason' }, `Not here: ${o.reason}`)));
	}));
}

/**
 * A field with its label, hint, and places for what follows and what is wrong.
 * @param {Field} field
 */
function row(field) {
	const id = `field-${field.name}`;
	const help = [
		field.hint && h('p', { class: 'hint', id: `${id}-hint` }, field.hint),
		field.follows && h('p', { class: 'follows', id: `${id}-follows`, 'aria-live': 'polite' }),
		h('p', { class: 'error', id: `${id}-error`, hidden: true }),
	];

	if (field.kind === 'cards')
		return h('fieldset', { 'data-field': field.name }, h('legend', null, field.label), cards(field),
			...help);
	if (field.kind === 'checkbox')
		return h('div', { class: 'field check', 'data-field': field.name },
			h('label', { for: id }, control(field), field.label), ...help);
	return h('div', { class: 'field', 'data-field': field.name },
		h('label', { for: id }, field.label), control(field), ...help);
}

/** One form that is open. */
class Open {
	/** @param {Form} form */
	constructor(form) {
		this.form = form;
		this.busy = false;
		this.alert = h('p', { class: 'error', role: 'alert', hidden: true });
		this.submit = h('button', { type: 'submit', class: 'primary' }, form.verb);
		this.element = h('form', {
			novalidate: true, oninput: (/** @type {Event} */ event) => this.typed(event),
			onsubmit: (/** @type {Event} */ event) => {
				event.preventDefault();
				this.send();
			},
		}, form.intro, form.fields.map(row), this.alert,
		h('div', { class: 'actions' }, opener('Cancel', () => this.dialog.close()), this.submit));
		this.dialog = dialog(form.title, this.element);
		this.update();
		this.find('input:not(:disabled), select')?.focus();
	}

	/** @returns {Values} */
	get values() {
		/** @type {Values} */
		const values = {};

		for (const { name } of this.form.fields)
			values[name] = '';
		for (const [name, value] of new FormData(this.element))
			values[name] = String(value).trim();
		return values;
	}

	/** @param {string} selector */
	find(selector) {
		return /** @type {HTMLElement | null} */ (this.element.querySelector(selector));
	}

	/** The fields that are to be seen. */
	shown() {
		const values = this.values;

		return this.form.fields.filter((field) => field.shown?.(values) ?? true);
	}

	/** Shows and hides fields, and says what follows from what was typed. */
	update() {
		const values = this.values;
		const shown = this.shown();

		for (const field of this.form.fields) {
			const element = this.find(`[data-field="${field.name}"]`);
			const follows = this.find(`#field-${field.name}-follows`);

			if (element)
				element.hidden = !shown.includes(field);
			if (follows)
				follows.textContent = field.follows?.(values) ?? '';
		}
	}

	/**
	 * Says what is wrong with a field, or that nothing is.
	 * @param {Field} field
	 * @param {string | null} error
	 */
	mark(field, error) {
		const place = this.find(`#field-${field.name}-error`);
		const control = this.find(`[name="${field.name}"]`);

		if (!place || !control)
			return;
		place.textContent = error ?? '';
		place.hidden = !error;
		control.toggleAttribute('aria-invalid', Boolean(error));
		if (error)
			control.setAttribute('aria-invalid', 'true');
		control.setAttribute('aria-describedby', ['hint', 'follows', 'error']
			.map((kind) => `field-${field.name}-${kind}`).filter((id) => this.find(`#${id}`)).join(' '));
	}

	/**
	 * Fills in several fields.
	 * @param {Values | null} values
	 */
	spread(values) {
		for (const [name, value] of Object.entries(values ?? {})) {
			const control = this.find(`[name="${name}"]`);

			if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement)
				control.value = value;
		}
	}

	/** @param {Event} event */
	typed(event) {
		const name = event.target instanceof Element ? event.target.getAttribute('name') : null;
		const field = this.form.fields.find((f) => f.name === name);

		this.spread(field?.spread?.(this.values[field.name]) ?? null);
		const values = this.values;
		this.update();
		this.alert.hidden = true;
		/* While typing only what was wrong already is judged anew; and what can be told early. */
		if (field?.check && values[field.name] !== '')
			this.mark(field, field.check(values[field.name], values));
		else if (field)
			this.mark(field, null);
	}

	/** Marks every field that is wrong. Returns whether none is. */
	check() {
		const values = this.values;
		let first = null;

		for (const field of this.shown()) {
			const error = field.check?.(values[field.name], values) ?? null;

			this.mark(field, error);
			if (error && !first)
				first = this.find(`[name="${field.name}"]`);
		}
		first?.focus();
		return !first;
	}

	/**
	 * Puts the daemon's errors where they belong.
	 * @param {unknown} error
	 */
	refused(error) {
		const problem = error instanceof ApiError ? error.problem : null;
		let first = null;

		for (const { pointer, detail } of problem?.errors ?? []) {
			const name = pointer.split('/').slice(1).join('.');
			const field = this.shown().find((f) => f.name === name || f.name === name.split('.')[0]);

			if (!field)
				continue;
			this.mark(field, detail);
			first ??= this.find(`[name="${field.name}"]`);
		}
		this.alert.textContent = error instanceof Error ? error.message : String(error);
		this.alert.hidden = false;
		(first ?? this.submit).focus();
	}

	async send() {
		if (this.busy || !this.check())
			return;
		this.busy = true;
		this.submit.setAttribute('aria-busy', 'true');
		try {
			const done = await this.form.send(this.values);
			this.dialog.close();
			note(done);
		} catch (error) {
			this.refused(error);
		} finally {
			this.busy = false;
			this.submit.removeAttribute('aria-busy');
		}
	}
}

/**
 * Opens a form.
 * @param {Form} form
 */
export function openForm(form) {
	return new Open(form);
}
