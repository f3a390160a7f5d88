import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { statements } from '../../usefulness/statements.mjs';
import { tryStatements } from '../../usefulness/try-statements.mjs';

/** Of a hundred ordinary statements so many must pass, masked where they must be. */
const passPercent = 95;

/** Ordinary statements over the sample, held against what the target itself answers. */
export async function checkUsefulness(steps, sallyports) {
  const { file, target, person } = await sallyports.shared();
  const { user, token } = person('alice');
  const { host, port } = file.postgres;
  const ssl = { ca: readFileSync(file.ca, 'utf8') };
  const gateway = { host, port, database: 'crm', user, password: token, ssl };
  const outcomes = await tryStatements(statements, { direct: target.direct.superuserUrl, gateway });
  const of = (outcome) => outcomes.filter((one) => one.outcome === outcome);
  const refused = of('refused');
  steps.note(`${outcomes.length} statements: ${of('ran').length} run as they are, ${of('masked').length} masked`);
  for (const { says, message, hint } of refused) steps.note(`refused: ${says}: ${message}. ${hint}`);

  await steps.step('what runs answers as the target does, but for protected columns, which are masked', () => {
    assert.deepEqual(
      of('wrong').map(({ says, message }) => `${says}: ${message}`),
      [],
    );
  });
  await steps.step('what is refused says what would pass', () => {
    // a rule says it in its message, the proof of masks in its hint
    const mute = refused.filter(
      ({ message, hint }) => hint === '' && !message.includes('Ask for something the rules allow'),
    );
    assert.deepEqual(mute, []);
  });
  await steps.step(`at least ${passPercent} % of two hundred and more ordinary statements run`, () => {
    assert.ok(outcomes.length >= 200);
    assert.ok((of('ran').length + of('masked').length) * 100 >= outcomes.length * passPercent);
  });
}
