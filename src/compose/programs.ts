/** What the server starts beside itself: built scripts, each in a process or thread of its own. */
import { fileURLToPath } from 'node:url'

/** Paths. */
export interface Programs {
  /** launcher-process.js: starts git. */
  readonly launcher: string
  /** scan-worker.js: looks for secrets. */
  readonly scanWorker: string
  /** verify-worker.js: verifies signatures of nostr events. */
  readonly verifyWorker: string
}

/** @param url of a script that was built beside them: `import.meta.url` */
export function programsBeside(url: string): Programs {
  const path = (name: string) => fileURLToPath(new URL(`./${name}.js`, url))
  return {
    launcher: path('launcher-process'),
    scanWorker: path('scan-worker'),
    verifyWorker: path('verify-worker'),
  }
}
