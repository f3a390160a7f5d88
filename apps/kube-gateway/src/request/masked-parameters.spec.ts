import { maskedParameters } from './masked-parameters.js';
import { parseTarget } from './request-target.js';

const mask = 'sallyport:v1:0123456789abcdef';
const found = (url: string): string[] => maskedParameters(parseTarget(url));

describe('maskedParameters', () => {
  it.each(['', 'x', 'xx', 'xxx'])('finds a mask in base64 behind %j', (before) => {
    const encoded = Buffer.from(`${before}${mask}`).toString('base64');
    expect(found(`/api/v1/namespaces/x/pods/p/exec?command=echo&command=${encodeURIComponent(encoded)}`)).toEqual([
      'command',
    ]);
  });

  it('finds a mask in plain, percent-encoded, in a name of a parameter and in the path', () => {
    expect(found(`/api/v1/pods?fieldSelector=a%3D${mask}&x=1`)).toEqual(['fieldSelector']);
    expect(found('/api/v1/pods?y=%73allyport%3av1')).toEqual(['y']);
    expect(found(`/api/v1/pods?${mask}=1`)).toEqual([mask]);
    expect(found(`/api/v1/pods/${mask}`)).toEqual(['path']);
  });

  it('finds none where there is none', () => {
    expect(found('/api/v1/namespaces/sallyport/pods?labelSelector=app%3Dsallyport-v1')).toEqual([]);
  });
});
