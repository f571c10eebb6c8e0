/**
 * A process that trains the line model with checkpoints in a folder, kills itself in the middle of step `killAt`
 * (never if it is 0), and prints what it learned.
 *
 *   node --conditions=@ebim/source --import tsx killed-run.ts <folder> <killAt>
 */
import { key, treeEntries, useBackend } from '@ebim/runtime';
import { fit } from './fit.js';
import { folderStore } from './folder-store.js';
import { lineData, lineModel, linePoints } from './line-model.js';

const [folder, killAt] = process.argv.slice(2);
await useBackend('cpu');
let steps = 0;
const { state, history, status } = await fit({
  ...lineModel,
  step: (stepKey, before, batch) => {
    steps += 1;
    if (steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    return lineModel.step(stepKey, before, batch);
  },
  data: lineData(linePoints()),
  // The step counts and kills: not pure.
  compile: false,
  epochs: 6,
  key: key(3),
  checkpoint: { store: folderStore(folder) },
});
const leaves = await Promise.all(
  treeEntries(state).map(async ([path, leaf]) => [path, [...(await leaf.data())]]),
);
const stats = history.map((entry) => entry.stats);
process.stdout.write(`${JSON.stringify({ status, steps, stats, leaves })}\n`);
