import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

/** An OCI layout of one compressed layer; the configuration says by `$claimed` what it unpacks to. */
const layout = (claimed: string) => `
mkdir -p files $out/blobs/sha256
echo 'a layer of false-diff-id' > files/name
files=files out=$PWD/layer.tar $busybox sh $images layer
gzip < layer.tar > layer.gz
type=application/vnd.oci.image
hex() { sha256sum < "$1" | cut -d ' ' -f 1; }
keep() { cp "$1" "$out/blobs/sha256/$(hex "$1")"; }
described() { printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$1" "$(hex "$2")" "$(stat -c %s "$2")"; }
actual=$(hex layer.tar)
printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' ${claimed} > config
printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' $type.manifest.v1+json \\
  "$(described $type.config.v1+json config)" "$(described $type.layer.v1.tar+gzip layer.gz)" > manifest
printf '{"schemaVersion":2,"manifests":[%s]}' "$(described $type.manifest.v1+json manifest)" > $out/index.json
echo '{"imageLayoutVersion":"1.0.0"}' > $out/oci-layout
for file in layer.gz config manifest; do keep $file; done
`;

const ofAnother = 'b'.repeat(64);

export const attack: Attack = {
  name: 'false-diff-id',
  kind: 'reads what is not theirs',
  rights: 'the author of a flake, who knows what a layer of another tenant unpacks to by its digest alone',
  steps:
    'has a compressed layer loaded, then an image of the same layer whose configuration says that it unpacks to the other layer, which is unpacked on the node',
  holds: 'the layer is read, and the second image refused: no container gets what another image unpacked to',
  quick: true,
  repositories: { 'false-diff-id': { '1.0.0': flakeOf({ honest: layout('$actual'), lying: layout(ofAnother) }) } },
  async run(session) {
    const flakeUrl = session.flake('false-diff-id');
    await request(session, { name: 'honest', packageName: 'honest', flakeUrl });
    const honest = await outcomeOfBuild(session, 'honest');
    mustHold(
      honest.status.status === 'Succeeded',
      `the layer was not loaded: ${JSON.stringify(honest.status.failure)}`,
    );
    await request(session, { name: 'lying', packageName: 'lying', flakeUrl });
    const { status } = await outcomeOfBuild(session, 'lying');
    mustHold(status.failure?.reason === 'DigestMismatch', JSON.stringify(status.failure ?? status.status));
  },
};
