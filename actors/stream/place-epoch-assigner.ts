import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import { type Claim, type Claimant, chooseOwner, decodeClaim, encodeClaim, noClaim } from './choose-owner.ts';

const NAME = 'ergate-place-epoch';
const VERSION = 1;

/** Gives the one partition of a group to the member with the highest place epoch, and nothing to the others. */
export function placeEpochAssigner(partition: number, currentClaim: () => Claim): PartitionAssigner {
  return () => ({
    name: NAME,
    version: VERSION,
    // Called at each join, so that the claim is of that moment.
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: encodeClaim(currentClaim()),
      }),
    }),
    assign: async ({ members, topics }) => {
      const winner = chooseOwner(members.map(readClaimant));
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: memberId === winner ? Object.fromEntries(topics.map((topic) => [topic, [partition]])) : {},
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

function readClaimant(member: { readonly memberId: string; readonly memberMetadata: Buffer }): Claimant {
  return { memberId: member.memberId, claim: readClaim(member.memberMetadata) };
}

function readClaim(metadata: Buffer): Claim {
  try {
    return decodeClaim(AssignerProtocol.MemberMetadata.decode(metadata)?.userData);
  } catch {
    return noClaim;
  }
}
