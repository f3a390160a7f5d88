import { tmpdir } from 'node:os';
import { commands } from './commands/index.js';
import { runCli } from './run-cli.js';

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const code = await runCli(commands, args, {
    env: {},
    cwd: tmpdir(),
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

describe('sallyport', () => {
  it('refuses an unknown command and names the nearest one', async () => {
    expect(await run('sesions')).toEqual({
      code: 2,
      out: '',
      err: 'sallyport: there is no command "sesions"; did you mean "sessions"? (sallyport --help)\n',
    });
  });

  it('names no command that is nothing like what was typed', async () => {
    expect((await run('frobnicate')).err).toBe('sallyport: there is no command "frobnicate" (sallyport --help)\n');
  });

  it('tells the commands of a group, and asks which one was meant', async () => {
    expect(await run('approvals', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('approvals deny') });
    expect(await run('approvals', 'aprove')).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining('which of "approvals list", "approvals show"') as string,
    });
  });

  it('refuses an unknown option, one word too many, and a missing one', async () => {
    expect(await run('targets', '--nome', 'x')).toMatchObject({ code: 2, err: expect.stringContaining("'--nome'") });
    expect(await run('targets', 'a', 'b')).toMatchObject({
      code: 2,
      err: expect.stringContaining('"b" is one too many'),
    });
    expect(await run('terminate')).toMatchObject({
      code: 2,
      err: expect.stringContaining("the session's id is missing"),
    });
  });

  it('says what to do when nothing runs on the home', async () => {
    const { code, err } = await run('operations', '--home', '/nonexistent/home', '--as', 'dave');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'sallyport: nothing is running on /nonexistent/home; run "npm start" first, or give --home or --url\n',
    });
  });

  it('asks who is asking before it calls anybody', async () => {
    expect(await run('operations', '--home', '/nonexistent/home', '--url', 'https://127.0.0.1:1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('SALLYPORT_TOKEN'),
    });
  });

  it('lists every command, and each has a help text that begins with what it does', async () => {
    const { out, code } = await run('--help');
    expect(code).toBe(0);
    for (const { name } of commands) {
      expect(out).toContain(`  ${name} `);
      const help = await run(...name.split(' '), '--help');
      expect(help).toMatchObject({ code: 0, out: expect.stringContaining(`sallyport ${name}`) });
    }
  });
});
