import { expect, test } from 'vitest';
import { detectFlavour } from '../../../../../actors/target/mysql/flavour.ts';

test.each([
  ['10.11.19-MariaDB-0+deb12u1-log', 'MariaDB'],
  ['5.5.5-10.5.27-mariadb', 'MariaDB'],
  ['8.0.15', 'MySQL'],
  ['8.0.36-28 Percona Server', 'MySQL'],
])('a server of version %s is %s', (version, name) => {
  expect(detectFlavour(version).name).toBe(name);
});
