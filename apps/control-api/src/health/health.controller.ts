import { Controller, Get, HttpException, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Journal } from '@app/audit';
import { DenyList } from '@app/identity';
import { Metrics } from '@app/platform';
import { AuditDatabase } from '@app/store';
import { Public } from '../access/caller.js';
import { IssuerCheck } from './issuer-check.js';

/** For orchestrators and Prometheus: no token, no personal data, not rate limited. */
@Public()
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly database: AuditDatabase,
    private readonly journal: Journal,
    private readonly issuers: IssuerCheck,
    private readonly denyList: DenyList,
    private readonly metrics: Metrics,
  ) {}

  /** The process answers. */
  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Requests can be served: 200, or 503 with what is missing. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    try {
      return await this.checked();
    } catch (error) {
      // The answer of a failed check is its result, part by part, not a problem.
      if (!(error instanceof HttpException)) throw error;
      void reply.status(error.getStatus());
      return error.getResponse() as HealthCheckResult;
    }
  }

  @Get('metrics')
  async measured(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.text();
  }

  private checked(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.check('database', () => this.database.ping()),
      () =>
        this.check('journal', () => {
          if (this.journal.state !== 'open') throw new Error(this.journal.stateReason ?? this.journal.state);
        }),
      () => this.check('issuers', () => this.issuers.check()),
      () =>
        this.check('denyList', () => {
          if (!this.denyList.loaded) throw new Error('never loaded');
        }),
    ]);
  }

  private async check(name: string, look: () => void | Promise<void>): Promise<HealthIndicatorResult> {
    const indicator = this.indicator.check(name);
    try {
      await look();
      return indicator.up();
    } catch (error) {
      return indicator.down({ reason: error instanceof Error ? error.message : String(error) });
    }
  }
}
