import { Flusher } from '../flusher.js';

/** Mistakes that writers of journals make. Each must be seen by the simulator, or it proves nothing about the right code. */
export const mutants = {
  'no fsync': class extends Flusher {
    protected override sync(done: (error: Error | null) => void): void {
      setImmediate(done, null);
    }
  },
  'ack before sync': class extends Flusher {
    protected override durableOnWrite(): boolean {
      return true;
    }
  },
  'ignore short write': class extends Flusher {
    protected override isShort(): boolean {
      return false;
    }
  },
  'retry failed fsync': class extends Flusher {
    protected override syncFailed(_error: Error, _goOn: () => void, again: () => void): void {
      again();
    }
  },
  'swallow errors': class extends Flusher {
    protected override failed(_what: string, _error: Error, goOn: () => void): void {
      goOn();
    }
  },
};

export type Mutant = keyof typeof mutants;
