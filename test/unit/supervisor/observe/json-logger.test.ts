import { expect, test } from 'vitest';
import { Secret } from '../../../../protocol/settings/secret.ts';
import { formatJson, formatText } from '../../../../supervisor/observe/format-event.ts';
import { JsonLogger } from '../../../../supervisor/observe/json-logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

function openLogger(level: 'debug' | 'info' | 'warn' | 'error', format = formatJson) {
  const lines: string[] = [];
  const fields = { process: 'node', node: 'n1' };
  const logger = new JsonLogger({ level, clock: new ManualClock(), format, fields, write: (line) => lines.push(line) });
  return { logger, lines };
}

test('an event is one line of JSON with its time, level, name and fields', () => {
  const { logger, lines } = openLogger('info');
  logger
    .child({ job: 'sink.p.0' })
    .event('node.actor.restarting', { reason: 'a\n"b"\u2028', delayMs: 200, gone: undefined });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\n/);
  expect(JSON.parse(lines[0]!)).toEqual({
    time: '1970-01-01T00:16:40.000Z',
    level: 'warn',
    event: 'node.actor.restarting',
    process: 'node',
    node: 'n1',
    job: 'sink.p.0',
    reason: 'a\n"b"\u2028',
    delayMs: 200,
  });
});

test('events below the level are not written', () => {
  const { logger, lines } = openLogger('warn');
  logger.event('node.started');
  logger.event('bus.lost');
  logger.event('process.failed');
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['bus.lost', 'process.failed']);
});

test('a field cannot take the place of the time, the level or the event', () => {
  const { logger, lines } = openLogger('info');
  logger.event('node.started', { time: 'never', level: 'fatal', event: 'other' });
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'info',
    event: 'node.started',
    event_: 'other',
    time_: 'never',
  });
});

test('a long text is cut, and says how long it was', () => {
  const { logger, lines } = openLogger('info');
  logger.event('node.started', { reason: 'x'.repeat(100_000) });
  expect(lines[0]!.length).toBeLessThan(3_000);
  expect(lines[0]).toContain('100000 characters');
});

test('a secret that gets into a line in spite of its type does not show itself', () => {
  const { logger, lines } = openLogger('info');
  const secret = new Secret('hunter2');
  logger.event('node.started', { password: secret as unknown as string, message: `login ${secret}` });
  expect(lines[0]).not.toContain('hunter2');
});

test('at a terminal a line is short, and cannot steer the terminal', () => {
  const { logger, lines } = openLogger('info', formatText);
  logger.event('node.actor.restarting', { reason: 'x\u001b[2J\u009b2J', delayMs: 200 });
  expect(lines).toEqual([
    '00:16:40.000 WARN  node.actor.restarting process=node node=n1 reason="x\\u001b[2J?2J" delayMs=200',
  ]);
});
