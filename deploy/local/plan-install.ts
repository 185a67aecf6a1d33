/** Decides what to do about programs that are missing: install them, or say what a person has to do. Pure. */

export interface Program {
  readonly name: string;
  /** Debian packages that bring it. */
  readonly packages: readonly string[];
}

export interface Machine {
  readonly isRoot: boolean;
  /** Path of apt-get; undefined on a system that is not Debian or one of its kind. */
  readonly aptGet: string | undefined;
}

export type InstallPlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'install'; readonly aptGet: string; readonly packages: readonly string[] }
  | { readonly kind: 'refuse'; readonly message: string };

const INSTEAD =
  'Or run the same servers in containers: docker compose -f deploy/compose/compose.yaml up (the file says how to use them).';

export function planInstall(missing: readonly Program[], { isRoot, aptGet }: Machine): InstallPlan {
  if (missing.length === 0) {
    return { kind: 'nothing' };
  }
  const packages = [...new Set(missing.flatMap((program) => program.packages))];
  if (isRoot && aptGet !== undefined) {
    return { kind: 'install', aptGet, packages };
  }
  const names = missing.map((program) => program.name).join(', ');
  const advice =
    aptGet === undefined
      ? `This is not a Debian system: install what brings them, on Debian it is ${packages.join(' ')}.`
      : `Only root may install them: sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
  return { kind: 'refuse', message: [`Not installed: ${names}.`, advice, INSTEAD].join('\n') };
}
