import { expect, test } from 'vitest';
import { LoadCounters } from '../../../../deploy/banana/load-report.ts';
import { addReports } from '../../../../deploy/demo/demo-load.ts';

test('the loads of two sources are told as one, second by second; one that is a second ahead waits for the other', () => {
  const [orders, parcels] = [new LoadCounters(), new LoadCounters()];
  orders.committed(40);
  parcels.committed(10);
  orders.tick();
  parcels.tick();
  orders.committed(41);
  orders.tick();
  parcels.lastError = 'away';
  expect(addReports(orders.report(1), parcels.report(2))).toMatchObject({
    transactions: 3,
    changes: 91,
    givenUp: 3,
    lastError: 'away',
    perSecond: [50],
  });
});
