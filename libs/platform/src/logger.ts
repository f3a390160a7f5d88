import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import { Secret } from './secret.js';
import { scrub } from './scrub.js';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type Level = (typeof levels)[number];

/** How a logger is made; everything has a default. */
export interface LoggerOptions {
  /** `trace` to `fatal`, or `silent`; default: the environment's SALLYPORT_LOG, else `info` */
  readonly level?: string | undefined;
  /** where lines go; default: stderr, written at once, so that the last words of a dying process are not lost */
  readonly destination?: DestinationStream;
}

/** Members of a log line beside the message. Secrets print as `[redacted]`; never pass tokens or passwords as text. */
export type LogFields = Readonly<Record<string, unknown>>;

const secretKey =
  /^(password|passwd|token|access_token|refresh_token|id_token|secret|client_secret|authorization|cookie|private_?key)$/iu;
const maximumDepth = 6;

/**
 * A logger that writes JSON lines: `{"level","time","name","pid",…,"msg"}`. It serves Nest as its logger too, whose
 * last text argument names a context. Texts are scrubbed of tokens, passwords and URLs with credentials.
 */
export class Logger implements LoggerService {
  constructor(private readonly pino: Pino) {}

  /** A logger whose lines carry these members too. */
  with(fields: LogFields): Logger {
    return new Logger(this.pino.child(clean(fields, 0) as Record<string, unknown>));
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.write('fatal', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warn', message, details);
  }

  log(message: unknown, ...details: unknown[]): void {
    this.write('info', message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.write('trace', message, details);
  }

  private write(level: Exclude<Level, 'silent'>, message: unknown, details: readonly unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const fields: Record<string, unknown> = {};
    if (typeof message !== 'string') collect(message, fields);
    for (const detail of details) collect(detail, fields);
    const said = typeof message === 'string' ? message : message instanceof Error ? message.message : undefined;
    this.pino[level](fields, said === undefined ? undefined : scrub(said));
  }
}

/** Nest passes texts (a context, a stack), we pass fields and errors; all become members of the line. */
function collect(detail: unknown, fields: Record<string, unknown>): void {
  if (detail === undefined || detail === null) return;
  if (detail instanceof Error) fields['err'] = clean(detail, 0);
  else if (typeof detail === 'string') fields[/\n\s+at /u.test(detail) ? 'stack' : 'context'] = scrub(detail);
  else if (typeof detail === 'object' && !Array.isArray(detail)) Object.assign(fields, clean(detail, 0));
  else fields['detail'] = clean(detail, 0);
}

/** A copy that is safe to print: members with telling names and secrets are redacted, texts scrubbed, depth bounded. */
function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return value.toString();
  if (value instanceof Date) return value.toJSON();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maximumDepth) return '[deeper]';
  if (value instanceof Error) return cleanError(value, depth);
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => clean(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, secretKey.test(key) ? '[redacted]' : clean(inner, depth + 1)]),
  );
}

// only what we know the shape of: an error of a driver may carry the statement and its values as further members
function cleanError(error: Error, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: scrub(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack: error.stack === undefined ? undefined : scrub(error.stack),
    ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
  };
}

/**
 * A logger of one process or part, writing JSON lines to stderr.
 * @param name said in every line
 */
export function createLogger(name: string, options: LoggerOptions = {}): Logger {
  const wanted = options.level ?? process.env['SALLYPORT_LOG'] ?? 'info';
  const level = levels.find((known) => known === wanted);
  const destination = options.destination ?? pino.destination({ fd: 2, sync: true });
  const logger = new Logger(
    pino(
      { name, level: level ?? 'info', base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
      destination,
    ),
  );
  if (level === undefined) logger.warn(`SALLYPORT_LOG must be one of ${levels.join(', ')}; logging at info`);
  return logger;
}
