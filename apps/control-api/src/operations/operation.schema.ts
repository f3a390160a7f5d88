import { z } from 'zod';

const text = z.string().nullable();

export const principalSchema = z
  .object({
    user: text,
    groups: z.array(z.string()),
    act: z.array(z.string()).describe('Agents acting for the person, outermost first.'),
    purpose: text,
    method: text,
    iss: text,
    sub: text,
  })
  .meta({ id: 'Principal' });

/** One operation of the record. */
export const operationSchema = z
  .object({
    id: z.string(),
    session: text,
    target: text,
    protocol: text,
    at: z.string().describe('When it was asked for.'),
    durationMs: z.number().nullable(),
    principal: principalSchema.nullable().describe('Null: erased.'),
    effect: text,
    verb: text,
    kinds: z.array(z.string()),
    objects: z.array(z.string()).describe('With their target: `crm.public.customers`, `prod.team-a/pods/web`.'),
    classes: z.array(z.string()).describe('Protected classes it reads.'),
    statement: text.describe('Protected literals masked. Null: erased, unreadable or not recorded.'),
    parameters: z.array(z.unknown()).nullable(),
    decision: z.object({ effect: text, rules: z.array(z.string()), policy: text, approval: text }),
    result: z.object({
      status: z
        .enum(['ok', 'error', 'cancelled', 'skipped', 'refused', 'held', 'running', 'unknown'])
        .describe(
          '`held`: it waits for people. `running`: no end was recorded yet. `unknown`: a crash came in between.',
        ),
      rows: z.number().describe('Rows of a result, items of a list, frames of a stream.'),
      bytes: z.number(),
      columns: z.array(z.object({ name: z.string(), masked: z.number().describe('Values masked.') })),
      complete: z.boolean().describe('False: more chunks may come.'),
      code: text.describe('SQLSTATE or HTTP status of an error, exit code of a command, or the code of a refusal.'),
      message: text,
      tag: text,
    }),
    rows: z
      .array(z.array(z.unknown()))
      .nullable()
      .describe('Masked rows, as far as the recording level keeps them; a list keeps 50 at most.'),
    input: z
      .object({ frames: z.number(), bytes: z.number() })
      .nullable()
      .describe('What was sent into it while it ran.'),
    recording: z.boolean().describe('True: what went in and out can be replayed.'),
    refusal: z.record(z.string(), z.unknown()).nullable(),
    settledBy: z
      .object({ operation: z.string(), status: z.string() })
      .nullable()
      .describe('The COMMIT or ROLLBACK that decided its outcome; only when one operation is shown.'),
    erased: z.boolean().describe('True: the key of its body was destroyed.'),
    unreadable: text.describe('Why the body cannot be read, if it should be readable.'),
    event: z.object({ epoch: z.string(), n: z.number() }),
  })
  .meta({ id: 'Operation' });

export type OperationJson = z.infer<typeof operationSchema>;
export type PrincipalJson = z.infer<typeof principalSchema>;
export type ResultJson = OperationJson['result'];
