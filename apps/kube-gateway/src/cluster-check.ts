import {
  accessFindings,
  type AccessRules,
  configurationFindings,
  type Finding,
  type KubernetesTarget,
  notReached,
  sorted,
  type TargetReport,
} from '@app/targets';
import type { Cluster } from './cluster.js';

/** By this the cluster's own log tells a check from what people ask. */
const USER_AGENT = 'sallyport target-check';

/** What a check works with. */
export interface ClusterCheckParts {
  readonly clusterOf: (target: KubernetesTarget) => Cluster;
  /** records that the gateway itself asks something; @returns the audit id to ask under */
  readonly recordQuestion: (target: string, what: string) => string;
  readonly now: () => number;
}

/** Looks at a cluster with the gateway's own credential, and changes nothing there. Never throws: what fails is a finding. */
export async function checkCluster(target: KubernetesTarget, parts: ClusterCheckParts): Promise<TargetReport> {
  const findings: Finding[] = [...configurationFindings(target)];
  let server: string | null = null;
  try {
    const cluster = parts.clusterOf(target);
    if (cluster.protocol === 'http:') findings.push(unchecked(target, 'is reached without TLS'));
    else if ((await cluster.access()).tls.rejectUnauthorized === false)
      findings.push(unchecked(target, 'is reached without a check of its certificate (insecure-skip-tls-verify)'));
    const version = await ask(cluster, parts, target.name, 'its version', { method: 'GET', path: '/version' });
    server = `Kubernetes ${textOf(version, 'gitVersion') ?? 'of unknown version'} at ${cluster.url}`;
    const review = await ask(cluster, parts, target.name, 'what the gateway’s account may do', {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      body: JSON.stringify({
        kind: 'SelfSubjectRulesReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec: { namespace: 'default' },
      }),
    });
    findings.push(...accessFindings(cluster.account, rulesOf(review)));
  } catch (error) {
    findings.push(notReached('unreachable', error instanceof Error ? error.message : String(error)));
  }
  return {
    target: target.name,
    protocol: 'kubernetes',
    at: new Date(parts.now()).toISOString(),
    server,
    findings: sorted(findings),
  };
}

class Refused extends Error {}

async function ask(
  cluster: Cluster,
  parts: ClusterCheckParts,
  target: string,
  what: string,
  question: { readonly method: string; readonly path: string; readonly body?: string },
): Promise<unknown> {
  const auditId = parts.recordQuestion(target, what);
  const { code, json } = await cluster.ask({
    ...question,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'audit-id': auditId,
    },
  });
  if (code === 401)
    throw new Refused(`the cluster of target ${target} does not accept the credential of the kubeconfig (401)`);
  if (code < 200 || code > 299)
    throw new Refused(`the cluster of target ${target} answered ${code} when asked for ${what}`);
  return json;
}

function rulesOf(review: unknown): AccessRules {
  const status = memberOf(review, 'status');
  const rules = memberOf(status, 'resourceRules');
  return {
    resourceRules: (Array.isArray(rules) ? rules : []).map((rule: unknown) => ({
      verbs: wordsOf(rule, 'verbs'),
      apiGroups: wordsOf(rule, 'apiGroups'),
      resources: wordsOf(rule, 'resources'),
      resourceNames: wordsOf(rule, 'resourceNames'),
    })),
    incomplete: memberOf(status, 'incomplete') === true,
  };
}

function unchecked(target: KubernetesTarget, what: string): Finding {
  return {
    code: 'tls',
    severity: 'warning',
    what: `target ${target.name} ${what}`,
    why: 'whoever stands in between can pose as the cluster, and gets its credential',
    sql: [],
    setting: 'Give the kubeconfig the certificate-authority of the cluster.',
  };
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function textOf(value: unknown, key: string): string | null {
  const text = memberOf(value, key);
  return typeof text === 'string' ? text.slice(0, 64) : null;
}

function wordsOf(value: unknown, key: string): string[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? list.filter((word) => typeof word === 'string') : [];
}
