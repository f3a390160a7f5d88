import type { Shape } from './number-shapes.js';
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
export type Find = (scan: TextScan, at: number) => boolean;

/** It looks where some text stands. */
export interface TextFinder {
  /** ASCII; what follows a digit in it is not compared */
  readonly text: string;
  /** letters of the text may have any case */
  readonly anyCase?: true;
  /** @param at where the text begins. @returns whether the value is here; `scan.start` and `scan.end` say where */
  readonly find: Find;
}

/** It looks where a number begins. */
export interface NumberFinder {
  /** sizes of groups of digits, from the first on: the first two are compared, or only the first where there is no other */
  readonly shapes: readonly Shape[];
  /** a letter stands directly before the first digit */
  readonly behindLetter?: true;
  /** @param at the first digit, with `scan.groups` there. @returns as of the other one */
  readonly find: Find;
}

/** A detector with what it looks for. */
export interface WorkingDetector extends Detector {
  readonly texts?: readonly TextFinder[];
  readonly numbers?: readonly NumberFinder[];
}
