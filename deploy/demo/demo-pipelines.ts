/** What the demo can show: which settings, and what is written to which source. */
import { fileURLToPath } from 'node:url';
import type { OrderEndpoints } from '../../test/compare/endpoints.ts';
import { LoadGenerator } from '../banana/load-generator.ts';
import { parcelWorkload } from '../banana/workload.ts';
import { DemoLoad } from './demo-load.ts';

export const DEMO_PIPELINES = ['order', 'six'] as const;

export type DemoPipelines = (typeof DEMO_PIPELINES)[number];

/** Below the root of the checkout. */
export const SETTINGS_FILES: Readonly<Record<DemoPipelines, string>> = {
  order: 'deploy/settings/order.yaml',
  six: 'deploy/settings/six-pipelines.yaml',
};

/** Each has its own: the data of one would be half of what the other compares. */
export const DEFAULT_FOLDERS: Readonly<Record<DemoPipelines, string>> = {
  order: '.ergate/demo',
  six: '.ergate/demo-six',
};

/** Of the rate, what the delivery system writes where there is one. */
const DELIVERY_SHARE = 0.2;

export function findSettings(pipelines: DemoPipelines): string {
  return fileURLToPath(new URL(`../../${SETTINGS_FILES[pipelines]}`, import.meta.url));
}

/** @param rate row changes per second over all sources */
export function buildLoad({ source, six }: OrderEndpoints, { rate, seed }: { rate: number; seed: number }): DemoLoad {
  if (six === undefined) {
    return new DemoLoad([new LoadGenerator({ server: source, rate, seed })]);
  }
  const deliveryRate = rate * DELIVERY_SHARE;
  return new DemoLoad([
    new LoadGenerator({ server: source, rate: rate - deliveryRate, seed }),
    new LoadGenerator({ server: six.delivery, workload: parcelWorkload, rate: deliveryRate, seed }),
  ]);
}
