import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesTarget } from '@app/targets';

/** Idle connections go before the server closes them at 90 s: a request must not meet a closing one. */
const IDLE_MS = 60_000;
/** The credential is taken anew this often: tokens of files and plugins change. */
const CREDENTIAL_MS = 30_000;
/** Longest answer to a question of our own: etcd keeps objects of 1.5 MiB. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const ANSWER_MS = 10_000;

/** Thrown when a kubeconfig cannot be used, or the cluster does not answer; never shows a credential. */
export class ClusterError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClusterError';
  }
}

/** What a connection to the cluster is made with. */
export interface ClusterAccess {
  /** `Bearer …`, `Basic …`; null: a client certificate, or nothing */
  readonly authorization: string | null;
  readonly agent: Agent;
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;
}

/** A question of the gateway itself. */
export interface OwnQuestion {
  readonly method: string;
  /** canonical path and query */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
}

/** One cluster as its kubeconfig describes it: address, TLS and the credential, which stays here. */
export class Cluster {
  readonly protocol: 'https:' | 'http:';
  readonly host: string;
  readonly port: number;
  /** path in front of every request, without a trailing slash; mostly '' */
  readonly prefix: string;
  readonly #config: KubeConfig;
  #access: { readonly value: ClusterAccess; readonly until: number; readonly key: string } | null = null;
  #asking: Promise<ClusterAccess> | null = null;

  /** @throws ClusterError when the kubeconfig is none, or its context leads nowhere */
  constructor(readonly target: KubernetesTarget) {
    this.#config = readKubeconfig(target);
    const server = this.#config.getCurrentCluster()?.server ?? '';
    const url = URL.canParse(server) ? new URL(server) : null;
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
      throw new ClusterError(`target ${target.name}: the kubeconfig names no server`);
    this.protocol = url.protocol;
    this.host = url.hostname.replace(/^\[(.*)\]$/u, '$1');
    this.port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    this.prefix = url.pathname.replace(/\/+$/u, '');
  }

  /** What people call the account the gateway uses there. */
  get account(): string {
    return this.#config.getCurrentUser()?.name ?? 'unknown';
  }

  /** `https://host:port/prefix`, without a credential. */
  get url(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host;
    return `${this.protocol}//${host}:${this.port}${this.prefix}`;
  }

  /** The credential in force; taken anew every 30 s. @throws ClusterError when it cannot be had */
  async access(): Promise<ClusterAccess> {
    const held = this.#access;
    if (held !== null && Date.now() < held.until) return held.value;
    this.#asking ??= this.#take().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Asks the cluster something for the gateway itself; bounded. @throws ClusterError when it does not answer with JSON in time */
  async ask(question: OwnQuestion): Promise<{ readonly code: number; readonly json: unknown }> {
    const { code, body } = await this.askBytes(question);
    try {
      return { code, json: JSON.parse(body.toString('utf8')) as unknown };
    } catch (error) {
      throw unanswered(error);
    }
  }

  /** The same for an answer that has to be read otherwise. @throws ClusterError when it does not answer whole in time */
  async askBytes(question: OwnQuestion): Promise<{ readonly code: number; readonly body: Buffer }> {
    const { authorization, agent, tls } = await this.access();
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(question.headers))
      headers[name] = typeof value === 'string' ? value : [...value];
    if (authorization !== null) headers['authorization'] = authorization;
    if (question.body !== undefined) headers['content-length'] = String(Buffer.byteLength(question.body));
    const send = this.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(unanswered(error));
      const request = send(
        {
          ...tls,
          agent,
          protocol: this.protocol,
          host: this.host,
          port: this.port,
          method: question.method,
          path: this.prefix + question.path,
          headers,
          timeout: ANSWER_MS,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > ANSWER_BYTES) request.destroy(new Error('its answer is too long'));
            else chunks.push(chunk);
          });
          answer.on('error', fail);
          answer.on('end', () => resolve({ code: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
          answer.on('close', () => {
            if (!answer.complete) fail(new Error('its answer was cut off'));
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
      request.on('error', fail);
      request.end(question.body);
    });
  }

  close(): void {
    this.#access?.value.agent.destroy();
  }

  async #take(): Promise<ClusterAccess> {
    const options: RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new ClusterError(`target ${this.target.name}: the credential cannot be had (${reasonOf(error)})`, {
        cause: error,
      });
    }
    const { ca, cert, key, passphrase, servername, rejectUnauthorized } = options;
    const tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(passphrase !== undefined && { passphrase }),
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    };
    const given = Object.entries(options.headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
    const basic = typeof options.auth === 'string' ? `Basic ${Buffer.from(options.auth).toString('base64')}` : null;
    const authorization = typeof given === 'string' ? given : basic;
    // one agent per client certificate: two of them must not share a socket
    const identity = JSON.stringify([
      String(ca ?? ''),
      String(cert ?? ''),
      servername ?? '',
      rejectUnauthorized ?? true,
    ]);
    const held = this.#access;
    const agent = held?.key === identity ? held.value.agent : this.#newAgent(tls);
    // what still runs over the agent of an older certificate goes on; its idle connections end by themselves
    const value = { authorization, agent, tls };
    this.#access = { value, until: Date.now() + CREDENTIAL_MS, key: identity };
    return value;
  }

  #newAgent(tls: ClusterAccess['tls']): Agent {
    const common = { keepAlive: true, keepAliveMsecs: 30_000, timeout: IDLE_MS, maxFreeSockets: 64 };
    // http-proxy takes either; a cluster in clear text exists on loopback only
    if (this.protocol === 'http:') return new HttpAgent(common) as Agent;
    // exec and port-forward cannot run over h2, and neither can what masks need
    return new Agent({ ...common, ...tls, ALPNProtocols: ['http/1.1'] });
  }
}

function readKubeconfig({ name, kubernetes }: KubernetesTarget): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(kubernetes.kubeconfig.reveal());
  } catch (error) {
    throw new ClusterError(`target ${name}: the kubeconfig cannot be read (${reasonOf(error)})`);
  }
  if (kubernetes.context !== undefined) config.setCurrentContext(kubernetes.context);
  if (config.getContextObject(config.getCurrentContext()) === null)
    throw new ClusterError(
      `target ${name}: the kubeconfig has no context ${JSON.stringify(config.getCurrentContext())}`,
    );
  if (config.getCurrentUser() === null)
    throw new ClusterError(`target ${name}: the context of the kubeconfig names no user`);
  return config;
}

function unanswered(error: unknown): ClusterError {
  return new ClusterError(`the cluster does not answer (${reasonOf(error)})`, { cause: error });
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message.split('\n', 1)[0]!.slice(0, 200) : 'unknown error';
}
