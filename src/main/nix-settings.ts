import { isolations, languageFeatures, storeScopes } from '../api/order.ts';
import { certificates } from './certificates-setting.ts';
import { bool, oneOf, setting, someOf, unset, words } from './setting.ts';

/** The part of the table (settings-table.ts) that is about Nix and its stores. */
export const nixSettings = {
  substituters: unset(words, {
    argument: 'urls',
    group: 'Nix',
    help: "binary caches, separated by spaces; empty: none; unset: Nix' own",
    meaning:
      "Binary caches; on the command line separated by spaces. Empty: none. Unset: Nix' own default. One that does not answer is left out of a build, which says so in the log of its container `fetch`.",
    chart: 'nix.substituters',
  }),
  trustedPublicKeys: unset(words, {
    argument: 'keys',
    group: 'Nix',
    help: "keys of binary caches; unset: Nix' own",
    meaning:
      "Public keys of those caches, as the caches. Unset: Nix' own default. What none of them has signed is built, not copied.",
    chart: 'nix.trustedPublicKeys',
  }),
  certificateAuthorities: unset(certificates, {
    argument: 'pem',
    group: 'Nix',
    help: 'certificates that hosts of flakes and binary caches are trusted by as well',
    meaning:
      'Certificates, as PEM, of authorities that are trusted beside the known ones: by git and Nix when they fetch flakes, in every namespace, by Nix for binary caches, and by builders that download. At most 16,384 characters. For one flake alone, put `ca.crt` into [its Secret](../guide/write-a-flake.md#private-flakes).',
    chart: 'nix.certificateAuthorities',
  }),
  languageFeatures: unset(someOf(languageFeatures), {
    argument: 'names',
    group: 'Nix',
    help: "experimental features of Nix' language, separated by spaces",
    meaning:
      "Experimental features of Nix' language that flakes may use; on the command line separated by spaces: `pipe-operators`, `parse-toml-timestamps`, `blake3-hashes`. Nix may change or drop them with any version. Those that change what a build may do are not offered.",
    chart: 'nix.languageFeatures',
  }),
  realiseStreamScripts: setting(bool, true, {
    argument: 'bool',
    group: 'Nix',
    help: 'whether archives are left unbuilt that are only a stream script, compressed',
    meaning:
      '`true`: what `dockerTools.buildLayeredImage` makes is [not built](../guide/write-a-flake.md#archives-that-are-not-built): the stream script that it compresses is, and is read. `false`: every package is built as it is.',
    chart: 'nix.realiseStreamScripts',
  }),
  isolation: setting(oneOf(['Auto', ...isolations]), 'Auto', {
    argument: 'mode',
    group: 'Nix',
    help: 'how builds are isolated',
    meaning:
      "`Sandboxed`: with Nix' sandbox, in a user namespace of the Pod. `Unprivileged`: without, with nothing a restricted namespace would refuse. `Auto`: sandboxed wherever node and namespace allow it. `Sandboxed` too means `Unprivileged` where they say that they do not; where they say that they do and the Pod is refused all the same, `Auto` goes on without the sandbox and `Sandboxed` does not. `status.isolation` says what was used. A namespace can choose with an [annotation](annotations.md#on-a-namespace).",
    chart: 'builds.isolation',
  }),
  storeScope: setting(oneOf(storeScopes), 'namespace', {
    argument: 'scope',
    group: 'Nix',
    help: 'which flakes of a namespace share a store on a node',
    meaning:
      "`namespace`: all flakes of a namespace share one store on each node, but those that are fetched with a Secret: each repository of those has one of its own for each Secret. `flake`: each repository has one, with or without a Secret; then no builder of one flake can change what another flake of its namespace runs, also without Nix' sandbox. It costs time and disk, since each store has its own copy of what they have in common; a namespace has [a few](ceilings.md) such stores on a node. Whoever changes it begins with empty stores; see [NixStore](nixstore.md#which-flakes-share-one).",
    chart: 'builds.storeScope',
  }),
};
