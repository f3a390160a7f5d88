import { join } from 'node:path';
import { cloneFolder, readCommandLine } from './command-line.js';

const read = (args: string[], env: NodeJS.ProcessEnv = {}, cwd = '/somewhere') => readCommandLine(args, env, cwd);

describe('the arguments of npm start', () => {
  it.each([
    [['--prots', 'auto'], "'--prots'"],
    [['--ports', '1234'], '--ports is "default" or "auto", not "1234"'],
    [['--development', '--production'], 'exclude each other'],
    [['crm'], "'crm'"],
    [['--kube-target', 'prod'], '--kubeconfig FILE, which is missing'],
    [['--kubeconfig', 'k', '--kube-identity', 'root'], 'service-account, impersonate, auto, not "root"'],
    [['--kubeconfig', 'k', '--production'], 'excludes --production'],
    [['--config'], '--config'],
    [['--config', '--home', 'h'], "Option '--config' lacks its value; see npm start -- --help"],
  ])('refuse %j and say why', (args, message) => {
    expect(() => read(args)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    );
  });

  it('default to the home of the clone and the well-known ports', () => {
    expect(read([])).toEqual({
      home: join(cloneFolder, '.sallyport'),
      config: null,
      kubeconfig: null,
      kubeTarget: null,
      kubeIdentity: 'service-account',
      ports: 'default',
      development: false,
      production: false,
      quiet: false,
      help: false,
    });
  });

  it('take a relative path from where the person stands, also through npm', () => {
    expect(read(['--home', 'h']).home).toBe('/somewhere/h');
    expect(read(['--config', 'c.yaml'], { INIT_CWD: '/person' }, cloneFolder).config).toBe('/person/c.yaml');
    expect(read(['--kubeconfig', 'k'])).toMatchObject({ kubeconfig: '/somewhere/k', kubeTarget: null });
    expect(read(['--config', '/c.yaml'], { INIT_CWD: '/person' }, cloneFolder).config).toBe('/c.yaml');
  });
});
