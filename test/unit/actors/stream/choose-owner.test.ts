import { describe, expect, test } from 'vitest';
import {
  type Claim,
  type Claimant,
  chooseOwner,
  decodeClaim,
  encodeClaim,
  noClaim,
} from '../../../../actors/stream/choose-owner.ts';

function claimant(memberId: string, claim: Partial<Claim>): Claimant {
  return { memberId, claim: { placeEpoch: 1, instance: memberId, incarnation: 1, owner: false, ...claim } };
}

describe('the owner of a partition', () => {
  test('is the member with the highest place epoch, also against the one that owns it', () => {
    const members = [claimant('a', { placeEpoch: 7, owner: true }), claimant('b', { placeEpoch: 8 })];
    expect(chooseOwner(members)).toBe('b');
    expect(chooseOwner(members.toReversed())).toBe('b');
  });

  test('stays the owner between equal place epochs, and else is the smallest instance', () => {
    expect(chooseOwner([claimant('a', {}), claimant('b', { owner: true })])).toBe('b');
    expect(chooseOwner([claimant('b', {}), claimant('a', {})])).toBe('a');
    expect(chooseOwner([claimant('y', { instance: 'same' }), claimant('x', { instance: 'same' })])).toBe('x');
  });

  test('is the newest consumer of a stream, also when its last one still claims to own', () => {
    const last = claimant('a', { instance: 'stream', incarnation: 3, owner: true });
    const newest = claimant('z', { instance: 'stream', incarnation: 4 });
    expect(chooseOwner([last, newest])).toBe('z');
  });

  test('is anybody rather than nobody, and a readable claim rather than an unreadable one', () => {
    expect(chooseOwner([])).toBeUndefined();
    expect(chooseOwner([{ memberId: 'a', claim: noClaim }])).toBe('a');
    expect(chooseOwner([{ memberId: 'a', claim: noClaim }, claimant('b', {})])).toBe('b');
  });
});

describe('a claim', () => {
  test('comes back as it was encoded', () => {
    const claim: Claim = { placeEpoch: 2 ** 52, instance: 'ü', incarnation: 9, owner: true };
    expect(decodeClaim(encodeClaim(claim))).toEqual(claim);
  });

  test.each([
    ['nothing', null],
    ['no JSON', Buffer.from('{')],
    ['not an object', Buffer.from('null')],
    ['a field missing', Buffer.from('{"placeEpoch":1,"instance":"a","incarnation":1}')],
    ['a number that is none', Buffer.from('{"placeEpoch":"1","instance":"a","incarnation":1,"owner":true}')],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00])],
  ])('that cannot be read is no claim: %s', (_, bytes) => {
    expect(decodeClaim(bytes)).toEqual(noClaim);
  });
});
