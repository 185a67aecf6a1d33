/**
 * The load of the delivery system: parcels are sent, scanned, corrected and forgotten. Like the orders' it is made so that
 * a loss, a repeat or a wrong order shows: a parcel goes to a product order of another seller with all its scans, so that
 * its rows move to another shard; scans are deleted and inserted again under their key; some parcels change all the time.
 *
 * A product order keeps its seller and is never deleted: look-ups ask for it.
 */
import { FIRST_SELLER, SELLERS } from './order-moves.ts';
import { makeCarrier, makeMemo, makeProductName, sqlText } from './order-text.ts';
import { type OrderTransaction, TransactionDraft } from './order-transaction.ts';
import { SeededRandom } from './seeded-random.ts';

export interface ParcelLifeOptions {
  readonly seed: number;
  /** This writer among all writers; writers never touch each other's parcels. */
  readonly writer: number;
  readonly writers: number;
  /** Numbers of this run are above it. */
  readonly firstNo: number;
  /** Parcels kept per writer before old ones are purged. */
  readonly keep: number;
}

interface Parcel {
  readonly parcelNo: number;
  productOrderNo: string;
  ver: number;
  /** The `ver` of each scan; scan numbers count from 1. */
  readonly scans: number[];
}

type MoveName = 'send' | 'scan' | 'rescan' | 'redirect' | 'edit' | 'purge';

/** Relative frequencies; guesses that move a tenth of the parcels and leave about a third of the changes to inserts. */
const MOVES: readonly (readonly [name: MoveName, weight: number])[] = [
  ['send', 20],
  ['scan', 35],
  ['rescan', 5],
  ['redirect', 10],
  ['edit', 20],
  ['purge', 20],
];
const TOTAL_WEIGHT = MOVES.reduce((sum, [, weight]) => sum + weight, 0);
const HOT_PARCELS = 2;

const whereParcel = ({ parcelNo }: Parcel) => `parcel_no=${parcelNo}`;

/** Decides one writer's next transaction. Equal options and equal outcomes give equal transactions, but for the time stamp. */
export class ParcelLife {
  readonly #options: ParcelLifeOptions;
  readonly #random: SeededRandom;
  readonly #parcels: Parcel[] = [];
  #numbers = 0;

  constructor(options: ParcelLifeOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed, options.writer);
  }

  /** @param stamp DATETIME(6) literal: now, UTC */
  next(stamp: string): OrderTransaction {
    const draft = new TransactionDraft(stamp);
    const move = this.#chooseMove();
    const candidates = move === 'edit' ? HOT_PARCELS : this.#parcels.length;
    const parcel = this.#parcels[this.#random.below(candidates)];
    return parcel === undefined ? this.#send(draft) : this.#move(move, draft, parcel);
  }

  #chooseMove(): MoveName {
    const name = drawMove(this.#random.below(TOTAL_WEIGHT));
    const { length } = this.#parcels;
    const { keep } = this.#options;
    if (name === 'purge' && length <= keep) {
      return 'send';
    }
    return name === 'send' && length > 2 * keep ? 'purge' : name;
  }

  #move(move: MoveName, draft: TransactionDraft, parcel: Parcel): OrderTransaction {
    switch (move) {
      case 'send':
        return this.#send(draft);
      case 'scan':
        return this.#scan(draft, parcel);
      case 'rescan':
        return this.#rescan(draft, parcel);
      case 'redirect':
        return this.#redirect(draft, parcel);
      case 'edit':
        return this.#edit(draft, parcel);
      case 'purge':
        return this.#purge(draft, parcel);
    }
  }

  #send(draft: TransactionDraft): OrderTransaction {
    const parcel: Parcel = {
      parcelNo: this.#takeNumber(),
      productOrderNo: this.#insertProductOrder(draft),
      ver: 1,
      scans: [1],
    };
    const { parcelNo, productOrderNo } = parcel;
    const carrier = sqlText(makeCarrier(this.#random));
    const note = sqlText(makeMemo(this.#random));
    draft.insert('parcel', [{ values: `${parcelNo},${productOrderNo},${carrier},${note},'sent'`, ver: 1 }]);
    this.#insertScan(draft, parcel, { scanNo: 1, ver: 1 });
    return draft.build(witness(parcel, 1), () => this.#parcels.push(parcel));
  }

  #scan(draft: TransactionDraft, parcel: Parcel): OrderTransaction {
    draft.update('parcel', 1, `status='scan ${parcel.scans.length}'`, whereParcel(parcel));
    this.#insertScan(draft, parcel, { scanNo: parcel.scans.length + 1, ver: 1 });
    return draft.build(witness(parcel, parcel.ver + 1), () => {
      parcel.ver++;
      parcel.scans.push(1);
    });
  }

  /** Delete and insert of one key in one transaction. */
  #rescan(draft: TransactionDraft, parcel: Parcel): OrderTransaction {
    const index = this.#random.below(parcel.scans.length);
    const scanNo = index + 1;
    const ver = (parcel.scans[index] ?? 0) + 1;
    draft.delete('parcel_scan', 1, `${whereParcel(parcel)} AND scan_no=${scanNo}`);
    this.#insertScan(draft, parcel, { scanNo, ver });
    draft.update('parcel', 1, "status='corrected'", whereParcel(parcel));
    return draft.build(witness(parcel, parcel.ver + 1), () => {
      parcel.ver++;
      parcel.scans[index] = ver;
    });
  }

  /** The look-up by the other product order finds another seller: all rows of the parcel change their shard. */
  #redirect(draft: TransactionDraft, parcel: Parcel): OrderTransaction {
    const productOrderNo = this.#insertProductOrder(draft);
    const set = `product_order_no=${productOrderNo}`;
    draft.update('parcel', 1, set, whereParcel(parcel));
    draft.update('parcel_scan', parcel.scans.length, set, whereParcel(parcel));
    return draft.build(witness(parcel, parcel.ver + 1), () => {
      parcel.productOrderNo = productOrderNo;
      parcel.ver++;
      parcel.scans.forEach((ver, index) => {
        parcel.scans[index] = ver + 1;
      });
    });
  }

  #edit(draft: TransactionDraft, parcel: Parcel): OrderTransaction {
    draft.update('parcel', 1, `note=${sqlText(makeMemo(this.#random))}`, whereParcel(parcel));
    return draft.build(witness(parcel, parcel.ver + 1), () => {
      parcel.ver++;
    });
  }

  #purge(draft: TransactionDraft, parcel: Parcel): OrderTransaction {
    draft.delete('parcel_scan', parcel.scans.length, whereParcel(parcel));
    draft.delete('parcel', 1, whereParcel(parcel));
    return draft.build(witness(parcel, undefined), () => {
      this.#parcels.splice(this.#parcels.indexOf(parcel), 1);
    });
  }

  /** @returns its number, wider than 53 bits */
  #insertProductOrder(draft: TransactionDraft): string {
    const productOrderNo = `2027${String(this.#takeNumber()).padStart(13, '0')}`;
    const seller = FIRST_SELLER + this.#random.below(SELLERS);
    draft.insert('product_order', [{ values: `${productOrderNo},${seller}`, ver: 1 }]);
    return productOrderNo;
  }

  #insertScan(draft: TransactionDraft, parcel: Parcel, scan: { readonly scanNo: number; readonly ver: number }): void {
    const place = sqlText(makeProductName(this.#random));
    const values = `${parcel.parcelNo},${scan.scanNo},${parcel.productOrderNo},${place}`;
    draft.insert('parcel_scan', [{ values, ver: scan.ver }]);
  }

  #takeNumber(): number {
    const { firstNo, writer, writers } = this.#options;
    return firstNo + this.#numbers++ * writers + writer;
  }
}

function witness({ parcelNo }: Parcel, committedVer: number | undefined) {
  return { table: 'parcel', where: `parcel_no=${parcelNo}`, committedVer } as const;
}

function drawMove(draw: number): MoveName {
  let left = draw;
  for (const [name, weight] of MOVES) {
    left -= weight;
    if (left < 0) {
      return name;
    }
  }
  return 'send';
}
