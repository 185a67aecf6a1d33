import { expect, test } from 'vitest';
import { substitute } from '../../../../protocol/settings/substitute.ts';

const files: Readonly<Record<string, string>> = { 'a.txt': 'content\n', 'two.txt': 'one\r\n\r\n', 'empty.txt': '' };
const sources = {
  env: { NAME: 'value', EMPTY: '', MONEY: '$& ${NAME}', LOW_case1: 'low' },
  readFile(path: string) {
    const content = files[path];
    if (content === undefined) {
      throw new Error('no file of that name');
    }
    return content;
  },
};

test.each([
  ['a ${NAME} b ${NAME}', 'a value b value'],
  ['${LOW_case1}', 'low'],
  ['${NAME:-other}', 'value'],
  ['${NONE:-other}', 'other'],
  ['${EMPTY:-other}', 'other'],
  ['${NONE:-}', ''],
  ['${NONE:-a:b-c d}', 'a:b-c d'],
  ['${NAME:?say}', 'value'],
  ['$${NAME}', '${NAME}'],
  ['$NAME $', '$NAME $'],
  ['${file:a.txt}', 'content'],
  ['${file:two.txt}', 'one\r\n'],
  ['${file:empty.txt}', ''],
  ['<${file:a.txt}>', '<content>'],
  // What is filled in is not read again.
  ['${MONEY}', '$& ${NAME}'],
])('%j becomes %j', (text, filled) => {
  expect(substitute(text, sources)).toEqual({ text: filled });
});

test.each([
  ['${NONE}', 'the environment variable NONE', 'none of that name'],
  ['${EMPTY}', 'the environment variable EMPTY', 'one that is empty'],
  ['${EMPTY:?ask}', 'the environment variable EMPTY (ask)', 'one that is empty'],
  ['${toString}', 'the environment variable toString', 'none of that name'],
  ['${file:b.txt}', 'a readable file for ${file:b.txt}', 'no file of that name'],
])('%j is refused with what it names', (text, expected, got) => {
  expect(substitute(text, sources)).toMatchObject({ expected, got });
});

test.each(['${', '${}', '${NAME', '${1A}', '${NA ME}', '${NAME:x}', '${A:-${NAME}}', 'hunter2${'])(
  '%j is refused without repeating it',
  (text) => {
    expect(substitute(text, sources)).toMatchObject({ got: 'a ${ that begins none of them' });
  },
);
