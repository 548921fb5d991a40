import { createProgram } from './create-program.js';
import { explainFailure } from './explain-failure.js';

// Whoever reads our output may have seen enough: `sallyport history | head -1`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = explainFailure(error);
}
