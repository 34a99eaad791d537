/** What the operator reads when the server does not start: what is wrong, and what to do. */
import { AppError } from './kernel/errors.ts'
import { ConfigError } from './config/config-error.ts'

export function explainFailedStart(err: unknown): string {
  return `sluice: ${explain(err)}\n`
}

function explain(err: unknown): string {
  if (err instanceof ConfigError) return `${err.message}\nsee docs/config.md`
  if (err instanceof AppError)
    return err.details === null ? err.message : `${err.message} ${JSON.stringify(err.details)}`
  const { code, message, port } = err as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') return `port ${port} is in use; stop what listens there or set SERVER_PORT`
  if (code === 'EACCES') return `${message}; may this user read and write SLUICE_DATA_DIR?`
  return err instanceof Error ? (err.stack ?? message) : String(err)
}
