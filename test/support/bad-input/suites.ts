/** Which cases run through which sink. */
import type { BadCase } from './bad-case.ts';
import { BYTE_CASES } from './byte-cases.ts';
import { DEBEZIUM_CASES } from './debezium-cases.ts';
import { FIELD_CASES } from './field-cases.ts';
import { KEY_CASES } from './key-cases.ts';
import { MAXWELL_CASES } from './maxwell-cases.ts';
import { NAME_CASES } from './name-cases.ts';
import { NUMBER_CASES } from './number-cases.ts';
import { debeziumFormat, ergateFormat, maxwellFormat, type RecordFormat } from './record-format.ts';
import { ROUTE_CASES } from './route-cases.ts';
import { SHAPE_CASES } from './shape-cases.ts';
import { TEXT_CASES } from './text-cases.ts';
import { TIME_CASES } from './time-cases.ts';

export interface Suite {
  readonly name: string;
  readonly format: RecordFormat;
  readonly cases: readonly BadCase[];
  readonly shards?: number;
  /** The server's own, for sessions that do not say otherwise. */
  readonly sqlMode?: string;
}

/** What quotes and backslashes could make of a value or a name. */
const SQL_MODE_IDS: ReadonlySet<string> = new Set(['B040, B041', 'B080', 'B091']);

export const SUITES: readonly Suite[] = [
  {
    name: 'ergate',
    format: ergateFormat,
    cases: [
      ...BYTE_CASES,
      ...FIELD_CASES,
      ...KEY_CASES,
      ...NAME_CASES,
      ...NUMBER_CASES,
      ...SHAPE_CASES,
      ...TIME_CASES,
      ...TEXT_CASES,
    ],
  },
  { name: 'debezium', format: debeziumFormat, cases: DEBEZIUM_CASES },
  { name: 'maxwell', format: maxwellFormat, cases: MAXWELL_CASES },
  { name: 'routes', format: ergateFormat, cases: ROUTE_CASES, shards: 2 },
  {
    name: 'sql_modes',
    format: ergateFormat,
    cases: [...TEXT_CASES, ...NAME_CASES]
      .filter(({ id }) => SQL_MODE_IDS.has(id))
      .map((one) => ({ ...one, id: `B081, ${one.id}` })),
    sqlMode: "'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE'",
  },
];
