// One npm package with everything that it needs to run, as a folder for an image. It is collected from the installed
// packages rather than from a lock file, because an installed leasebreaker has no lock file of its own.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One package to copy: `from` is its folder here, `to` its place below `node_modules` there. */
export interface PackagePlace {
  readonly name: string;
  readonly version: string;
  readonly from: string;
  readonly to: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Plans a node_modules folder with `name` and its dependencies, each in the version that it would get here. A package
 * goes to the top unless another version sits there already; then it goes below the package that needs it.
 * Throws if one that is not optional is not installed.
 */
export function packageClosure(name: string, installedNear: string): PackagePlace[] {
  const placed = new Map<string, PackagePlace>();
  const add = (wanted: string, near: string, under: string, optional: boolean): void => {
    if (wanted.startsWith('@types/')) return; // types only, nothing to run
    const from = findPackage(wanted, near);
    if (from === undefined) {
      if (optional) return;
      throw new Error(`the package ${wanted} is not installed (looked from ${near}); run: npm ci`);
    }
    if (visibleFrom(under, wanted, placed)?.from === from) return;
    const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
    const to = placed.has(wanted) ? `${under}/node_modules/${wanted}` : wanted;
    placed.set(to, { name: wanted, version: manifest.version, from, to });
    const optionals = manifest.optionalDependencies ?? {};
    for (const dependency of Object.keys({ ...manifest.dependencies, ...optionals }).sort()) {
      add(dependency, from, to, dependency in optionals);
    }
  };
  add(name, installedNear, '', false);
  return [...placed.values()].sort((a, b) => (a.to < b.to ? -1 : 1));
}

/** Copies planned packages into `folder`; their own nested packages are places of their own and left out. */
export function copyPackages(places: readonly PackagePlace[], folder: string): void {
  for (const { from, to } of places) {
    const nested = join(from, 'node_modules');
    cpSync(from, join(folder, to), { recursive: true, filter: (path) => path !== nested });
  }
}

/** The package that Node's lookup would find for `wanted` from the place `under`. */
function visibleFrom(
  under: string,
  wanted: string,
  placed: ReadonlyMap<string, PackagePlace>,
): PackagePlace | undefined {
  for (let place = under; place !== ''; ) {
    const own = placed.get(`${place}/node_modules/${wanted}`);
    if (own !== undefined) return own;
    const parent = place.lastIndexOf('/node_modules/');
    place = parent < 0 ? '' : place.slice(0, parent);
  }
  return placed.get(wanted);
}

function findPackage(name: string, near: string): string | undefined {
  for (let folder = near; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}
