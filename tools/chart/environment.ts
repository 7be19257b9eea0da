import { type ChartSetting, chartSettings } from './settings-tree.ts';

/** charts/enbi/templates/_settings.tpl: the settings as environment variables of the controller. */
export function settingsTemplate(): string {
  const notice = '{{/* Generated from src/main/settings-table.ts by `npm run generate`. */}}\n';
  return `${notice}{{- define "enbi.settings" -}}\n${chartSettings.map(variable).join('')}{{- end }}\n`;
}

/** Nothing is said of a value that is null; an empty list is something to say. */
function variable({ variable, path, setting }: ChartSetting): string {
  const keys = path.map((key) => JSON.stringify(key)).join(' ');
  const text = printed(String(setting.kind.schema['type']), setting.kind.schema['items']);
  return `{{- $value := dig ${keys} nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ${variable}
  value: {{ ${text} | quote }}
{{- end }}
`;
}

/** Helm reads every number as a float, which it would print as 1e+06. */
function printed(type: string, items: unknown): string {
  if (type === 'integer') return '$value | int64';
  if (type === 'object' || (type === 'array' && itemsAreObjects(items))) return '$value | toJson';
  return type === 'array' ? '$value | join " "' : '$value';
}

function itemsAreObjects(items: unknown): boolean {
  return typeof items === 'object' && items !== null && 'type' in items && items.type === 'object';
}
