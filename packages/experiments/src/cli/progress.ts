import type { RunEvent } from '../run/events.js';
import type { Terminal } from './terminal.js';
import { clock } from '../report/clock.js';
import { format } from '../report/result-rows.js';

const SHOWN = ['loss', 'positive', 'negative', 'rank'] as const;

const TITLES = {
  manifold: 'Learning the manifold',
  density: 'Learning the density on it',
  evaluation: 'Measuring',
  report: 'Drawing the report',
} as const;

/** Milliseconds between two updates of the line. */
const REDRAW = 100;

/** Turns the events of a run into an updating line, plain lines about every tenth, and JSON lines. */
export function progressReporter(out: Terminal): (event: RunEvent) => void {
  let epochs = 0;
  let batches = 0;
  let done = 0;
  let begun = 0;
  let first = 0;
  let stats = '';
  let drawn = 0;
  let reported = 0;

  const line = (stage: string, within: number): string => {
    const elapsed = (performance.now() - begun) / 1000;
    const share = done - first + within;
    const left = share > 0 ? (elapsed / share) * (epochs - done - within) : NaN;
    const time = Number.isNaN(left) ? '' : `  ${clock(elapsed)} elapsed, ${clock(left)} left`;
    return `  ${stage}  epoch ${Math.min(done + 1, epochs)}/${epochs}${time}${stats}`;
  };

  return (event) => {
    switch (event.type) {
      case 'stage':
        ({ epochs, batches } = event);
        [done, first, reported, stats] = [-1, 0, 0, ''];
        begun = performance.now();
        out.status('');
        out.say(`${TITLES[event.stage]}${epochs > 0 ? `: ${epochs} epochs of ${batches} batches` : ''}`);
        if (epochs === 0) out.status('  …');
        out.emit(event);
        break;
      case 'step':
        if (done === -1) [done, first] = [event.epoch, event.epoch + event.batch / batches];
        if (performance.now() - drawn < REDRAW) break;
        drawn = performance.now();
        out.status(line(event.stage, (event.batch + 1) / batches));
        break;
      case 'epoch': {
        const { stage, epoch, seconds } = event;
        done = epoch + 1;
        stats = describe(event.stats);
        out.emit({ type: 'epoch', stage, epoch, epochs, stats: event.stats, seconds });
        const tenth = Math.floor((10 * done) / epochs);
        if (tenth > reported && !out.interactive) {
          reported = tenth;
          const elapsed = (performance.now() - begun) / 1000;
          const left = (elapsed / (done - first)) * (epochs - done);
          out.say(`  epoch ${done}/${epochs}  ${clock(elapsed)} elapsed, ${clock(left)} left${stats}`);
        }
        break;
      }
      case 'checkpoint':
        out.emit(event);
        break;
      case 'warning':
        out.complain(`Warning: ${event.message}`);
        out.emit(event);
        break;
    }
  };
}

const describe = (stats: Readonly<Record<string, number>>): string =>
  SHOWN.filter((name) => name in stats)
    .map((name) => `  ${name} ${format(stats[name])}`)
    .join('');
