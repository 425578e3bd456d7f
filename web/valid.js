// SPDX-License-Identifier: BSD-2-Clause
// IPv4 arithmetic for forms: what follows from what was typed, and what is wrong with it.

/**
 * An IPv4 address as a number, or null.
 * @param {string} text
 */
export function parseAddress(text) {
	const parts = text.trim().split('.');

	if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256))
		return null;
	return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** @param {number} address */
export function formatAddress(address) {
	return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/**
 * @typedef {object} Net
 * @property {number} base first address
 * @property {number} size number of addresses
 * @property {number} bits length of the prefix
 */

/**
 * A network as address/bits. 4 to 29 bits: the gateway, the DNS server and a guest need room.
 * @param {string} text
 * @returns {Net | string} a string says what is wrong
 */
export function parseNet(text) {
	const [address, bits, rest] = text.trim().split('/');
	const number = parseAddress(address ?? '');
	const prefix = Number(bits);

	if (number === null || bits === undefined || rest !== undefined || !/^\d{1,2}$/.test(bits))
		return 'Write the network as address/bits, such as 10.0.2.0/24.';
	if (prefix < 4 || prefix > 29)
		return 'The network must have 4 to 29 bits: gateway, DNS server and guests need room.';
	const size = 2 ** (32 - prefix);
	return { base: Math.floor(number / size) * size, size, bits: prefix };
}

/**
 * The nth address of a network. The 15th of one that has no 15th: the daemon takes another, so this
 * says nothing.
 * @param {Net} net
 * @param {number} n
 */
export function nth(net, n) {
	return n < net.size - 1 ? formatAddress(net.base + n) : null;
}

/**
 * What is wrong with an address that must lie in a network, or null.
 * @param {Net} net
 * @param {string} text
 */
export function hostError(net, text) {
	const address = parseAddress(text);

	if (address === null)
		return `Must be an address, such as ${formatAddress(net.base + 1)}.`;
	if (address < net.base || address >= net.base + net.size)
		return `Address not within the network ${formatAddress(net.base)}/${net.bits}.`;
	if (address === net.base)
		return `Must be an address, such as ${formatAddress(net.base + 1)}: this is the network's.`;
	if (address === net.base + net.size - 1)
		return 'Must be an address: this is the network\'s broadcast address.';
	return null;
}

/**
 * What is wrong with a port, or null.
 * @param {string} text
 * @param {boolean} zero 0 is allowed
 */
export function portError(text, zero) {
	if (!/^\d{1,5}$/.test(text.trim()) || Number(text) > 65535 || (!zero && Number(text) === 0))
		return `A port is a number from ${zero ? 0 : 1} to 65535.`;
	return null;
}

/**
 * What is wrong with a MAC address, or null; '' is none and fine.
 * @param {string} text
 */
export function macError(text) {
	if (text === '')
		return null;
	if (!/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/.test(text))
		return 'Six bytes with colons, such as 52:54:00:12:34:57.';
	return parseInt(text.slice(0, 2), 16) & 1 ? 'This is a group\'s address, not a card\'s.' : null;
}

/**
 * What is wrong with an id, or null; '' is none and fine.
 * @param {string} text
 */
export function idError(text) {
	return text === '' || /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(text) ? null :
		'A letter, then letters, digits, "-", "." or "_".';
}
