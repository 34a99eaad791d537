/** Why a connection failed, in fixed words: what libraries say may hold what they were given. */
import { AppError } from '../../kernel/errors.ts'
import { DeadlineExceeded } from './deadline.ts'

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the host cannot be reached',
}
/** @see Node.js, tls: X509 certificate error codes */
const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CRL_|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|ERR_TLS_CERT)/
const TLS = /^(?:ERR_SSL|ERR_TLS|EPROTO)/

export function reasonOf(err: unknown): string {
  if (err instanceof DeadlineExceeded) return 'it took too long'
  if (err instanceof AppError) return (err.details as { reason?: string } | null)?.reason ?? err.message
  const { code = '' } = err as NodeJS.ErrnoException
  const known = BY_CODE[code]
  if (known !== undefined) return known
  if (CERTIFICATE.test(code)) return 'the certificate is not accepted'
  if (TLS.test(code)) return 'TLS could not be agreed on'
  if (code.startsWith('HPE_')) return 'the answer is not valid HTTP'
  return 'the connection failed'
}
