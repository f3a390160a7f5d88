import { protobufOf, speaksProtobuf } from './protobuf.mjs';
import { apiVersionOf } from './resources.mjs';
import { Refused } from './status.mjs';

/**
 * What a client asks to have objects shown as: the first media type of `Accept` that can be served.
 * @returns `{ media, as, version }`; `as` is '', 'Table', 'PartialObjectMetadata' or 'PartialObjectMetadataList'
 * @throws Refused 406
 */
export function negotiated(accept, type) {
  for (const range of (accept ?? '*/*').split(',')) {
    const [media = '', ...parameters] = range.split(';').map((part) => part.trim());
    const { as = '', v = 'v1', g = '' } = Object.fromEntries(parameters.map((text) => text.split('=')));
    if (as !== '' && (g !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(v))) continue;
    if (['application/json', '*/*', 'application/*'].includes(media))
      return { media: 'application/json', as, version: v };
    if (media === 'application/vnd.kubernetes.protobuf' && as === '' && speaksProtobuf(type))
      return { media, as, version: v };
  }
  throw new Refused(
    406,
    'only the following media types are accepted: application/json, application/vnd.kubernetes.protobuf',
  );
}

const without = (object, ...names) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)));

const metadataOnly = (object, version) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});

const definitions = (type) => type.columns.map((column) => ({ ...without(column, 'value'), description: '' }));

function table(type, objects, { version, include, metadata, withColumns }) {
  if (!['', 'Metadata', 'Object', 'None'].includes(include))
    throw new Refused(400, `unrecognized includeObject value: ${JSON.stringify(include)}`);
  const shown =
    {
      Object: (object) => ({ object }),
      None: () => ({}),
    }[include] ?? ((object) => ({ object: metadataOnly(object, version) }));
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns ? definitions(type) : null,
    rows: objects.map((object) => ({ cells: type.columns.map((column) => column.value(object)), ...shown(object) })),
  };
}

/** One object as asked. `withColumns` is false for all but the first event of a watch. */
export function shownObject(type, object, wish, include, withColumns = true) {
  const { version } = wish;
  if (wish.as === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return table(type, [object], { version, include, metadata, withColumns });
  }
  if (wish.as === 'PartialObjectMetadata') return metadataOnly(object, version);
  if (wish.as !== '') throw new Refused(406, `an object cannot be shown as ${wish.as}`);
  return object;
}

/** A list as asked. */
export function shownList(type, objects, metadata, wish, include) {
  const { version } = wish;
  if (wish.as === 'Table') return table(type, objects, { version, include, metadata, withColumns: true });
  if (wish.as === 'PartialObjectMetadataList')
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${version}`,
      metadata,
      items: objects.map((object) => metadataOnly(object, version)),
    };
  if (wish.as !== '') throw new Refused(406, `a list cannot be shown as ${wish.as}`);
  // the real server leaves kind and apiVersion out of the items of built-in lists
  const items = type.isCustom ? objects : objects.map((object) => without(object, 'kind', 'apiVersion'));
  return { kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata, items };
}

/** Sends what `shownObject` or `shownList` made, in the media type that was agreed on. */
export function sendShown(answer, code, body, wish, type) {
  if (wish.media === 'application/json') return answer.send(code, body);
  return answer.send(code, protobufOf(body, type), { 'Content-Type': wish.media });
}
