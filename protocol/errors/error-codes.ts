import { captureCodes } from './capture-codes.ts';
import type { CodeInfo } from './code-info.ts';
import { decodeCodes } from './decode-codes.ts';
import { faultCodes } from './fault-codes.ts';
import { generalCodes } from './general-codes.ts';
import { messageCodes } from './message-codes.ts';
import { recoveryCodes } from './recovery-codes.ts';
import { repairCodes } from './repair-codes.ts';
import { routeCodes } from './route-codes.ts';
import { settingsCodes } from './settings-codes.ts';
import { stateCodes } from './state-codes.ts';
import { streamCodes } from './stream-codes.ts';
import { supervisionCodes } from './supervision-codes.ts';
import { sweepCodes } from './sweep-codes.ts';
import { targetCodes } from './target-codes.ts';
import { verifyCodes } from './verify-codes.ts';
import { witnessCodes } from './witness-codes.ts';

/**
 * Every failure ergate can report. Ranges: 10xx decode · 12xx change stream · 15xx capture · 2xxx routing and look-ups ·
 * 3xxx target · 400x verification · 408x looks at rows · 41xx sweeps · 50xx state database · 51xx recovery · 52xx repair ·
 * 60xx supervision · 61xx messages · 62xx faults on purpose · 80xx settings and command line · 90xx our own bugs.
 * The manual page docs/generated/errors.md is made from this table.
 */
export const ERROR_CODES = {
  ...decodeCodes,
  ...streamCodes,
  ...captureCodes,
  ...routeCodes,
  ...targetCodes,
  ...verifyCodes,
  ...witnessCodes,
  ...sweepCodes,
  ...stateCodes,
  ...recoveryCodes,
  ...repairCodes,
  ...supervisionCodes,
  ...messageCodes,
  ...faultCodes,
  ...settingsCodes,
  ...generalCodes,
} as const satisfies Record<`ERG_${number}`, CodeInfo>;

export type ErrorCode = keyof typeof ERROR_CODES;
