import { expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { passTurns } from '../../../support/memory-shard.ts';
import { ParkingRig } from '../../../support/parking-rig.ts';
import { aRecord, inserted } from '../../../support/sink-rig.ts';

test('a sink that cannot start yet counts what was left out before, although all is committed', async () => {
  await using rig = new ParkingRig({ events: [], after: [], luck: 1, unique: false });
  rig.partition.append(aRecord('k', 1, inserted({ id: 1, seller: 0, v: 'a', w: 'a' })));
  rig.partition.committed = { offset: 1n, metadata: ';[["s0",null,0,"",null]]' };
  for (const shard of rig.shards) {
    shard.takeFence = async () => {
      throw new ReplicationError('ERG_3001', 'away');
    };
  }
  rig.open();
  await passTurns(50);
  expect(rig.lag).toBe(1);
});
