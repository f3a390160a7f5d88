import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../programs.mjs';

/** A module of a built app. */
export function builtModule(app, name) {
  return import(pathToFileURL(join(root, 'dist', 'apps', app, 'src', name)).href);
}
