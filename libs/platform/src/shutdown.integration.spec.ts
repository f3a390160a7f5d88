import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

// real processes: the module is compiled alone (it imports types only) and run in a child
const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
const program = join(folder, 'child.mjs');

beforeAll(() => {
  const source = readFileSync(new URL('./shutdown.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  writeFileSync(join(folder, 'shutdown.mjs'), outputText);
  writeFileSync(
    program,
    `import { installShutdown } from './shutdown.mjs';
     const say = (text) => process.stdout.write(text + '\\n');
     const log = (level) => (message) => say(level + ' ' + message);
     const logger = { log: log('info'), warn: log('warn'), error: log('error'), fatal: log('fatal') };
     const mode = process.argv[2];
     const shutdown = installShutdown({ logger, deadline: mode === 'stuck' ? 200 : 5000 });
     shutdown.signal.addEventListener('abort', () => say('no new work'));
     shutdown.onShutdown('journal', () => say('journal closed'));
     shutdown.onShutdown('listener', async () => {
       await new Promise((done) => setTimeout(done, 20));
       if (mode === 'broken') throw new Error('listener');
       if (mode === 'stuck') await new Promise(() => {});
       say('listener closed');
     });
     setInterval(() => {}, 1000);
     if (mode === 'throw') setTimeout(() => { throw new Error('nobody catches this'); }, 10);
     say('ready');`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the child, acts once it is ready, and gives its output and exit status. */
async function run(
  child: ChildProcess,
  act: (child: ChildProcess) => void,
): Promise<{ lines: string[]; code: number | null }> {
  let output = '';
  let acted = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (acted || !output.includes('ready\n')) return;
    acted = true;
    act(child);
  });
  // 'close' does not come after a disconnect: exit and the end of the output do
  const ended = child.stdout === null ? undefined : once(child.stdout, 'end');
  const [code] = (await once(child, 'exit')) as [number | null];
  await ended;
  return { lines: output.trim().split('\n'), code };
}

const start = (mode: string, env: Record<string, string> = {}) =>
  spawn(process.execPath, [program, mode], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });

describe('the end of a process', () => {
  it('exits with 1 when a step fails, and runs the other steps', async () => {
    const { lines, code } = await run(start('broken'), (child) => child.kill('SIGTERM'));
    expect(lines).toEqual([
      'ready',
      'no new work',
      'info stopping: SIGTERM',
      'error could not stop listener',
      'journal closed',
    ]);
    expect(code).toBe(1);
  });

  it('exits with 1 when the deadline passes', async () => {
    const { lines, code } = await run(start('stuck'), (child) => child.kill('SIGTERM'));
    expect(lines.at(-1)).toContain('error not stopped within 200 ms');
    expect(code).toBe(1);
  });

  it('exits at once on a second signal', async () => {
    const { lines, code } = await run(start('normal'), (child) => {
      child.kill('SIGTERM');
      child.stdout?.on('data', () => child.kill('SIGINT'));
    });
    expect(lines).not.toContain('journal closed');
    expect(code).toBe(1);
  });

  it('follows an error that nobody caught', async () => {
    const { lines, code } = await run(start('throw'), () => undefined);
    expect(lines.slice(1, 3)).toEqual(['fatal an error that nobody caught (uncaughtException)', 'no new work']);
    expect(lines.at(-1)).toBe('journal closed');
    expect(code).toBe(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('follows %s, what was opened last first', async (signal) => {
    const { lines, code } = await run(start('normal'), (child) => child.kill(signal));
    expect(lines).toEqual(['ready', 'no new work', `info stopping: ${signal}`, 'listener closed', 'journal closed']);
    expect(code).toBe(0);
  });

  it('follows the loss of the parent, by IPC', async () => {
    const child = fork(program, ['normal'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const { lines, code } = await run(child, () => child.disconnect());
    expect(lines).toContain('info stopping: the parent process is gone');
    expect(code).toBe(0);
  });

  it('follows the end of stdin where the parent asked for it, and not otherwise', async () => {
    const asked = await run(start('normal', { SALLYPORT_PARENT: 'stdin' }), (child) => child.stdin?.end());
    expect(asked.lines).toContain('info stopping: the parent process is gone');
    const { lines } = await run(start('normal'), (child) => {
      child.stdin?.end();
      setTimeout(() => child.kill('SIGTERM'), 100);
    });
    expect(lines).toContain('info stopping: SIGTERM');
  });
});
