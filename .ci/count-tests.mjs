// Prints `N passed, N failed[, N skipped]` from Vitest's JSON report; exits with 1 if anything failed or nothing ran.
import { readFileSync } from 'node:fs';

let report;
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch {
  console.error('The tests left no report: they did not run to their end.');
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const passed = report.numPassedTests;
// A file that cannot be loaded has no tests that could fail.
const brokenFiles = report.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'));
const failed = report.numFailedTests + brokenFiles.length;
const skipped = report.numPendingTests + report.numTodoTests;

for (const { name } of brokenFiles) console.error(`failed as a whole: ${name}`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
