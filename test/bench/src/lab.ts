import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Algorithm, type Credentials, mintTokens } from './mint-tokens.js';
import { takesConnections } from './start-process.js';
import { startUpstream } from './start-upstream.js';

export interface Lab {
  /** Is deleted when this program exits. */
  readonly directory: string;
  readonly upstreamUrl: string;
  readonly upstreamPort: number;
  /** Where our processes leave their CPU profiles. */
  readonly profileDirectory: string | undefined;
  credentials(algorithm: Algorithm): Promise<Credentials>;
  /** A port of 127.0.0.1 that nobody uses yet; throws if somebody does. */
  takePort(): Promise<number>;
}

/** Starts what all contenders share: a scratch directory, keys and tokens, and the upstream. */
export async function openLab(portBase: number, profileDirectory: string | undefined): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const minted = new Map<Algorithm, Promise<Credentials>>();
  let nextPort = portBase;

  const takePort = async () => {
    const port = nextPort++;
    if (await takesConnections(port)) throw new Error(`port ${port} is in use: choose others with --port-base`);
    return port;
  };
  const upstreamPort = await takePort();
  await startUpstream(directory, upstreamPort);

  return {
    directory,
    upstreamPort,
    upstreamUrl: `http://127.0.0.1:${upstreamPort}`,
    profileDirectory,
    credentials: (algorithm) => {
      const known = minted.get(algorithm) ?? mintTokens(algorithm);
      minted.set(algorithm, known);
      return known;
    },
    takePort,
  };
}
