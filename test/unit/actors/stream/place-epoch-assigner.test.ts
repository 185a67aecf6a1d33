import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import { expect, test } from 'vitest';
import type { Claim } from '../../../../actors/stream/choose-owner.ts';
import { placeEpochAssigner } from '../../../../actors/stream/place-epoch-assigner.ts';

type AssignerConfig = Parameters<PartitionAssigner>[0];

/** The assigner uses nothing of what the library gives it. */
const config = {} as AssignerConfig;

function createAssigner(claim: Claim) {
  return placeEpochAssigner(3, () => claim)(config);
}

test('the assigner gives its one partition to the owner and nothing to the others, whoever of them assigns', async () => {
  const claims = [5, 6].map((placeEpoch) => ({ placeEpoch, instance: `i${placeEpoch}`, incarnation: 1, owner: false }));
  const assigners = claims.map(createAssigner);
  const members = assigners.map((assigner, index) => ({
    memberId: `m${index}`,
    memberMetadata: assigner.protocol({ topics: ['t'] }).metadata,
  }));
  members.push({ memberId: 'foreign', memberMetadata: Buffer.from([1]) });
  for (const assigner of assigners) {
    const assigned = await assigner.assign({ members, topics: ['t'] });
    expect(
      assigned.map(({ memberId, memberAssignment }) => [
        memberId,
        AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
      ]),
    ).toEqual([
      ['m0', {}],
      ['m1', { t: [3] }],
      ['foreign', {}],
    ]);
  }
});
