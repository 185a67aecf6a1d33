import type { Cell } from '../cell.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATETIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/;
const TIME = /^(-?)(\d{1,3})(:\d\d:\d\d)(?:\.(\d{1,6}))?$/;

export function canonDate(cell: Cell): string | undefined {
  return typeof cell === 'string' && DATE.test(cell) ? cell : undefined;
}

/** 'YYYY-MM-DD hh:mm:ss' with the digits after the second up to the last that is not 0. */
export function canonDatetime(cell: Cell): string | undefined {
  const match = typeof cell === 'string' ? DATETIME.exec(cell) : null;
  return match === null ? undefined : `${match[1]} ${match[2]}${canonFraction(match[3])}`;
}

/** '[-]hh:mm:ss' with two digits of the hour at least; the server does not tell -00:00:00 from 00:00:00. */
export function canonTime(cell: Cell): string | undefined {
  const match = typeof cell === 'string' ? TIME.exec(cell) : null;
  if (match === null) {
    return undefined;
  }
  const hours = String(Number(match[2])).padStart(2, '0');
  const time = `${hours}${match[3]}${canonFraction(match[4])}`;
  return match[1] === '-' && time !== '00:00:00' ? `-${time}` : time;
}

function canonFraction(digits: string | undefined): string {
  const significant = digits?.replace(/0+$/, '') ?? '';
  return significant === '' ? '' : `.${significant}`;
}
