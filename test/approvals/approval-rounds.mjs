import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { personOf, scratchFolder, sleep, until } from '../support/sallyport.mjs';
import { judge } from './judge.mjs';
import { live } from './life.mjs';
import { Reviewer } from './reviewer.mjs';
import { clientOptions, startSetting } from './setting.mjs';
import { StepWatch } from './step-watch.mjs';
import { victimsOf } from './victims.mjs';

/** Folder of one epoch. */
const EPOCH = /^[0-9a-f]{32}$/;

/**
 * Where in its life an approval is when something dies: on which word of the databases or the reviewer, and how much later, in ms. What lies
 * between two words (the decision before it is committed, the intent, the bytes on their way) is hit by chance, in many rounds.
 */
const STEPS = {
  asked: { on: 'asked', later: 0 },
  'decided before commit': { on: 'deciding', later: 12 },
  approved: { on: 'approved', later: 0 },
  consumed: { on: 'used', later: 0 },
  intent: { on: 'used', later: 10 },
  forwarded: { on: 'used', later: 25 },
  ran: { on: 'ran', later: 0 },
};

/**
 * Kills gateway workers, the control API, the record's PostgreSQL and Redis at each step of the life of approvals, and counts.
 * @param options `rounds` through all of them, `clients` at once, `only` names of victims, `at` names of steps; left out: all
 */
export async function approvalRounds(tally, { rounds, clients, only, at }) {
  const scratch = scratchFolder('approvals');
  const setting = await startSetting(scratch);
  const { sallyport, audit, target, redis } = setting;
  try {
    const { file } = sallyport;
    let heard = () => undefined;
    const reviewer = new Reviewer(file, personOf(file, 'carol'), () => heard('deciding'));
    const told = new Set();
    const lives = [];
    const asked = (id) => {
      told.add(id);
      return reviewer.approve(id);
    };
    const options = clientOptions(file, personOf(file, 'alice'));
    const watch = new StepWatch((step) => heard(step));
    const victims = Object.entries(victimsOf(setting)).filter(([name]) => only?.includes(name) ?? true);
    const steps = Object.entries(STEPS).filter(([name]) => at?.includes(name) ?? true);
    const hits = new Map();
    for (let round = 1; round <= rounds; round++)
      for (const [victim, { kill, back }] of victims)
        for (const [step, { on, later }] of steps) {
          await watch.start(setting);
          const struck = new Promise((resolve, reject) => {
            heard = (word) => {
              if (word !== on) return;
              heard = () => undefined;
              const strike = async () => {
                await kill();
                await back();
              };
              if (later === 0) strike().then(resolve, reject);
              else
                sleep(Math.random() * later)
                  .then(strike)
                  .then(resolve, reject);
            };
          });
          const keys = Array.from({ length: clients }, (_, i) => `${round} ${victim} ${step} ${i}`);
          lives.push(...keys);
          const sent = await Promise.all([...keys.map((key) => live({ options, key, asked })), struck]);
          const again = sent.slice(0, clients).filter((times) => times > 1).length;
          hits.set(victim, (hits.get(victim) ?? 0) + again);
          await watch.stop();
          tally.progress(
            `round ${round} of ${rounds}: ${victim} killed at "${step}", ${again} of ${clients} sent again`,
          );
        }
    await shippedOut(join(scratch, 'journal'));
    tally.check(
      `${victims.map(([name]) => name).join(', ')} killed at each of ${steps.length} steps, ${rounds} times`,
      true,
      [...hits].map(([name, count]) => `${name}: ${count} writes were sent again`).join('; '),
    );
    await sallyport.stop();
    await judge(tally, { audit, target, told, acknowledged: reviewer.acknowledged, lives });
  } catch (error) {
    throw new Error(`${error.stack}\n${sallyport.output().slice(-4_000)}`, { cause: error });
  } finally {
    await sallyport.stop();
    await Promise.all([target.stop(), audit.stop(), redis?.stop()]);
  }
}

/** Waits until dead workers' epochs are in the audit database whole: what is shipped is removed. */
async function shippedOut(journal) {
  const gateway = join(journal, 'postgres-gateway');
  const slots = [join(journal, 'control'), ...readdirSync(gateway).map((slot) => join(gateway, slot))];
  const left = () => slots.map((slot) => readdirSync(slot).filter((name) => EPOCH.test(name)).length);
  await until(() => left().every((epochs) => epochs <= 1), 180_000, 'that the record of dead workers is shipped');
}
