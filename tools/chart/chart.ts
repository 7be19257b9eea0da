import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settingsTemplate } from './environment.ts';
import { hookFrom, optionalTemplateFrom, templateFrom } from './from-deploy.ts';
import { valuesSchema } from './schema.ts';
import { valuesFile } from './values.ts';

const chart = 'charts/enbi';

/** Files of deploy/ that are part of every release, by the name of the template. */
const always = ['rbac'];

/** Files of deploy/ that are part of a release where a value is true. */
const optional: Readonly<Record<string, string>> = {
  'build-logs': 'builds.readLogs',
  roles: 'userRoles',
  'admission-jobs': 'admissionPolicies',
  'admission-objects': 'admissionPolicies',
  'admission-tenants': 'admissionPolicies',
  network: 'networkPolicies',
};

/** What of the chart is worked out from deploy/ and from the table of settings. */
export async function chartFiles(root: string, definitions: string) {
  const read = (path: string) => readFile(join(root, path), 'utf8');
  const template = async (name: string) => {
    const source = `deploy/${name}.yaml`;
    const value = optional[name];
    const manifest = await read(source);
    const content =
      value === undefined ? templateFrom(source, manifest) : optionalTemplateFrom(source, manifest, value);
    return { path: `${chart}/templates/${name}.yaml`, content };
  };
  const hook = async (name: string) => {
    const source = `deploy/uninstall/${name}.yaml`;
    return { path: `${chart}/templates/uninstall-${name}.yaml`, content: hookFrom(source, await read(source), -1) };
  };
  return [
    { path: `${chart}/values.yaml`, content: valuesFile(await read(`${chart}/values.yaml`)) },
    { path: `${chart}/values.schema.json`, content: valuesSchema() },
    { path: `${chart}/templates/_settings.tpl`, content: settingsTemplate() },
    ...(await Promise.all([...always, ...Object.keys(optional)].map(template))),
    ...(await Promise.all(['rbac', 'admission'].map(hook))),
    { path: `${chart}/crds/crds.yaml`, content: definitions },
  ];
}
