import { DescribedReads } from './described-reads.js';
import type { DescribedRequest } from './described-request.js';

const request = {} as DescribedRequest;

describe('descriptions of reads', () => {
  it('are of one target and one path', () => {
    const reads = new DescribedReads();
    reads.keep('prod', '/api/v1/pods', request, 0);
    expect(reads.get('prod', '/api/v1/pods', 1)).toBe(request);
    expect(reads.get('test', '/api/v1/pods', 1)).toBeUndefined();
    expect(reads.get('prod', '/api/v1/pods?limit=1', 1)).toBeUndefined();
  });

  it('are forgotten after a minute, and are never too many or too long', () => {
    const reads = new DescribedReads();
    reads.keep('prod', '/version', request, 0);
    expect(reads.get('prod', '/version', 59_999)).toBe(request);
    expect(reads.get('prod', '/version', 60_000)).toBeUndefined();
    reads.keep('prod', `/${'a'.repeat(2_000)}`, request, 60_000);
    expect(reads.get('prod', `/${'a'.repeat(2_000)}`, 60_000)).toBeUndefined();
    reads.keep('prod', '/version', request, 60_000);
    for (let i = 0; i < 1_000; i++) reads.keep('prod', `/${i}`, request, 60_000);
    expect(reads.get('prod', '/version', 60_000)).toBeUndefined();
    expect(reads.get('prod', '/999', 60_000)).toBe(request);
  });
});
