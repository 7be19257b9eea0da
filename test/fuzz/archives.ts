import { ensureComponents } from '../../cluster/components.ts';
import { hostileImage } from '../hostile/hostile-image.ts';
import { HostileImports, keep } from '../hostile/import-hostile.ts';
import { startContainerd } from '../support/containerd.ts';

export interface ArchivesWishes {
  readonly seeds: { readonly from: number; readonly count: number };
  readonly keepIn: string;
  readonly report: (line: string) => void;
}

export interface ArchivesResult {
  readonly findings: readonly string[];
  readonly outcomes: ReadonlyMap<string, number>;
}

/** Generated hostile images, one after another, by the real importer to a containerd of their own. Needs root. */
export async function importHostileArchives({ seeds, keepIn, report }: ArchivesWishes): Promise<ArchivesResult> {
  const { bin } = await ensureComponents(report);
  await using daemon = await startContainerd(bin);
  await using imports = await HostileImports.into(daemon);
  const outcomes = new Map<string, number>();
  const findings: string[] = [];
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed++) {
    const verdict = await imports.judge(hostileImage(seed));
    outcomes.set(verdict.outcome, (outcomes.get(verdict.outcome) ?? 0) + 1);
    if (verdict.finding !== undefined) {
      findings.push(`seed ${seed} (${verdict.image.story}): ${verdict.finding}`);
      report(`FINDING, kept as ${await keep(verdict, keepIn)}: ${findings.at(-1)}`);
    }
  }
  return { findings, outcomes };
}
