import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { labelProcess } from './measure-cpu.js';

// Preloaded into every Node process of a profiled gateway: profiles it from start to exit. Node refuses --cpu-prof in NODE_OPTIONS.
const directory = process.env['SALLYPORT_BENCH_PROFILE_DIRECTORY'];
if (directory !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 500 });
  session.post('Profiler.start');
  process.once('exit', () => {
    session.post('Profiler.stop', (error, { profile }) => {
      if (error === null) writeFileSync(join(directory, `${labelProcess(process.pid)}-${process.pid}.cpuprofile`), JSON.stringify(profile));
    });
  });
}
