// Violations to plant, one set per rule. The tree they stand in is a skeleton of the repository: the same rooms, the real
// configuration of both linters, and nothing else, so that what is reported is what was planted.

/** A file of the skeleton. */
export interface Plant {
  readonly path: string;
  readonly text: string;
  /** false: only there for another one, which is reported */
  readonly reported?: false;
}

/** A rule of the boundary linter as its configuration gives it. */
export interface BoundaryRule {
  readonly name: string;
  readonly to: { readonly path?: string };
}

const imports = (...modules: readonly string[]) => modules.map((module) => `import '${module}';`).join('\n');

/** One set of files per boundary rule that has a name of its own; the first file is the one that must be reported. */
const plantsByName: Readonly<Record<string, readonly Plant[]>> = {
  'no-circular': [
    {
      path: 'libs/audit/src/circle-a.ts',
      text: "import { b } from './circle-b.js';\nexport const a = (): number => b();",
    },
    {
      path: 'libs/audit/src/circle-b.ts',
      text: "import { a } from './circle-a.js';\nexport const b = (): number => a();",
      reported: false,
    },
  ],
  'libs-not-apps': [{ path: 'libs/audit/src/upward.ts', text: imports('../../../apps/cli/src/main.js') }],
  'apps-not-apps': [{ path: 'apps/cli/src/sideways.ts', text: imports('../../control-api/src/main.js') }],
  'index-only': [{ path: 'apps/cli/src/through-the-window.ts', text: imports('../../../libs/platform/src/inside.js') }],
  'through-the-gate': [
    {
      path: 'apps/postgres-gateway/src/around-the-gate.ts',
      text: "import { room } from '@app/policy';\nexport const x = room;",
    },
  ],
  pure: [
    { path: 'libs/sql/src/impure.ts', text: imports('node:fs') },
    { path: 'libs/policy/src/decide.ts', text: imports('node:fs') },
    { path: 'libs/masking/src/impure.ts', text: imports('@nestjs/common') },
    { path: 'apps/kube-gateway/src/request/impure.ts', text: imports('node:fs') },
    { path: 'apps/kube-gateway/src/redaction/impure.ts', text: imports('@nestjs/common') },
  ],
  sockets: [{ path: 'libs/audit/src/socket.ts', text: imports('node:net') }],
};

/** What must be allowed: the same places, used as they should be. */
export const honest: readonly Plant[] = [
  {
    path: 'apps/postgres-gateway/src/types-only.ts',
    text: "import type { Room } from '@app/policy';\nexport type Mine = Room;",
  },
  { path: 'apps/postgres-gateway/src/some.module.ts', text: imports('@app/policy', '@app/audit') },
  { path: 'libs/store/src/honest.ts', text: imports('@app/audit', 'typeorm', 'pg') },
];

/** The violations of one rule; empty when nobody knows how to break it, which is a failure of the test that asks. */
export function plantsFor(rule: BoundaryRule, rooms: readonly string[]): readonly Plant[] {
  const room = /^(.+)-direction$/u.exec(rule.name)?.[1];
  if (room !== undefined) {
    const others = rooms.filter((other) => other !== room).map((other) => `@app/${other}`);
    return [{ path: `libs/${room}/src/everywhere.ts`, text: imports(...others) }];
  }
  if (rule.name.startsWith('only-in: ')) return packagesOf(rule).map(plantPackage);
  return plantsByName[rule.name] ?? [];
}

/** The packages a rule keeps in one room: those that its pattern names in full. */
export function packagesOf(rule: BoundaryRule): string[] {
  const pattern = /^node_modules\/\((.*)\)\/$/u.exec(rule.to.path ?? '')?.[1] ?? '';
  // an alternative is a name, or a scope with the names inside it in parentheses
  const alternatives = [...pattern.matchAll(/([^|(]*)\(([^)]*)\)|([^|]+)/gu)];
  return alternatives
    .flatMap(([, scope = '', inside, name = '']) => inside?.split('|').map((part) => scope + part) ?? [name])
    .filter((name) => /^(@[a-z-]+\/)?[a-z-]+$/u.test(name));
}

// libs/gate is home to no package
function plantPackage(name: string): Plant {
  return { path: `libs/gate/src/uses-${name.replaceAll(/[@/]/gu, '')}.ts`, text: imports(name) };
}

/** What the code linter must report, by the code it says. */
export const lintPlants: readonly (Plant & { readonly code: string })[] = [
  {
    code: 'typescript(no-explicit-any)',
    path: 'libs/audit/src/planted-any.ts',
    text: 'export function f(x: any): unknown { return x; }',
  },
  {
    code: 'typescript(no-floating-promises)',
    path: 'libs/audit/src/planted-floating.ts',
    text: 'async function work(): Promise<void> {}\nexport function start(): void { work(); }',
  },
  {
    code: 'typescript(no-misused-promises)',
    path: 'libs/audit/src/planted-misused.ts',
    text: 'async function ready(): Promise<boolean> { return true; }\nexport const f = (): number => (ready() ? 1 : 2);',
  },
  {
    code: 'typescript(switch-exhaustiveness-check)',
    path: 'libs/audit/src/planted-switch.ts',
    text: "export function f(x: 'a' | 'b'): void { switch (x) { case 'a': break; } }",
  },
  {
    code: 'eslint(no-restricted-globals)',
    path: 'libs/sql/src/planted-date.ts',
    text: 'export const now = (): number => Date.now();',
  },
  {
    code: 'eslint(no-restricted-globals)',
    path: 'libs/masking/src/planted-process.ts',
    text: "export const home = (): string | undefined => process.env['HOME'];",
  },
  {
    code: 'import(no-cycle)',
    path: 'libs/audit/src/planted-cycle-a.ts',
    text: "import { b } from './planted-cycle-b.js';\nexport const a = (): number => b();",
  },
  {
    code: 'import(no-cycle)',
    path: 'libs/audit/src/planted-cycle-b.ts',
    text: "import { a } from './planted-cycle-a.js';\nexport const b = (): number => a();",
  },
];
