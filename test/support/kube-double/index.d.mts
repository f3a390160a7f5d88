/** One request as the double saw it. */
export interface SeenRequest {
  readonly n: number;
  readonly connection: number;
  readonly method: string;
  readonly target: string;
  /** header lines in order, names as sent */
  readonly lines: readonly (readonly [string, string])[];
  /** whom it spoke for; null without a known credential */
  readonly user: string | null;
  readonly auditId: string | null;
  /** null until it is answered */
  readonly status: number | null;
  readonly bytes: number;
  readonly body: Buffer;
  /** stdin of an exec or attach so far */
  readonly input?: Buffer;
}

/** Something that a gateway must never bring. `n` is the number of the request, null when there was none. */
export interface Violation {
  readonly kind: string;
  readonly detail: string;
  readonly n: number | null;
}

/** A stream that is open: `waiting` while its reader takes nothing, `sent` in bytes. */
export interface OpenStream {
  readonly n: number;
  readonly kind: string;
  readonly target: string;
  readonly waiting: boolean;
  readonly sent: number;
}

/** See faults.mjs. */
export interface Fault {
  readonly times?: number;
  readonly delay?: number;
  readonly hang?: boolean;
  readonly status?: number;
  readonly message?: string;
  readonly retryAfter?: number;
  readonly cut?: number;
  readonly rst?: boolean;
  readonly dribble?: number;
  readonly badJson?: boolean;
  readonly oversize?: number;
  readonly protobuf?: boolean;
  readonly gzip?: boolean;
  readonly chunkedError?: boolean;
  readonly garbage?: string | Uint8Array;
  readonly body?: string | Uint8Array;
  readonly mediaType?: string;
  readonly contentLength?: number;
  readonly afterEvents?: number;
  readonly warning?: string;
}

/** One running command, for scripts; see exec.mjs. */
export interface Process {
  readonly argv: readonly string[];
  readonly user: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  out(data: string | Uint8Array): Promise<void>;
  err(data: string | Uint8Array): Promise<void>;
  message(channel: number, data: string | Uint8Array): Promise<void>;
  fragments(channel: number, data: Uint8Array, sizes: readonly number[]): Promise<void>;
  raw(bytes: Uint8Array): Promise<void>;
  exit(code: number): Promise<void>;
  onInput(listener: (data: Buffer) => void): void;
  onInputEnd(listener: () => void): void;
  onResize(listener: (size: { readonly Width: number; readonly Height: number }) => void): void;
  onClose(listener: () => void): void;
  kill(): void;
}

/** An object of the API. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** What `authorize` is asked. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly user: string;
  readonly groups: readonly string[];
}

export interface KubeDoubleOptions {
  readonly port?: number;
  /** whether its account may impersonate; default true */
  readonly impersonation?: boolean;
  /** users and groups that may be impersonated without a violation; default all but those beginning with `system:` */
  readonly mayBe?: (name: string) => boolean;
  readonly authorize?: (attributes: Attributes) => boolean;
  readonly seed?: readonly KubeObject[];
}

/** A running double. Everything it saw is in `requests` and `violations`, which grow. */
export interface KubeDouble {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  /** the gateway's credential */
  readonly token: string;
  readonly omits: readonly string[];
  readonly requests: readonly SeenRequest[];
  readonly violations: readonly Violation[];
  readonly connections: { readonly opened: number; readonly open: number };
  readonly streams: readonly OpenStream[];
  readonly streamsOpened: number;
  kubeconfig(): string;
  /** @returns the file's path */
  writeKubeconfig(dir: string, name?: string): string;
  /** Creates or replaces an object past all checks of a client. */
  put(object: KubeObject): KubeObject;
  get(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | null;
  remove(apiVersion: string, kind: string, namespace: string, name: string): KubeObject;
  /** One more chunk of a pod's log. */
  log(namespace: string, pod: string, data: string | Uint8Array): void;
  fault(match: string | ((method: string, target: string) => boolean), fault: Fault): void;
  clearFaults(): void;
  /** What a program does when an exec names it (`attach` for attach). */
  script(program: string, script: (process: Process) => unknown): void;
  /** A user's token: TokenReview knows it, and a gateway that brings it is caught. */
  user(
    token: string,
    user: { readonly user: string; readonly groups?: readonly string[]; readonly audiences?: readonly string[] },
  ): void;
  /** Forgets history: older watches and continued lists are told 410. */
  compact(): void;
  /** A bookmark to every watch that wants them. */
  bookmark(): void;
  report(): {
    readonly requests: number;
    readonly connections: { readonly opened: number; readonly open: number };
    readonly openStreams: number;
    readonly streamsOpened: number;
    readonly violations: readonly Violation[];
  };
  close(): Promise<void>;
}

export const omits: readonly string[];
export function startKubeDouble(options?: KubeDoubleOptions): Promise<KubeDouble>;
