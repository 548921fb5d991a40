import { SetupError } from './run-step.mjs';

// Of the HTTP engine there are binaries for these versions of Node, by the number of their native interface.
const nodeVersionsByAbi = { 115: '20', 127: '22', 137: '24', 141: '25' };
const leastGlibc = '2.36';
const leastGlibcFromNode22 = '2.38';

/** Throws a SetupError that says what to do where Sallyport's native parts have no binaries for. */
export function checkPlatform(host = describeHost()) {
  const where = `${host.platform} on ${host.arch}`;
  if (!['linux', 'darwin'].includes(host.platform) || !['x64', 'arm64'].includes(host.arch)) {
    const hint = host.platform === 'win32' ? ' On Windows, use WSL 2 with Ubuntu 24.04.' : '';
    throw new SetupError(`Sallyport runs on Linux and macOS, on x64 and arm64; this is ${where}.${hint}`);
  }
  if (!Object.hasOwn(nodeVersionsByAbi, host.abi)) {
    throw new SetupError(`Sallyport's HTTP engine has no binary for Node ${host.node}. Use Node ${Object.values(nodeVersionsByAbi).join(', ')}.`);
  }
  if (host.platform === 'darwin') return;

  if (host.glibc === undefined) {
    throw new SetupError('Sallyport needs glibc; this Linux has another C library (Alpine?). Use Debian 12 or later, Ubuntu 24.04 or later, or one of their containers.');
  }
  if (isOlder(host.glibc, leastGlibc)) {
    throw new SetupError(`Sallyport needs glibc ${leastGlibc} or later; this system has ${host.glibc}. Use Debian 12 or later, or Ubuntu 24.04 or later.`);
  }
  if (host.abi > 115 && isOlder(host.glibc, leastGlibcFromNode22)) {
    throw new SetupError(
      `With Node ${host.node}, Sallyport's HTTP engine needs glibc ${leastGlibcFromNode22}; this system has ${host.glibc}. Use Node 20 here, or Debian 13 or Ubuntu 24.04.`,
    );
  }
}

function describeHost() {
  // Else the report looks up names of hosts, which may take seconds.
  process.report.excludeNetwork = true;
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    abi: Number(process.versions.modules),
    glibc: process.platform === 'linux' ? process.report.getReport().header.glibcVersionRuntime : undefined,
  };
}

function isOlder(version, than) {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}
