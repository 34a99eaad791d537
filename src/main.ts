/** Start, listen, stop on signal; nothing else. */
import { compose, type Sluice } from './compose.ts'
import { programsBeside } from './compose/programs.ts'
import { loadConfig } from './config/load.ts'
import { explainFailedStart } from './failed-start.ts'
import { welcome } from './welcome.ts'

// Others on this machine read nothing that is made here, by us or by git, whoever made the directory.
process.umask(0o077)

try {
  const config = loadConfig(process.env)
  const sluice = await compose({ config, programs: programsBeside(import.meta.url) })
  await sluice.listen()
  process.stdout.write(welcome({ url: sluice.url, adminToken: sluice.adminToken, warnings: config.warnings }))
  stopOnSignal(sluice)
} catch (err) {
  process.stderr.write(explainFailedStart(err))
  process.exit(1)
}

/** The first signal drains; a second one does not wait. */
function stopOnSignal(sluice: Sluice): void {
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    sluice.close().then(
      () => process.exit(0),
      (err: unknown) => {
        process.stderr.write(explainFailedStart(err))
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
}
