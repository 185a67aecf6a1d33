import { describe, expect, test } from 'vitest';
import { planInstall } from '../../../../deploy/local/plan-install.ts';

const mariadb = { name: 'mariadbd', packages: ['mariadb-server-core', 'mariadb-client-core'] };
const tables = { name: 'mariadb-install-db', packages: ['mariadb-server-core'] };
const nats = { name: 'nats-server', packages: ['nats-server'] };

describe('planInstall', () => {
  test('does nothing when nothing is missing, also without root and apt-get', () => {
    expect(planInstall([], { isRoot: false, aptGet: undefined })).toEqual({ kind: 'nothing' });
  });

  test('as root on Debian installs each package once', () => {
    expect(planInstall([mariadb, tables, nats], { isRoot: true, aptGet: '/usr/bin/apt-get' })).toEqual({
      kind: 'install',
      aptGet: '/usr/bin/apt-get',
      packages: ['mariadb-server-core', 'mariadb-client-core', 'nats-server'],
    });
  });

  test('without root names what is missing, the command to run, and the compose file', () => {
    const plan = planInstall([nats], { isRoot: false, aptGet: '/usr/bin/apt-get' });
    const message = plan.kind === 'refuse' ? plan.message : '';
    expect(message).toContain('Not installed: nats-server.');
    expect(message).toContain('sudo apt-get install --no-install-recommends nats-server');
    expect(message).toContain('deploy/compose/compose.yaml');
  });

  test('on another system names the packages and the compose file, and no apt-get command', () => {
    const plan = planInstall([mariadb], { isRoot: true, aptGet: undefined });
    const message = plan.kind === 'refuse' ? plan.message : '';
    expect(message).toContain('mariadb-server-core mariadb-client-core');
    expect(message).toContain('deploy/compose/compose.yaml');
    expect(message).not.toContain('sudo');
  });
});
