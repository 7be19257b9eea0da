import { failureText } from '../failure-text.ts';
import { asEntry } from '../printable.ts';
import { jobCommands } from './job-commands.ts';

/**
 * enbi's one executable. What Jobs run begins without the parser of arguments and the settings, which the others need: loading
 * them would take longer than an import of an image that has not changed.
 */
try {
  const [name, ...others] = process.argv.slice(2);
  const job = Object.entries(jobCommands).find(([known]) => known === name && others.length === 0)?.[1];
  if (job === undefined) {
    const { program } = await import('./program.ts');
    await program.parseAsync();
  } else {
    process.exitCode = await job.run();
  }
} catch (thrown) {
  process.stderr.write(`enbi: ${asEntry(failureText(thrown))}\n`);
  process.exitCode = 1;
}
