/** The rows of the verifier's rig as the source would have them, and which of them were damaged at the target. */
import { ROW_KEYS, RowHistory, type RowStep } from './row-history.ts';
import { anId, SHARDS, TABLES, type TableName } from './verifier-places.ts';
import type { Payload, VerifierRig } from './verifier-rig.ts';

export const TABLE_NAMES: readonly TableName[] = ['orders', 'items'];

/** version: from behind the end of the log · raised: of the change of another row, or from behind the end */
export type Damage = 'value' | 'gone' | 'version' | 'raised';
export type Step = RowStep & { readonly table: TableName };

/** What the model knows of the rows of the target. */
export class Damages {
  readonly #rig: VerifierRig;
  readonly #histories = { orders: new RowHistory('orders'), items: new RowHistory('items') };
  /** Offset of the newest change of each row on each shard. */
  readonly #newest = new Map<string, number>();
  /** Rows that each transaction changes. */
  readonly #changes: number[] = [];
  #verifiedFrom = 0;
  /** Rows that were damaged at any time: how many reports there were when it was done last. */
  readonly #reportsBefore = new Map<string, number>();
  /** Rows that are passed first, and looked at when their version was. */
  readonly #raised = new Set<string>();
  #values = 0;

  constructor(rig: VerifierRig) {
    this.#rig = rig;
  }

  apply(steps: readonly Step[]): void {
    const payloads = steps.map((step) => this.#histories[step.table].apply(step));
    const offset = this.#rig.commit(...payloads);
    const ids = new Set<string>();
    for (const { table, image } of payloads.flatMap(listImages)) {
      const { id, seller } = (image ?? {}) as { id?: number; seller?: number };
      if (id !== undefined && seller !== undefined) {
        const row = anId(seller, String(id), table);
        this.#newest.set(row, offset);
        ids.add(row);
      }
    }
    this.#changes.push(ids.size);
  }

  /** Changes that the newest verifier had to read: those in front of it may be in ranges that others have left. */
  get due(): number {
    return this.#changes.slice(this.#verifiedFrom).reduce((sum, rows) => sum + rows, 0);
  }

  startVerifier(): Promise<void> {
    this.#verifiedFrom = Number(this.#rig.partition.committed?.offset ?? 0n);
    return this.#rig.startVerifier();
  }

  /** One of the rows whose newest change is applied, and not looked at yet: else nobody has to see it. */
  damage(pick: number, how: Damage): void {
    const open = [...this.#newest].filter(([, newest]) => newest < this.#applied && newest >= this.#rig.sinkSeenTo);
    const [id = ''] = open[pick % open.length] ?? [];
    const [shard = '', ...place] = id.split('/');
    const key = place.join('/');
    const rows = this.#rig.shards[SHARDS.indexOf(shard)]?.rows;
    const known = rows?.get(key);
    if (rows === undefined) {
      return;
    }
    this.#values += 1;
    if (known !== undefined && how === 'gone') {
      rows.delete(key);
    } else {
      // A row that is not there comes back as it never was.
      const { cells, seq } = known ?? { cells: { id: place.at(-1) ?? '', seller: shard.slice(1) }, seq: 0n };
      const raise = { version: 1_000n, raised: 1n + BigInt(pick), value: 0n, gone: 0n }[how];
      rows.set(key, { cells: { ...cells, v: `x${this.#values}` }, seq: seq + raise });
    }
    if (how === 'raised') {
      this.#raised.add(id);
    }
    this.#reportsBefore.set(id, this.#rig.reports.length);
  }

  wasEver(id: string): boolean {
    return this.#reportsBefore.has(id);
  }

  /** Somebody was told of it as it is now. */
  isReported(id: string): boolean {
    return this.#rig.listReported(this.#reportsBefore.get(id)).has(id);
  }

  get #applied(): number {
    return Number(this.#rig.sinkPartition.committed?.offset ?? 0n);
  }

  /** Rows that are not as the newest change of the source says. */
  listWrong(): readonly string[] {
    return this.#rig.shards.flatMap((target, shard) =>
      TABLE_NAMES.flatMap((table) =>
        ROW_KEYS.filter((key) => {
          const row = target.rows.get(target.keyOf(TABLES[table], key));
          return row?.cells['v'] !== this.#histories[table].expectedOn(shard, key);
        }).map((key) => anId(shard, key, table)),
      ),
    );
  }

  /** Damaged rows whose newest change lies below the offset, although nobody has been told of them. */
  listPassed(offset: number): readonly string[] {
    const { store } = this.#rig;
    return this.listWrong().filter((id) => {
      const newest = this.#newest.get(id) ?? Number.POSITIVE_INFINITY;
      const isNoted = [...store.ranges.values()].some(
        ({ shard, table, from, to }) =>
          (shard === '*' || id.startsWith(`${shard}/`)) &&
          (table === null || table === tableOf(id)) &&
          from <= newest &&
          newest <= to,
      );
      return this.wasEver(id) && !this.#raised.has(id) && newest < offset && !this.isReported(id) && !isNoted;
    });
  }
}

function listImages({ table, old, new: after }: Payload) {
  return [old, after].map((image) => ({ table: table as TableName, image })); // of one of its histories
}

/** At the target. */
function tableOf(id: string): string {
  const [, table = '', key] = id.split('/');
  return key === undefined ? TABLES.orders : table;
}
