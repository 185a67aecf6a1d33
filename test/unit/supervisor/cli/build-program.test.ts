import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../../../supervisor/cli/build-program.ts';

/** Usage and all descriptions on one line each, whatever the width. */
function helpOf(...path: readonly string[]): string {
  const program = buildProgram({ version: '1.2.3', setExitCode: () => {} });
  const command = path.reduce<Command | undefined>(
    (parent, name) => parent?.commands.find((one) => one.name() === name),
    program,
  );
  return (command?.helpInformation() ?? '').replaceAll(/\s+/g, ' ');
}

describe('help', () => {
  test('marks the options that must be given, and only those', () => {
    expect(helpOf('recover', 'run')).toMatch(/--plan <id> number of the plan \(required\)/);
    expect(helpOf('recover', 'run')).not.toMatch(/--approve-deletes[^-]*\(required\)/);
    expect(helpOf('force-sync')).toMatch(/--reason <text> [^(]*\(required\)/);
  });

  test('tells the default of a fault in the unit of its option', () => {
    expect(helpOf('fault', 'on')).toMatch(/--for <seconds> [^(]*\(default: 60\)/);
  });

  test('lists the commands by name, and those of a group with their arguments', () => {
    expect(helpOf()).toMatch(/ force-sync make one row/);
    expect(helpOf('case')).toMatch(/ get \[options\] <id> one case/);
  });
});

describe('arguments', () => {
  test('what is wrong is not buried under the help', async () => {
    const written: string[] = [];
    const program = buildProgram({ version: '1.2.3', setExitCode: () => {} });
    const command = program.commands.find((one) => one.name() === 'force-sync');
    command?.configureOutput({ writeErr: (text) => written.push(text) });
    await expect(program.parseAsync(['force-sync', 'p', 't', 'a=1'], { from: 'user' })).rejects.toThrow(/--reason/);
    expect(written.join('').split('\n')).toEqual([
      "error: required option '--reason <text>' not specified",
      'Usage: ergate force-sync [options] <pipeline> <table> <key...>',
      '--help tells more',
      '',
    ]);
  });

  test('the version is told by a flag too', async () => {
    const written: string[] = [];
    const program = buildProgram({ version: '1.2.3', setExitCode: () => {} });
    program.configureOutput({ writeOut: (text) => written.push(text) });
    await expect(program.parseAsync(['--version'], { from: 'user' })).rejects.toThrow('1.2.3');
    expect(written.join('')).toBe('ergate 1.2.3\n');
  });
});
