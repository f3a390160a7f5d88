import type { Journal } from '@app/audit';
import { type Logger, ulid } from '@app/platform';
import type { KubernetesTarget } from '@app/targets';
import { Cluster } from './cluster.js';

/** How people appear in a cluster. */
export type ResolvedIdentity = 'impersonate' | 'service-account';

const ASK_AGAIN_MS = 60_000;

/** A cluster with what the gateway found out about it. */
export interface KnownCluster {
  readonly cluster: Cluster;
  readonly target: KubernetesTarget;
}

/** The clusters behind this gateway: made at start, and asked once whether people may be impersonated there. */
export class ClusterRegistry {
  readonly #known = new Map<string, KnownCluster>();
  readonly #identity = new Map<string, { readonly value: ResolvedIdentity; readonly until: number }>();
  readonly #asking = new Map<string, Promise<ResolvedIdentity>>();
  readonly #journal: Journal;
  readonly #logger: Logger;

  /** @throws ClusterError for a kubeconfig that cannot be used, naming the target */
  constructor(targets: readonly KubernetesTarget[], journal: Journal, logger: Logger) {
    this.#journal = journal;
    this.#logger = logger;
    for (const target of targets) this.#known.set(target.name, { cluster: new Cluster(target), target });
  }

  of(target: KubernetesTarget): Cluster {
    const known = this.#known.get(target.name);
    if (known?.target !== target) throw new Error(`no cluster of that target: ${target.name}`);
    return known.cluster;
  }

  list(): readonly KnownCluster[] {
    return [...this.#known.values()];
  }

  /**
   * How people appear in a target's cluster: as configured, or as it may be. A cluster that cannot be asked is not taken for one
   * that would let everybody act as the gateway: it is asked again.
   * @throws ClusterError when it has to be asked and does not answer
   */
  async identityOf(target: KubernetesTarget): Promise<ResolvedIdentity> {
    const { identity } = target.kubernetes;
    if (identity !== 'auto') return identity;
    const held = this.#identity.get(target.name);
    if (held !== undefined && Date.now() < held.until) return held.value;
    let asking = this.#asking.get(target.name);
    if (asking === undefined) {
      asking = this.#mayImpersonate(target).finally(() => this.#asking.delete(target.name));
      this.#asking.set(target.name, asking);
    }
    return asking;
  }

  /**
   * Records that the gateway itself asks a cluster something.
   * @param session whose operation needs it; null: none
   * @returns the audit id to ask under
   */
  recordQuestion(target: string, what: string, session: string | null): string {
    const id = ulid(Date.now());
    this.#journal.append({
      kind: 'target.asked',
      at: Date.now(),
      members: `${session === null ? '' : `"s":"${session}",`}"o":"${id}","tgt":${JSON.stringify(target)},"what":${JSON.stringify(what)}`,
      body: null,
      session: null,
    });
    return id;
  }

  close(): void {
    for (const { cluster } of this.#known.values()) cluster.close();
  }

  async #mayImpersonate(target: KubernetesTarget): Promise<ResolvedIdentity> {
    const cluster = this.of(target);
    const answers = await Promise.all(
      ['users', 'groups'].map(async (resource) => {
        const auditId = this.recordQuestion(target.name, `may the gateway impersonate ${resource}`, null);
        const { json } = await cluster.ask({
          method: 'POST',
          path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          headers: { 'content-type': 'application/json', accept: 'application/json', 'audit-id': auditId },
          body: JSON.stringify({
            kind: 'SelfSubjectAccessReview',
            apiVersion: 'authorization.k8s.io/v1',
            spec: { resourceAttributes: { verb: 'impersonate', resource } },
          }),
        });
        return (json as { readonly status?: { readonly allowed?: unknown } }).status?.allowed === true;
      }),
    );
    const value = answers.every(Boolean) ? 'impersonate' : 'service-account';
    const before = this.#identity.get(target.name)?.value;
    if (before !== value)
      this.#logger.log(
        `target ${target.name}: people appear there ${value === 'impersonate' ? 'as themselves' : 'as one service account'}`,
      );
    this.#identity.set(target.name, { value, until: Date.now() + ASK_AGAIN_MS });
    return value;
  }
}
