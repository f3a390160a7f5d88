import { readFileSync } from 'node:fs';

/**
 * Calls `gone` once when whoever started us has died without a word: our IPC channel closes, or npm (or the shell that
 * npm runs scripts in) is no longer there. Started in any other way, we outlive the shell, as `nohup` wants it.
 */
export function watchParent(gone: (who: string) => void): void {
  if (process.connected) process.once('disconnect', () => gone('the process that started it'));
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  // some shells replace themselves by the last command: then our parent is npm itself, and its parent is none of ours
  const npm = isShell(parent) ? parentOf(parent) : null;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === null || parentOf(parent) === npm)) return;
    clearInterval(timer);
    gone('npm');
  }, 500);
  timer.unref();
}

function isShell(pid: number): boolean {
  const [program = ''] = (read(pid, 'cmdline') ?? '').split('\0');
  return /(^|\/)-?(ba|da|z|k|a)?sh$/.test(program);
}

/** The parent's pid where the system tells it by files, null elsewhere. */
function parentOf(pid: number): number | null {
  const stat = read(pid, 'stat');
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return null;
  }
}
