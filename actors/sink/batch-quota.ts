/**
 * How many rows a lane's next batch may hold. A batch that filled fast means that more is coming than we take: the next
 * one may be larger, and per row cheaper. A batch that filled slowly gains nothing by waiting for more.
 */
export interface QuotaLimits {
  readonly minRows: number;
  readonly maxRows: number;
  /** ms; a batch that filled faster grows the quota. */
  readonly growBelow: number;
  /** ms; a batch that filled slower shrinks it. */
  readonly shrinkAbove: number;
}

/**
 * @param quotaRows rows; integer within [minRows, maxRows]
 * @param fillMs from the arrival of the batch's first row to that of the row that filled it, ms; >= 0
 * @returns rows; integer within [minRows, maxRows]
 *
 * Source: the 50–100 ms band is the background article's; doubling and halving are ADR 0005.
 */
export function nextQuota(quotaRows: number, fillMs: number, limits: QuotaLimits): number {
  if (fillMs < limits.growBelow) {
    return Math.min(limits.maxRows, quotaRows * 2);
  }
  return fillMs > limits.shrinkAbove ? shrinkQuota(quotaRows, limits) : quotaRows;
}

/** After a deadlock, a lock wait or a slow write: smaller transactions hold fewer locks for a shorter time. */
export function shrinkQuota(quotaRows: number, { minRows }: QuotaLimits): number {
  return Math.max(minRows, Math.floor(quotaRows / 2));
}
