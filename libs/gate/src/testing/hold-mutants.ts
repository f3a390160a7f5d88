import type { Approvals, ConsumedGrant, Standing } from '../approvals.port.js';
import type { HeldDescription } from '../hold.js';
import type { MemoryApprovals } from './memory-approvals.js';

// Mistakes that would let a held operation through. Each must be seen by the schedules, or they prove nothing about the right code.

type Describe = () => Promise<HeldDescription>;

interface Mutant {
  approvals(real: MemoryApprovals): Approvals;
  describe(real: Describe): Describe;
}

function around(real: MemoryApprovals, changed: Partial<Approvals>): Approvals {
  const port: Approvals = {
    tenant: real.tenant,
    request: (ask) => real.request(ask),
    settled: (id, signal) => real.settled(id, signal),
    consume: (id, digest, operation) => real.consume(id, digest, operation),
    leave: (id, operation, why) => real.leave(id, operation, why),
    covering: (principal, operation, now) => real.covering(principal, operation, now),
    hash: (bytes) => real.hash(bytes),
  };
  return { ...port, ...changed };
}

const asIs = (real: Describe): Describe => real;

/** As if the wait did not look at the answer of the use. */
const takesAnyUse: Mutant = {
  approvals: (real) =>
    around(real, {
      consume: async (id, digest, operation): Promise<ConsumedGrant> =>
        (await real.consume(id, digest, operation)) ?? { approval: id, unmask: [] },
    }),
  describe: asIs,
};

/** As if a grant were looked at and not used up. */
const usesNothing: Mutant = {
  approvals: (real) =>
    around(real, { consume: (id): Promise<ConsumedGrant> => Promise.resolve({ approval: id, unmask: [] }) }),
  describe: asIs,
};

/** As if the end of a wait were an approval. */
const takesEveryEndForYes: Mutant = {
  approvals: (real) =>
    around(real, {
      settled: async (id, signal): Promise<Standing> => ({ ...(await real.settled(id, signal)), state: 'approved' }),
      consume: (id): Promise<ConsumedGrant> => Promise.resolve({ approval: id, unmask: [] }),
    }),
  describe: asIs,
};

/** As if the operation were not looked at again. */
const describesOnce: Mutant = {
  approvals: (real) => real,
  describe: (real) => {
    let first: Promise<HeldDescription> | null = null;
    return () => (first ??= real());
  },
};

/** As if what the names mean were not bound. */
const bindsTheTextOnly: Mutant = {
  approvals: (real) => real,
  describe: (real) => async () => {
    const seen = await real();
    return { ...seen, binding: { ...seen.binding, objects: [] } };
  },
};

/** As if two of one digest could run by one use. */
const sharesAUse: Mutant = {
  approvals: (real) =>
    around(real, {
      consume: async (id, digest, operation): Promise<ConsumedGrant | null> => {
        const used = await real.consume(id, digest, operation);
        if (used !== null || real.row(id).state !== 'used') return used;
        real.uses.push({ approval: id, digest, operation });
        return { approval: id, unmask: [] };
      },
    }),
  describe: asIs,
};

/** As if a wait went on although its client had given up. */
const neverGivesUp: Mutant = {
  approvals: (real) => around(real, { settled: (id) => real.settled(id, new AbortController().signal) }),
  describe: asIs,
};

export const holdMutants = {
  'takes any use for a good one': takesAnyUse,
  'uses nothing up': usesNothing,
  'takes every end of a wait for a yes': takesEveryEndForYes,
  'describes once': describesOnce,
  'binds the text only': bindsTheTextOnly,
  'lets two run by one use': sharesAUse,
  'never gives up': neverGivesUp,
} satisfies Record<string, Mutant>;

export type HoldMutant = keyof typeof holdMutants;
