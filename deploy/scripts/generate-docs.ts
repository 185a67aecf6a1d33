/**
 * `npm run docs` writes docs/generated; with `--check` it writes nothing and says which files are not what the code says.
 * Exit codes: 0 done or all fresh, 1 something is stale, 64 wrong usage.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakerMachine } from '../../actors/breaker/breaker-machine.ts';
import { caseMachine } from '../../actors/recovery/case-machine.ts';
import { ERROR_CODES } from '../../protocol/errors/error-codes.ts';
import { EVENTS } from '../../protocol/log/event-catalogue.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { settingsJsonSchema } from '../../protocol/settings/settings-json-schema.ts';
import { findStale } from './docs/find-stale.ts';
import { renderEditorSchema } from './docs/render-editor-schema.ts';
import { renderErrors } from './docs/render-errors.ts';
import { renderEvents } from './docs/render-events.ts';
import { renderMachines } from './docs/render-machines.ts';
import { renderSettings } from './docs/render-settings.ts';
import { renderSubjects } from './docs/render-subjects.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'generated');

const pages: ReadonlyMap<string, string> = new Map([
  ['ergate.schema.json', renderEditorSchema(settingsJsonSchema)],
  ['errors.md', renderErrors(ERROR_CODES)],
  ['events.md', renderEvents(EVENTS)],
  ['machines.md', renderMachines([breakerMachine, caseMachine])],
  ['settings.md', renderSettings(settingsJsonSchema)],
  ['subjects.md', renderSubjects(buildSubjects('<environment>'))],
]);

function readGenerated(): ReadonlyMap<string, string> {
  mkdirSync(FOLDER, { recursive: true });
  return new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
}

function check(): number {
  const stale = findStale(pages, readGenerated());
  for (const { name, problem } of stale) {
    console.error(`docs/generated/${name} ${problem}`);
  }
  if (stale.length > 0) {
    console.error('npm run docs makes them anew');
  }
  return stale.length > 0 ? 1 : 0;
}

function write(): number {
  let exitCode = 0;
  for (const { name } of findStale(pages, readGenerated())) {
    const page = pages.get(name);
    if (page === undefined) {
      console.error(`docs/generated/${name} is made by nothing; delete it`);
      exitCode = 1;
    } else {
      writeFileSync(join(FOLDER, name), page);
      console.log(`docs/generated/${name}`);
    }
  }
  return exitCode;
}

const [option, ...others] = process.argv.slice(2);
if (others.length > 0 || (option !== undefined && option !== '--check')) {
  console.error('usage: npm run docs [-- --check]');
  process.exitCode = 64;
} else {
  process.exitCode = option === '--check' ? check() : write();
}
