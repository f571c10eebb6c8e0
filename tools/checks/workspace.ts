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
  /** The names of the workspace packages that it imports. */
  readonly dependencies: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
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
    .map(({ folder, manifest }) => ({
      name: manifest.name,
      version: manifest.version,
      folder,
      dependencies: Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@ebim/')),
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
