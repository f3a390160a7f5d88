import type { FoundHere } from '@app/gate';
import { type DetectRules, type DetectStep, type FoundCount, FoundValues } from '@app/masking';
import type { SentStatement } from './sent-statement.js';

/** What stands for a text in which something was found. */
export const HIDDEN_TEXT = '****';

/** What the author of a statement wrote: what stands there they know already. */
export function ownTexts(sent: Pick<SentStatement, 'text' | 'values'>): Uint8Array[] {
  return [Buffer.from(sent.text), sent.values()];
}

/** What was found in a result, for the record. @param columns names in order */
export function foundInColumns(
  counts: readonly FoundCount[],
  columns: readonly { readonly name: string }[],
): FoundHere[] {
  return counts.map(({ column, name, action, values }) => ({
    in: 'column',
    name: columns[column]?.name ?? null,
    detector: name,
    action,
    values,
  }));
}

/** What detectors say of texts beside the rows. */
export interface FoundInMessage {
  /** it must not leave as it is */
  readonly held: boolean;
  readonly found: readonly FoundHere[];
}

const CLEAN: FoundInMessage = { held: false, found: [] };

/**
 * Looks through the texts of a message that would pass. An answer cannot be refused there: what would refuse a result hides the text.
 * @param sent the statement it answers; null: it is not known
 */
export function findInMessage(
  rules: DetectRules | null,
  where: { readonly in: FoundHere['in']; readonly name: string | null },
  texts: Iterable<string>,
  sent: Pick<SentStatement, 'text' | 'values'> | null,
): FoundInMessage {
  if (rules === null) return CLEAN;
  const step: DetectStep = { kind: 'detect', rules, lengths: false, fallback: null };
  const values = new FoundValues(() => (sent === null ? [] : ownTexts(sent)));
  let held = false;
  for (const text of texts) {
    const bytes = Buffer.from(text);
    if (values.holds(0, step, bytes, 0, bytes.length)) held = true;
  }
  const found = values.take().map(({ name, action, values: count }) => ({
    ...where,
    detector: name,
    action: action === 'refuse' ? ('mask' as const) : action,
    values: count,
  }));
  return held || found.length > 0 ? { held, found } : CLEAN;
}
