import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Node } from '@pgsql/types';
import { loadParser, parseText } from '../parse.js';
import { traceStatement } from './index.js';
import { PLAIN_NODES, TRACED_NODES } from './node-kinds.js';
import { contextOf } from './testing/known-database-spec.js';

beforeAll(loadParser);

/** Every kind of node that the parser's types know. */
function everyKind(): string[] {
  const types = readFileSync(createRequire(import.meta.url).resolve('@pgsql/types/types.d.ts'), 'utf8');
  return [...types.matchAll(/^ {4}(\w+): \1;$/gmu)].map(([, kind = '']) => kind);
}

describe('nodes inside of an expression', () => {
  const place = 'SELECT upper(email) FROM users';

  function withNode(kind: string): Node {
    const node = parseText(place).statements[0]?.node as unknown as {
      SelectStmt: { targetList: { ResTarget: { val: unknown } }[] };
    };
    const [target] = node.SelectStmt.targetList;
    if (target) target.ResTarget.val = { [kind]: {} };
    return node as unknown as Node;
  }

  it('are all known by name', () => {
    const kinds = new Set(everyKind());
    expect(kinds.size).toBeGreaterThan(200);
    expect([...TRACED_NODES].filter((kind) => kind !== '' && !kinds.has(kind))).toEqual([]);
  });

  it('are refused unless they are on the list', () => {
    const context = contextOf();
    const passed = everyKind().filter((kind) => traceStatement(withNode(kind), context).lineage !== 'refused');
    expect(passed.filter((kind) => !TRACED_NODES.has(kind))).toEqual([]);
    expect(passed.length).toBeGreaterThan(10);
  });

  it('stand in docs/lineage-coverage.md with what becomes of them', async () => {
    const context = contextOf();
    const lines = everyKind().flatMap((kind) => {
      const plain = PLAIN_NODES.get(kind);
      const parts = (plain?.parts ?? []).map((part) => `\`${part}\``).join(', ');
      const fails = plain?.partial ? '; of protected values it may fail, which is noted' : '';
      if (plain) return [`- \`${kind}\`: ${parts === '' ? 'carries nothing' : `carries what ${parts} carry${fails}`}`];
      return TRACED_NODES.has(kind) ? [`- \`${kind}\`: looked at by itself`] : [];
    });
    const refused = everyKind().filter(
      (kind) => traceStatement({ [kind]: {} } as unknown as Node, context).lineage === 'refused',
    );
    const text = [
      '# What lineage knows',
      'Each kind of node of the parser that may be an expression, and what a value of it carries. Whatever is not here is refused in the place of an expression. Written and checked by `node-kinds.spec.ts` (`vitest -u` writes it anew).',
      lines.join('\n'),
      `As a statement ${everyKind().length - refused.length} of ${everyKind().length} kinds are looked at when empty; all others are refused before anything in them is.`,
    ].join('\n\n');
    await expect(`${text}\n`).toMatchFileSnapshot('../../../../docs/lineage-coverage.md');
  });
});
