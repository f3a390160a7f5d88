import { BadRequest } from './bad-request.js';
import { parseTarget } from './request-target.js';

function refusal(url: string): BadRequest {
  try {
    parseTarget(url);
  } catch (error) {
    if (error instanceof BadRequest) return error;
    throw error;
  }
  throw new Error(`accepted: ${url}`);
}

describe('parseTarget', () => {
  it.each([
    ['an encoded slash', '/api/v1/namespaces/x/secrets%2Ffoo'],
    ['an encoded slash in lower case', '/api/v1/namespaces/x/secrets%2ffoo'],
    ['an encoded backslash', '/api/v1/secrets%5Cfoo'],
    ['an encoded NUL', '/api/v1/secrets%00'],
    ['an encoded NUL in the query', '/api/v1/pods?labelSelector=a%00'],
    ['an encoded newline', '/api/v1/secrets%0a'],
    ['an encoded escape character', '/api/v1/pods/%1b[31m'],
    ['an encoded C1 control', '/api/v1/pods/%C2%9b'],
    ['an empty segment', '/api/v1//pods'],
    ['an empty first segment', '//api/v1/pods'],
    ['two trailing slashes', '/version//'],
    ['a dot segment', '/api/./v1/pods'],
    ['a double dot segment', '/api/v1/namespaces/../secrets'],
    ['a trailing double dot segment', '/api/v1/pods/..'],
    ['an encoded double dot segment', '/api/v1/namespaces/%2e%2E/secrets'],
    ['a half encoded dot segment', '/api/v1/.%2e/secrets'],
    ['a dot segment with a path parameter', '/api/v1/services/web/proxy/..;x/admin'],
    ['a backslash', '/api/v1\\secrets'],
    ['a backslash in the query', '/api/v1/pods?fieldSelector=a\\,b'],
    ['a fragment', '/api/v1/pods#?watch=true'],
    ['a fragment in the query', '/api/v1/pods?limit=1#x'],
    ['an absolute form', 'https://other/api/v1/pods'],
    ['an authority form', 'other:443'],
    ['an asterisk form', '*'],
    ['a space', '/api/v1/pods ?x'],
    ['a raw control byte', '/api/v1/pods\u0001'],
    ['a raw DEL', '/api/v1/pods\u007f'],
    ['a raw non-ASCII byte', '/api/v1/pods/\u00fc'],
    ['an incomplete percent encoding', '/api/v1/pods/%a'],
    ['a bad percent encoding', '/api/v1/pods/%zz'],
    ['invalid UTF-8', '/api/v1/pods/%ff'],
    ['an overlong slash', '/api/v1/secrets%c0%affoo'],
    ['an encoded surrogate', '/api/v1/pods/%ed%a0%80'],
    ['a percent sign in a name, to be decoded twice', '/api/v1/namespaces/x/secrets%252ffoo'],
    ['invalid UTF-8 in the query', '/api/v1/pods?labelSelector=%ff'],
    ['a bad percent encoding in the query', '/api/v1/pods?watch=%'],
    ['a bad percent encoding in a name', '/api/v1/pods?%zz=1'],
    ['a semicolon between parameters', '/api/v1/pods?limit=1;watch=true'],
    ['two watches', '/api/v1/pods?watch=false&watch=true'],
    ['two watches, one of them encoded', '/api/v1/pods?watch=0&%77atch=1'],
    ['two dry runs', '/api/v1/namespaces/x/pods?dryRun=All&dryRun='],
    ['two stdins', '/api/v1/namespaces/x/pods/p/exec?stdin=0&stdin=1'],
    ['two ttys', '/api/v1/namespaces/x/pods/p/exec?tty=0&tty=1'],
    ['two containers', '/api/v1/namespaces/x/pods/p/exec?container=a&container=b'],
    ['two field selectors', '/api/v1/secrets?fieldSelector=metadata.name=a&fieldSelector='],
    ['two label selectors', '/api/v1/secrets?labelSelector=a&labelSelector=b'],
    ['a dot segment in a proxied path', '/api/v1/namespaces/x/services/web/proxy/a/../b'],
    ['an encoded dot segment in a proxied path', '/api/v1/namespaces/x/services/web/proxy/%2e%2e/b'],
    ['an encoded slash in a proxied path', '/api/v1/nodes/n/proxy/run%2fx'],
    ['a double encoded slash in a proxied path', '/api/v1/nodes/n/proxy/run%252Fx'],
    ['a double encoded dot in a proxied path', '/api/v1/nodes/n/proxy/%252e%252e/x'],
    ['an empty segment in a proxied path', '/api/v1/nodes/n/proxy//exec'],
  ])('refuses %s', (_name, url) => {
    expect(refusal(url)).toMatchObject({ reason: 'BadRequest', code: 400 });
  });

  it('refuses a target longer than 1 MiB and a path longer than 16 KiB as too long', () => {
    const query = `/api/v1/pods?x=${'a'.repeat(1 << 20)}`;
    expect(refusal(query)).toMatchObject({ reason: 'RequestURITooLong', code: 414 });
    expect(refusal(`/api/v1/pods/${'a'.repeat(1 << 14)}`)).toMatchObject({ code: 414 });
  });

  it('never puts bytes of the request into what it says', () => {
    expect(refusal('/api/v1/pods/%1b[31mred').message).not.toMatch(/red|\[31m/);
  });

  it.each([
    ['', '/', [], ''],
    ['/', '/', [], ''],
    ['?verbose', '/', [], '?verbose='],
    ['/version', '/version', ['version'], ''],
    ['/version/', '/version/', ['version'], ''],
    ['/api/v1/pods?watch', '/api/v1/pods', ['api', 'v1', 'pods'], '?watch='],
    ['/api/v1/pods?&limit=5&&a=', '/api/v1/pods', ['api', 'v1', 'pods'], '?limit=5&a='],
    ['/api/v1/pods?l=a%3Db+c', '/api/v1/pods', ['api', 'v1', 'pods'], '?l=a%3Db%20c'],
    ['/api/v1/n%61me/%73', '/api/v1/name/s', ['api', 'v1', 'name', 's'], ''],
    ['/apis/g/v1/roles/system%3anode:x', '/apis/g/v1/roles/system:node:x', null, ''],
    ['/api/v1/pods/%C3%BC', '/api/v1/pods/%C3%BC', ['api', 'v1', 'pods', 'ü'], ''],
    ["/api/v1/pods/it's", '/api/v1/pods/it%27s', ['api', 'v1', 'pods', "it's"], ''],
    ['/openapi/v3?hash=A%2BB/', '/openapi/v3', ['openapi', 'v3'], '?hash=A%2BB%2F'],
    ['/api/v1/pods?q="<>^`{|}\'', '/api/v1/pods', null, '?q=%22%3C%3E%5E%60%7B%7C%7D%27'],
  ])('reads %j as one target and says it again canonically', (url, path, segments, search) => {
    const target = parseTarget(url);
    expect(target).toMatchObject({ path, search, ...(segments && { segments }) });
    const again = parseTarget(target.path + target.search);
    expect(again).toEqual(target);
  });

  it('keeps repeated commands in order', () => {
    const target = parseTarget('/api/v1/namespaces/x/pods/p/exec?command=sh&command=-c&container=c&command=a+b%2Fc%0A');
    expect(target.query.get('command')).toEqual(['sh', '-c', 'a b/c\n']);
    expect(target.search).toBe('?command=sh&command=-c&container=c&command=a%20b%2Fc%0A');
  });

  it('serves an exec of 20 KB', () => {
    const code = 'print(1)\n'.repeat(2500);
    const target = parseTarget(`/api/v1/namespaces/x/pods/p/exec?command=${encodeURIComponent(code)}`);
    expect(target.query.get('command')).toEqual([code]);
  });

  it('keeps the spelling behind proxy, and repeated parameters, which are not the API server’s', () => {
    const target = parseTarget('/api/v1/namespaces/x/services/w%65b/proxy/a%20b/%7Ec%25d/?watch=1&watch=2');
    expect(target.path).toBe('/api/v1/namespaces/x/services/web/proxy/a%20b/%7Ec%25d/');
    expect(target.segments.slice(-2)).toEqual(['a b', '~c%d']);
    expect(target.search).toBe('?watch=1&watch=2');
  });

  it('changes nothing behind http-proxy’s own reading of a target', () => {
    for (const url of ['/api/v1/pods/a%3Fb?x=%23&y=a@b:c', "/api/v1/nodes/n/proxy/{a}|'b", '/apis/g/v1/x/a;b=c,d']) {
      const { path, search } = parseTarget(url);
      const seen = new URL(path + search, 'http://h');
      expect(seen.pathname + seen.search).toBe(path + search);
    }
  });
});
