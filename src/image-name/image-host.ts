/** The ports that a client takes for a registry's when none is written. */
const defaultPorts = new Set(['443', '80']);

/** Under these Docker Hub is known as well; the runtime itself knows only the second. */
const hubNames = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/**
 * One text for all ways to write one host: case, the root's dot and a registry's default port make no other host, and neither do
 * Docker Hub's other names. Only for comparing: the runtime looks up what is written.
 */
export function hostKey(host: string): string {
  const { name, port } = split(host);
  if (hubNames.has(name)) return 'docker.io';
  return port === '' || defaultPorts.has(port) ? name : `${name}:${port}`;
}

/** The host alone, whatever its port. */
export function hostNameOf(host: string): string {
  return split(host).name;
}

function split(host: string): { readonly name: string; readonly port: string } {
  const colon = host.lastIndexOf(':');
  const hasPort = colon > host.lastIndexOf(']');
  const name = (hasPort ? host.slice(0, colon) : host).toLowerCase();
  const port = hasPort ? host.slice(colon + 1) : '';
  return { name: name.endsWith('.') ? name.slice(0, -1) : name, port: withoutZeros(port) };
}

function withoutZeros(port: string): string {
  const number = Number(port);
  return port !== '' && Number.isInteger(number) ? String(number) : port;
}
