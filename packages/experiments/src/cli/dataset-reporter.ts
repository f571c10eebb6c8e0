import type { DatasetEvent } from '@ebim/datasets';
import type { Terminal } from './terminal.js';

/** Tells where data come from, and how a download goes. */
export function datasetReporter(out: Terminal): (event: DatasetEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'found':
        out.say(`Data: ${event.path}`);
        break;
      case 'download':
        out.say(`Downloading ${event.url}`);
        break;
      case 'progress': {
        const { received, total } = event;
        out.status(`  ${kilobytes(received)}${total === null ? '' : ` of ${kilobytes(total)}`}`);
        break;
      }
      case 'warning':
        out.complain(`Warning: ${event.message}`);
        break;
    }
  };
}

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} kB`;
