/** How an upstream is reached: addresses are resolved and allowed, secrets are open. Types only. */

/** Of ssh: exactly this host key is accepted, and exactly this key is offered. */
export interface SshRemote {
  readonly kind: 'ssh'
  readonly user: string
  readonly host: string
  readonly port: number
  /** As the server is told it. */
  readonly path: string
  /** What `host` was resolved to: no other address is connected to. */
  readonly address: string
  /** `<algorithm> <base64>`. */
  readonly hostKey: string
  /** In the format of OpenSSH. */
  readonly privateKey: string
}

export interface HttpsRemote {
  readonly kind: 'https'
  /** Without user, password, query and fragment. */
  readonly url: URL
  readonly address: string
  readonly username: string
  readonly password: string
  /** PEM; the only authority that is trusted. `null`: those of the system. */
  readonly ca: string | null
}

/** Of a server that shows everything to everybody, over http or https. */
export interface OpenRemote {
  readonly kind: 'open'
  /** Without user, password, query and fragment. */
  readonly url: URL
  readonly address: string
}

export type UpstreamRemote = SshRemote | HttpsRemote
/** What can be asked for refs and objects, and is given none. */
export type ReadableRemote = UpstreamRemote | OpenRemote
