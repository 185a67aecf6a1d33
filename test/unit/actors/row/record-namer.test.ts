import { describe, expect, test } from 'vitest';
import { targetName } from '../../../../actors/route/build-routes.ts';
import { RecordNamer } from '../../../../actors/row/record-namer.ts';
import { RowPlacer } from '../../../../actors/row/row-placer.ts';
import { TableShapes } from '../../../../actors/row/table-shapes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { aRowName, WITNESS_SETTINGS, WitnessRig } from '../../../support/witness-rig.ts';

function aNamer(rig: WitnessRig): RecordNamer {
  const { clock, sellers, labels } = rig;
  const settings = WITNESS_SETTINGS;
  const tables = Object.entries(settings.tables);
  const none = new Set<string>();
  const ofSource = new Map(tables.map(([name]) => [name, none]));
  const ofTarget = new Map(tables.map(([name, table]) => [targetName(name, table), none]));
  const shards = rig.shards.map(
    (reader, index) => new TableShapes({ name: `seller${index}`, reader, wanted: ofTarget, clock }),
  );
  const openLookup = (resolver: string) => (resolver === 'NAME_OF_SELLER' ? labels : sellers);
  return new RecordNamer({
    settings,
    source: new TableShapes({ name: 'order', reader: rig.source, wanted: ofSource, clock }),
    sourceRows: rig.source,
    shards,
    placer: new RowPlacer({ settings, shards, openLookup }),
  });
}

const position = { epoch: 0, file: 1, position: 4, ordinal: 0 };

function aRecord(...payloads: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({ commitTime: 1, source: position, payloads }));
}

const insert = (table: string, row: object) => ({ op: 'insert', table, old: null, new: row });
const order = (id: number, s: number) => ({ id, s, a: 1, secret: 0 });

test('a record names each row that its changes mean, on every shard on which it belongs', async () => {
  const recordValue = aRecord(
    insert('orders', order(1, 1)),
    { op: 'delete', table: 'orders', old: order(2, 0), new: null },
    insert('offers', { id: 3, s: 0, t: 1, a: 1 }),
    insert('others', { id: 4 }),
  );
  expect(await aNamer(new WitnessRig()).nameRows({ recordValue, payloadIndex: -1 })).toEqual([
    aRowName('orders', 1, { id: '1' }),
    aRowName('orders', 0, { id: '2' }),
    aRowName('offers', 0, { id: '3' }),
    aRowName('offers', 1, { id: '3' }),
  ]);
});

test('a row that got another key, or went to another shard, is named by what it was too', async () => {
  const recordValue = aRecord({ op: 'update', table: 'orders', old: order(1, 0), new: order(5, 1) });
  expect(await aNamer(new WitnessRig()).nameRows({ recordValue, payloadIndex: 0 })).toEqual([
    aRowName('orders', 0, { id: '1' }),
    aRowName('orders', 1, { id: '5' }),
  ]);
});

describe('a row whose look-up finds nothing', () => {
  const parcel = { id: 7, po: 70, label: 'x' };
  const recordValue = aRecord(insert('parcels', parcel));

  test('is looked for on every shard when the source does not have it any more', async () => {
    const rig = new WitnessRig();
    rig.putAt(1, 'parcels', { id: '7', po: '70', label: 'x' });
    const rows = await aNamer(rig).nameRows({ recordValue, payloadIndex: 0 });
    expect(rows).toEqual([aRowName('parcels', 0, { id: '7' }), aRowName('parcels', 1, { id: '7' })]);
    expect(await rig.see(...rows)).toEqual(['equal', 'extra']);
  });

  test('cannot be named while the source has it', async () => {
    const rig = new WitnessRig();
    rig.source.put('parcels', { id: '7', po: '70', label: 'x' });
    await expect(aNamer(rig).nameRows({ recordValue, payloadIndex: 0 })).rejects.toMatchObject({ code: 'ERG_2001' });
  });
});

test('only the payload that is meant counts, also behind one that cannot be decoded', async () => {
  const recordValue = aRecord({ op: 'upsert' }, insert('orders', order(1, 0)), insert('orders', order(2, 0)));
  const namer = aNamer(new WitnessRig());
  expect(await namer.nameRows({ recordValue, payloadIndex: 2 })).toEqual([aRowName('orders', 0, { id: '2' })]);
  await expect(namer.nameRows({ recordValue, payloadIndex: 0 })).rejects.toMatchObject({ class: 'row' });
  await expect(namer.nameRows({ recordValue, payloadIndex: -1 })).rejects.toMatchObject({ class: 'row' });
});

test('a record that is none, or that carries no rows, says so', async () => {
  const namer = aNamer(new WitnessRig());
  await expect(namer.nameRows({ recordValue: Buffer.from('{'), payloadIndex: -1 })).rejects.toMatchObject({
    class: 'row',
  });
  expect(await namer.nameRows({ recordValue: null, payloadIndex: -1 })).toEqual([]);
});

test('a database that does not answer is no fault of the record', async () => {
  const rig = new WitnessRig();
  rig.source.onRead = () => {
    throw new ReplicationError('ERG_2101', 'away');
  };
  const recordValue = aRecord(insert('orders', order(1, 0)));
  await expect(aNamer(rig).nameRows({ recordValue, payloadIndex: 0 })).rejects.toMatchObject({ class: 'transient' });
});
