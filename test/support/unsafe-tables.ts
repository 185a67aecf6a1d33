/** Target tables that nothing, or not everything, may be written to, and what the doctor has to say about each. */
import { MARKERS } from './doctor-rig.ts';

export interface UnsafeTable {
  readonly what: string;
  /** At the target; `t` is the one that is replicated. */
  readonly target: readonly string[];
  readonly expected: readonly string[];
  /** Of `t` at the source. */
  readonly source?: string;
}

export const SOURCE = 'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40) NOT NULL)';
export const COLUMNS = 'id INT PRIMARY KEY, v VARCHAR(40) NOT NULL';
export const target = (columns: string, rest = '') => `CREATE TABLE t (${columns}) ${rest}`;

export const UNSAFE: readonly UnsafeTable[] = [
  { what: 'no marker columns', target: [target(COLUMNS)], expected: ['refused ERG_3503'] },
  {
    what: 'marker columns in capital letters',
    target: [target(`${COLUMNS}, ERGATE_YN TINYINT, RPC_TIME DATETIME(3), ERGATE_SEQ BIGINT UNSIGNED`)],
    expected: ['refused ERG_3503'],
  },
  {
    what: 'marker columns of wrong types',
    target: [target(`${COLUMNS}, ergate_yn VARCHAR(9), rpc_time DATE, ergate_seq INT`)],
    expected: ['refused ERG_3505', 'refused ERG_3505', 'refused ERG_3505'],
  },
  {
    what: 'a version that the server computes',
    target: [target(`${COLUMNS}, rpc_time DATETIME(3), ergate_seq BIGINT UNSIGNED AS (id) STORED`)],
    expected: ['refused ERG_3505'],
  },
  {
    what: 'the columns of the article only',
    target: [target(`${COLUMNS}, ergate_yn TINYINT, rpc_time DATETIME`)],
    expected: ['warning ERG_3521'],
  },
  {
    what: 'no key',
    target: [target(`id INT, v VARCHAR(40) NOT NULL, ${MARKERS}`)],
    expected: ['refused ERG_3504'],
  },
  {
    what: 'a key over the beginning of a column',
    target: [target(`id INT, v VARCHAR(40) NOT NULL, ${MARKERS}, PRIMARY KEY (id, v(3))`)],
    source: 'CREATE TABLE t (id INT, v VARCHAR(40) NOT NULL, PRIMARY KEY (id, v))',
    expected: ['warning ERG_3526'],
  },
  {
    what: 'an engine without transactions',
    target: [target(`${COLUMNS}, ${MARKERS}`, 'ENGINE=MyISAM')],
    expected: ['refused ERG_3523'],
  },
  {
    what: 'rows of another table that go with its rows',
    target: [
      target(`${COLUMNS}, ${MARKERS}`),
      'CREATE TABLE child (id INT PRIMARY KEY, CONSTRAINT of_t FOREIGN KEY (id) REFERENCES t (id) ON DELETE CASCADE)',
    ],
    expected: ['refused ERG_3524'],
  },
  {
    what: 'rows that change with those of another table',
    target: [
      'CREATE TABLE parent (id INT PRIMARY KEY)',
      target(`${COLUMNS}, ${MARKERS}, CONSTRAINT of_p FOREIGN KEY (id) REFERENCES parent (id) ON UPDATE CASCADE`),
    ],
    expected: ['refused ERG_3524'],
  },
  {
    what: 'a foreign key that only checks',
    target: [
      'CREATE TABLE parent (id INT PRIMARY KEY)',
      target(`${COLUMNS}, ${MARKERS}, CONSTRAINT of_p FOREIGN KEY (id) REFERENCES parent (id)`),
    ],
    expected: ['warning ERG_3206'],
  },
  {
    what: 'triggers',
    target: [
      target(`${COLUMNS}, ${MARKERS}`),
      'CREATE TRIGGER t_in BEFORE INSERT ON t FOR EACH ROW SET NEW.v = UPPER(NEW.v)',
      'CREATE TRIGGER t_out AFTER DELETE ON t FOR EACH ROW SET @gone = OLD.id',
    ],
    expected: ['warning ERG_3525', 'warning ERG_3525'],
  },
  {
    what: 'a column that needs a value and only the target has',
    target: [target(`${COLUMNS}, extra VARCHAR(9) NOT NULL, ${MARKERS}`)],
    expected: ['refused ERG_3527'],
  },
  {
    what: 'columns that only the source has',
    source: "CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','y') NOT NULL, b JSON, c DECIMAL(9,2), d INT UNSIGNED)",
    target: [target(`id INT PRIMARY KEY, ${MARKERS}`)],
    expected: Array.from({ length: 4 }, () => 'warning ERG_3528'),
  },
  {
    what: 'columns that are narrower than those of the source',
    source: `CREATE TABLE t (id BIGINT PRIMARY KEY, a INT UNSIGNED, b DECIMAL(18,4), c DATETIME(6), d VARCHAR(40),
      e ENUM('x','y'), f VARBINARY(16), g BIT(9), h DOUBLE, i TEXT, j VARCHAR(9) NULL, k INT)`,
    target: [
      target(`id INT PRIMARY KEY, a INT, b DECIMAL(18,2), c DATETIME(3), d VARCHAR(40) CHARACTER SET latin1, e ENUM('x'),
        f VARBINARY(8), g BIT(8), h FLOAT, i VARCHAR(99), j VARCHAR(9) NOT NULL, k VARCHAR(9), ${MARKERS}`),
    ],
    expected: Array.from({ length: 12 }, () => 'warning ERG_3531'),
  },
  { what: 'no table at all', target: [], expected: ['refused ERG_3402'] },
];
