import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, root, succeed, works } from '../programs.mjs';

const driver = 'org.postgresql:postgresql:42.7.8';
const sources = ['JdbcCheck.java', 'MaskedTypes.java'].map((name) => join(root, 'test', 'interop', 'java', name));

/** Compiles the programs once per version of them. @returns the arguments for `java`, the class of the check last */
export async function javaProgram() {
  if (!works('javac', ['--version'])) await aptInstall('openjdk-17-jdk-headless');
  const contents = sources.map((source) => readFileSync(source));
  const hash = createHash('sha256').update(driver).update(Buffer.concat(contents)).digest('hex').slice(0, 12);
  const folder = join(root, '.cache', `java-${hash}`);
  const jar = join(await driverFolder(), 'postgresql.jar');
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await succeed('javac', ['-d', folder, '-cp', jar, '-Xlint:all', '-Werror', ...sources]);
    writeFileSync(complete, '');
  }
  return ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Duser.timezone=UTC', '-cp', `${folder}:${jar}`, 'JdbcCheck'];
}

/** Fetched by Maven as the machine is set up for it. */
async function driverFolder() {
  const folder = join(root, '.cache', `maven-${driver.replaceAll(/[^\w.-]/gu, '-')}`);
  if (existsSync(join(folder, 'postgresql.jar'))) return folder;
  if (!works('mvn', ['--version'])) await aptInstall('maven');
  await succeed('mvn', [
    '-q',
    '-B',
    'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
    `-Dartifact=${driver}`,
    '-Dmdep.stripVersion=true',
    `-DoutputDirectory=${folder}`,
  ]);
  return folder;
}
