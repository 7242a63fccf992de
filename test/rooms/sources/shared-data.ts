import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const found = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** The folder with the real data, which lies beside the project and is not part of it; null (said on one line) where it is missing. */
export const sharedData: string | null = existsSync(found) ? found : missing();

function missing(): null {
  console.warn('The real data (../shared/data) is not there: the tests that import it are skipped.');
  return null;
}
