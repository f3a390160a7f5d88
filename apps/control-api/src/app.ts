import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Logger } from '@app/platform';
import { ControlApiModule, type ControlParts } from './control-api.module.js';

/** bytes of a request's body; the largest one is a reason of a thousand characters */
const BODY_LIMIT = 64 * 1024;
/** requests of one address in a minute */
const RATE_LIMIT = 3_000;
const NOT_LIMITED = new Set(['/health/live', '/health/ready', '/metrics']);

/** Certificate and key of the listener, PEM; null: plain HTTP, for tests that inject requests. */
export type AppTls = { readonly cert: string; readonly key: string } | null;

/** The HTTP application, initialised but not listening. */
export async function createApp(parts: ControlParts, tls: AppTls): Promise<NestFastifyApplication> {
  const options = { bodyLimit: BODY_LIMIT, routerOptions: { maxParamLength: 500 }, requestTimeout: 30_000 };
  const adapter = tls
    ? new FastifyAdapter({ ...options, https: { ...tls, minVersion: 'TLSv1.2' } })
    : new FastifyAdapter(options);
  const app = await NestFactory.create<NestFastifyApplication>(ControlApiModule.of(parts), adapter, {
    logger: quiet(parts.logger),
    abortOnError: false,
  });
  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register(rateLimit, {
    max: RATE_LIMIT,
    timeWindow: 60_000,
    allowList: (request) => NOT_LIMITED.has(request.url.split('?', 1)[0] ?? ''),
  });
  const requests = parts.metrics.histogram({
    name: 'control_request_seconds',
    help: 'Time of requests to the control API, by status.',
    labels: ['status'],
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onResponse', async (_request, reply) => {
    requests.observe({ status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  fastify.addHook('onSend', async (_request, reply) => {
    // what the record says is for these eyes only
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle('Sallyport control API')
      .setDescription(
        'Sessions, operations, targets and the deny-list. Errors are application/problem+json (RFC 9457).',
      )
      .setVersion('1')
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
      .build(),
  );
  SwaggerModule.setup('openapi', app, document, { ui: false, raw: ['json'], jsonDocumentUrl: '/openapi.json' });
  await app.init();
  await fastify.ready();
  return app;
}

/** The framework tells each route and module at start: that is for debugging. */
function quiet(logger: Logger): LoggerService {
  return {
    log: (message: unknown, ...details: unknown[]) => logger.debug(message, ...details),
    warn: (message: unknown, ...details: unknown[]) => logger.warn(message, ...details),
    error: (message: unknown, ...details: unknown[]) => logger.error(message, ...details),
    fatal: (message: unknown, ...details: unknown[]) => logger.fatal(message, ...details),
  };
}
