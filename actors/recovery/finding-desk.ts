/**
 * Changes that a sink could not apply. Each is an opaque case first: its record is read again, and then the rows that it names
 * have cases of their own, because what counts is what the source says of them now. One that could not be decoded waits for a
 * person or a newer program; one whose look-up failed, or that could not be written, is tried again by itself.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Case } from '../state/case.ts';
import type { CaseWrite } from '../state/case-store.ts';
import type { Finding } from '../state/finding.ts';
import type { CaseBook } from './case-book.ts';
import type { Detection } from './case-event.ts';
import type { CaseIntake } from './case-intake.ts';
import { nameFinding, placeOfFinding } from './finding-name.ts';
import { openOpaqueCase } from './open-case.ts';
import type { RecoveryDeps } from './recovery-deps.ts';

const FINDINGS_PER_LOOK = 200;

export class FindingDesk {
  readonly #deps: RecoveryDeps;
  readonly #book: CaseBook;
  readonly #intake: CaseIntake;

  constructor(deps: RecoveryDeps, book: CaseBook, intake: CaseIntake) {
    this.#deps = deps;
    this.#book = book;
    this.#intake = intake;
  }

  /** Gives a case to findings that have none. */
  async open(): Promise<void> {
    const { cases } = this.#deps;
    const findings = await this.#book.step('findings.list', () =>
      cases.listFindings(this.#book.place, FINDINGS_PER_LOOK),
    );
    if (findings.length > 0) {
      const writes = findings.map((finding) => this.#planCase(finding));
      await this.#book.step('findings.write', () => cases.write(this.#book.place, writes));
    }
  }

  /** Reads the record of an opaque case again. @throws ReplicationError why it cannot be */
  async replay(opaque: Case): Promise<void> {
    const { cases, records, pipeline } = this.#deps;
    const place = placeOfFinding(pipeline, opaque.row);
    const finding = place === undefined ? undefined : await cases.findFinding(place);
    if (finding === undefined) {
      throw new ReplicationError('ERG_5110', `the record of finding ${opaque.row.rowKey} is not stored any more`);
    }
    const rows = await records.nameRows(finding);
    const evidence = evidenceOf(finding);
    const detections = rows.map(
      (row): Detection => ({
        row,
        kind: 'different',
        columns: [],
        sourceDigest: null,
        targetDigest: null,
        evidence,
        foundBy: 'sink',
        reason: finding.message,
        isDue: true,
      }),
    );
    await this.#intake.detect(detections);
  }

  #planCase(finding: Finding): CaseWrite {
    const { pipeline } = this.#deps;
    const next = openOpaqueCase(
      {
        row: nameFinding(finding),
        evidence: evidenceOf(finding),
        reason: finding.message,
        mayPass: finding.stage !== 'decode',
      },
      { pipeline, facts: this.#book.facts },
    );
    return { kind: 'open', next, finding, step: { event: 'detected', by: 'sink', note: finding.message } };
  }
}

function evidenceOf({ topicEpoch, partition, offset }: Finding): Detection['evidence'] {
  return { topicEpoch, partition, offset: String(offset), commitTimeMs: null };
}
