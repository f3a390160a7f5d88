import { readdirSync, readFileSync } from 'node:fs';

// clock ticks per second: 100 on every Linux that Node runs on
const TICK_US = 10_000;

function statOf(path) {
  const stat = readFileSync(path, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // fields 14 and 15 of proc(5): user and system time
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** CPU time of processes with all their threads, and of their main threads alone, in µs. */
export function cpuOf(pids) {
  let all = 0;
  let main = 0;
  for (const pid of pids) {
    all += statOf(`/proc/${pid}/stat`);
    main += statOf(`/proc/${pid}/task/${pid}/stat`);
  }
  return { all, main };
}

/** Most memory each of the processes ever had resident, added up, in MiB. */
export function peakMemory(pids) {
  let kilobytes = 0;
  for (const pid of pids)
    kilobytes += Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return Math.round(kilobytes / 1024);
}

/** All descendants of a process, itself included. */
export function treeOf(pid) {
  const found = [pid];
  for (let at = 0; at < found.length; at++) {
    try {
      for (const task of readdirSync(`/proc/${found[at]}/task`)) {
        const children = readFileSync(`/proc/${found[at]}/task/${task}/children`, 'utf8').trim();
        if (children !== '') found.push(...children.split(' ').map(Number));
      }
    } catch {
      // it ended meanwhile
    }
  }
  return found;
}
