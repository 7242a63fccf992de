import { packageVersion } from '../shared/package-root.ts';
import type { Command } from './command.ts';

export const version: Command = {
  name: 'version',
  summary: 'Print the version.',
  usage: 'whence version',
  async run({ out }) {
    out(`whence ${packageVersion()}, node ${process.version}`);
    return 0;
  },
};
