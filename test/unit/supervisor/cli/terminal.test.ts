import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Screen } from '../../../../supervisor/cli/terminal.ts';

test('into a pipe or file the same lines are written once, until others come', () => {
  const written: string[] = [];
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  });
  const screen = new Screen(out as NodeJS.WriteStream); // no terminal
  for (const line of ['waiting', 'waiting', 'running', 'waiting']) {
    screen.show([line]);
  }
  screen.close();
  expect(written).toEqual(['waiting\n\n', 'running\n\n', 'waiting\n\n']);
});
