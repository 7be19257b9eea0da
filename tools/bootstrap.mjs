// Runs a TypeScript file of this checkout under the pinned Node, on a machine that has no more than some older Node and npm:
// `node tools/bootstrap.mjs FILE [ARG ...]`. In the language of the oldest Node that can tell that it is too old.
const oldest = 20;

if (Number(process.versions.node.split('.')[0]) < oldest) {
  fail(`Node ${oldest} or later is needed, and this is ${process.versions.node}: https://nodejs.org has it`);
} else {
  import('./run-script.mjs')
    .then(({ runScript }) => runScript(process.argv.slice(2)))
    .catch((error) => fail(error.message));
}

/** @param {string} sentence */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
