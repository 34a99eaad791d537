/** A git server under measurement, ours or another one, as the rows see it. */
import type { CpuMeter } from '../measure/cpu-meter.ts'

export interface GitServer extends AsyncDisposable {
  /** As the tables call it. */
  readonly name: string
  /** `http://127.0.0.1:port` */
  readonly origin: string
  /** Sent with every request: the credential, where one is needed. */
  readonly headers: Readonly<Record<string, string>>
  readonly cpu: CpuMeter
  /** Serves a copy of a bare repository under a name of its own; `null`: an empty one. */
  host(name: string, source: string | null): Promise<HostedRepository>
}

export interface HostedRepository {
  /** In front of `/info/refs` and the services. */
  readonly path: string
  /** For a stock client, credential included. */
  readonly cloneUrl: string
  readonly directory: string
}
