// SPDX-License-Identifier: BSD-2-Clause
// Cases of a scenario, reported as tests/README.md says.
import assert from 'node:assert/strict';

export const base: string = process.argv[2] ?? 'http://127.0.0.1:8080';

/** Runs one case; the scenario ends with the first that fails, since the others build on it. */
export async function step(name: string, action: () => Promise<void>): Promise<void> {
	try {
		await action();
	} catch (error) {
		console.log(`not ok ${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
		console.error(error);
		process.exit(1);
	}
	console.log(`ok ${name}`);
}

/** What a client's call returns, if it has worked. */
export function must<T>(result: { data?: T; error?: unknown }): T {
	assert.equal(result.error, undefined, JSON.stringify(result.error));
	assert.notEqual(result.data, undefined);
	return result.data as T;
}
