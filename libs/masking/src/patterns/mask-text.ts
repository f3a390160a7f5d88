import type { PatternSet } from './pattern-set.js';
import { LOG_LIMITS, TextMasker, type TextMask } from './text-masker.js';

/**
 * Masks a whole text at once, by the same rules as `TextMasker`.
 * @returns the text with masks in it, and how many there are by class
 */
export const maskText = (
  set: PatternSet,
  text: string,
  mask: TextMask,
): { readonly text: string; readonly counts: ReadonlyMap<string, number> } => {
  const bytes = Buffer.from(text, 'utf8');
  const masker = new TextMasker(set, mask, { heldBytes: Math.max(LOG_LIMITS.heldBytes, bytes.length + 1) });
  const masked = [masker.push(bytes), masker.finish()];
  const counts = masker.take();
  return { text: counts.size === 0 ? text : Buffer.concat(masked).toString('utf8'), counts };
};
