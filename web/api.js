// SPDX-License-Identifier: BSD-2-Clause
// Requests to the daemon, and its stream of events.

/** A refusal, as the daemon explains it (RFC 9457), or the network's. */
export class ApiError extends Error {
	/**
	 * @param {string} what was tried
	 * @param {number} status of HTTP; 0 when there was no answer
	 * @param {import('./types.js').Problem | null} problem
	 */
	constructor(what, status, problem) {
		super(problem?.detail ?? (status ? `The daemon answered ${status}.` :
			'The daemon does not answer.'));
		this.what = what;
		this.status = status;
		this.problem = problem;
	}
}

/**
 * A request.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the answer's JSON, or null
 */
export async function request(method, path, body) {
	const what = `${method} ${path}`;
	let response;

	try {
		response = await fetch(path, {
			method,
			headers: {
				Accept: 'application/json',
				...body && { 'Content-Type': 'application/json' },
			},
			body: body && JSON.stringify(body),
		});
	} catch {
		throw new ApiError(what, 0, null);
	}
	const json = response.headers.get('Content-Type')?.includes('json');
	const answer = json ? await response.json() : null;
	if (!response.ok)
		throw new ApiError(what, response.status, answer);
	return answer;
}

/** @param {string} path */
export const get = (path) => request('GET', path);

/**
 * Listens to /events until it ends, which it reports by throwing.
 * @param {string} query
 * @param {AbortSignal} signal ends it as well
 * @param {() => void} heard is called whenever something has come, a comment too
 * @param {(event: import('./types.js').Event) => void} take gets each event
 */
export async function listen(query, signal, heard, take) {
	const response = await fetch(`/events?${query}`, { signal });
	if (!response.ok || !response.body)
		throw new ApiError('GET /events', response.status, null);
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = '';

	for (;;) {
		const { value, done } = await reader.read();
		if (done)
			throw new ApiError('GET /events', 0, null);
		heard();
		const blocks = (text + value).split('\n\n');
		text = blocks.pop() ?? '';
		for (const block of blocks) {
			const data = block.split('\n').filter((line) => line.startsWith('data:'));
			if (data.length)
				take(JSON.parse(data.map((line) => line.slice(5)).join('\n')));
		}
	}
}
