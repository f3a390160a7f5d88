import type { Logger } from './logger.js';

type Step = () => void | Promise<void>;
type Log = Pick<Logger, 'log' | 'warn' | 'error' | 'fatal'>;

/** How a process ends. */
export interface ShutdownOptions {
  readonly logger: Log;
  /** for all steps together, ms; past it the process exits with 1 whatever is still running */
  readonly deadline?: number;
}

/** The orderly end of a process. */
export interface Shutdown {
  /** Adds a step. Steps run one after the other, the last added first: what was opened last is closed first. */
  onShutdown(name: string, step: Step): void;
  /** Runs the steps and exits; a second call waits for the same end. @param code the exit status */
  stop(reason: string, code?: number): Promise<never>;
  /** aborted as soon as the end begins, for whoever accepts new work */
  readonly signal: AbortSignal;
}

/**
 * Ends the process in order: on SIGINT and SIGTERM, on an error that nobody caught (status 1), and when the parent is
 * gone, so that no child outlives it: an IPC channel that closes, or stdin that ends where the parent set
 * SALLYPORT_PARENT=stdin. A second signal exits at once.
 */
export function installShutdown(options: ShutdownOptions): Shutdown {
  const { logger, deadline = 20_000 } = options;
  const steps: { readonly name: string; readonly run: Step }[] = [];
  const abort = new AbortController();
  let ending: Promise<never> | undefined;

  const run = async (reason: string, code: number): Promise<never> => {
    abort.abort();
    logger.log(`stopping: ${reason}`);
    let failed = false;
    const late = setTimeout(() => {
      logger.error(`not stopped within ${deadline} ms; exiting with ${steps.length} steps left`);
      process.exit(1);
    }, deadline);
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step.run();
      } catch (error) {
        // the other steps still matter: the journal is written out even if a listener does not close
        failed = true;
        logger.error(`could not stop ${step.name}`, error);
      }
    }
    clearTimeout(late);
    process.exit(failed ? 1 : code);
  };
  const stop = (reason: string, code = 0): Promise<never> => (ending ??= run(reason, code));

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (ending === undefined) return void stop(signal);
      logger.warn(`${signal} again; exiting at once`);
      process.exit(1);
    });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      logger.fatal(`an error that nobody caught (${event})`, error instanceof Error ? error : new Error(String(error)));
      void stop(event, 1);
    });
  watchParent(() => void stop('the parent process is gone'));

  return { onShutdown: (name, step) => void steps.push({ name, run: step }), stop, signal: abort.signal };
}

function watchParent(gone: () => void): void {
  if (process.send !== undefined) {
    process.once('disconnect', gone);
    // the parent may have died before we got here
    if (!process.connected) gone();
  }
  if (process.env['SALLYPORT_PARENT'] === 'stdin') {
    process.stdin.once('end', gone).once('error', gone).resume();
    process.stdin.unref();
  }
}
