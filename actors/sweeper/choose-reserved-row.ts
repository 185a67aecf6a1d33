import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { KeyCell } from '../../protocol/verify/row-name.ts';
import type { Case } from '../state/case.ts';
import { nameReservedRow, type ReservedRow, type RowPlaces } from './name-reserved-row.ts';
import type { SweepSides } from './sweep-sides.ts';

export interface ReservedRows extends RowPlaces {
  readonly sides: SweepSides;
  /** At the source, in the order in which they are tried; some of them are. */
  readonly keys: readonly (readonly KeyCell[])[];
  readonly findCase: (row: ReservedRow) => Promise<Case | undefined>;
}

/** Of the reserved rows, for one that is free. */
const MAX_TRIES = 10;

/** The first one without an open case. @throws ReplicationError ERG_4108 when there is none; as the readers */
export async function chooseReservedRow({ keys, sides, findCase, ...places }: ReservedRows): Promise<ReservedRow> {
  let lacking = new ReplicationError('ERG_4108', 'no row is reserved');
  for (const key of keys.slice(0, MAX_TRIES)) {
    try {
      const reserved = await nameReservedRow(sides, places, key);
      const known = await findCase(reserved);
      if (known === undefined || known.state === 'closed') {
        return reserved;
      }
      lacking = new ReplicationError('ERG_4108', `case ${known.id} of a reserved row is open`);
    } catch (error) {
      lacking = asLacking(error);
    }
  }
  throw lacking;
}

/** Of one row; others may do. */
function asLacking(thrown: unknown): ReplicationError {
  const error = asReplicationError(thrown);
  if (error.class === 'configuration' || error.class === 'row') {
    return error;
  }
  throw error;
}
