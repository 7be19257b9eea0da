import type { Workshop } from './workshop.ts';

/** Binary caches of one package, made by Nix in the workshop and served by it. */
export interface BinaryCaches {
  readonly signed: string;
  /** Signed by a key of the trusted one's name. */
  readonly forged: string;
  readonly unsigned: string;
  /** Public key of `signed`. */
  readonly trustedKey: string;
}

export async function makeBinaryCaches(workshop: Workshop, flakeUrl: string): Promise<BinaryCaches> {
  const trustedKey = await workshop.sh(`
    cd /srv
    for key in trusted other; do nix key generate-secret --key-name workshop-1 > $key; done
    out=$(nix build --no-write-lock-file --no-link --print-out-paths '${flakeUrl}#packages.x86_64-linux.default')
    nix copy --to 'file:///srv/files/signed?secret-key=/srv/trusted' $out
    nix copy --to 'file:///srv/files/forged?secret-key=/srv/other' $out
    nix copy --to file:///srv/files/unsigned $out
    nix key convert-secret-to-public < trusted`);
  const { url } = workshop;
  return {
    signed: `${url}/signed`,
    forged: `${url}/forged`,
    unsigned: `${url}/unsigned`,
    trustedKey: trustedKey.trim(),
  };
}
