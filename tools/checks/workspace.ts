import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository's root folder. */
export const root = path.resolve(import.meta.dirname, '../..');

/** What the checks need to know of a package. */
export interface WorkspacePackage {
  /** The published name, e.g. `@ebim/nn`. */
  readonly name: string;
  readonly version: string;
  /** Absolute path of its folder. */
  readonly folder: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}

/** The packages that are published, by name. */
export function publicPackages(): WorkspacePackage[] {
  const packages = path.join(root, 'packages');
  return readdirSync(packages)
    .map((entry) => path.join(packages, entry))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ name: manifest.name, version: manifest.version, folder }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
