import { createHash } from 'node:crypto';
import type { DocumentMap } from './body/document.js';
import { parseJson } from './body/parse-json.js';
import type { Entered, ExchangeParts } from './enter.js';
import { impersonationFor } from './enter.js';
import { diffObjects } from './object-diff.js';
import { pathOfCollection, pathOfObject } from './object-labels.js';
import { redactObject, redactText } from './redaction/index.js';
import { type RequestInfo, type RequestTarget, upstreamHeaders } from './request/index.js';

/** What is shown and bound of the objects that a held request is about, as they are now. */
export interface Preview {
  /** UID of the object it names; `none`: there is no such object; null: it names none, or it is not known */
  readonly uid: string | null;
  /** what would change, masked; null: not known */
  readonly diff: string | null;
  /** hash of what must still be so when it runs */
  readonly bound: string;
  /** objects it is about, where that can be counted */
  readonly count: number | null;
  /** whole sentences */
  readonly notes: readonly string[];
}

/** A held request, as far as the cluster is asked about it. */
export interface Previewed {
  readonly info: RequestInfo;
  readonly target: RequestTarget;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const MOST_COUNTED = 500;
const MOST_NAMED = 20;

/** Groups that kube-apiserver serves itself: their dry runs are dry (KEP-576). */
const ownGroups = new Set(
  `apps batch autoscaling policy networking.k8s.io rbac.authorization.k8s.io storage.k8s.io apiextensions.k8s.io
  apiregistration.k8s.io admissionregistration.k8s.io coordination.k8s.io discovery.k8s.io node.k8s.io scheduling.k8s.io
  events.k8s.io flowcontrol.apiserver.k8s.io certificates.k8s.io resource.k8s.io`.split(/\s+/u),
);

type Kind = 'look' | 'create' | 'change' | 'delete' | 'delete-many';

/** Looks at what a held request would do, in the name of who sent it; each question is in the record. @throws ClusterError */
export async function previewOf(parts: ExchangeParts, entered: Entered, of: Previewed): Promise<Preview> {
  const { info } = of;
  if (!info.isResource) return preview({});
  const asker = new Asker(parts, entered);
  switch (kindOf(info)) {
    case 'delete-many':
      return counted(asker, of);
    case 'create':
      return changed(parts, asker, of, { uid: null, raw: null, note: null });
    case 'change':
      return changed(parts, asker, of, await present(asker, info, 'application/json'));
    case 'delete':
      return deleted(parts, of, await present(asker, info, 'application/json'));
    case 'look': {
      if (info.name === '' || info.verb === 'list' || info.verb === 'watch') return preview({});
      const { uid, note } = await present(asker, info, PARTIAL);
      return preview({ uid, notes: note === null ? [] : [note] });
    }
  }
}

function kindOf({ verb, group, subresource, synthetic }: RequestInfo): Kind {
  // asked, never stored
  if (group === 'authentication.k8s.io' || group === 'authorization.k8s.io' || synthetic === 'connect') return 'look';
  const whole = subresource === '';
  if (verb === 'create' && whole) return 'create';
  if ((verb === 'update' || verb === 'patch') && (whole || subresource === 'scale')) return 'change';
  if (verb === 'delete' && whole) return 'delete';
  return verb === 'deletecollection' ? 'delete-many' : 'look';
}

function preview(of: Partial<Preview>): Preview {
  return { uid: null, diff: null, bound: '', count: null, notes: [], ...of };
}

/** Asks the cluster as the person who sent the request. */
class Asker {
  readonly #parts: ExchangeParts;
  readonly #entered: Entered;

  constructor(parts: ExchangeParts, entered: Entered) {
    this.#parts = parts;
    this.#entered = entered;
  }

  async ask(
    what: string,
    question: {
      readonly method: string;
      readonly path: string;
      readonly accept: string;
      readonly rawHeaders?: readonly string[];
      readonly body?: Uint8Array;
    },
  ): Promise<{ readonly code: number; readonly body: Buffer }> {
    const { cluster, target, access, session } = this.#entered;
    const auditId = this.#parts.clusters.recordQuestion(target.name, what, session.gate.facts.session);
    const headers = upstreamHeaders(question.rawHeaders ?? [], {
      authorization: access.authorization,
      auditId,
      impersonate: impersonationFor(this.#entered),
      accept: question.accept,
      identity: true,
      contentLength: null,
    });
    const { method, path, body } = question;
    return cluster.askBytes({ method, path, headers, ...(body !== undefined && body.length > 0 && { body }) });
  }

  /** Whether a dry run of the group's resources is one: what somebody else serves may take it for the real thing. */
  async runsDry({ group, version }: RequestInfo): Promise<boolean> {
    if (group === '' || ownGroups.has(group)) return true;
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${encodeURIComponent(`${version}.${group}`)}`;
    const { code, body } = await this.ask('who serves a group', { method: 'GET', path, accept: 'application/json' });
    if (code !== 200) return false;
    const { spec } = JSON.parse(body.toString('utf8')) as { readonly spec?: { readonly service?: unknown } };
    return spec !== undefined && (spec.service === undefined || spec.service === null);
  }
}

interface Present {
  readonly uid: string | null;
  readonly raw: Buffer | null;
  readonly note: string | null;
}

const UNKNOWN_OBJECT = 'Which object bears that name now could not be found out: another one could take its place.';

async function present(asker: Asker, info: RequestInfo, accept: string): Promise<Present> {
  const scale = info.subresource === 'scale' ? '/scale' : '';
  const path = `${pathOfObject(info)}${scale}`;
  const { code, body } = await asker.ask('the object of a held request', { method: 'GET', path, accept });
  if (code === 404) return { uid: 'none', raw: null, note: 'There is no object of that name now.' };
  if (code >= 500) throw new Error(`the cluster answered ${code} when it was asked for the object`);
  if (code !== 200) return { uid: null, raw: null, note: UNKNOWN_OBJECT };
  const { metadata } = JSON.parse(body.toString('utf8')) as { readonly metadata?: { readonly uid?: unknown } };
  const uid = typeof metadata?.uid === 'string' && metadata.uid !== '' ? metadata.uid : null;
  return { uid, raw: body, note: uid === null ? UNKNOWN_OBJECT : null };
}

async function changed(parts: ExchangeParts, asker: Asker, of: Previewed, before: Present): Promise<Preview> {
  const { info, target, rawHeaders, body } = of;
  const notes = before.note === null ? [] : [before.note];
  const { uid } = before;
  const without = (note: string): Preview => preview({ uid, notes: [...notes, note] });
  // without its present state there is nothing to compare with
  if (uid === null && info.verb !== 'create') return preview({ uid, notes });
  let after: Buffer;
  try {
    if (!(await asker.runsDry(info)))
      return without('What it would change is not known: who serves this group may not know dry runs.');
    const search = info.dryRun ? target.search : `${target.search === '' ? '?' : `${target.search}&`}dryRun=All`;
    const path = target.path + search;
    const asked = { method: info.method, path, accept: 'application/json', rawHeaders, body };
    const answer = await asker.ask('dry run of a held request', asked);
    if (answer.code >= 300) return without(refusedRun(parts, info, answer));
    after = answer.body;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return without(`What it would change is not known: the dry run failed (${why}).`);
  }
  const found = maskedDiff(parts, info, before.raw, after);
  if (found === null) return without('What it would change is not shown: it could not be masked.');
  // of what is created the server makes up names and numbers anew each time: the body is what is bound
  const bound = before.raw === null ? '' : found.hash;
  return preview({ uid, diff: found.text, bound, notes: [...notes, ...found.notes] });
}

function deleted(parts: ExchangeParts, { info }: Previewed, before: Present): Preview {
  const { uid, raw, note } = before;
  const notes = note === null ? [] : [note];
  if (raw === null) return preview({ uid, notes });
  const found = maskedDiff(parts, info, raw, null);
  if (found === null) return preview({ uid, notes: [...notes, 'The object is not shown: it could not be masked.'] });
  return preview({ uid, diff: found.text, bound: found.hash, notes: [...notes, ...found.notes] });
}

async function counted(asker: Asker, { info }: Previewed): Promise<Preview> {
  const selectors = ['labelSelector', 'fieldSelector'].flatMap((name) =>
    (info.query.get(name) ?? []).map((value) => `${name}=${encodeURIComponent(value)}`),
  );
  const path = `${pathOfCollection(info)}?${[...selectors, `limit=${MOST_COUNTED}`].join('&')}`;
  const { code, body } = await asker.ask('objects of a held request', { method: 'GET', path, accept: PARTIAL_LIST });
  if (code !== 200) return preview({ notes: ['How many objects it deletes could not be found out.'] });
  const list = JSON.parse(body.toString('utf8')) as {
    readonly metadata?: { readonly continue?: string };
    readonly items?: readonly { readonly metadata?: { readonly name?: string; readonly uid?: string } }[];
  };
  const items = list.items ?? [];
  const more = (list.metadata?.continue ?? '') !== '';
  const names = items.slice(0, MOST_NAMED).map(({ metadata }) => metadata?.name ?? '?');
  const rest = items.length > MOST_NAMED || more ? ', …' : '';
  const said = `It deletes ${more ? 'more than ' : ''}${items.length} objects${names.length === 0 ? '' : `: ${names.join(', ')}${rest}`}.`;
  const uids = items.map(({ metadata }) => metadata?.uid ?? '').sort();
  return preview({
    count: items.length,
    // too many to be named: what is approved is the selection, whatever is in it
    bound: more ? '' : hashOf(uids.join('\n')),
    notes: more
      ? [said, 'They are too many to be bound one by one: whatever is selected when it runs is deleted.']
      : [said],
  });
}

function refusedRun({ protection }: ExchangeParts, info: RequestInfo, answer: { code: number; body: Buffer }): string {
  let message = '';
  try {
    const status = JSON.parse(answer.body.toString('utf8')) as { readonly message?: unknown };
    if (typeof status.message === 'string') message = status.message;
  } catch {
    // the code says enough
  }
  const { plan, key, patterns } = protection;
  const shown = redactText(plan, info, key, message, patterns).slice(0, 500);
  return `What it would change is not known: the cluster refused a dry run of it (${answer.code}${shown === '' ? '' : `: ${shown}`}).`;
}

interface MaskedDiff {
  readonly text: string;
  readonly hash: string;
  readonly notes: readonly string[];
}

/** Marks as they stand in base64 fields. */
const encodedMark = /"(c2FsbHlwb3J0OnYx[A-Za-z0-9+/]*={0,2})"/gu;

/** The difference of two states, both masked alike. @returns null when one of them cannot be masked */
function maskedDiff(
  { protection }: ExchangeParts,
  info: RequestInfo,
  before: Buffer | null,
  after: Buffer | null,
): MaskedDiff | null {
  const { plan, key, patterns } = protection;
  const read = (json: Uint8Array | null): DocumentMap | null => {
    if (json === null) return null;
    const document = parseJson(Buffer.from(json).toString('utf8'));
    if (!(document instanceof Map)) throw new Error('not an object');
    return document;
  };
  const masked = (json: Buffer | null): DocumentMap | null =>
    json === null ? null : read(redactObject(plan, info, key, json, patterns));
  try {
    const clear = diffObjects(read(before), read(after));
    const shown = diffObjects(masked(before), masked(after));
    const hidden = [...clear.changed].filter((path) => !shown.changed.has(path)).length;
    const lines = shown.lines.map((line) =>
      line.replaceAll(encodedMark, (_, mark: string) => JSON.stringify(Buffer.from(mark, 'base64').toString('utf8'))),
    );
    const text = lines.length === 0 ? '(nothing changes)' : lines.join('\n');
    const notes = [
      ...(lines.some((line) => line.includes('sallyport:v1:'))
        ? ['Values that begin with sallyport:v1: are masked; where two of them differ, a masked value changes.']
        : []),
      ...(hidden > 0 ? [`A masked value changes in ${hidden} more ${hidden === 1 ? 'place' : 'places'}.`] : []),
    ];
    return { text, hash: hashOf(`${text}\n${hidden}`), notes };
  } catch {
    return null;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
