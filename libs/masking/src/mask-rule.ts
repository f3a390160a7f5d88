import type { Pseudonyms, PseudonymShape } from './pseudonyms/pseudonyms.js';
import { type Bucket, type Buckets, bucketsOf } from './values/buckets.js';

/** What a partial mask lets through: `****@example.com`, `****6467`, `A. K.`, `1984-01-01`. */
export type Keep = KeptText | 'year';

/** Parts of texts. */
export type KeptText = 'domain' | 'last4' | 'initials';

/** How one column is masked. `constant` is a fixed value of the column's own type. */
export type MaskRule =
  | { readonly mode: 'constant' }
  /** the constant in every row, NULL or not, of the same shape: of a computed value even that would answer a question */
  | { readonly mode: 'same' }
  | { readonly mode: 'null' }
  | { readonly mode: 'partial'; readonly keep: KeptText }
  /** the lower bound of the bucket a number, date or time lies in */
  | { readonly mode: 'bucket'; readonly buckets: Buckets }
  /** the same stand-in for the same value, wherever the class occurs */
  | { readonly mode: 'pseudonym'; readonly pseudonyms: Pseudonyms }
  /**
   * text that a server prints of a definition: its literals are hidden, all else is kept; NULL for types that hold no text. `names`: only
   * a text that is a single name is shown
   */
  | { readonly mode: 'definition'; readonly names?: boolean };

/** The `mask` member of a `protect` entry as the configuration file has it. */
export type MaskConfig =
  | undefined
  | 'null'
  | 'constant'
  | 'pseudonym'
  | { readonly keep: Keep }
  | { readonly bucket: Bucket }
  | { readonly pseudonym: 'email' };

/**
 * The rule a `mask` setting means; left out, it is the constant.
 * @param pseudonymsOf makes those of the class, once for all columns that share them
 * @throws RangeError for a bucket that is none
 */
export const maskRuleFromConfig = (
  config: MaskConfig,
  pseudonymsOf: (shape: PseudonymShape) => Pseudonyms,
): MaskRule => {
  if (config === undefined || config === 'constant') return { mode: 'constant' };
  if (config === 'null') return { mode: 'null' };
  if (config === 'pseudonym') return { mode: 'pseudonym', pseudonyms: pseudonymsOf('code') };
  if ('pseudonym' in config) return { mode: 'pseudonym', pseudonyms: pseudonymsOf(config.pseudonym) };
  if ('bucket' in config) return { mode: 'bucket', buckets: bucketsOf(config.bucket) };
  if (config.keep === 'year') return { mode: 'bucket', buckets: bucketsOf('year') };
  return { mode: 'partial', keep: config.keep };
};
