import type mysql from 'mysql2';
import { describe, expect, test } from 'vitest';
import { FaultSwitch, type ServerRole } from '../../../../actors/runtime/fault-switch.ts';
import { MysqlConnection, type MysqlServer } from '../../../../actors/runtime/mysql-connection.ts';
import type { LogFields, Logger } from '../../../../protocol/log/logger.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { MAX_FAULT_MS, readFaultOrder } from '../../../../protocol/message/fault-order.ts';
import { buildSubjects } from '../../../../protocol/message/subjects.ts';
import { Secret } from '../../../../protocol/settings/secret.ts';
import { listenForFaults } from '../../../../supervisor/node/listen-for-faults.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryNetwork } from '../../../support/memory-bus.ts';

const SERVER: MysqlServer = { host: 'h', port: 1, user: 'u', password: new Secret(''), database: 'd' };
const LONG_MS = 60_000;

function aRig(faults: { readonly sourceBoom?: boolean } = {}, environment = 'dev') {
  const clock = new ManualClock();
  const faultSwitch = new FaultSwitch({ environment, faults, clock });
  const sent: string[] = [];
  const driver = {
    on: () => driver,
    destroy: () => {},
    query: (sql: string, answer: (error: null, rows: object[]) => void) => {
      sent.push(sql);
      answer(null, []);
    },
  };
  // Only what a connection does with its driver here.
  const connect = (role: ServerRole) =>
    new MysqlConnection(driver as unknown as mysql.Connection, faultSwitch.wrap(SERVER, role).beforeStatement);
  return { clock, faultSwitch, sent, connect };
}

describe('a statement', () => {
  test('is sent as ever while nothing is switched on', async () => {
    const { connect, sent, clock } = aRig();
    await connect('source').query('SELECT 1', LONG_MS);
    expect(sent).toEqual(['SELECT 1']);
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['sourceBoom', 'source', 'target', 'ERG_6201'],
    ['targetBoom', 'target', 'source', 'ERG_6202'],
  ] as const)('with %s, fails three seconds later for a %s, and is sent to a %s', async (fault, role, other, code) => {
    const { clock, faultSwitch, sent, connect } = aRig();
    faultSwitch.set(fault, 10_000);
    const failing = connect(role).query('SELECT 1', LONG_MS);
    await connect(other).query('SELECT 2', LONG_MS);
    expect(sent).toEqual(['SELECT 2']);
    clock.advance(2_999);
    expect(clock.timers).toBe(1);
    clock.advance(1);
    await expect(failing).rejects.toMatchObject({ code });
    expect(sent).toEqual(['SELECT 2']);
  });

  test('that waits to fail rejects at once when its connection is destroyed', async () => {
    const { faultSwitch, connect } = aRig();
    faultSwitch.set('sourceBoom', 10_000);
    const connection = connect('source');
    const failing = connection.query('SELECT 1', LONG_MS);
    connection.destroy();
    await expect(failing).rejects.toMatchObject({ code: 'ERGATE_DESTROYED' });
  });
});

describe('a fault', () => {
  test('of an order ends by itself, and one of the settings does not', async () => {
    const { clock, faultSwitch, connect, sent } = aRig({ sourceBoom: true });
    faultSwitch.set('targetBoom', 5_000);
    expect(faultSwitch.list()).toEqual([
      { fault: 'sourceBoom', untilMs: undefined },
      { fault: 'targetBoom', untilMs: clock.wallMs() + 5_000 },
    ]);
    clock.advance(5_000);
    await connect('target').query('SELECT 1', LONG_MS);
    expect(sent).toEqual(['SELECT 1']);
    clock.advance(100 * MAX_FAULT_MS);
    expect(faultSwitch.list()).toEqual([{ fault: 'sourceBoom', untilMs: undefined }]);
    faultSwitch.set('sourceBoom', 0);
    expect(faultSwitch.list()).toEqual([]);
  });

  test.each(['prod', 'production', 'prod-kr'])('is refused in the environment %s, by settings and by order', (name) => {
    expect(() => aRig({ sourceBoom: true }, name)).toThrow(expect.objectContaining({ code: 'ERG_6203' }));
    const { faultSwitch } = aRig({}, name);
    expect(() => faultSwitch.set('targetBoom', 1_000)).toThrow(expect.objectContaining({ code: 'ERG_6203' }));
    expect(faultSwitch.wrap(SERVER, 'target')).toBe(SERVER);
  });
});

test('an order is read field by field', () => {
  expect(readFaultOrder({ fault: 'sourceBoom', forMs: 0, by: 'me', more: 1 })).toEqual({
    fault: 'sourceBoom',
    forMs: 0,
    by: 'me',
  });
  const bad = [
    null,
    'x',
    {},
    { fault: 'boom', forMs: 1 },
    ...[-1, 0.5, '1', MAX_FAULT_MS + 1].map((forMs) => ({ fault: 'sourceBoom', forMs })),
  ];
  for (const body of bad) {
    expect(() => readFaultOrder(body), JSON.stringify(body)).toThrow(expect.objectContaining({ code: 'ERG_6103' }));
  }
});

test('a node does what it hears, and says what it refuses', async () => {
  const clock = new ManualClock();
  const network = new MemoryNetwork(clock);
  const events: [string, LogFields | undefined][] = [];
  const logger: Logger = { ...silentLogger, event: (name, fields) => events.push([name, fields]) };
  const bus = network.open('node', silentLogger);
  const faults = new FaultSwitch({ environment: 'dev', faults: {}, clock });
  using _listening = listenForFaults({ environment: 'dev', bus, faults, logger });
  const cli = network.open('cli', silentLogger);
  const order = (body: unknown) =>
    cli.publish(buildSubjects('dev').faultOrders, { type: 'fault.order', id: 'x', epoch: 0, body });
  order({ fault: 'targetBoom', forMs: 1_000, by: 'me' });
  order({ fault: 'targetBoom' });
  await expect.poll(() => events.length).toBe(2);
  expect(faults.list()).toMatchObject([{ fault: 'targetBoom' }]);
  expect(events).toEqual([
    ['node.fault.set', { fault: 'targetBoom', forMs: 1_000, by: 'me' }],
    ['node.fault.refused', { sender: 'cli', reason: expect.stringContaining('ERG_6103') }],
  ]);
});
