import { expect, test } from 'vitest';
import { StreamEnd } from '../../../../actors/verifier/stream-end.ts';
import { encodeSeq } from '../../../../protocol/change/sequence.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';

test('the broker is asked only when a version is not below the end that is known', async () => {
  let asked = 0;
  const end = new StreamEnd(2, async () => {
    asked += 1;
    return 70n;
  });
  end.saw(50n);
  await end.reach([null, encodeSeq(2, 49), encodeSeq(1, 900)]);
  expect([asked, end.seq]).toEqual([0, encodeSeq(2, 50)]);
  await end.reach([encodeSeq(2, 50)]);
  expect([asked, end.seq]).toEqual([1, encodeSeq(2, 70)]);
});

test('an end that is heard late does not go back, and a broker that is away does not matter', async () => {
  const end = new StreamEnd(0, async () => {
    throw new ReplicationError('ERG_1204', 'away');
  });
  end.saw(50n);
  end.saw(40n);
  await end.reach([encodeSeq(0, 50)]);
  expect(end.offset).toBe(50);
  await expect(end.refresh()).rejects.toThrow('ERG_1204');
});
