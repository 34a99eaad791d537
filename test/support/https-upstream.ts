/** A forge behind https: git's own `http-backend` with a certificate that an authority of its own has signed. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HttpsRemote } from '../../src/git/outbound/upstream-remote.ts'
import { openGitHost, type GitHost } from './git-host.ts'

export interface HttpsUpstream extends GitHost {
  /** PEM. */
  readonly ca: string
  readonly username: string
  /** The only one that is good. */
  readonly password: string
  /** How one of its repositories is reached. @param path `owner/name` */
  remote(path: string): HttpsRemote
}

const openssl = promisify(execFile)

/** Its certificate is good for `localhost`, `forge.example.test` and 127.0.0.1. */
export async function openHttpsUpstream(): Promise<HttpsUpstream> {
  const { ca, ...tls } = await makeCertificates()
  const host = await openGitHost({ tls })
  const username = 'sluice'
  const password = ['up', 'stream', process.pid, Date.now()].join('-')
  host.demand(password)
  return Object.assign(host, {
    ca,
    username,
    password,
    remote: (path: string): HttpsRemote => {
      const url = new URL(`${host.url}/${path}.git`)
      return { kind: 'https', url, address: '127.0.0.1', username, password, ca }
    },
  })
}

const FOR_TWO_DAYS = ['-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
const NAMES = 'subjectAltName=DNS:localhost,DNS:forge.example.test,IP:127.0.0.1'

/** @see openssl-req(1) */
async function makeCertificates(): Promise<{ ca: string; key: string; cert: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-ca-'))
  const [caKey, ca, key, cert] = ['ca.key', 'ca.pem', 'key.pem', 'cert.pem'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string]
  const request = ['req', '-x509', ...FOR_TWO_DAYS]
  try {
    await openssl('openssl', [
      ...request,
      '-keyout',
      caKey,
      '-out',
      ca,
      '-subj',
      '/CN=an authority of its own',
    ])
    const signed = [
      '-CA',
      ca,
      '-CAkey',
      caKey,
      '-addext',
      NAMES,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ]
    await openssl('openssl', [...request, '-keyout', key, '-out', cert, '-subj', '/CN=forge', ...signed])
    const [caText, keyText, certText] = await Promise.all(
      [ca, key, cert].map((path) => readFile(path, 'utf8')),
    )
    return { ca: caText!, key: keyText!, cert: certText! }
  } finally {
    await rm(dir, { recursive: true })
  }
}
