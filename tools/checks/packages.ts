/** `pnpm check:packages`: what would be published is right, looked at as packed tarballs. */
import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll, type PackedPackage } from './pack.js';

/** A library of small functions that weighs more than this has packed something by mistake. */
const maximumTarballKilobytes = 500;

/** The packages are ESM only: what `require` and the resolution of Node 10 see is not promised. */
const promisedResolutions = new Set(['node16-esm', 'bundler']);

async function lintedByPublint(tarball: Buffer): Promise<string[]> {
  const data = Uint8Array.from(tarball).buffer;
  const { messages, pkg } = await publint({ pack: { tarball: data }, level: 'warning', strict: true });
  return messages.map(
    (message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
}

async function wrongTypes(tarball: Buffer): Promise<string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (!analysis.types) return ['types: none found'];
  return analysis.problems
    .filter((problem) => !('resolutionKind' in problem) || promisedResolutions.has(problem.resolutionKind))
    .map((problem) => `types: ${problemKindInfo[problem.kind].description} ${JSON.stringify(problem)}`);
}

function tooLarge(tarball: Buffer): string[] {
  const kilobytes = Math.round(tarball.byteLength / 1024);
  if (kilobytes <= maximumTarballKilobytes) return [];
  return [`size: ${kilobytes} kB packed, more than ${maximumTarballKilobytes} kB`];
}

async function problemsOf(packed: PackedPackage): Promise<string[]> {
  const tarball = await readFile(packed.tarball);
  const problems = [
    ...tooLarge(tarball),
    ...(await lintedByPublint(tarball)),
    ...(await wrongTypes(tarball)),
  ];
  const size = `${(tarball.byteLength / 1024).toFixed(1)} kB`.padStart(9);
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${packed.name.padEnd(20)} ${size}`);
  return problems.map((problem) => `${packed.name}: ${problem}`);
}

const problems: string[] = [];
for (const packed of await packAll()) problems.push(...(await problemsOf(packed)));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
