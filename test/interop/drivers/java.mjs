import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, root, succeed, works } from '../programs.mjs';

const driver = 'org.postgresql:postgresql:42.7.8';
const source = join(root, 'test', 'interop', 'java', 'JdbcCheck.java');

/** Compiles the check once per version of it. @returns the arguments for `java` */
export async function javaProgram() {
  if (!works('javac', ['--version'])) await aptInstall('openjdk-17-jdk-headless');
  const hash = createHash('sha256').update(driver).update(readFileSync(source)).digest('hex').slice(0, 12);
  const folder = join(root, '.cache', `java-${hash}`);
  const jar = join(await driverFolder(), 'postgresql.jar');
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await succeed('javac', ['-d', folder, '-cp', jar, '-Xlint:all', '-Werror', source]);
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
