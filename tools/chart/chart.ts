import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settingsTemplate } from './environment.ts';
import { hookFrom, templateFrom } from './from-deploy.ts';
import { valuesSchema } from './schema.ts';
import { valuesFile } from './values.ts';

const chart = 'charts/enbi';

/** What of the chart is worked out from deploy/ and from the table of settings. */
export async function chartFiles(root: string, definitions: string) {
  const read = (path: string) => readFile(join(root, path), 'utf8');
  const [values = '', rbac = '', uninstallRbac = ''] = await Promise.all(
    [`${chart}/values.yaml`, 'deploy/rbac.yaml', 'deploy/uninstall/rbac.yaml'].map(read),
  );
  return [
    { path: `${chart}/values.yaml`, content: valuesFile(values) },
    { path: `${chart}/values.schema.json`, content: valuesSchema() },
    { path: `${chart}/templates/_settings.tpl`, content: settingsTemplate() },
    { path: `${chart}/templates/rbac.yaml`, content: templateFrom('deploy/rbac.yaml', rbac) },
    {
      path: `${chart}/templates/uninstall-rbac.yaml`,
      content: hookFrom('deploy/uninstall/rbac.yaml', uninstallRbac, -1),
    },
    { path: `${chart}/crds/crds.yaml`, content: definitions },
  ];
}
