import { ConfigError, useBackend } from '@ebim/runtime';
import { nearest } from '../config/nearest.js';
import type { Profile } from '../definitions/experiment.js';
import { runStudy, TABLES_FILE } from '../studies/run-study.js';
import type { Study } from '../studies/study.js';
import { studyWarnings } from '../studies/study-report.js';
import { loadStudyRecord, requireSameStudy, type StudyPlan } from '../studies/study-record.js';
import { createRunFolder, removeRunFolder, RUN_FILES } from '../run/run-folder.js';
import { isFast } from './commands/run.js';
import { datasetReporter } from './dataset-reporter.js';
import { EXIT } from './exit-codes.js';
import type { RunOptions } from './options.js';
import { progressReporter } from './progress.js';
import { resumeCommand } from './shell.js';
import { choosePath, shown, type RunContext } from './start-run.js';
import { textTable } from './text-table.js';

/** Runs a study from the command line and tells how it ended. @throws ConfigError `bad-option`, `other-plan` */
export async function startStudy(
  study: Study,
  options: RunOptions & { readonly profile?: Profile },
  context: RunContext,
): Promise<number> {
  const { out, signal, words } = context;
  if (options.set.length > 0)
    throw new ConfigError({
      code: 'bad-option',
      where: '--set',
      expected: 'an experiment: a study has the settings of several',
      received: `the study ${study.name}`,
      hint: 'See `ebim list` for the experiments that it is made of.',
    });
  const { profile = 'reference', seed = 0, seeds: count = study.seeds, only } = options;
  requireMembers(study, only);
  const fast = isFast(options);
  const plan: StudyPlan = {
    name: study.name,
    profile,
    fast,
    seeds: Array.from({ length: count }, (_, i) => seed + i),
    ...(only === undefined ? {} : { only }),
  };
  const path = await choosePath(`runs/${study.name}-${profile}${fast ? '-fast' : ''}`, options);
  const earlier = options.resume === true ? await loadStudyRecord(path) : null;
  if (earlier !== null) requireSameStudy(earlier.record, plan, earlier.folder.path);
  const backend = options.backend ?? 'auto';
  const used = backend === 'auto' && earlier !== null ? earlier.record.environment.backend : backend;
  const { active } = await useBackend(used as typeof backend);
  if (options.overwrite === true) await removeRunFolder(path);
  const folder = earlier?.folder ?? (await createRunFolder(path));

  out.say(
    `${study.title} (${study.name}, ${profile} profile${fast ? ', fast' : ''}, seeds ${plan.seeds.join(', ')})`,
  );
  out.say(study.summary);
  out.say(`Folder: ${shown(folder.path)}\nBackend: ${active}`);
  out.emit({ type: 'start', ...plan, folder: folder.path, resumed: earlier !== null });
  const outcome = await runStudy(study, plan, folder, {
    command: words,
    backend,
    signal,
    earlier: earlier?.record ?? null,
    say: (text) => {
      out.status('');
      out.say(text);
    },
    onRunEvent: progressReporter(out),
    onDatasetEvent: datasetReporter(out),
  }).finally(() => out.status(''));
  const told = {
    type: 'result',
    status: outcome.status,
    folder: folder.path,
    seconds: outcome.record.seconds,
  };
  if (outcome.result === null) {
    const resume = resumeCommand(words, shown(folder.path));
    out.complain(`Stopped; what was finished is kept. To go on:\n  ${resume}`);
    out.emit({ ...told, resume });
    return EXIT.interrupted;
  }
  const { tables } = outcome.result;
  for (const { title, columns, rows, note } of tables)
    out.print(`\n${title}\n\n${textTable([columns, ...rows])}${note === undefined ? '' : `\n\n${note}`}`);
  for (const text of studyWarnings(outcome.record, outcome.result)) out.print(`\nWarning: ${text}`);
  out.print(`\nTables: ${shown(folder.file(TABLES_FILE))}\nReport: ${shown(folder.file(RUN_FILES.report))}`);
  out.emit({ ...told, report: folder.file(RUN_FILES.report), numbers: outcome.result.numbers });
  return EXIT.ok;
}

/** Refuses names that are no members of the study. @throws ConfigError `unknown-member` */
function requireMembers({ name, members = [] }: Study, only: readonly string[] | undefined): void {
  const unknown = only?.find((member) => !members.includes(member));
  if (unknown === undefined) return;
  const guess = nearest(unknown, members);
  throw new ConfigError({
    code: 'unknown-member',
    where: '--only',
    expected:
      members.length === 0 ? `no such option: ${name} is run as a whole` : `some of ${members.join(', ')}`,
    received: `"${unknown}"`,
    ...(guess === null ? {} : { hint: `Did you mean "${guess}"?` }),
    details: { unknown, members },
  });
}
