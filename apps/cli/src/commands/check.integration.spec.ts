import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../run-cli.js';
import { checkCommand } from './check.command.js';

describe('sallyport check', () => {
  it('prints every problem of a configuration with its line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
    let out = '';
    let err = '';
    const surroundings = {
      env: {},
      cwd: folder,
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
    };
    try {
      writeFileSync(join(folder, 'bad.yaml'), 'targets:\n  - name: crm\n    postgress: {}\n');
      expect(await runCli([checkCommand], ['check', '--config', 'bad.yaml'], surroundings)).toBe(1);
      expect(err).toContain(`${join(folder, 'bad.yaml')}:3: targets[0].postgress`);
      expect(await runCli([checkCommand], ['check', '--config', 'bad.yaml', '--json'], surroundings)).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ ok: false });

      // what npm start embeds is missing, and that is said or allowed
      writeFileSync(join(folder, 'part.yaml'), 'rules: []\n');
      err = '';
      expect(await runCli([checkCommand], ['check', '--config', 'part.yaml'], surroundings)).toBe(1);
      expect(err).toContain('identity: is missing');
      expect(err).toContain('check it with --partial');
      out = '';
      expect(await runCli([checkCommand], ['check', '--partial', '--config', 'part.yaml'], surroundings)).toBe(0);
      expect(out).toBe(`${join(folder, 'part.yaml')}: can be used (0 targets, 0 rules, 0 protected classes)\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
