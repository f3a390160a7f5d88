import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { honest, lintPlants, packagesOf, plantsFor, type BoundaryRule, type Plant } from './plants.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { forbidden } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  forbidden: BoundaryRule[];
};
const folders = (name: string) =>
  readdirSync(join(root, name), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const rooms = folders('libs');
const apps = folders('apps');

/** What a room that serves every protocol has no word for. */
const PROTOCOLS = /postgres|kube|\bk8s\b|sqlstate|metav1|\bpods?\b/iu;

const violations = z.object({
  summary: z.object({
    violations: z.array(z.object({ rule: z.object({ name: z.string() }), from: z.string(), to: z.string() })),
  }),
});
const diagnostics = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

/** A skeleton of the repository in a folder of its own, with the given files planted. */
function skeleton(plants: readonly Plant[]): string {
  const top = mkdtempSync(join(tmpdir(), 'sallyport-walls-'));
  const put = ({ path, text }: Plant) => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), `${text}\n`);
  };
  for (const file of ['.dependency-cruiser.cjs', '.oxlintrc.json', 'tsconfig.json', 'package.json'])
    copyFileSync(join(root, file), join(top, file));
  symlinkSync(join(root, 'node_modules'), join(top, 'node_modules'));
  for (const room of rooms)
    put({ path: `libs/${room}/src/index.ts`, text: "export const room = '';\nexport type Room = string;" });
  for (const app of apps) put({ path: `apps/${app}/src/main.ts`, text: "export const app = '';" });
  put({ path: 'libs/platform/src/inside.ts', text: "export const inside = '';" });
  put({ path: 'migrations/index.ts', text: 'export const migrations = [];' });
  for (const plant of plants) put(plant);
  return top;
}

/** Runs a linter of this repository and gives what it prints; its exit status says whether it found something. */
function run(
  cwd: string,
  script: string,
  args: readonly string[],
): { readonly output: unknown; readonly status: number | null } {
  const result = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!result.stdout.startsWith('{')) throw new Error(`${script} printed no JSON: ${result.stdout}${result.stderr}`);
  return { output: JSON.parse(result.stdout), status: result.status };
}

describe('the walls between the rooms', () => {
  const plants = forbidden.flatMap((rule) => plantsFor(rule, rooms));
  const top = skeleton([...plants, ...honest]);
  afterAll(() => rmSync(top, { recursive: true }));
  const args = 'apps libs migrations --config .dependency-cruiser.cjs --output-type json'.split(' ');
  const { output } = run(top, 'dependency-cruiser/bin/dependency-cruise.mjs', args);
  const found = violations.parse(output).summary.violations;

  it('each have a violation that is planted here', () => {
    expect(forbidden.filter((rule) => plantsFor(rule, rooms).length === 0).map((rule) => rule.name)).toEqual([]);
    for (const rule of forbidden.filter(({ name }) => name.startsWith('only-in: ')))
      expect(packagesOf(rule).length).toBeGreaterThan(0);
    expect(rooms.filter((room) => !forbidden.some(({ name }) => name === `${room}-direction`))).toEqual([]);
  });

  it.each(forbidden.map((rule) => [rule.name, rule] as const))('stop whoever breaks "%s"', (name, rule) => {
    const reported = found.filter((violation) => violation.rule.name === name).map((violation) => violation.from);
    for (const plant of plantsFor(rule, rooms)) if (plant.reported !== false) expect(reported).toContain(plant.path);
  });

  it('let pass what is allowed', () => {
    for (const { path } of honest) expect(found.filter(({ from }) => from === path)).toEqual([]);
    expect(found.filter(({ from }) => from.endsWith('/index.ts') || from.endsWith('/main.ts'))).toEqual([]);
  });

  it('make `npm run lint` fail', () => {
    // the same output form as the script uses: only that one sets the exit status
    const script = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = ['libs/sql', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'];
    const { status, stdout } = spawnSync(process.execPath, [script, ...args], { cwd: top, encoding: 'utf8' });
    expect(stdout).toContain('pure: libs/sql/src/impure.ts');
    expect(status).toBeGreaterThan(0);
  });
});

describe('the rules of the code', () => {
  const top = skeleton(lintPlants);
  afterAll(() => rmSync(top, { recursive: true }));
  const { output, status } = run(top, 'oxlint/bin/oxlint', [
    '--type-aware',
    '--format',
    'json',
    'apps',
    'libs',
    'migrations',
  ]);
  const found = diagnostics.parse(output).diagnostics;

  it.each(lintPlants)('report $code in $path', ({ code, path }) => {
    expect(found.filter(({ filename }) => filename.endsWith(path)).map((diagnostic) => diagnostic.code)).toContain(
      code,
    );
    expect(status).not.toBe(0);
  });

  it('keep the names of protocols out of the gate and the policy', () => {
    const named = ['libs/gate/src', 'libs/policy/src'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .filter((name) => PROTOCOLS.test(readFileSync(join(root, folder, name), 'utf8')))
        .map((name) => `${folder}/${name}`),
    );
    expect(named).toEqual([]);
    expect('a statement of postgres').toMatch(PROTOCOLS);
  });

  it('find no `any` and no circle in this repository', () => {
    const whole = run(root, 'oxlint/bin/oxlint', ['--format', 'json', 'apps', 'libs', 'migrations', 'test']);
    const broken = diagnostics
      .parse(whole.output)
      .diagnostics.filter(({ code }) => /no-explicit-any|no-cycle/u.test(code));
    expect(broken).toEqual([]);
  });
});
