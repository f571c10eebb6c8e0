/** Quotes what a shell would take apart. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** How this program was called: through the workspace's script, or installed. */
const program = (): string =>
  process.env.npm_lifecycle_event === 'ebim' || process.env.npm_lifecycle_event === 'start'
    ? 'pnpm ebim'
    : 'ebim';

/** A command line that can be pasted. */
export const commandLine = (words: readonly string[]): string => [program(), ...words.map(quoted)].join(' ');

/** The command that goes on with a run in its folder. */
export function resumeCommand(words: readonly string[], folder: string): string {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--out') i++;
    else if (word !== '--resume' && word !== '--overwrite' && !word.startsWith('--out=')) kept.push(word);
  }
  return commandLine([...kept, '--resume', '--out', folder]);
}
