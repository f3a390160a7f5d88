import { isAddress, type Network } from '@app/identity';

/** Which of the networks hold an address, as a text to compare; `?` for what is no address. */
export function placeOf(networks: readonly Network[], address: string): string {
  if (!isAddress(address)) return '?';
  return networks.map((network) => (network.contains(address) ? '1' : '0')).join('');
}
