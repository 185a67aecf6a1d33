/** What a look at source, target and source again says of a row. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { RowName } from '../../../../protocol/verify/row-name.ts';
import { aRowName, WitnessRig } from '../../../support/witness-rig.ts';

const order = (a: string, more: Record<string, string> = {}) => ({ id: '1', s: '0', a, ...more });
const ORDER = aRowName('orders', 0, { id: '1' });

describe('a row that stands still', () => {
  test('is equal when the target holds what the source says, whatever the markers and its own columns are', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7'));
    rig.putAt(0, 'orders', order('7', { own: '5' }));
    const [verdict] = await rig.look(ORDER);
    expect(verdict).toMatchObject({ kind: 'equal', digest: expect.any(String) });
  });

  test('is equal without a digest when neither side has it', async () => {
    const rig = new WitnessRig();
    expect(await rig.look(ORDER)).toEqual([{ kind: 'equal', digest: null }]);
  });

  test('is missing, with what should be there', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7'));
    const [verdict] = await rig.look(ORDER);
    expect(verdict).toMatchObject({
      kind: 'different',
      mismatch: 'missing',
      columns: [],
      sourceDigest: expect.any(String),
      targetDigest: null,
      expected: { cells: ['1', '0', '7'] },
      actual: null,
    });
  });

  test('is extra, with what is there', async () => {
    const rig = new WitnessRig();
    rig.putAt(0, 'orders', order('7'));
    const [verdict] = await rig.look(ORDER);
    expect(verdict).toMatchObject({
      kind: 'different',
      mismatch: 'extra',
      columns: [],
      sourceDigest: null,
      targetDigest: expect.any(String),
      expected: null,
    });
  });

  test('is different, with the columns', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7'));
    rig.putAt(0, 'orders', { id: '1', s: '2', a: null });
    expect(await rig.see(ORDER)).toEqual(['different s,a']);
  });

  test('a column that is never written is not compared', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7', { secret: '1' }));
    rig.putAt(0, 'orders', order('7', { secret: '2' }));
    expect(await rig.see(ORDER)).toEqual(['equal']);
  });
});

describe('a row on several shards, or on the wrong one', () => {
  test('each shard of a row with several shard keys is judged by itself', async () => {
    const rig = new WitnessRig();
    rig.put('offers', { id: '1', s: '0', t: '1', a: '7' }, 0);
    rig.put('offers', { id: '2', s: '0', t: '2', a: '7' }, 0, 1);
    const names = ['1', '2'].flatMap((id) => [aRowName('offers', 0, { id }), aRowName('offers', 1, { id })]);
    expect(await rig.see(...names)).toEqual(['equal', 'missing', 'equal', 'extra']);
  });

  test('a row that moved is missing where it belongs and extra where it was', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7', { s: '1' }));
    rig.putAt(0, 'orders', order('7'));
    expect(await rig.see(ORDER, aRowName('orders', 1, { id: '1' }))).toEqual(['extra', 'missing']);
  });

  test('a looked-up shard key and a filled column are asked for now, once for all rows', async () => {
    const rig = new WitnessRig();
    rig.sellers.answers.set('10', ['4']).set('11', ['5']);
    rig.labels.answers.set('10', ['north']);
    for (const [id, po] of [
      ['1', '10'],
      ['2', '10'],
      ['3', '11'],
    ] as const) {
      rig.put('parcels', { id, po, label: 'at the source' });
    }
    rig.putAt(0, 'parcels', { id: '1', po: '10', label: 'north' });
    rig.putAt(0, 'parcels', { id: '2', po: '10', label: 'at the source' });
    rig.putAt(1, 'parcels', { id: '3', po: '11', label: null });
    const names = [aRowName('parcels', 0, { id: '1' }), aRowName('parcels', 0, { id: '2' })];
    expect(await rig.see(...names, aRowName('parcels', 1, { id: '3' }))).toEqual(['equal', 'different label', 'equal']);
    // Again for the one that differs.
    expect(rig.sellers.asked).toEqual([['10', '11'], ['10']]);
    expect(rig.labels.asked).toEqual([['10', '11'], ['10']]);
  });

  test('a row whose shard cannot be told is unreadable with the code that a sink would give, the others are judged', async () => {
    const rig = new WitnessRig();
    rig.sellers.answers.set('10', ['4']).set('12', ['x']).set('13', ['1', '2']);
    for (const [id, po] of Object.entries({ 1: '10', 2: '11', 3: '12', 4: '13' })) {
      rig.put('parcels', { id, po, label: null }, 0);
    }
    const names = ['1', '2', '3', '4'].map((id) => aRowName('parcels', 0, { id }));
    expect(await rig.see(...names)).toEqual(['equal', 'ERG_2001', 'ERG_2004', 'ERG_2005']);
  });
});

describe('a row that changes while it is looked at', () => {
  /** @param nth reading of rows at the source, from 1, before which it happens */
  function beforeSourceRead(rig: WitnessRig, nth: number, change: () => void): void {
    let seen = 0;
    rig.source.onRead = ({ what }) => {
      seen += what === 'many' ? 1 : 0;
      if (what === 'many' && seen === nth) {
        change();
      }
    };
  }

  test.for([
    ['changes', (rig: WitnessRig) => rig.put('orders', order('8'))],
    ['is deleted', (rig: WitnessRig) => rig.source.remove('orders', { id: '1' })],
    ['goes to another shard', (rig: WitnessRig) => rig.put('orders', order('7', { s: '1' }))],
  ] as const)('is moving when the source row %s after the target was read', async ([, change]) => {
    const rig = new WitnessRig();
    rig.put('orders', order('7'));
    rig.putAt(0, 'orders', order('6'));
    beforeSourceRead(rig, 2, () => change(rig));
    expect(await rig.see(ORDER)).toEqual(['moving']);
  });

  test('is moving when it appears at the source after the target was read', async () => {
    const rig = new WitnessRig();
    rig.putAt(0, 'orders', order('6'));
    beforeSourceRead(rig, 2, () => rig.put('orders', order('6')));
    expect(await rig.see(ORDER)).toEqual(['moving']);
  });

  test('is moving when the answer of its look-up changes', async () => {
    const rig = new WitnessRig();
    rig.sellers.answers.set('10', ['4']);
    rig.put('parcels', { id: '1', po: '10', label: null });
    beforeSourceRead(rig, 2, () => rig.sellers.answers.set('10', ['5']));
    expect(await rig.see(aRowName('parcels', 0, { id: '1' }))).toEqual(['moving']);
  });

  test('is different all the same when only a column changes that is never written', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7', { secret: '1' }));
    rig.putAt(0, 'orders', order('6'));
    beforeSourceRead(rig, 2, () => rig.put('orders', order('7', { secret: '2' })));
    expect(await rig.see(ORDER)).toEqual(['different a']);
  });

  test('is equal when the target gets it between the readings', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7'));
    rig.shards[0].onRead = ({ what }) => {
      if (what === 'many') {
        rig.putAt(0, 'orders', order('7'));
      }
    };
    expect(await rig.see(ORDER)).toEqual(['equal']);
  });

  test('the source is read once for a row that is equal, and twice for one that is not', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7'), 0);
    rig.put('orders', { id: '2', s: '0', a: '7' });
    await rig.look(ORDER, aRowName('orders', 0, { id: '2' }));
    expect(rig.witness.counts).toEqual({ sourceReads: 3, targetReads: 2 });
  });
});

describe('keys that are not the same on both sides', () => {
  const account = (id: string, mail: string) => ({ id, mail, a: '0' });

  test('a row is compared with the source row that names it', async () => {
    const rig = new WitnessRig();
    rig.put('accounts', account('1', 'x'), 0);
    expect(await rig.see(aRowName('accounts', 0, { mail: 'x' }, { id: '1' }))).toEqual(['equal']);
  });

  test('the old key of a source row that has another one now is extra', async () => {
    const rig = new WitnessRig();
    rig.put('accounts', account('1', 'y'), 0);
    rig.putAt(0, 'accounts', account('1', 'x'));
    const names = ['x', 'y'].map((mail) => aRowName('accounts', 0, { mail }, { id: '1' }));
    expect(await rig.see(...names)).toEqual(['extra', 'equal']);
  });

  test('a key that another source row has taken over is judged by that row', async () => {
    const rig = new WitnessRig();
    rig.put('accounts', account('1', 'y'), 0);
    rig.put('accounts', account('2', 'x'), 0);
    const name = aRowName('accounts', 0, { mail: 'x' }, { id: '1' });
    expect(await rig.see(name)).toEqual(['equal']);
    rig.source.put('accounts', { ...account('2', 'x'), a: '2' });
    expect(await rig.see(name)).toEqual(['different a']);
  });

  test('a row of which nothing but its key is known is found by the columns that the target has of it', async () => {
    const rig = new WitnessRig();
    rig.put('accounts', account('1', 'x'), 0);
    rig.putAt(0, 'accounts', account('2', 'rogue'));
    const names = ['x', 'rogue'].map((mail) => aRowName('accounts', 0, { mail }, {}));
    expect(await rig.see(...names)).toEqual(['equal', 'extra']);
    expect(await rig.see(aRowName('orders', 0, { id: '9' }, {}))).toEqual(['equal']);
  });

  test('a column that the target has of its own does not tell the source row, whatever its name', async () => {
    const rig = new WitnessRig({ ownIds: true });
    rig.put('accounts', { id: '1', mail: 'a', a: '0' });
    rig.putAt(0, 'accounts', { id: '77', mail: 'a', a: '0' });
    expect(await rig.see(aRowName('accounts', 0, { mail: 'a' }, {}))).toEqual(['ERG_4081']);
    expect(await rig.see(aRowName('accounts', 0, { mail: 'a' }, { id: '1' }))).toEqual(['equal']);
  });

  test('a row of which nothing tells the source row is unreadable', async () => {
    const rig = new WitnessRig();
    rig.putAt(0, 'codes', { code: 'x', a: '0' });
    const names = [aRowName('codes', 0, { code: 'x' }, {}), aRowName('accounts', 0, { mail: 'gone' }, {})];
    expect(await rig.see(...names)).toEqual(['ERG_4081', 'ERG_4081']);
  });

  test('a key that the server takes for another spelling of the same is the same row', async () => {
    const rig = new WitnessRig();
    rig.put('accounts', account('1', 'Anna'));
    rig.putAt(0, 'accounts', account('1', 'anna'));
    rig.shards[0].foldsCase = true;
    expect(await rig.see(aRowName('accounts', 0, { mail: 'Anna' }, { id: '1' }))).toEqual(['different mail']);
  });
});

describe('an extra row is kept', () => {
  const keptFor = async (rig: WitnessRig, ...names: readonly RowName[]) =>
    (await rig.look(...names)).map((verdict) => (verdict.kind === 'different' ? verdict.keptFor?.code : verdict.kind));

  test('while the table at the source is empty, and not when it has other rows', async () => {
    const rig = new WitnessRig();
    rig.putAt(0, 'orders', order('7'));
    expect(await keptFor(rig, ORDER)).toEqual(['ERG_4087']);
    rig.put('orders', { id: '2', s: '0', a: '7' }, 0);
    expect(await keptFor(rig, ORDER)).toEqual([undefined]);
  });

  test('when it cannot be told whether the source is empty', async () => {
    const rig = new WitnessRig();
    rig.put('orders', { id: '2', s: '0', a: '7' }, 0);
    rig.putAt(0, 'orders', order('7'));
    rig.source.onRead = ({ what }) => {
      if (what === 'range') {
        throw new ReplicationError('ERG_2101', 'away');
      }
    };
    expect(await keptFor(rig, ORDER)).toEqual(['ERG_2101']);
  });

  test('until its row is where it belongs instead', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order('7', { s: '1' }));
    rig.putAt(0, 'orders', order('7'));
    expect(await keptFor(rig, ORDER)).toEqual(['ERG_4086']);
    rig.shards[1].failure = new ReplicationError('ERG_3001', 'away');
    expect(await keptFor(rig, ORDER)).toEqual(['ERG_3001']);
    rig.shards[1].failure = undefined;
    rig.putAt(1, 'orders', order('8', { s: '1' }));
    expect(await keptFor(rig, ORDER)).toEqual([undefined]);
  });

  test('until the row of its new key is there', async () => {
    const rig = new WitnessRig();
    rig.put('accounts', { id: '1', mail: 'b', a: '0' });
    rig.putAt(0, 'accounts', { id: '1', mail: 'a', a: '0' });
    const name = aRowName('accounts', 0, { mail: 'a' }, { id: '1' });
    expect(await keptFor(rig, name)).toEqual(['ERG_4086']);
    rig.putAt(0, 'accounts', { id: '1', mail: 'b', a: '0' });
    expect(await keptFor(rig, name)).toEqual([undefined]);
  });

  test('when its look-up names no shard any more, though the source has it', async () => {
    const rig = new WitnessRig({ skipsParcels: true });
    rig.put('parcels', { id: '1', po: '10', label: null }, 0);
    expect(await keptFor(rig, aRowName('parcels', 0, { id: '1' }))).toEqual(['ERG_4085']);
  });
});
