import { z } from 'zod';
import { quickstartFileSchema } from '../quickstart-file.js';
import { exampleConfiguration } from './example.js';
import { configJsonSchema, type JsonSchema } from './json-schema.js';

/** A file of `docs/` that is generated from the code. */
export interface GeneratedDocument {
  /** from the top of the repository */
  readonly path: string;
  readonly text: string;
}

/** Every generated document: the reference of the configuration, and the JSON Schemas of the files people and scripts use. */
export function generatedDocuments(): GeneratedDocument[] {
  const quickstart = z.toJSONSchema(quickstartFileSchema, { target: 'draft-2020-12' });
  return [
    { path: 'docs/configuration.md', text: configurationReference() },
    { path: 'docs/sallyport.schema.json', text: jsonText(configJsonSchema()) },
    { path: 'docs/quickstart.schema.json', text: jsonText(quickstart) },
  ];
}

/** The reference of the configuration file in Markdown: a table per section with key, type, default and meaning. */
function configurationReference(): string {
  const schema = configJsonSchema();
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) =>
    sectionText(name, section, schema.required?.includes(name) ?? false),
  );
  return `${introduction}\n\`\`\`yaml\n${exampleConfiguration}\`\`\`\n\n${sections.join('\n')}`;
}

const introduction = `# Configuration

<!-- Generated from the schema in libs/platform/src/config; a test compares. Change it there. -->

One YAML file, given by \`--config\` or \`SALLYPORT_CONFIG\` and read at start. On SIGHUP, or when the file changes, gateways
read \`rules\` again, all or nothing; everything else wants a restart. A file that cannot be used is refused
with every problem in it, one line each: \`file:line: key: what is wrong, what to do\`. An unknown key is such a problem.

| written as | means |
|---|---|
| reference | \`env:NAME\` (environment variable) or \`file:PATH\` (content of a file, without its last line break); secrets are never written down. Any other scheme is an error that names it. |
| duration | a number and \`ms\`, \`s\`, \`m\`, \`h\` or \`d\` |
| size | a number and \`B\`, \`KiB\`, \`MiB\`, \`GiB\` (or \`kB\`, \`MB\`, \`GB\`) |
| text or list | one text stands for a list of one |
| glob | \`*\` for any characters, \`{a,b}\` for either |
| folder, \`PATH\` | relative to the folder of the configuration file |

Each process reads the whole file, but only the secrets it uses itself must be there: the gateway needs no
\`audit.database.control\`, the control API no password of a target.

An editor checks the file while you write if its first line is
\`# yaml-language-server: $schema=docs/sallyport.schema.json\`.

## Example
`;

function sectionText(name: string, section: JsonSchema, required: boolean): string {
  const rows: string[] = [];
  collect(section, name, rows);
  const table = ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
  return `## ${name}\n\n${section.description ?? ''}${required ? ' Required.' : ''}\n\n${table}\n`;
}

function collect(schema: JsonSchema, path: string, rows: string[]): void {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const here = `${path}.${key}`;
    rows.push(row(here, property, schema.required?.includes(key) ?? false));
    below(property, here, rows);
  }
  if (rows.length === 0) below(schema, path, rows);
}

/** The keys inside a section, a list of sections, a map, or an alternative that has keys. */
function below(schema: JsonSchema, path: string, rows: string[]): void {
  if (schema.properties !== undefined) collectNested(schema, path, rows);
  else if (schema.items?.properties !== undefined) collectNested(schema.items, `${path}[]`, rows);
  // an alternative is told whole by its title, unless its keys have meanings of their own
  else for (const alternative of schema.anyOf ?? []) if (described(alternative)) collectNested(alternative, path, rows);
}

function collectNested(schema: JsonSchema, path: string, rows: string[]): void {
  const inner: string[] = [];
  collect(schema, path, inner);
  rows.push(...inner);
}

function described(schema: JsonSchema): boolean {
  return Object.values(schema.properties ?? {}).some((property) => property.description !== undefined);
}

function row(key: string, schema: JsonSchema, required: boolean): string {
  const type = typeText(schema).replaceAll(/(?<!\\)\|/gu, '\\|');
  return `| \`${key}\` | ${type} | ${defaultText(schema, required)} | ${schema.description ?? ''} |`;
}

function typeText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return listOrOne(schema.anyOf) ?? schema.anyOf.map(typeText).join(' or ');
  if (schema.type === 'array')
    return schema.items?.properties ? 'list of sections' : `list of ${typeText(schema.items ?? {})}`;
  if (schema.type === 'object') return schema.properties ? 'section' : 'map from text to text or list';
  return schema.type === 'string' ? 'text' : (schema.type ?? 'any');
}

function listOrOne(alternatives: readonly JsonSchema[]): string | undefined {
  const list = alternatives.find((alternative) => alternative.type === 'array');
  if (list === undefined || alternatives.length !== 2) return undefined;
  return `${typeText(list.items ?? {})} or list`;
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return '**required**';
  const value = schema.default;
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  if (typeof value !== 'object' || value === null) return `\`${JSON.stringify(value).replaceAll('"', '')}\``;
  if (Array.isArray(value)) return `\`[${value.map(String).join(', ')}]\``;
  const members = Object.entries(value).map(([key, member]) => `${key}: ${String(member)}`);
  return members.length === 0 ? '' : `\`{ ${members.join(', ')} }\``;
}

/** JSON as the repository's formatter writes it: short lists on one line. */
function jsonText(value: unknown): string {
  const spread = JSON.stringify(value, null, 2);
  const folded = spread.replaceAll(
    /^( *)(.*)\[\n([^[\]{}]*?)\n *\](,?)$/gmu,
    (whole, indent: string, before: string, list: string, comma: string) => {
      const line = `${indent}${before}[${list
        .split('\n')
        .map((item) => item.trim())
        .join(' ')}]${comma}`;
      return line.length <= 120 ? line : whole;
    },
  );
  return `${folded}\n`;
}
