/** What of a Pod only the sandbox asks for, in the words of whoever refuses it for that: admission, the kubelet, the runtime. */
const sandboxWords =
  /hostUsers|procMount|seccomp|Unmasked|Unconfined|user ?namespace|userns|id-?map|[ug]id_map|mounting "proc"|PodSecurity|pod security/i;

/**
 * Quotas (plugin/pkg/admission/resourcequota of Kubernetes), LimitRanges (…/limitranger), and limits that are below requests. What
 * is full has room again, and less between the builders gives it none; their names are their makers', and may read like anything.
 */
const amounts =
  /(exceeded|failed|insufficient|unknown for) quota|usage per (Container|Pod) is|limit to request ratio|must be less than or equal to|empty slot/i;

/** Whether these words blame the sandbox; the names in them are those that the words may repeat, whatever they are made of. */
export function blamesSandbox(words: string, names: readonly string[]): boolean {
  if (amounts.test(words)) return false;
  return sandboxWords.test(names.reduce((left, name) => left.replaceAll(name, ''), words));
}
