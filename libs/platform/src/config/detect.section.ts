import { z } from 'zod';
import { oneOrMany, text } from './scalars.js';
import { splitColumn } from './targets.section.js';

/** Names of the detectors, in the order of docs/detectors.md. */
export const DETECTOR_NAMES = [
  'email',
  'phone',
  'card',
  'iban',
  'us-ssn',
  'uk-nino',
  'pl-pesel',
  'es-dni',
  'fr-nir',
  'de-steuer-id',
  'it-codice-fiscale',
  'jwt',
  'private-key',
  'aws-key',
  'google-key',
  'github-token',
  'slack-token',
  'stripe-key',
  'ai-key',
  'service-token',
  'connection-string',
] as const;

/** What is looked for in values that no protected column explains. */
export function detectSection() {
  const column = text(512)
    .refine((value) => splitColumn(value).length === 4 && splitColumn(value).every((part) => part !== ''), {
      error: 'must have four parts, target.schema.table.column; `*` and `{a,b}` stand for many',
    })
    .meta({ title: 'target.schema.table.column' });
  const entry = z.strictObject({
    name: text(128).describe('Name of the entry, for messages.'),
    targets: oneOrMany(text(63)).describe(
      'The databases; globs allowed. A target with protected columns that no entry names has the standard detectors with `mask`.',
    ),
    detectors: z
      .union([z.enum(['standard', 'all']), z.array(z.enum(DETECTOR_NAMES))], {
        error: `must be standard, all or a list of ${DETECTOR_NAMES.join(', ')}`,
      })
      .prefault('standard')
      .meta({ title: '`standard`, `all` or a list of names' })
      .describe(
        'What is looked for in texts that are proven to come from no protected column; an empty list: nothing. See [detectors.md](detectors.md) for each, and for those that are not standard since other things look like it.',
      ),
    action: z
      .enum(['alert', 'mask', 'refuse'])
      .prefault('mask')
      .describe(
        'What becomes of a value in which something is found: it passes, the mask of its type stands for it, or the result ends before it. The record says in each case how many there were. Of several entries the strictest holds.',
      ),
    except: z
      .array(column)
      .prefault([])
      .describe('Columns that the entry leaves alone: their values are known to look like that. Globs allowed.'),
  });
  return z
    .array(entry)
    .prefault([])
    .describe(
      'A second net under the protected columns: values of personal data and keys that are told by their own shape, in copies that no entry of `protect` names. Applies to databases, to results as well as to errors, notices, notifications and COPY.',
    );
}
