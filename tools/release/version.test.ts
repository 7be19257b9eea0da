import { describe, expect, it } from 'vitest';
import { checkout } from '../../test/support/source-files.ts';
import { oneVersion, releaseVersion } from './version.ts';

describe('the version of a release', () => {
  it('is the one that package, lock file, chart and manifests of this checkout name', () => {
    expect(releaseVersion(checkout)).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("is nobody's where two differ, and all that have to be changed are named", () => {
    const named = [
      { at: 'package.json', version: '0.2.0' },
      { at: 'package-lock.json', version: '0.2.0' },
      { at: 'appVersion in charts/enbi/Chart.yaml', version: '0.1.0' },
      { at: 'deploy/controller.yaml', version: '0.1.1' },
    ];
    expect(() => oneVersion(named)).toThrow(
      'package.json says 0.2.0, but appVersion in charts/enbi/Chart.yaml says 0.1.0; deploy/controller.yaml says 0.1.1',
    );
  });
});
