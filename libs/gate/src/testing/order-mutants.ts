import { Journal, type JournalEntry } from '@app/audit';
import type { Admission } from '../admission.js';
import type { ResultChunk, ResultEnd } from '../described.js';
import { Gate } from '../gate.js';
import type { LaneFacts } from '../lane-facts.js';
import { type GateServices, type LaneSinks, type Receipt, SessionLane } from '../session-lane.js';
import { WatermarkQueue } from '../watermark-queue.js';

// Mistakes that would break the order of events. Each must be seen by the schedules, or they prove nothing about the right code.

type LaneArguments = ConstructorParameters<typeof SessionLane>;

function gateWith(lane: new (...given: LaneArguments) => SessionLane): new (services: GateServices) => Gate {
  return class extends Gate {
    protected override newLane(facts: LaneFacts, sinks: LaneSinks, waiting: Set<SessionLane>): SessionLane {
      return new lane(this.services, facts, sinks, waiting);
    }
  };
}

class ReleasesAtOnce extends SessionLane {
  override release(_receipt: Receipt, chunks: readonly Uint8Array[]): void {
    super.release(-1 as Receipt, chunks);
  }
}

class ForwardsAtOnce extends SessionLane {
  override forward(_admission: Admission, chunks: readonly Uint8Array[]): void {
    super.forwardProtocol(chunks);
  }
}

class BeginsAtOnce extends SessionLane {
  override begin(_admission: Admission, step: () => void): void {
    step();
  }
}

class ForwardsInputAtOnce extends SessionLane {
  override forwardAfter(_receipt: Receipt, chunks: readonly Uint8Array[]): void {
    super.forwardProtocol(chunks);
  }
}

class RecordsInputOnce extends SessionLane {
  override input(admission: Admission, chunk: ResultChunk): Receipt {
    return admission.inputs === 0 ? super.input(admission, chunk) : this.receipt();
  }
}

class WorksAfterItLeft extends SessionLane {
  override leave(): void {}
}

class WaitsForTheFirstOnly extends SessionLane {
  override forwardAll(admissions: readonly Admission[], chunks: readonly Uint8Array[]): void {
    super.forwardAll(admissions.slice(0, 1), chunks);
  }
}

class ReleasesOnWritten extends SessionLane {
  constructor(...[services, facts, sinks, waiting]: LaneArguments) {
    super(services, { ...facts, release: 'written' }, sinks, waiting);
  }
}

class TakesReceiptTooEarly extends SessionLane {
  override receipt(): Receipt {
    return (super.receipt() - 1) as Receipt;
  }
}

class RecordsAfterRelease extends SessionLane {
  #later: (() => void)[] = [];

  override result(admission: Admission, chunk: ResultChunk, end: ResultEnd | null): Receipt {
    this.#later.push(() => super.result(admission, chunk, end));
    return this.receipt();
  }

  override release(receipt: Receipt, chunks: readonly Uint8Array[]): void {
    super.release(receipt, chunks);
    for (const record of this.#later.splice(0)) record();
  }
}

class ForgetsTheIntent extends SessionLane {
  override recordIntent(): void {}
}

class EndsTwice extends SessionLane {
  override settle(admission: Admission, end: ResultEnd, settles: readonly string[]): Receipt {
    admission.ended = false;
    return super.settle(admission, end, settles);
  }
}

class GoesOnAfterTheEnd extends SessionLane {
  override end(): void {}
}

class Overtaking extends WatermarkQueue {
  readonly #sink: (chunks: readonly Uint8Array[]) => void;

  constructor(sink: (chunks: readonly Uint8Array[]) => void) {
    super(sink);
    this.#sink = sink;
  }

  override push(after: number, chunks: readonly Uint8Array[], watermark: number): void {
    if (after <= watermark) this.#sink(chunks);
    else super.push(after, chunks, watermark);
  }
}

class OvertakingLane extends SessionLane {
  protected override newQueue(sink: (chunks: readonly Uint8Array[]) => void): WatermarkQueue {
    return new Overtaking(sink);
  }
}

class ForgottenLane extends SessionLane {
  constructor(...[services, facts, sinks]: LaneArguments) {
    super(services, facts, sinks, new Set());
  }
}

/** The port with one lie in it. */
class LyingJournal extends Journal {
  constructor(
    protected readonly real: Journal,
    readonly lies: { readonly durable?: boolean; readonly state?: boolean },
  ) {
    super();
  }

  override get epoch(): string {
    return this.real.epoch;
  }

  override get durable(): number {
    return this.lies.durable ? this.real.written : this.real.durable;
  }

  override get written(): number {
    return this.real.written;
  }

  override get state(): Journal['state'] {
    return this.lies.state && this.real.state === 'poisoned' ? 'open' : this.real.state;
  }

  override get stateReason(): string | null {
    return this.real.stateReason;
  }

  override append(entry: JournalEntry): number {
    if (this.lies.state && this.real.state === 'poisoned') return this.real.durable;
    return this.real.append(entry);
  }

  override onAdvance(listener: () => void): () => void {
    return this.real.onAdvance(listener);
  }
}

/** How the gate of a schedule is made. */
export type GateMaker = (services: GateServices) => Gate;

const withLane =
  (lane: new (...given: LaneArguments) => SessionLane): GateMaker =>
  (services) =>
    new (gateWith(lane))(services);

const withJournal =
  (lies: LyingJournal['lies']): GateMaker =>
  (services) =>
    new Gate({
      journal: new LyingJournal(services.journal, lies),
      decide: (principal, operation, now, situation) => services.decide(principal, operation, now, situation),
      denied: (principal) => services.denied(principal),
      now: () => services.now(),
      newId: (now) => services.newId(now),
      after: (ms, call) => services.after(ms, call),
      approvals: services.approvals,
    });

export const orderMutants = {
  'releases without waiting': withLane(ReleasesAtOnce),
  'forwards a write at once': withLane(ForwardsAtOnce),
  'begins a write at once': withLane(BeginsAtOnce),
  'forwards input at once': withLane(ForwardsInputAtOnce),
  'records the first input only': withLane(RecordsInputOnce),
  'goes on in a lane that was left': withLane(WorksAfterItLeft),
  'waits for the first write of a message only': withLane(WaitsForTheFirstOnly),
  'releases on written where durable is asked': withLane(ReleasesOnWritten),
  'takes written for durable everywhere': withJournal({ durable: true }),
  'lets later bytes overtake': withLane(OvertakingLane),
  'takes the receipt before the event': withLane(TakesReceiptTooEarly),
  'records a result after its release': withLane(RecordsAfterRelease),
  'writes no intent': withLane(ForgetsTheIntent),
  'ends an operation twice': withLane(EndsTwice),
  'goes on after the record failed': withJournal({ state: true }),
  'does not end a session whose record failed': withLane(GoesOnAfterTheEnd),
  'forgets who waits': withLane(ForgottenLane),
} satisfies Record<string, GateMaker>;

export type OrderMutant = keyof typeof orderMutants;
