// @ts-check
/**
 * What a script of this checkout takes from the machine, beside Node and the npm packages.
 *
 * @typedef {object} Needs
 * @property {boolean} cluster Linux, root, namespaces, cgroups, overlayfs, memory: a cluster runs.
 * @property {boolean} components Go and the room to build Kubernetes, unless that was done before.
 * @property {boolean} image Debian packages are unpacked.
 * @property {boolean} optional What is missing is told, and the rest of the run goes on without it.
 */

/** @type {Needs} */
const nothing = { cluster: false, components: false, image: false, optional: false };
const everything = { ...nothing, cluster: true, components: true, image: true };

/**
 * @param {string} file as package.json names it
 * @param {readonly string[]} args
 * @returns {Needs}
 */
export function needsOf(file, args) {
  if (args.some((arg) => arg === '--help' || arg === '-h')) return nothing;
  const rule = rules[file];
  return rule === undefined ? nothing : rule(args);
}

/** @type {Readonly<Record<string, (args: readonly string[]) => Needs>>} */
const rules = {
  // On a cluster that is there already, this machine needs kubectl alone.
  'test/story/main.ts': (args) => (args.some((arg) => /^--kubeconfig(=|$)/.test(arg)) ? nothing : everything),
  'test/run.ts': ofTests,
  'test/run-e2e.ts': () => everything,
  'cluster/main.ts': ofCluster,
  'image/main.ts': () => ({ ...nothing, image: true }),
};

/** @param {readonly string[]} args */
function ofTests(args) {
  const chosen = args.length === 0 || args.includes('integration') || args.includes('e2e');
  return chosen ? { ...everything, optional: true } : nothing;
}

/** @param {readonly string[]} args */
function ofCluster(args) {
  if (args[0] !== 'up') return nothing;
  const image = args.includes('--install') || args.some((arg) => arg.includes('debian-'));
  return { ...everything, image };
}
