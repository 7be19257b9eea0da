const notice = (source: string) => `{{/* Generated from ${source} by \`npm run generate\`. */}}\n`;

/** A manifest of deploy/ as a template: enbi's namespace is the release's. Comments come along. */
export function templateFrom(source: string, manifest: string): string {
  return notice(source) + manifest.replaceAll(/^( *)namespace: enbi$/gm, '$1namespace: {{ .Release.Namespace }}');
}

/** The same, where a value of the chart is true. */
export function optionalTemplateFrom(source: string, manifest: string, value: string): string {
  return `${notice(source)}{{- if .Values.${value} }}\n${templateFrom(source, manifest).slice(notice(source).length)}{{- end }}\n`;
}

/** The same, made before the release is deleted and gone after that, unless it failed: then it is made anew by the next try. */
export function hookFrom(source: string, manifest: string, weight: number): string {
  const annotations = `  annotations:
    helm.sh/hook: pre-delete
    helm.sh/hook-weight: "${weight}"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
`;
  return templateFrom(source, manifest.replaceAll(/^metadata:\n/gm, `metadata:\n${annotations}`));
}
