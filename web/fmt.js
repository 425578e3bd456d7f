// SPDX-License-Identifier: BSD-2-Clause
// Numbers, times and addresses for people.

/**
 * @param {number} value
 * @param {string[]} units each a thousand of the one before
 */
function scaled(value, units) {
	let unit = 0;

	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
	return `${value.toFixed(digits)} ${units[unit]}`;
}

/** @param {number} bytesPerSecond */
export function rate(bytesPerSecond) {
	return scaled(Math.round(bytesPerSecond * 8), ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
}

/** @param {number} count */
export function bytes(count) {
	return scaled(count, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** @param {number} number */
export function count(number) {
	return number.toLocaleString('en-GB');
}

/**
 * @param {number} number
 * @param {string} noun
 */
export function plural(number, noun) {
	return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** @param {number} seconds */
export function duration(seconds) {
	const s = Math.max(0, Math.round(seconds));

	if (s < 60)
		return `${s} s`;
	if (s < 3600)
		return `${Math.floor(s / 60)} min ${s % 60} s`;
	if (s < 86400)
		return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
	return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}

/** @param {Date} date */
export function clock(date) {
	return date.toLocaleTimeString('en-GB');
}
