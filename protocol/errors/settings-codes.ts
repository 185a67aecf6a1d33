import type { CodeInfo } from './code-info.ts';

const DOES_NOT_START = 'The process does not start; every problem is listed with file and line.';

export const settingsCodes = {
  ERG_8001: {
    class: 'configuration',
    meaning: 'The configuration is not valid.',
    system: DOES_NOT_START,
    operator: 'Mend the lines that are named; ergate config validate checks without starting anything.',
  },
  ERG_8002: {
    class: 'configuration',
    meaning: 'The settings ask for a kind of database that has no adapter in this version.',
    system:
      'Pipelines to such a target are not run: their jobs are shown as refused, and all others run. Where it is to be read, the process does not start.',
    operator: 'Use a server of the MySQL family (driver: mysql), or a version of ergate that has the adapter.',
  },
  ERG_8003: {
    class: 'configuration',
    meaning: 'A settings file cannot be read: it is missing, too large, not text, or the rights are missing.',
    system: DOES_NOT_START,
    operator: 'Check the path and the rights of the file that is named.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
