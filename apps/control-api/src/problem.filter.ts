import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { JournalError } from '@app/audit';
import { Logger } from '@app/platform';
import { CursorError } from '@app/store';
import { type ProblemCode, ProblemError, renderProblem } from './problem.js';

const byStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
};

/** SQLSTATE classes and system errors that mean: the database is away, or going away. */
const DATABASE_AWAY = /^(08|57P|53|ECONN|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_)/;

/** Renders whatever a request failed with as `application/problem+json`; what nobody expected says nothing but an id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.toProblem(error);
    if (problem.status === 401) {
      const challenge =
        problem.code === 'invalid-token'
          ? 'Bearer realm="sallyport", error="invalid_token"'
          : 'Bearer realm="sallyport"';
      void reply.header('www-authenticate', challenge);
    }
    void reply
      .status(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(renderProblem(problem, request.url.split('?', 1)[0] ?? '/')));
  }

  private toProblem(error: unknown): ProblemError {
    if (error instanceof ProblemError) {
      if (error.status >= 500) this.logger.warn(error.detail, { code: error.code }, error.options.cause);
      return error;
    }
    if (error instanceof CursorError) return new ProblemError('bad-cursor', error.message);
    if (error instanceof JournalError)
      return this.toProblem(
        new ProblemError('not-recordable', 'the journal takes no event; try again later', { cause: error }),
      );
    const status = statusOf(error);
    const code = status === null ? undefined : byStatus[status];
    if (code) return new ProblemError(code, messageOf(error));
    if (
      DATABASE_AWAY.test(codeOf(error)) ||
      /Connection terminated|timeout exceeded when trying to connect/.test(messageOf(error))
    )
      return this.toProblem(
        new ProblemError('database-unavailable', 'the audit database does not answer; try again later', {
          cause: error,
        }),
      );
    const id = randomUUID();
    this.logger.error(`request failed, id ${id}`, error instanceof Error ? error : { error: String(error) });
    return new ProblemError('internal', `internal error, id ${id}`);
  }
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  // errors of Fastify and its plugins
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return null;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
