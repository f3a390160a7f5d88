import type { TextScan } from './text-scan.js';

/** What a detector is called in the configuration, in the record and in `detect`. */
export type DetectorName =
  | 'email'
  | 'phone'
  | 'card'
  | 'iban'
  | 'us-ssn'
  | 'uk-nino'
  | 'pl-pesel'
  | 'es-dni'
  | 'fr-nir'
  | 'de-steuer-id'
  | 'it-codice-fiscale'
  | 'jwt'
  | 'private-key'
  | 'aws-key'
  | 'google-key'
  | 'github-token'
  | 'slack-token'
  | 'stripe-key'
  | 'ai-key'
  | 'service-token'
  | 'connection-string';

/** One kind of value that is told by its own shape. */
export interface Detector {
  readonly name: DetectorName;
  /** what it finds, one line for people */
  readonly description: string;
  /** precise enough to run where nobody asked for it */
  readonly standard: boolean;
}

/**
 * Looks at one place of a text. It reads a bounded number of bytes around the place, or only bytes that no later place reads again: the
 * time for a text is linear in its length, whatever it says.
 */
export interface Finder {
  /** the one or two bytes at which it looks; `0`: where a number begins, with the digits read */
  readonly starts: readonly string[];
  /** @returns whether the value is here; `scan.start` and `scan.end` say where */
  find(scan: TextScan, at: number): boolean;
}

/** A detector with what it looks for. */
export interface WorkingDetector extends Detector {
  readonly finders: readonly Finder[];
}

/** where a number begins */
export const NUMBER = '0';
