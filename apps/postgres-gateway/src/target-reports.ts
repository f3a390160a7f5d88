import type { OutputSettings } from '@app/masking';
import { serialize } from '@app/pg-wire';
import type { Knowledge } from '@app/sql';
import type { CancelKey } from './cancel-keys.js';
import type { SessionMaterials } from './session-materials.js';
import { userTypes } from './user-types.js';

/** What a report of the target may do to the session. */
export interface ReportsHost {
  /** nothing more may leave: texts would be read by other rules than the gateway's */
  cut(reason: string): void;
  pathReported(value: string): void;
}

/** Settings as the target reports them (ParameterStatus): those the gateway relies on, and what the client is told. */
export class TargetReports {
  readonly #about: Pick<SessionMaterials, 'id' | 'applicationName' | 'upstream'>;
  readonly #host: ReportsHost;
  #dateStyle: string;
  #intervalStyle: string;

  constructor(about: Pick<SessionMaterials, 'id' | 'applicationName' | 'upstream'>, host: ReportsHost) {
    this.#about = about;
    this.#host = host;
    this.#dateStyle = about.upstream.parameters.get('DateStyle') ?? 'ISO, MDY';
    this.#intervalStyle = about.upstream.parameters.get('IntervalStyle') ?? 'postgres';
  }

  /** What values look like now. @param knowledge in force */
  output({ catalog }: Knowledge): OutputSettings {
    return { dateStyle: this.#dateStyle, intervalStyle: this.#intervalStyle, types: userTypes(catalog) };
  }

  /** AuthenticationOk, what the target reported, a key of our own, ready. */
  greeting(key: CancelKey): Buffer[] {
    const { upstream, applicationName } = this.#about;
    const greeting = [serialize.authenticationOk()];
    for (const [name, value] of upstream.parameters)
      greeting.push(serialize.parameterStatus(name, name === 'application_name' ? (applicationName ?? '') : value));
    // the client's key is the gateway's own: nothing of it opens anything at the target
    greeting.push(serialize.backendKeyData(key.pid, key.secret), serialize.readyForQuery('I'));
    return greeting;
  }

  /** @returns what the client is told */
  changed(name: string, value: string): string {
    switch (name) {
      case 'client_encoding':
        if (value !== 'UTF8') this.#host.cut('client_encoding is no longer UTF8');
        break;
      case 'standard_conforming_strings':
        if (value !== 'on') this.#host.cut('standard_conforming_strings is no longer on');
        break;
      case 'search_path':
        this.#host.pathReported(value);
        break;
      case 'DateStyle':
        this.#dateStyle = value;
        break;
      case 'IntervalStyle':
        this.#intervalStyle = value;
        break;
      case 'application_name':
        if (value.startsWith(`sp:${this.#about.id}`)) return this.#about.applicationName ?? '';
        break;
      default:
        break;
    }
    return value;
  }
}
