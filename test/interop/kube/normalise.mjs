/**
 * What two runs of the same commands may differ in: names of their namespaces and servers, everything the server makes
 * up, and times. All of it becomes a word in capitals; what is left has to be equal.
 * @param side `namespace`, `server` (URL), of the run that said it
 */
export function normalise(text, { namespace, server }) {
  return (
    text
      .replaceAll(namespace, 'NAMESPACE')
      .replaceAll(server, 'SERVER')
      .replaceAll(new URL(server).host, 'HOST')
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d)?/gu, 'TIME')
      .replaceAll(/(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/gu, 'TIME')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gu, 'UID')
      .replaceAll(/("?resourceVersion"?:\s*)"?\d+"?/gu, '$1VERSION')
      .replaceAll(/"continue":"[\w=-]+"/gu, '"continue":"TOKEN"')
      // kubectl 1.30 begins to read before it knows its own streams; nothing of what it prints depends on it
      .replaceAll(/E\d{4} [\d:.]+ +\d+ websocket\.go:\d+\] Unknown stream id \d, discarding message\r?\n/gu, '')
      .replaceAll(/(pod-template-hash(?:"?: ?"?|=))[a-z0-9]+/gu, '$1HASH')
      .replaceAll(
        /\b(web|made)-[bcdfghjklmnpqrstvwxz2456789]{6,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})?\b/gu,
        '$1-GENERATED',
      )
      .replaceAll(/(?<=[\s(])(?:\d+[dhms])+(?=[\s)]|$)/gu, 'AGE')
      .replaceAll(/\/tmp\/(LIVE|MERGED)-\d+/gu, '/tmp/$1')
      .replaceAll(/\b10\.(?:0\.0|244\.\d+)\.\d+\b/gu, 'ADDRESS')
      .replaceAll(/\n *Events:[\s\S]*$/gu, '\nEVENTS\n')
      .replaceAll(/ +/gu, ' ')
  );
}
