import { Injectable } from '@nestjs/common';
import type { OperationFilter, Visibility } from '@app/store';
import { BodyOpener } from '../operations/body-opener.js';
import type { OperationJson } from '../operations/operation.schema.js';
import { OperationsService } from '../operations/operations.service.js';
import type { RecordLine } from '../operations/record-line.js';
import { commandOf, framesOf, holdsFrames, linesWithFrames } from './assemble-recording.js';
import type { RecordedFrameJson, RecordingJson, RecordingPageJson } from './recording.schema.js';

/** bodies opened at a time, and characters of frames that one answer holds */
const BODIES_AT_ONCE = 32;
const ANSWER_CHARACTERS = 64 * 1024 * 1024;

/** Reads the recordings of streams (exec, attach) back. */
@Injectable()
export class RecordingsService {
  constructor(
    private readonly operations: OperationsService,
    private readonly bodies: BodyOpener,
  ) {}

  /** @returns `null`: no such operation, or not for these eyes; `none`: it has no recording */
  async show(id: string, visibleTo: Visibility): Promise<RecordingJson | 'none' | null> {
    const found = await this.operations.read(id, visibleTo);
    if (!found) return null;
    const { frames, recorded, whole, erased } = await this.collect(linesWithFrames(found.lines));
    // of what was erased nobody knows any more
    if (!recorded && !erased) return 'none';
    const operation = await this.operations.describe(found, [found.head]);
    if (!operation) return null;
    return {
      ...summary(operation),
      // input and output are written as they come; within one line they are in order already
      frames: frames.toSorted(([one], [other]) => one - other),
      complete: whole && operation.result.complete,
      erased,
    };
  }

  /** Recordings among the operations of a page; a page may have fewer than its limit. */
  async list(filter: OperationFilter): Promise<RecordingPageJson> {
    const { items, next } = await this.operations.find(filter);
    return { items: items.filter(({ recording }) => recording).map(summary), next };
  }

  private async collect(lines: readonly RecordLine[]) {
    const frames: RecordedFrameJson[] = [];
    let characters = 0;
    let recorded = false;
    let erased = false;
    for (let from = 0; from < lines.length; from += BODIES_AT_ONCE) {
      if (characters > ANSWER_CHARACTERS) return { frames, recorded, whole: false, erased };
      const some = lines.slice(from, from + BODIES_AT_ONCE);
      const opened = await this.bodies.open(some);
      for (const line of some) {
        const body = opened.get(line);
        recorded ||= holdsFrames(body);
        erased ||= body?.state === 'erased';
        for (const frame of framesOf(body)) {
          frames.push(frame);
          characters += sizeOf(frame);
        }
      }
    }
    return { frames, recorded, whole: true, erased };
  }
}

function summary({
  id,
  session,
  target,
  statement,
  at,
  durationMs,
}: OperationJson): RecordingPageJson['items'][number] {
  return { operation: id, session, target, ...commandOf(statement), startedAt: at, durationMs };
}

function sizeOf([, , data]: RecordedFrameJson): number {
  return 32 + (typeof data === 'string' ? data.length : 'b64' in data ? data.b64.length : 100);
}
