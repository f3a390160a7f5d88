import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedDocuments } from '@app/platform';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { cloneFolder, pathFrom } from '../home.js';

export const docsConfigurationCommand: Command = {
  name: 'docs configuration',
  summary: 'write the documents that are generated from the code',
  help: `Writes docs/configuration.md and the JSON Schemas of sallyport.yaml and quickstart.json from the code.

  sallyport docs configuration [--to DIR]       (default: the clone)
`,
  run: (args, surroundings) => {
    const { values } = readArguments('docs configuration', args, { texts: ['to'], flags: [] });
    const folder = values.to === undefined ? cloneFolder : pathFrom(values.to, surroundings);
    for (const { path, text } of generatedDocuments()) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      surroundings.out(`${file}\n`);
    }
    return Promise.resolve(0);
  },
};
