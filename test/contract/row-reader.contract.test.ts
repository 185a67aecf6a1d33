/** Rows as they are in a database: read by key, compared with what should be there. */
import { afterAll, beforeAll, describe } from 'vitest';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { testComparison } from './row-compare-contract.ts';
import { testKeys } from './row-reader-keys-contract.ts';
import { testValues } from './row-reader-values-contract.ts';

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'rows', source: true });
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  describe('keys', () => testKeys(flavour, () => opened));
  describe('values', () => testValues(flavour, () => opened));
  describe('comparison', () => testComparison(flavour, () => opened));
});
