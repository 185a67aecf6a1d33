/** What a group member says about itself when it joins. */
export interface Claim {
  /** Epoch of the place that the supervisor gave; the highest owns the partition. */
  readonly placeEpoch: number;
  /** Names one stream object. */
  readonly instance: string;
  /** Counts the consumers that one stream object has built, one after the other; the newest speaks for it. */
  readonly incarnation: number;
  /** The member owned the partition when it joined. */
  readonly owner: boolean;
}

export interface Claimant {
  readonly memberId: string;
  readonly claim: Claim;
}

/** A member whose claim cannot be read: it never wins against a readable one. */
export const noClaim: Claim = { placeEpoch: 0, instance: '', incarnation: 0, owner: false };

/**
 * The member that owns the partition: the highest place epoch; between equal ones, which only a bug can make, the one
 * that owns it already, then the smallest instance. Decides from the claims alone, so that every member, however
 * stale its view of the cluster, assigns the same.
 */
export function chooseOwner(claimants: readonly Claimant[]): string | undefined {
  const newest = claimants.filter((claimant) => !claimants.some((other) => supersedes(other.claim, claimant.claim)));
  let winner: Claimant | undefined;
  for (const claimant of newest) {
    if (winner === undefined || compareClaimants(claimant, winner) < 0) {
      winner = claimant;
    }
  }
  return winner?.memberId;
}

/** A stream object that built a new consumer may still have its last one in the group. */
function supersedes(other: Claim, claim: Claim): boolean {
  return other.instance !== '' && other.instance === claim.instance && other.incarnation > claim.incarnation;
}

function compareClaimants(left: Claimant, right: Claimant): number {
  return (
    right.claim.placeEpoch - left.claim.placeEpoch ||
    Number(right.claim.owner) - Number(left.claim.owner) ||
    compareText(left.claim.instance, right.claim.instance) ||
    compareText(left.memberId, right.memberId)
  );
}

function compareText(left: string, right: string): number {
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

export function encodeClaim(claim: Claim): Buffer {
  return Buffer.from(JSON.stringify(claim), 'utf8');
}

/** Never throws: what cannot be read is no claim, since an exception here would end the consumer of every member. */
export function decodeClaim(userData: Uint8Array | null | undefined): Claim {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(userData ?? []).toString('utf8'));
    return isClaim(parsed) ? parsed : noClaim;
  } catch {
    return noClaim;
  }
}

function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { placeEpoch, instance, incarnation, owner } = value as Partial<Record<keyof Claim, unknown>>;
  return (
    Number.isSafeInteger(placeEpoch) &&
    typeof instance === 'string' &&
    Number.isSafeInteger(incarnation) &&
    typeof owner === 'boolean'
  );
}
