import { spawn } from 'node:child_process';

/** Shows somebody an address. */
export type OpenBrowser = (url: string) => void;

/** Asks the system to open it; where it cannot, the printed address is all there is. */
export const openBrowser: OpenBrowser = (url) => {
  const [command = '', ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
};
