// SPDX-License-Identifier: BSD-2-Clause
// Elements from data, and the least change that turns what is shown into what should be shown.

/*
 * A view is a function from state to elements. It is called whenever something has changed, and
 * morph() carries the difference into the document: elements that stay the same stay the same
 * objects, so focus, selection, scrolling and open menus survive. Text becomes text nodes and
 * nothing else: there is no way from a string to markup here.
 */

/** @typedef {Node | string | number | false | null | undefined} Child */
/** @typedef {Child | Child[] | Child[][]} Children */
/** @typedef {Record<string, any>} Props attributes; on… functions; `key` tells siblings apart */

const SVG = 'http://www.w3.org/2000/svg';
const HANDLERS = ['onclick', 'onchange', 'oninput', 'onsubmit', 'onkeydown', 'onclose', 'onpaste'];

/**
 * Sets one attribute or handler.
 * @param {Element} element
 * @param {string} name
 * @param {any} value
 */
function set(element, name, value) {
	if (name.startsWith('on')) {
		/** @type {any} */ (element)[name] = value;
	} else if (name === 'style') {
		/* A style attribute is forbidden by our policy; properties set by script are not. */
		for (const [property, text] of Object.entries(value))
			/** @type {HTMLElement} */ (element).style.setProperty(property, text);
	} else if (name.startsWith('aria-') && value !== null && value !== undefined) {
		element.setAttribute(name, String(value));
	} else if (value === true) {
		element.setAttribute(name, '');
	} else if (value !== false && value !== null && value !== undefined) {
		element.setAttribute(name === 'key' ? 'data-key' : name, String(value));
	}
}

/**
 * @param {Element} element
 * @param {Props | null} props
 * @param {Children[]} children
 */
function fill(element, props, children) {
	for (const [name, value] of Object.entries(props ?? {}))
		set(element, name, value);
	for (const child of children.flat(3)) {
		if (child !== false && child !== null && child !== undefined && child !== '')
			element.append(child instanceof Node ? child : String(child));
	}
	return element;
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props | null} [props]
 * @param {...Children} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = null, ...children) {
	const element = document.createElement(tag);
	fill(element, props, children);
	return element;
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Props | null} [props]
 * @param {...Children} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function s(tag, props = null, ...children) {
	const element = document.createElementNS(SVG, tag);
	fill(element, props, children);
	return element;
}

/**
 * Can the one become the other, rather than being replaced by it?
 * @param {Node} old
 * @param {Node} fresh
 */
function alike(old, fresh) {
	if (old.nodeName !== fresh.nodeName)
		return false;
	return !(old instanceof Element) || !(fresh instanceof Element) ||
		old.getAttribute('data-key') === fresh.getAttribute('data-key');
}

/**
 * Makes an element like another one.
 * @param {Element} old is in the document and stays there
 * @param {Element} fresh is taken apart
 */
export function morph(old, fresh) {
	for (const { name } of [...old.attributes]) {
		if (!fresh.hasAttribute(name) && name !== 'style')
			old.removeAttribute(name);
	}
	for (const { name, value } of fresh.attributes) {
		if (name !== 'style' && old.getAttribute(name) !== value)
			old.setAttribute(name, value);
	}
	if (fresh instanceof HTMLElement && old instanceof HTMLElement &&
	    old.style.cssText !== fresh.style.cssText)
		old.style.cssText = fresh.style.cssText;
	for (const name of HANDLERS)
		/** @type {any} */ (old)[name] = /** @type {any} */ (fresh)[name];
	if (old instanceof HTMLSelectElement && fresh instanceof HTMLSelectElement) {
		morphSelect(old, fresh);
		return;
	}
	morphChildren(old, [...fresh.childNodes]);
}

/**
 * Makes the children of an element like these. One that is not found where it was is looked for
 * among those that follow, so an insertion or a removal moves nothing else.
 * @param {Element} parent
 * @param {ChildNode[]} fresh
 */
export function morphChildren(parent, fresh) {
	let at = parent.firstChild;

	for (const child of fresh) {
		let old = at;
		while (old && !alike(old, child))
			old = old.nextSibling;
		if (!old) {
			parent.insertBefore(child, at);
			continue;
		}
		while (at && at !== old) {
			const next = at.nextSibling;
			at.remove();
			at = next;
		}
		at = old.nextSibling;
		if (old instanceof Element)
			morph(old, /** @type {Element} */ (child));
		else if (old.nodeValue !== child.nodeValue)
			old.nodeValue = child.nodeValue;
	}
	while (at) {
		const next = at.nextSibling;
		at.remove();
		at = next;
	}
}

/**
 * A menu that somebody has just opened is left alone.
 * @param {HTMLSelectElement} old
 * @param {HTMLSelectElement} fresh
 */
function morphSelect(old, fresh) {
	const value = fresh.value;

	if (document.activeElement === old && old.innerHTML === fresh.innerHTML)
		return;
	morphChildren(old, [...fresh.childNodes]);
	old.value = value;
}

/**
 * The element with this id, which must be in index.html.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
	const element = document.getElementById(id);

	if (!element)
		throw new Error(`index.html has no #${id}`);
	return element;
}
