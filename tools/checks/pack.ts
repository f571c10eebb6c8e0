import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pnpm } from './run.js';
import { publicPackages, root, type WorkspacePackage } from './workspace.js';

/** A package as a user would download it. */
export interface PackedPackage extends WorkspacePackage {
  /** Absolute path of its tarball. */
  readonly tarball: string;
}

const destination = path.join(root, '.cache/tarballs');

/**
 * Packs every public package (pnpm replaces `workspace:` ranges and applies `publishConfig`).
 *
 * @throws Error when a package has not been built
 */
export async function packAll(): Promise<PackedPackage[]> {
  const packages = publicPackages();
  const unbuilt = packages.filter(({ folder }) => !existsSync(path.join(folder, 'dist/index.js')));
  if (unbuilt.length > 0) {
    throw new Error(`Not built: ${unbuilt.map(({ name }) => name).join(', ')}. Run \`pnpm build\` first.`);
  }
  rmSync(destination, { recursive: true, force: true });
  mkdirSync(destination, { recursive: true });
  const filters = packages.flatMap(({ name }) => ['--filter', name]);
  await pnpm([...filters, '--recursive', 'pack', '--pack-destination', destination], { quiet: true });
  return packages.map((entry) => ({
    ...entry,
    tarball: path.join(destination, `${entry.name.replace('@', '').replace('/', '-')}-${entry.version}.tgz`),
  }));
}
