import type { PartialConfig } from './types.js';
import type { KeyPath } from './yaml-source.js';

/** Something that only shows when sections are seen together. */
export interface Finding {
  readonly path: KeyPath;
  readonly message: string;
}

/** A configuration whose sections are in order, each by itself. */
export type Parsed = Omit<PartialConfig, 'warnings' | 'given'>;
