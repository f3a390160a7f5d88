import { Injectable } from '@nestjs/common';
import { type StoredTargetCheck, TargetCheckStore } from '@app/store';
import type { TargetCheckJson, TargetChecksJson } from './target.schema.js';

/** A gateway looks for wishes every 2 s, and a target may take 10 s to answer. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 250;

/** What gateways find at targets. The control API has no credential of a target: it asks the gateways, through the audit database. */
@Injectable()
export class TargetChecksService {
  constructor(private readonly store: TargetCheckStore) {}

  async last(target: string): Promise<TargetChecksJson> {
    return { target, fresh: false, checks: (await this.store.of(target)).map(toJson) };
  }

  /** Waits for the first gateway that answers. */
  async ask(target: string): Promise<TargetChecksJson> {
    const since = await this.store.wish(target);
    for (const end = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
      const checks = await this.store.of(target);
      const fresh = checks.some(({ at }) => at > since);
      if (fresh || Date.now() > end) return { target, fresh, checks: checks.map(toJson) };
    }
  }
}

function toJson({ gateway, at, age, report }: StoredTargetCheck): TargetCheckJson {
  const { server, findings } = report;
  return {
    gateway,
    at: at.toISOString(),
    ageSeconds: Math.max(0, Math.round(age)),
    server,
    findings: findings.map((finding) => ({ ...finding, sql: [...finding.sql] })),
  };
}
