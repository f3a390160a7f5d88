import { z } from 'zod';
import { count, duration } from './scalars.js';

/** Credentials that people and agents mint for clients that cannot carry a token. */
export function credentialsSection() {
  return z
    .strictObject({
      maxTtl: duration({ min: '1m', max: '30d' })
        .prefault('12h')
        .describe('How long a minted credential may live at most, whatever is left of the token it was minted with.'),
      perPerson: count(1, 10_000).prefault(50).describe('Credentials in force that one person may have.'),
    })
    .prefault({})
    .describe(
      'Names and secrets that people and agents mint for one PostgreSQL target each, for clients that cannot fetch a token whenever they connect.',
    );
}
