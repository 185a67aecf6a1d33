export interface StalePage {
  readonly name: string;
  readonly problem: 'is missing' | 'is not what the code says' | 'is made by nothing';
}

/** What has to be done so that the folder holds exactly the pages; by name. */
export function findStale(
  pages: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
): readonly StalePage[] {
  const names = [...new Set([...pages.keys(), ...files.keys()])].sort();
  return names.flatMap((name): readonly StalePage[] => {
    const page = pages.get(name);
    const file = files.get(name);
    if (page === file) {
      return [];
    }
    if (page === undefined) {
      return [{ name, problem: 'is made by nothing' }];
    }
    return [{ name, problem: file === undefined ? 'is missing' : 'is not what the code says' }];
  });
}
