// Brings this checkout to life: `node deploy/local/bootstrap.mjs setup|start|test|bench [arguments]`.
// Needs nothing but Node. This file keeps to syntax that old versions can parse, so that they get to say what is wrong.
var version = process.versions.node.split('.').map(Number);

if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error('Sallyport needs Node 20.19 or later; this is Node ' + process.versions.node + ' (' + process.execPath + ').');
  console.error('Install a newer one from https://nodejs.org or with your version manager, e.g. `nvm install 20`.');
  process.exit(1);
}

import('./bootstrap/run-mode.mjs').then(function (module) {
  return module.runMode(process.argv[2], process.argv.slice(3));
});
