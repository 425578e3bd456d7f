// SPDX-License-Identifier: BSD-2-Clause
// Names for what openapi.yaml describes; for `tsc --checkJs`, never loaded by a browser.
import type { components } from '../build/client/schema';

type Schemas = components['schemas'];

export type Nic = Schemas['Nic'];
export type Netdev = Schemas['Netdev'];
export type Forward = Schemas['Forward'];
export type Event = Schemas['Event'];
export type Stats = Schemas['Stats'];
export type Problem = Schemas['Problem'];
export type Capabilities = Schemas['Capabilities'];
export type Index = Schemas['Index'];
export type QemuArgs = Schemas['QemuArgs'];
export type Modes = Schemas['Modes'];
export type Mode = Schemas['Mode'];
export type Reach = Schemas['ModeReach'];
