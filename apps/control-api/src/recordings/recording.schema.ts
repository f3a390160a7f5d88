import { z } from 'zod';

const text = z.string().nullable();

export const recordedFrame = z
  .tuple([
    z.number().describe('ms since the command began'),
    z.string().describe('`i` stdin, `o` stdout, `e` stderr, `r` resize (COLSxROWS), `x` exit code'),
    z.union([
      z.string(),
      z.object({ b64: z.string() }).describe('What is no text.'),
      z
        .object({ bytes: z.number(), sha256: z.string(), unmasked: z.boolean().optional() })
        .describe('What was not kept: its size, and the hash of all of that channel that was not kept so far.'),
    ]),
  ])
  .meta({ id: 'RecordedFrame' });

const about = {
  operation: z.string(),
  session: text,
  target: text,
  command: z.string().describe('As people type it; empty: erased.'),
  tty: z.boolean(),
  startedAt: z.string(),
  durationMs: z.number().nullable(),
};

/** What went in and out of one command. */
export const recordingSchema = z
  .object({
    ...about,
    frames: z.array(recordedFrame),
    complete: z.boolean().describe('False: it goes on, or more was recorded than one answer holds.'),
    erased: z.boolean().describe('True: the key of its bodies was destroyed.'),
  })
  .meta({ id: 'Recording' });

export const recordingPage = z
  .object({ items: z.array(z.object(about).meta({ id: 'RecordingSummary' })), next: text })
  .meta({ id: 'RecordingPage' });

export type RecordedFrameJson = z.infer<typeof recordedFrame>;
export type RecordingJson = z.infer<typeof recordingSchema>;
export type RecordingPageJson = z.infer<typeof recordingPage>;
