import { captureCodes } from './capture-codes.ts';
import type { CodeInfo } from './code-info.ts';
import { decodeCodes } from './decode-codes.ts';
import { generalCodes } from './general-codes.ts';
import { messageCodes } from './message-codes.ts';
import { routeCodes } from './route-codes.ts';
import { settingsCodes } from './settings-codes.ts';
import { stateCodes } from './state-codes.ts';
import { streamCodes } from './stream-codes.ts';
import { supervisionCodes } from './supervision-codes.ts';
import { targetCodes } from './target-codes.ts';

/**
 * Every failure ergate can report. Ranges: 10xx decode · 12xx change stream · 15xx capture · 2xxx routing and look-ups ·
 * 3xxx target · 5xxx state database · 60xx supervision · 61xx messages · 8xxx settings and command line · 9xxx our own bugs.
 * The manual page docs/generated/errors.md is made from this table.
 */
export const ERROR_CODES = {
  ...decodeCodes,
  ...streamCodes,
  ...captureCodes,
  ...routeCodes,
  ...targetCodes,
  ...stateCodes,
  ...supervisionCodes,
  ...messageCodes,
  ...settingsCodes,
  ...generalCodes,
} as const satisfies Record<`ERG_${number}`, CodeInfo>;

export type ErrorCode = keyof typeof ERROR_CODES;
